"""The package works from a wheel, an sdist and an editable install, rules and templates included."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.slow

#: What a package must be able to do wherever it came from.
WORKS = """
from auditor.calls.record import QUERYABLE
from auditor.rulebook.packs import pack_named
from auditor.shipped import templates
from auditor.sources.catalogue import formats
assert [rule.id for rule in pack_named("uk-ofcom", QUERYABLE).rules]
assert (templates() / "report.html").is_file() and list((templates() / "fonts").iterdir())
assert set(formats()) == {
    "amazon-connect", "asterisk", "canonical", "cisco-dialer", "cxone", "five9",
    "freeswitch-csv", "freeswitch-json", "genesys-cloud", "ringcx", "twilio", "vicidial", "vicidial-db",
}
print(templates())
"""


def run(*command: str | Path, **options) -> str:
    result = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, **options
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """An sdist of the tree, and a wheel built from that sdist."""
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", out, ROOT)
    return out


@pytest.fixture(scope="module")
def bare(tmp_path_factory) -> Path:
    """An environment with none of the project in it; dependencies are those of this one."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=True)
    site = next((folder / "lib").glob("python*")) / "site-packages"
    here = next(p for p in map(Path, sys.path) if p.name == "site-packages")
    # Dependencies only: the project itself is not seen through this (its editable hook is a .pth).
    (site / "dependencies.pth").write_text(f"{here}\n", "utf-8")
    return folder / "bin" / "python"


def elsewhere(tmp_path: Path) -> dict[str, object]:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return {"cwd": tmp_path, "env": environment}


def test_a_wheel_carries_rules_and_templates_and_works(built, bare, tmp_path):
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "auditor/_data/rules/uk-ofcom/pack.toml" in names
    assert "auditor/_data/templates/report.html" in names
    assert "auditor/sources/formats/vicidial/map.sql" in names
    run(bare, "-m", "pip", "install", "--no-deps", "--target", tmp_path / "site", wheel)
    shown = run(bare, "-c", WORKS, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path / "site")})
    assert str(tmp_path / "site") in shown


def test_an_sdist_has_all_it_takes_to_build_and_test(built, bare, tmp_path):
    (sdist,) = built.glob("*.tar.gz")
    run("tar", "-xzf", sdist, "-C", tmp_path)
    (tree,) = tmp_path.iterdir()
    for name in ("rules/uk-ofcom/pack.toml", "reports/templates/report.html", "tests/calls.py", "Makefile"):
        assert (tree / name).is_file()
    shown = run(bare, "-c", WORKS, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tree)})
    assert str(tree) in shown


def test_an_editable_install_reads_the_tree_it_came_from(tmp_path):
    folder = tmp_path / "environment"
    venv.create(folder, with_pip=True, system_site_packages=False)
    python = folder / "bin" / "python"
    run(python, "-m", "pip", "install", "--no-deps", "--quiet", "--editable", ROOT)
    site = next((folder / "lib").glob("python*")) / "site-packages"
    here = next(p for p in map(Path, sys.path) if p.name == "site-packages")
    options = elsewhere(tmp_path)
    options["env"] = {**options["env"], "PYTHONPATH": f"{here}"}
    assert any(site.glob("*auditor*"))
    assert str(ROOT / "reports" / "templates") in run(python, "-c", WORKS, **options)
