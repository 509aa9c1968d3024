"""`waivers.toml`: failures that somebody with the authority to do so accepts, for a while and for a reason.

A waiver never hides anything: what it waives stays in every output, with who approved it. A limit of the
law cannot be waived. There, a waiver says that the risk is known, and the failure stays a failure.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Self

from pydantic import model_validator

from auditor.settings import Scoped
from auditor.tables import Day, RuleName, Table, Text, read_tables

WAIVERS_NAME = "waivers.toml"


class Waiver(Scoped):
    """The failures of one rule, of some calls or campaign configs, on days from `created` to `expires`."""

    rule: RuleName
    reason: Text
    approver: Text
    ticket: Text
    created: Day
    expires: Day

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.expires < self.created:
            raise ValueError(f"expires on {self.expires}, before it was created on {self.created}")
        return self

    @model_validator(mode="after")
    def _aimed(self) -> Self:
        if self.call_centre is not None and (self.partner is not None or self.campaign is not None):
            raise ValueError("names a call_centre besides: no verdict is of both: write one waiver for each")
        return self.aimed()

    def covers(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return self.created <= day <= self.expires


class Waivers(Table):
    """`waivers.toml`."""

    waiver: tuple[Waiver, ...] = ()


def read_waivers(folder: Path) -> tuple[Waiver, ...]:
    """The waivers of a workspace; none where it has no such file.

    Raises:
        AuditorError: the file is faulty (a line for each fault).
    """
    path = folder / WAIVERS_NAME
    if not path.is_file() and not os.path.lexists(path):
        return ()
    return read_tables(path, Waivers).waiver
