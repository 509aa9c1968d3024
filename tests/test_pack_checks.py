"""Checks of a pack are data: what is wrong with them is said when they are read."""

from __future__ import annotations

import shutil

import pytest
from gates import TODAY

from auditor.calls.record import QUERYABLE
from auditor.errors import AuditorError
from auditor.gate import settings
from auditor.gate.casework import check_failures, check_mutants
from auditor.rulebook.checks import check_ids, read_checks
from auditor.rulebook.packs import pack_folders, read_pack

GOOD = """
[[check]]
id = "too-short"
title = "Too short"
where = "ring_timeout_ms < at_least_ms"
at = ["ring_timeout_ms"]
basis = "law"
says = "It rings for {ring_timeout_ms}, not {at_least_ms}."
remedy = "Let it ring."
[[check.case]]
given = { ring_timeout_ms = 14999 }
found = true
[[check.case]]
given = { ring_timeout_ms = 15000 }
found = false
"""


@pytest.fixture
def pack_of(tmp_path):
    """The shipped pack with other checks, beside ring-time or of its own."""

    def make(text, own=False):
        folder = tmp_path / "uk-ofcom"
        shutil.copytree(pack_folders()["uk-ofcom"], folder, dirs_exist_ok=True)
        for path in folder.rglob("checks.toml"):
            path.unlink()
        where = folder if own else folder / "ring-time"
        if isinstance(text, bytes):
            (where / "checks.toml").write_bytes(text)
        else:
            (where / "checks.toml").write_text(text, "utf-8")
        return folder

    return make


def read(folder):
    return read_checks(folder, read_pack(folder, QUERYABLE), settings.QUERYABLE)


def test_a_good_one_is_read_with_its_rule(pack_of):
    folder = pack_of(GOOD)
    (check,) = read(folder)
    assert (check.name, check.rule.id) == ("uk-ofcom/too-short", "ring-time")
    assert check_ids(folder) == {"too-short"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("ring_timeout_ms < at_least_ms", "ring_timeout < at_least_ms", "'ring_timeout' is neither a column"),
        ("ring_timeout_ms < at_least_ms", "ring_timeout_ms <", "the condition ends too early"),
        ("ring_timeout_ms < at_least_ms", "ring_timeout_ms < limit", "'limit' is neither a column"),
        ('at = ["ring_timeout_ms"]', 'at = ["ring"]', "there is no setting 'ring'"),
        ("{ring_timeout_ms}", "{ring}", "its sentence names 'ring'"),
        ('basis = "law"', 'basis = "taste"', "check.0.basis"),
        ('basis = "law"', 'basis = "law"\nstatus = "read"', "a citation needs a status"),
        ('basis = "law"', 'basis = "law"\nstatus = "read"\ncitation = { source = "x", provision = "y" }',
         "cites 'x', which is no source"),
        ("found = false", "found = true", "needs a case that it finds and one that it does not"),
        ("given = { ring_timeout_ms = 15000 }", "given = { rings = 1 }", "a case says 'rings'"),
        ('id = "too-short"', 'id = "silent-calls"', "there are several checks or rules 'silent-calls'"),
        ("[[check]]", "[check]", "check"),
        ("id =", "id", "is no TOML"),
    ],
)  # fmt: skip
def test_a_fault_is_named(pack_of, old, new, said):
    folder = pack_of(GOOD.replace(old, new, 1))
    with pytest.raises(AuditorError) as caught:
        read(folder)
    assert said in str(caught.value)


def test_one_of_the_packs_own_needs_a_citation(pack_of):
    folder = pack_of(GOOD.replace("< at_least_ms", "< 15000").replace("{at_least_ms}", "that"), own=True)
    with pytest.raises(AuditorError, match="is of no rule, so it needs a citation of its own"):
        read(folder)


def test_what_is_no_text_or_no_file_is_said(pack_of):
    with pytest.raises(AuditorError, match="is no TOML"):
        read(pack_of(b"\xff"))


def test_a_rate_may_be_held_against_its_limit(pack_of, tmp_path):
    folder = pack_of(GOOD)
    text = GOOD.replace("ring_timeout_ms < at_least_ms", "abandon_target > limit").replace(
        "{ring_timeout_ms}, not {at_least_ms}", "{limit}"
    )
    text = text.replace("ring_timeout_ms = 14999", "abandon_target = 301").replace(
        "ring_timeout_ms = 15000", "abandon_target = 300"
    )
    (folder / "abandoned-call-rate" / "checks.toml").write_text(
        text.replace("too-short", "too-much"), "utf-8"
    )
    assert [check.name for check in read(folder)] == ["uk-ofcom/too-much", "uk-ofcom/too-short"]


def test_a_case_that_does_not_hold_and_a_number_that_no_case_pins_are_told(pack_of):
    (sound,) = read(pack_of(GOOD))
    assert check_failures(sound, TODAY) == []
    assert all(caught for _, caught in check_mutants(sound, TODAY))
    (loose,) = read(pack_of(GOOD.replace("14999", "9000")))
    assert [what for what, caught in check_mutants(loose, TODAY) if not caught] == [
        "uk-ofcom/too-short: at_least_ms -1"
    ]
    (wrong,) = read(pack_of(GOOD.replace("15000", "14000")))
    (said,) = check_failures(wrong, TODAY)
    assert said.startswith("uk-ofcom/too-short: a case of {'ring_timeout_ms': 14000} is found")
