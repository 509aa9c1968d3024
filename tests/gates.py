"""Campaign configurations for tests, and what the gate says of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from auditor.calls.record import QUERYABLE
from auditor.gate import settings
from auditor.gate.run import Gated, gate
from auditor.rulebook.checks import RuleCheck, read_checks
from auditor.rulebook.packs import pack_folders, pack_named
from auditor.settings import Config
from auditor.waivers import Waivers
from auditor.workspace import Workspace

TODAY = date(2026, 11, 22)

GOOD = """\
campaign: SALES1
partner: northgate
owner: sales-ops@example.com
dialling:
  mode: predictive
  ring_timeout: 21 s
  presented_number: "+442079460123"
  attempts_a_day: 3
  hours: {from: "09:00", to: "20:00"}
drop:
  connect_within: 2 s
  action: message
  message:
    name: om-2026-03
    kind: recording
    says_who_called: true
    number: "0800 496 0123"
    markets: false
pacing:
  abandoned_at_most: 2%
  of: live_calls
  ofcom_formula: true
detection:
  used: false
retry:
  after_abandoned: 72 h
  after_machine: 24 h
"""


def checks() -> list[RuleCheck]:
    """Those of the UK's pack."""
    folder = pack_folders()["uk-ofcom"]
    return read_checks(folder, pack_named("uk-ofcom", QUERYABLE), settings.QUERYABLE)


def gated(*paths: Path, day: date = TODAY, waiver: Any = (), foresee: bool = False, **tables: Any) -> Gated:
    """What the gate says of some files; `tables` are those of auditor.toml, `waiver` of waivers.toml."""
    waivers = Waivers.model_validate({"waiver": tuple(waiver)}).waiver
    workspace = Workspace(Path("."), Config.model_validate(tables), waivers)
    return gate(paths, workspace, checks(), day, forecast=iter if foresee else None)


def written(folder: Path, text: str, name: str = "campaign.yaml") -> Path:
    """A file of this text."""
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def found(result: Gated) -> list[tuple[str, str, int, int]]:
    """(verdict, check, line, column) of each finding, in the order of the file."""
    return sorted(
        ((f.verdict, f.check.split("/")[1], f.place.line, f.place.column) for f in result.findings),
        key=lambda each: each[2:],
    )
