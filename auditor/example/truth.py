"""What was planted, and every campaign-day as the exports show it: the content of `truth.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from fractions import Fraction
from itertools import groupby
from typing import Any

from auditor.example.calls import SimulatedCall
from auditor.example.client import ESTIMATE, PARTNERS, Estimate
from auditor.example.rota import Run
from auditor.example.tally import Tally, judge, tally


@dataclass(slots=True)
class Truth:
    """The month's runs with their tallies, in the order of the rota."""

    runs: list[tuple[Run, Tally]] = field(default_factory=list)

    def add(self, run: Run, calls: Sequence[SimulatedCall]) -> None:
        """Take a run's calls into account."""
        self.runs.append((run, tally(calls, run.assignment.partner)))

    def as_json(self, *, month: str, seed: int, rows: Mapping[str, int]) -> dict[str, Any]:
        """Everything a test may compare the audit with.

        Rates are decimal strings of six places, counts decimal strings of at most six, all rounded
        half up. `days` are campaigns over all partners; calls that agents dialled by hand are in
        `calls` and `files`, and in no day.
        """
        return {
            "month": month,
            "seed": seed,
            "calls": {"total": sum(rows.values()), "partners": self._calls_by_partner()},
            "files": dict(sorted(rows.items())),
            "planted": [*self._over_limit(), *self._no_estimate(), *self._silent()],
            "days": self._days(),
        }

    def _calls_by_partner(self) -> dict[str, int]:
        return {
            partner.id: sum(run.calls for run, _ in self.runs if run.assignment.partner == partner)
            for partner in PARTNERS
        }

    def _over_limit(self) -> list[dict[str, Any]]:
        return [
            {
                "kind": "over_limit",
                "partner": run.assignment.partner.id,
                "campaign": run.assignment.campaign,
                "day": str(run.day),
                **_figures(day, None),
            }
            for run, day in self.runs
            if run.over_limit
        ]

    def _no_estimate(self) -> list[dict[str, Any]]:
        found: dict[tuple[str, str], list[str]] = {}
        for run, day in self.runs:
            assignment = run.assignment
            if day.amd_machine and _estimate_of(assignment.campaign) is None:
                key = (assignment.partner.id, assignment.campaign)
                found.setdefault(key, []).append(str(run.day))
        return [
            {"kind": "no_estimate", "partner": partner, "campaign": campaign, "days": days}
            for (partner, campaign), days in found.items()
        ]

    def _silent(self) -> list[dict[str, Any]]:
        return [
            {
                "kind": "silent",
                "partner": run.assignment.partner.id,
                "campaign": run.assignment.campaign,
                "day": str(run.day),
                "counted": str(day.silent),
            }
            for run, day in self.runs
            if day.silent
        ]

    def _days(self) -> list[dict[str, Any]]:
        def unit(entry: tuple[Run, Tally]) -> tuple[date, str]:
            return entry[0].day, entry[0].assignment.campaign

        days = []
        for (day, campaign), entries in groupby(sorted(self.runs, key=unit), key=unit):
            total = sum((seen for _, seen in entries), Tally())
            days.append(
                {
                    "campaign": campaign,
                    "day": str(day),
                    **asdict(total),
                    **_figures(total, _estimate_of(campaign)),
                }
            )
        return days


def decimal(value: Fraction) -> str:
    """Six places, rounded half up: `0.644444`."""
    millionths = (value * 2_000_000 + 1) // 2
    whole, rest = divmod(millionths, 1_000_000)
    return f"{whole}.{rest:06}"


def _figures(day: Tally, estimate: Estimate | None) -> dict[str, Any]:
    found = judge(day, estimate)
    return {
        "counted": _count(found.counted),
        "doubtful": _count(found.doubtful),
        "base": _count(found.base),
        "rate": decimal(found.rate),
        "rate_low": decimal(found.low),
        "rate_high": decimal(found.high),
        "verdict": found.verdict,
    }


def _count(value: Fraction) -> str:
    """`16.3125`, `3`."""
    return decimal(value).rstrip("0").rstrip(".")


def _estimate_of(campaign: str) -> Estimate | None:
    return ESTIMATE if campaign == ESTIMATE.campaign else None
