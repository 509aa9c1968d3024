"""The rules again, in plain Python over plain calls: what the SQL must agree with."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
NOBODY = ("not_answered", "busy", "invalid_number", "network_failure", "excluded")
HOURS_72 = 72 * 3_600_000


def ms(text):
    return int(datetime.fromisoformat(text).timestamp() * 1000) if text else None


def day_of(record):
    return datetime.fromisoformat(record["dialled_at"]).astimezone(LONDON).date().isoformat()


def units(records):
    """The calls of each client, campaign and London day."""
    found = defaultdict(list)
    for r in records:
        found[r.get("client") or None, r["campaign"], day_of(r)].append(r)
    return found


def automatic(r):
    return r["dial_mode"] in ("", "auto")


def coarse(r):
    """How many ms two times of a record may be off."""
    return int(r["precision_ms"] or 1) - 1


def waited_too_long(r):
    start, end = ms(r["answered_at"]), ms(r["ended_at"])
    return start is None or end is None or end - start + coarse(r) > 2000


def rate(records):
    """Ofcom's abandoned call rate: (counted, doubtful, others)."""
    found = {}
    for unit, members in units(records).items():
        mine = [r for r in members if automatic(r) and r["outcome"] != "excluded"]
        n = defaultdict(int)
        for r in mine:
            n[r["outcome"]] += 1
        detection = any(r["outcome"] == "machine_by_amd" or r["amd"] not in ("", "none") for r in mine)
        waited = sum(r["outcome"] == "callee_hung_up_waiting" and waited_too_long(r) for r in mine)
        unknown = n["answered_unknown"] + n["message_only"]
        drops, live, machines, ended = (
            n[o] for o in ("dropped_by_dialler", "live_to_agent", "machine_by_agent", "machine_by_amd")
        )
        if live == 0 and drops + machines > 0:
            found[unit] = (Fraction(0), Fraction(drops + ended + waited + unknown), Fraction(0))
        elif detection:
            found[unit] = (Fraction(drops), Fraction(ended + waited + unknown), Fraction(live))
        else:
            share = Fraction(machines, machines + live) if machines + live else Fraction(0)
            found[unit] = (drops * (1 - share), Fraction(waited + unknown), Fraction(live))
    return found


def counts(judge, records):
    """(counted, doubtful, examined) of a rule that says of a call `yes`, `perhaps`, `no` or None."""
    found = {}
    for unit, members in units(records).items():
        said = [judge(r) for r in members]
        found[unit] = tuple(
            map(str, (said.count("yes"), said.count("perhaps"), len(said) - said.count(None)))
        )
    return found


def silent(r):
    if r["outcome"] in NOBODY:
        return None
    if r["outcome"] == "dropped_by_dialler":
        return {"none": "yes", "played": "no"}.get(r["message"], "perhaps")
    return "perhaps" if r["outcome"] == "answered_unknown" and r["message"] != "played" else "no"


def late(r, clock="answered_at"):
    """Whether the information message of a dropped call began more than two seconds after `clock`."""
    if r["outcome"] == "dropped_by_dialler":
        if r["message"] == "none":
            return None
        if r["message"] != "played":
            return "perhaps"
        return _late_after(r, clock)
    if r["outcome"] in ("answered_unknown", "message_only"):
        # In time after the answer is in time by either clock, and then nothing is left to doubt.
        in_time = r["message"] == "played" and _late_after(r, "answered_at") == "no"
        return None if r["message"] == "none" or in_time else "perhaps"
    return None


def _late_after(r, clock):
    began, start = ms(r["message_at"]), ms(r[clock])
    if clock != "answered_at" and _late_after(r, "answered_at") == "no":
        return "yes" if start is not None and began - start - coarse(r) > 2000 else "no"
    if began is None or start is None:
        return "perhaps"
    if began - start - coarse(r) > 2000:
        return "yes"
    return "perhaps" if began - start + coarse(r) > 2000 else "no"


def rang_too_briefly(r):
    if r["outcome"] != "not_answered" or not automatic(r):
        return None
    if r["ended_by"] == "callee":
        return "no"
    if r["ring_ms"] == "":
        return "perhaps"
    ring = int(r["ring_ms"])
    if ring + coarse(r) < 15_000:
        return "yes"
    return "perhaps" if ring - coarse(r) < 15_000 else "no"


def number_improper(r):
    if r["outcome"] == "excluded":
        return None
    number = r["presented_number"]
    if number in ("withheld", "Anonymous"):
        return "yes"
    if not number.startswith("+44"):
        return "perhaps"
    return "no" if re.fullmatch(r"\+44[1-8]\d{8,9}", number) else "yes"


def without_estimate(r):
    if (
        r["outcome"] == "excluded"
        or not automatic(r)
        or not (r["outcome"] == "machine_by_amd" or r["amd"] not in ("", "none"))
    ):
        return None
    return "yes"


def repeated(records, earlier, within):
    """A judge of later calls. `earlier` says of a call `yes`, `perhaps` or `no`; `within` of two calls."""

    def judge(r):
        if r["outcome"] == "excluded" or not automatic(r):
            return None
        if r["operator_reserved"] == "true":
            return "no"
        if not r["dialled_number"].startswith("+"):
            return "perhaps"
        before = {
            earlier(e)
            for e in records
            if e["dialled_number"] == r["dialled_number"] and ms(e["dialled_at"]) < ms(r["dialled_at"])
            and e["client"] == r["client"] and within(e, r)
        }  # fmt: skip
        if "yes" in before and r["operator_reserved"] == "false":
            return "yes"
        return "perhaps" if before & {"yes", "perhaps"} else "no"

    return judge


def abandoned(r):
    if not automatic(r):
        return "no"
    if r["outcome"] == "dropped_by_dialler":
        return "yes"
    doubtful = r["outcome"] in ("answered_unknown", "message_only")
    waited = r["outcome"] == "callee_hung_up_waiting" and waited_too_long(r)
    return "perhaps" if doubtful or waited else "no"


def machine(r):
    said = r["outcome"] == "machine_by_amd" or (r["amd"] == "machine" and r["outcome"] not in NOBODY)
    return "yes" if said and automatic(r) else "no"


def within_72_hours(earlier, later):
    return ms(later["dialled_at"]) - ms(earlier["dialled_at"]) < HOURS_72


def same_day(earlier, later):
    return day_of(earlier) == day_of(later)
