"""auditor.toml: every fault at once, each with its key and what to write instead."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from gates import GOOD as GOOD_CAMPAIGN
from jsonschema import Draft202012Validator

from auditor.errors import AuditorError
from auditor.settings import Config
from auditor.workspace import find_workspace

FAULTY = """
[client]
nam = "x"
country = "XX"
zone = "Europe/Londn"
[[source]]
partner = "a"
[source.codes]
A = "perhaps"
[[estimate]]
campaign = "S"
from = 2026-10-01
to = 2026-01-01
base = "machin"
false_positives = -1
sample = 10
[[house_limit]]
rule = "abc"
limit = 0.03
[branding]
colour = "red"
"""


def faults(folder: Path, text: str) -> list[str]:
    (folder / "auditor.toml").write_text(text, "utf-8")
    with pytest.raises(AuditorError) as caught:
        find_workspace(folder)
    return str(caught.value).splitlines()


def test_all_faults_come_at_once_with_file_key_and_what_to_write(tmp_path):
    found = "\n".join(faults(tmp_path, FAULTY))
    for sentence in (
        "client.nam: there is no such key: did you mean 'name'?",
        "client.country: country 'XX' is not known: write one of AT,",
        "client.zone: time zone 'Europe/Londn' is not known: write an IANA name",
        "source[1].files: is missing: add it",
        "source[1].codes.A: 'perhaps' is no outcome: write one of not_answered,",
        "estimate[1].base: 'machin' is not allowed: write 'machine' or 'live'",
        "estimate[1].false_positives: -1: input should be greater than or equal to 0",
        "house_limit[1].rule: 'abc' is not of the form needed: "
        'write it like "uk-ofcom/abandoned-call-rate"',
        'house_limit[1].limit: write an exact ratio as text, such as "3/100", or "0"',
        "branding.colour: 'red' is not of the form needed: write it like \"#1f3a5f\"",
    ):
        assert f"auditor.toml: {sentence}" in found


ESTIMATE = """
[[estimate]]
campaign = "S"
from = 2026-10-01
to = 2026-10-31
base = "machine"
false_positives = 5
sample = 1000
signed_by = "Boss"
"""
ATTESTATION = """
[[attestation]]
partner = "a"
from = 2026-10-01
to = 2026-10-31
says = "message_played"
evidence = "tape"
signed_by = "Boss"
"""


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (ESTIMATE.replace("2026-10-31", "2026-09-30"), "ends on 2026-09-30, before it begins on 2026-10-01"),
        (ESTIMATE.replace('campaign = "S"', ""), "names neither a campaign nor a call_centre"),
        (ESTIMATE.replace("= 5", "= 1001"), "more false_positives than the sample has calls"),
        (
            ESTIMATE.replace('"machine"', '"live"').replace("= 5", "= 1000"),
            "every live call was taken for a machine",
        ),
        (ATTESTATION.replace('partner = "a"', ""), "names no partner, campaign or call_centre"),
        (
            '[[partner]]\nid = "b"\n' + ATTESTATION,
            "attestation[1].partner: 'a' is no partner of this workspace",
        ),
        ('[[partner]]\nid = "b"\n[[partner]]\nid = "b"', "the id 'b' stands twice"),
        ("client = 1", "client: 1: input should be"),
        ("[client", "is no TOML"),
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path, text, sentence):
    assert any(sentence in fault for fault in faults(tmp_path, text))


def test_a_workspace_is_found_upwards_from_where_one_stands(tmp_path, monkeypatch):
    (tmp_path / "auditor.toml").write_text('[client]\nname = "Up"', "utf-8")
    below = tmp_path / "exports" / "deep"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    found = find_workspace()
    assert found.config.client.name == "Up"
    assert (found.folder / "auditor.toml").samefile(tmp_path / "auditor.toml")


def test_without_any_configuration_the_current_folder_will_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = find_workspace()
    assert (found.folder, found.config) == (Path("."), Config())


def test_a_folder_that_is_named_must_exist(tmp_path):
    with pytest.raises(AuditorError, match="there is no such folder"):
        find_workspace(tmp_path / "nowhere")


def test_the_published_schemas_are_those_of_the_code(tmp_path):
    root = Path(__file__).parent.parent
    subprocess.run([sys.executable, str(root / "tools" / "write_schema.py"), str(tmp_path)], check=True)
    for written in tmp_path.iterdir():
        assert written.read_text("utf-8") == (root / "docs" / written.name).read_text("utf-8"), (
            "run `make docs`"
        )
        Draft202012Validator.check_schema(json.loads(written.read_text("utf-8")))
    assert {path.name for path in (root / "docs").glob("*.schema.json")} == {
        p.name for p in tmp_path.iterdir()
    }


def test_the_schema_of_a_campaign_takes_a_good_one_and_refuses_a_key_there_is_not():
    schema = json.loads((Path(__file__).parent.parent / "docs" / "campaign.schema.json").read_text("utf-8"))
    validator = Draft202012Validator(schema)
    good = yaml.safe_load(GOOD_CAMPAIGN)
    assert list(validator.iter_errors(good)) == []
    assert list(validator.iter_errors({"campaigns": [good, good]})) == []
    good["dialling"]["ring_timout"] = "20 s"
    assert list(validator.iter_errors(good))
