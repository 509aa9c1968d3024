"""The monthly job from end to end: exports in, signed-off PDFs and a sealed bundle out."""

from __future__ import annotations

import hashlib
import json
import shutil

import pikepdf
import pytest
from test_cli import auditor, in_one_sentence


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    """A small example workspace after `auditor run`."""
    folder = tmp_path_factory.mktemp("month")
    (folder / "tmp").mkdir()
    assert auditor(folder, "example", "demo", "--calls", "3000").returncode == 0
    result = auditor(folder / "demo", "run", "2026-10", TMPDIR=str(folder / "tmp"))
    assert result.returncode == 1, result.stderr
    return folder / "demo", result


def attached(path):
    with pikepdf.open(path) as pdf:
        return {name: entry.get_file().read_bytes() for name, entry in pdf.attachments.items()}


def bundles(folder):
    return sorted(p for p in (folder / "bundles").iterdir() if p.name[0] != "." and p.name != "runs.jsonl")


def test_it_ends_as_the_audit_does_after_everything_is_written(month):
    folder, result = month
    names = {"group.pdf", "partner-brightcall.pdf", "partner-kestrel.pdf", "partner-northgate.pdf"}
    assert {p.name for p in (folder / "reports" / "2026-10").iterdir()} == names
    assert "Failed" in result.stdout
    assert f"Bundle:  bundles/{bundles(folder)[0].name}" in result.stdout


def test_it_leaves_nothing_in_the_temporary_folder(month):
    folder, _ = month
    assert list((folder.parent / "tmp").iterdir()) == []


def test_what_is_attached_is_what_the_audit_prints(month):
    folder, _ = month
    for name, options in (("group", ()), ("partner-kestrel", ("--partner", "kestrel"))):
        printed = auditor(folder, "audit", "2026-10", "--format", "json", *options).stdout
        files = attached(folder / "reports" / "2026-10" / f"{name}.pdf")
        assert files["results.json"].decode() == printed
        manifest = json.loads(files["manifest.json"])
        assert manifest["results_sha256"] == hashlib.sha256(printed.encode()).hexdigest()


def test_a_partners_pdf_holds_nothing_of_the_others(month):
    folder, _ = month
    path = folder / "reports" / "2026-10" / "partner-kestrel.pdf"
    texts = [content.decode().lower() for content in attached(path).values()]
    with pikepdf.open(path) as pdf:
        texts.append(str(pdf.Root.Metadata.read_bytes()).lower())
    for other in ("northgate", "brightcall", "leeds", "sunderland", "renew-amd", "survey-n", "sales1"):
        assert not any(other in text for text in texts), other


def test_the_bundle_accounts_for_every_file_in_it(month):
    folder, _ = month
    (bundle,) = bundles(folder)
    listed = dict(
        reversed(line.split("  ", 1))
        for line in (bundle / "manifest-sha256.txt").read_text("utf-8").splitlines()
    )
    there = {p.relative_to(bundle).as_posix() for p in (bundle / "data").rglob("*") if p.is_file()}
    assert listed.keys() == there
    for name, digest in listed.items():
        assert hashlib.sha256((bundle / name).read_bytes()).hexdigest() == digest
    assert {"data/results.json", "data/manifest.json", "data/rejects.csv", "data/reports/group.pdf",
            "data/rules/uk-ofcom/pack.toml"} <= there  # fmt: skip
    assert (bundle / "bagit.txt").read_text("utf-8").startswith("BagIt-Version: 1.0\n")


def test_run_again_it_loads_nothing_twice_and_seals_another_bundle(month):
    folder, _ = month
    result = auditor(folder, "run", "2026-10", SOURCE_DATE_EPOCH="1793700000")
    assert result.returncode == 1
    exports = [path for path in (folder / "exports").rglob("*") if path.is_file()]
    assert result.stderr.count("in the store already") == len(exports) > 10
    assert len(bundles(folder)) == 2
    again = auditor(folder, "run", "2026-10", SOURCE_DATE_EPOCH="1793700000")
    assert "this bundle is sealed already" in again.stderr
    assert again.returncode == 2


def test_two_reports_of_one_time_are_the_same_bytes(month):
    folder, _ = month
    for name in ("one", "two"):
        options = ("--partner", "kestrel", "--to", name)
        assert auditor(folder, "report", "2026-10", *options, SOURCE_DATE_EPOCH="1793700000").returncode == 0
    pdfs = [(folder / name / "partner-kestrel.pdf").read_bytes() for name in ("one", "two")]
    assert pdfs[0] == pdfs[1]


def test_html_is_written_where_it_is_asked_for(month):
    folder, _ = month
    result = auditor(folder, "report", "2026-10", "--to", "web", "--format", "html", "--partner", "kestrel")
    assert result.returncode == 0
    assert [p.name for p in (folder / "web").iterdir()] == ["partner-kestrel.html"]


def test_what_is_named_and_is_not_there_is_told_before_anything_is_done(month, tmp_path):
    shutil.copytree(month[0] / "exports", tmp_path / "exports")
    shutil.copy(month[0] / "auditor.toml", tmp_path)
    assert "pack 'gone' is not known" in in_one_sentence(
        auditor(tmp_path, "run", "2026-10", "--pack", "gone")
    )
    assert not (tmp_path / "store").exists()


def test_a_time_that_is_none_is_refused(month):
    folder, _ = month
    said = in_one_sentence(auditor(folder, "report", "2026-10", SOURCE_DATE_EPOCH="noon"))
    assert "SOURCE_DATE_EPOCH is 'noon'" in said


def test_an_export_that_cannot_be_loaded_stops_the_job_before_a_report_lacks_it(month, tmp_path):
    shutil.copytree(month[0] / "exports", tmp_path / "exports")
    shutil.copy(month[0] / "auditor.toml", tmp_path)
    (tmp_path / "exports" / "kestrel" / "kestrel-calls-20261099.csv.gz").write_bytes(b"\x1f\x8bnonsense")
    result = auditor(tmp_path, "run", "2026-10")
    assert result.returncode == 2
    assert "nothing was reported, since not every export could be loaded" in result.stderr
    assert not (tmp_path / "reports").exists()
    assert not (tmp_path / "bundles").exists()
