"""What a pack says of itself: its regulator, clock and sources, what it covers, and the law around it."""

from __future__ import annotations

from datetime import date

from pydantic import Field, field_validator

from auditor.errors import AuditorError
from auditor.rulebook.model import Citation, Data, Rule, Status
from auditor.zones import zone_named


class SourceText(Data):
    """A text that provisions are cited from."""

    title: str
    publisher: str
    published: date | None = None
    address: str | None = None
    note: str | None = None


class Context(Data):
    """Law that is no rule about calls, from one day to another, both inside: a maximum penalty, say."""

    title: str
    from_: date | None = Field(alias="from", default=None)
    to: date | None = None
    says: str
    citation: Citation
    status: Status


class Coverage(Data):
    """Since when there was a policy, and what of it the pack leaves out."""

    in_force_since: date
    not_modelled: tuple[str, ...] = ()


class Retention(Data):
    """For how long the regulator asks that records be kept, at least."""

    months: int = Field(ge=1, le=240)
    says: str
    citation: Citation
    status: Status


class PackFile(Data):
    """`pack.toml`."""

    id: str
    title: str
    regulator: str
    country: str
    time_zone: str
    version: str
    coverage: Coverage
    context: tuple[Context, ...] = ()
    retention: Retention | None = None
    source: dict[str, SourceText]

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            zone_named(name)
        except AuditorError as error:
            raise ValueError(str(error)) from None
        return name


class Pack(Data):
    """A pack: its own data, its rules, and a hash over every byte of it."""

    about: PackFile
    rules: tuple[Rule, ...]
    sha256: str

    @property
    def id(self) -> str:
        """The pack's id."""
        return self.about.id
