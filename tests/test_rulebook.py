"""Packs: what they may say, and every fault of one at once."""

from __future__ import annotations

import os
import shutil
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from auditor.calls.record import QUERYABLE
from auditor.errors import AuditorError
from auditor.rulebook.condition import faults_of, knowing, sql_of
from auditor.rulebook.formula import parse_formula
from auditor.rulebook.grammar import parse_condition
from auditor.rulebook.packs import MAX_FILE_BYTES, pack_named, packs_for_country, read_pack
from auditor.shipped import rules

COLUMNS = QUERYABLE


class TestFormulas:
    def test_a_formula_is_exact(self):
        counts = {"d": Fraction(29), "l": Fraction(9), "a": Fraction(7)}
        assert parse_formula("d * l / (l + a)").value(counts) == Fraction(261, 16)

    def test_it_shows_as_a_reader_writes_it(self):
        assert parse_formula("d*l/(l+a)").shown() == "d × l ÷ (l + a)"
        assert parse_formula("a-(b-c)").shown() == "a − (b − c)"
        assert parse_formula("(a-b)*c").shown() == "(a − b) × c"
        assert parse_formula("a/(b*c)").shown() == "a ÷ (b × c)"
        assert parse_formula("a*b/c + 2").shown() == "a × b ÷ c + 2"

    def test_conditions_compare_and_join(self):
        met = parse_formula("a == 0 and b > 2 or c != 1 and a <= 1 and b >= 1 and a < 9")
        assert met.holds({"a": Fraction(0), "b": Fraction(3), "c": Fraction(1)})
        assert not met.holds({"a": Fraction(2), "b": Fraction(1), "c": Fraction(0)})

    @pytest.mark.parametrize(
        "text",
        ["", "a +", "1.5 * a", "f(a)", "a.b", "a[0]", "'a'", "True", "a ** 9", "a % 2", "0 < a < 2", "-a",
         "[a]", "a if b else c", "lambda: a", "__import__('os')", "a := 1", "a and", "x for x in y"],
    )  # fmt: skip
    def test_nothing_else_can_be_written(self, text):
        with pytest.raises(ValueError, match="formula"):
            parse_formula(text)


def faults_in(text):
    try:
        return list(faults_of(parse_condition(text), QUERYABLE | {"within_ms": ("number", ())}))
    except ValueError as error:
        return [str(error)]


class TestConditions:
    @pytest.mark.parametrize(
        "text",
        ["outcome = 'busy'", "amd IN ('human', 'unsure') AND NOT (message IS NULL)",
         "ended_ms - answered_ms + COALESCE(precision_ms, 1000) - 1 > within_ms",
         "ring_ms BETWEEN 1 AND 15000 or operator_reserved = TRUE", "disposition <> 'it''s'",
         "operator_reserved AND NOT number_key IS NULL", "presented_number NOT LIKE '+449%'", "TRUE",
         "(ring_ms + 1) - (precision_ms - 1) >= 2 AND outcome NOT IN ('fax')"],
    )  # fmt: skip
    def test_conditions_on_a_call_record_are_allowed(self, text):
        assert faults_in(text) == []

    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ("outcome = 'busy'; DROP TABLE calls", "'; DROP TABLE' is not allowed"),
            ("outcome = 'busy' -- comment", "'-' is not allowed"),
            ("read_text('/etc/passwd') = ''", "'(' is not allowed"),
            ("EXISTS (SELECT 1)", "'(' is not allowed"),
            ('"outcome" = 1', "is not allowed"),
            ("outcome = 'a' || 'b'", "is not allowed"),
            ("load_id = 3", "'load_id' is neither a column of a call record nor a threshold"),
            ("(outcome = 'busy'", ") is missing before the end"),
            ("outcome = 'busy')", "')' is not allowed"),
            (" ", "empty"),
            ("outcome =", "ends too early"),
            ("outcome NOT 'busy'", "NOT needs IN, BETWEEN or LIKE behind it, not ''busy''"),
            ("outcome IS 'busy'", "NULL is missing before ''busy''"),
            ("ring_ms", "'ring_ms' is a number, where a truth is needed"),
            ("ring_ms + 1", "'ring_ms + 1' is a number or a text, no condition"),
            ("ring_ms + 1 AND TRUE", "'ring_ms + 1' is a number or a text, no condition"),
            ("ring_ms = (outcome = 'fax')", "'outcome = 'fax'' is a condition, no number or text"),
            ("ring_ms > '9'", "''9'' is a text, where a number is needed"),
            ("outcome = 'drooped'", "'drooped' is no word of 'outcome', which has answered_unknown, busy"),
            ("outcome IN ('fax', 'foxes')", "'foxes' is no word of 'outcome'"),
            ("ring_ms LIKE '1%'", "'ring_ms' is a number, where a text is needed"),
            ("campaign LIKE partner", "LIKE needs a text in single quotes"),
            ("ring_ms BETWEEN 1", "AND is missing before the end"),
            ("COALESCE(amd, 3) = 'none'", "'3' is a number, where a text is needed"),
            ("NOT " * 4000 + "TRUE", "the condition is too long: at most 150 words and signs"),
            ("ring_ms = ٣", "is not allowed"),
            ("ring_ms = 1234567890123456789012", "is not allowed"),
        ],
    )
    def test_anything_else_is_refused(self, text, fault):
        assert any(fault in found for found in faults_in(text)), faults_in(text)


def test_a_condition_is_written_as_it_was_read():
    for text in ("ring_ms BETWEEN 1 AND 9", "COALESCE(ring_ms, 0) = 3", "(amd = 'none' AND TRUE) OR FALSE"):
        assert sql_of(parse_condition(text)) == text


class TestWhatIsLeftWhereTheOutcomeIsKnown:
    @pytest.mark.parametrize(
        ("text", "outcome", "left"),
        [
            ("outcome = 'fax' AND ring_ms > 1", "fax", "ring_ms > 1"),
            ("outcome = 'fax' AND ring_ms > 1", "busy", "FALSE"),
            ("outcome <> 'fax' OR ring_ms > 1", "busy", "TRUE"),
            ("outcome <> 'fax' OR ring_ms > 1", "fax", "ring_ms > 1"),
            ("NOT outcome IN ('fax', 'busy') AND amd IS NULL", "busy", "FALSE"),
            ("NOT outcome IN ('fax', 'busy') AND amd IS NULL", "excluded", "amd IS NULL"),
            ("NOT (outcome = 'fax' AND amd IS NULL)", "fax", "NOT (amd IS NULL)"),
            ("outcome IS NULL OR amd = 'none'", "fax", "amd = 'none'"),
            ("(outcome = 'fax' OR amd = 'none') AND (ring_ms > 1 AND ring_ms > 1)", "busy",
             "amd = 'none' AND ring_ms > 1"),
        ],
    )  # fmt: skip
    def test_what_is_left(self, text, outcome, left):
        assert sql_of(knowing(parse_condition(text), "outcome", outcome)) == left


class TestTheUkPack:
    PACK = pack_named("uk-ofcom", COLUMNS)

    def test_it_is_the_pack_of_its_country(self):
        assert [pack.id for pack in packs_for_country("GB", COLUMNS)] == ["uk-ofcom"]

    @pytest.mark.parametrize("rule", PACK.rules, ids=lambda rule: rule.id)
    def test_every_day_since_it_is_modelled_has_exactly_one_version(self, rule):
        first = rule.in_force_since or self.PACK.about.coverage.in_force_since
        for day in (first, date(2017, 2, 28), date(2017, 3, 1), date(2026, 10, 31)):
            assert sum(version.covers(day) for version in rule.versions) == 1
        assert rule.version_on(date.fromordinal(first.toordinal() - 1)) is None

    @pytest.mark.parametrize("rule", PACK.rules, ids=lambda rule: rule.id)
    def test_a_rule_speaks_in_words_too(self, rule):
        assert rule.why.endswith(".")
        assert rule.remedy.endswith(".")
        assert all(version.says.endswith(".") for version in rule.versions)
        assert all(tally.settle is None or tally.settle.endswith(".") for tally in rule.tally.values())

    @pytest.mark.parametrize("rule", PACK.rules, ids=lambda rule: rule.id)
    def test_whatever_may_be_doubtful_says_what_would_settle_it(self, rule):
        for formula in rule.formulas:
            for name in formula.formulas["doubtful"].names & set(rule.tally):
                assert rule.tally[name].settle or formula.settle, name
        assert all(formula.says.endswith(".") for formula in rule.formulas)

    def test_its_hash_is_that_of_its_bytes(self, tmp_path):
        copy = tmp_path / "uk-ofcom"
        shutil.copytree(rules() / "uk-ofcom", copy)
        assert read_pack(copy, COLUMNS).sha256 == self.PACK.sha256
        (copy / "CHANGELOG.md").write_text("changed", "utf-8")
        assert read_pack(copy, COLUMNS).sha256 != self.PACK.sha256


class TestFaultyPacks:
    @pytest.fixture
    def pack(self, tmp_path):
        copy = tmp_path / "uk-ofcom"
        shutil.copytree(rules() / "uk-ofcom", copy)
        return copy

    def faults(self, pack) -> str:
        with pytest.raises(AuditorError) as caught:
            read_pack(pack, COLUMNS)
        return str(caught.value)

    def change(self, pack, *pairs, file="abandoned-call-rate/rule.toml"):
        text = (pack / file).read_text("utf-8")
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        (pack / file).write_text(text, "utf-8")

    @pytest.mark.parametrize(
        ("old", "new", "fault"),
        [
            ('limit = "3/100"', "limit = 0.03", "exact ratio"),
            ('limit = "3/100"', 'limit = "3/0"', "exact ratio"),
            ("to = 2017-02-28", "to = 2017-02-27", "leaves 1 days without a rule before version '2016'"),
            ("to = 2017-02-28", "to = 2017-03-01", "overlaps version '2016'"),
            ("to = 2017-02-28\n", "", "overlaps version '2016'"),
            ('source = "readings"', 'source = "hearsay"', "cites 'hearsay', which is no source"),
            ('kind = "rate"', 'kind = "rate"\nkindness = 1', "kindness"),
            ('status = "secondary"', 'status = "certain"', "status"),
            ("outcome = 'live_to_agent'", "outcome = current_user", "'current_user' is neither a column"),
            ('others = "live"', 'others = "alive"', "'alive' is no tally"),
            ('others = "live"', 'others = "live()"', "a formula has"),
            ('machine = "amd_machine"', 'machine = "robots"', "estimate: 'robots' is no tally"),
            ("dial_mode IS NULL OR", "1 = 1 ; OR", "scope: ';"),
            ('id = "abandoned-call-rate"', 'id = "other"', "the folder is 'abandoned-call-rate'"),
            ('title = "Abandoned call rate"', 'title = "Abandoned', "is no TOML"),
        ],
    )
    def test_a_fault_is_named_with_its_file(self, pack, old, new, fault):
        self.change(pack, (old, new))
        found = self.faults(pack)
        assert fault in found
        assert "abandoned-call-rate/rule.toml" in found

    def test_it_may_have_nothing_but_plain_files_of_a_rules_size(self, pack, tmp_path):
        (tmp_path / "secret").write_text("secret")
        (pack / "notes.md").symlink_to(tmp_path / "secret")
        (pack / "more").symlink_to(tmp_path)
        os.mkfifo(pack / "pipe")
        (pack / "silent-calls" / "large.toml").write_bytes(b"#" * (MAX_FILE_BYTES + 1))
        (pack / "two\nlines").write_text("")
        Path(os.fsdecode(os.fsencode(pack) + b"/latin-\xe9")).write_text("")
        found = self.faults(pack)
        assert [Path(line.split(": ")[0]).name for line in found.splitlines()] == [
            "latin-\\udce9", "more", "notes.md", "pipe", "large.toml", "two\\nlines",
        ]  # fmt: skip
        assert "secret" not in found

    def test_all_faults_come_at_once(self, pack):
        self.change(pack, ('others = "live"', 'others = "alive"'))
        self.change(
            pack, ('settles = ["message_unknown"]', 'settles = ["nothing"]'), file="silent-calls/rule.toml"
        )
        self.change(pack, ('tally = "amd_ended"', 'tally = "unseen"'), file="silent-calls/rule.toml")
        found = self.faults(pack)
        assert "'alive'" in found
        assert "attested 'message_played': 'nothing' is no tally" in found
        assert "blind: 'unseen' is no tally" in found

    @pytest.mark.parametrize(
        ("rule", "old", "new", "fault"),
        [
            ("repeat-after-abandoned", 'after = ["abandoned"]', 'after = ["dropped"]',
             "tally.repeated: 'dropped' is none of the rule's earlier calls"),
            ("repeat-after-abandoned", "unnumbered = true",
             'unnumbered = true\nafter = ["abandoned"]',
             "what came before a call to no public number is not known"),
            ("repeat-after-machine", 'after = ["machine"]', 'unless = ["machine"]',
             "'unless' needs an 'after'"),
            ("repeat-after-machine", 'within = "day"', 'within = "week"',
             "within is 'week': write day, or a threshold of the rule"),
            ("repeat-after-abandoned", '[earlier.perhaps_abandoned]',
             '[earlier.other]\nwhere = "TRUE"\nwithin = "day"\nmeans = "x"\n\n[earlier.perhaps_abandoned]',
             "must all have the same 'within'"),
            ("information-message", 'default = "answered"', 'default = "heard"',
             "reading: the default 'heard' is none of its choices"),
            ("information-message", 'reading = "speech"', 'reading = "sneeze"',
             "its reading is 'sneeze', none of the rule's choices"),
            ("information-message", 'reading = "speech"', 'reading = "answered"',
             "reading: no formula follows 'speech'"),
            ("ring-time", "threshold = { at_least_ms = 15_000 }\nlaw", "law",
             "does not say how long the threshold 'at_least_ms' is"),
            ("ring-time", "at_least_ms = 15_000 }", "at_least_ms = 15_000, most = 3 }",
             "'most' is no threshold of the rule"),
            ("ring-time", "[condition.perhaps_short]", "[condition.ring_ms]",
             "'ring_ms' is a column of a call record"),
            ("ring-time", "ring_ms IS NULL OR ring_ms -", "ring_ms IS NULL OR perhaps_short -",
             "condition.perhaps_short: 'perhaps_short' is neither a column"),
        ],
    )  # fmt: skip
    def test_what_a_rule_names_it_must_have(self, pack, rule, old, new, fault):
        self.change(pack, (old, new), file=f"{rule}/rule.toml")
        assert fault in self.faults(pack)

    @pytest.mark.parametrize(
        ("rule", "old", "new", "fault"),
        [
            ("ring-time", 'law = ["campaign"]', 'law = ["campaign", "partner"]',
             "names the scope 'partner' twice"),
            ("ring-time", 'id = "2008"', 'id = "2006"', "there are several versions '2006'"),
            ("ring-time", "from = 2017-03-01", "from = 2017-03-01\nto = 2017-02-01",
             "version '2016' ends on 2017-02-01, before it begins"),
            ("reasoned-estimate", "in_force_since = 2008-09-10", "in_force_since = 2009-01-01",
             "version '2008' begins before in_force_since"),
            ("silent-calls", 'settles = ["message_unknown"]', 'settles = ["silent"]',
             "'silent' is certain, and nobody's word changes what is known"),
            ("ring-time", "at_least_ms = 15_000", "at_least_ms = 0", "greater than or equal to 1"),
            ("ring-time", "at_least_ms = 15_000", "at_least_ms = 94608000000000", "less than or equal to"),
            ("ring-time", "at_least_ms = 15_000", "at_least_ms = true", "valid integer"),
            ("repeat-after-machine", "[earlier.machine]", '[earlier."x\'y"]', "should match pattern"),
            ("reasoned-estimate", 'machine = "amd_result"', 'machine = "amd_result +"', "is no formula"),
            ("ring-time", 'counted = "short"', 'counted = "' + "short + " * 99 + '1"', "longer than 400"),
            ("silent-calls", "[tally.silent]", "[tally.silent]\nunnumbered = true",
             "is for rules with earlier calls"),
            ("ring-time", "from = 2006-03-01", "from = 0001-01-01", "1900"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_meant_is_refused(self, pack, rule, old, new, fault):
        self.change(pack, (old, new), file=f"{rule}/rule.toml")
        assert fault in self.faults(pack)

    def test_a_clock_nobody_knows_is_refused(self, pack):
        self.change(pack, ("Europe/London", "Europe/Londinium"), file="pack.toml")
        assert "time zone 'Europe/Londinium' is not known" in self.faults(pack)

    def test_the_law_around_the_rules_is_checked_too(self, pack):
        self.change(
            pack, ('source = "osborne-clarke"', 'source = "hearsay"'), ("to = 2010-09-24", "to = 2001-09-24"),
            file="pack.toml",
        )  # fmt: skip
        found = self.faults(pack)
        assert "context 'Penalty' cites 'hearsay', which is no source" in found
        assert "context 'Maximum penalty' ends on 2001-09-24, before it begins" in found

    def test_for_how_long_records_are_kept_is_cited_too(self, pack):
        self.change(pack, ('source = "malltomall"', 'source = "hearsay"'), file="pack.toml")
        assert "retention cites 'hearsay', which is no source" in self.faults(pack)

    def test_a_pack_without_its_pack_file_or_rules(self, pack, tmp_path):
        (pack / "pack.toml").unlink()
        assert "pack.toml: cannot be read" in self.faults(pack)
        empty = tmp_path / "empty"
        empty.mkdir()
        shutil.copy(rules() / "uk-ofcom" / "pack.toml", empty)
        assert "the pack has no rule" in self.faults(empty)

    def test_unknown_packs_and_countries_are_errors_that_say_what_there_is(self):
        with pytest.raises(AuditorError, match="pack 'fr-arcep' is not known: choose from uk-ofcom"):
            pack_named("fr-arcep", COLUMNS)
        with pytest.raises(AuditorError, match="no rules are known for the country 'FR'"):
            packs_for_country("FR", COLUMNS)
