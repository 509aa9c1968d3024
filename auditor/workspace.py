"""`auditor.toml` → Workspace: who the client is, what its partners send, and what it answers for."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from auditor.calls.dialling import dialling_in
from auditor.calls.record import VOCABULARY
from auditor.errors import AuditorError
from auditor.rulebook.model import exact_ratio
from auditor.zones import zone_named

CONFIG_NAME = "auditor.toml"


def _zone(name: str) -> str:
    zone_named(name)
    return name


def _country(code: str) -> str:
    dialling_in(code)
    return code


def _outcome(word: str) -> str:
    if word not in VOCABULARY["outcome"]:
        raise ValueError(f"'{word}' is no outcome: write one of {', '.join(VOCABULARY['outcome'])}")
    return word


def _sentence(check: Any) -> AfterValidator:
    def checked(value: str) -> str:
        try:
            return str(check(value))
        except AuditorError as error:
            raise ValueError(str(error)) from None

    return AfterValidator(checked)


Text = Annotated[str, Field(min_length=1)]
Zone = Annotated[str, _sentence(_zone)]
Country = Annotated[str, _sentence(_country)]
Outcome = Annotated[str, _sentence(_outcome)]
Limit = Annotated[str, BeforeValidator(exact_ratio)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Client(_Table):
    """On whose behalf calls are made."""

    name: Text | None = None
    country: Country = "GB"
    zone: Zone = "Europe/London"


class Packs(_Table):
    """Which rules apply; left out: those of the client's country."""

    use: tuple[Text, ...] = ()


class Partner(_Table):
    """An outsourcer that makes calls for the client."""

    id: Text
    name: Text | None = None
    call_centres: tuple[Text, ...] = ()
    campaigns: tuple[Text, ...] = ()


class SourceTable(_Table):
    """Exports that `auditor load` and `auditor run` pick up, and how to read them."""

    files: Text
    partner: Text | None = None
    format: Text | None = None
    zone: Zone | None = None
    country: Country | None = None
    call_centre: Text | None = None
    call_centre_from: Text | None = None
    campaign: Text | None = None
    campaign_from: Text | None = None
    disposition_from: Text | None = None
    codes: dict[Text, Outcome] = {}


class _Dated(_Table):
    """Something the client says of some calls, from one local day to another, both inside."""

    partner: Text | None = None
    campaign: Text | None = None
    call_centre: Text | None = None
    from_: date = Field(alias="from")
    to: date
    signed_by: Text

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.to < self.from_:
            raise ValueError(f"ends on {self.to}, before it begins on {self.from_}")
        return self

    def speaks_of(
        self, day: date, partner: str | None, call_centre: str | None, campaign: str | None
    ) -> bool:
        """Whether calls of this day, partner, call centre and campaign are among those meant."""
        return (
            self.from_ <= day <= self.to
            and self.partner in (None, partner)
            and self.call_centre in (None, call_centre)
            and self.campaign in (None, campaign)
        )


class Estimate(_Dated):
    """A reasoned estimate of AMD false positives: people among a sample of calls."""

    base: Literal["machine", "live"]
    false_positives: int = Field(ge=0)
    sample: int = Field(gt=0)
    evidence: Text | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.campaign is None and self.call_centre is None:
            raise ValueError("names neither a campaign nor a call_centre: write one of them")
        if self.false_positives > self.sample:
            raise ValueError("has more false_positives than the sample has calls")
        if self.base == "live" and self.false_positives == self.sample:
            raise ValueError("says that every live call was taken for a machine: base is 'machine'?")
        return self


class Attestation(_Dated):
    """What an export cannot show and somebody answers for."""

    says: Literal["message_played", "operator_reserved", "number_presented"]
    evidence: Text

    @model_validator(mode="after")
    def _aimed(self) -> Self:
        if self.partner is None and self.campaign is None and self.call_centre is None:
            raise ValueError("names no partner, campaign or call_centre: write at least one")
        return self


class HouseLimit(_Table):
    """The client's own limit: tighter than the law, or where the law has none."""

    rule: Annotated[str, Field(pattern=r"^[a-z0-9-]+/[a-z0-9-]+$")]
    limit: Limit


class BrandingTable(_Table):
    """How the client's reports look."""

    name: Text | None = None
    logo: Text | None = None
    colour: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#1f3a5f"


class Config(_Table):
    """`auditor.toml`."""

    client: Client = Client()
    packs: Packs = Packs()
    partner: tuple[Partner, ...] = ()
    source: tuple[SourceTable, ...] = ()
    estimate: tuple[Estimate, ...] = ()
    attestation: tuple[Attestation, ...] = ()
    house_limit: tuple[HouseLimit, ...] = ()
    branding: BrandingTable = BrandingTable()


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with a configuration (all defaults where there is no auditor.toml)."""

    folder: Path
    config: Config

    @property
    def partner_ids(self) -> tuple[str, ...]:
        """The partners it lists; none listed: any partner is taken."""
        return tuple(partner.id for partner in self.config.partner)

    def partner_name(self, partner_id: str) -> str:
        """What to call a partner in a report."""
        return next((p.name or p.id for p in self.config.partner if p.id == partner_id), partner_id)


def find_workspace(folder: str | Path | None = None) -> Workspace:
    """The workspace the user means: the one named, else the nearest upwards with an auditor.toml.

    Args:
        folder: what `--workspace` (or AUDITOR_WORKSPACE) says.

    Raises:
        AuditorError: there is no such folder, or its configuration is faulty (a line for each fault).
    """
    if folder is not None:
        chosen = Path(folder)
        if not chosen.is_dir():
            raise AuditorError(f"workspace {folder}: there is no such folder")
        return Workspace(chosen, _configuration(chosen / CONFIG_NAME))
    here = Path.cwd()
    for candidate in (here, *here.parents):
        if (candidate / CONFIG_NAME).is_file():
            # The ledger and messages name files as the user does: relative where that is possible.
            return Workspace(Path(os.path.relpath(candidate)), _configuration(candidate / CONFIG_NAME))
    return Workspace(Path("."), Config())


def _configuration(path: Path) -> Config:
    if not path.is_file():
        return Config()
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise AuditorError(f"{path}: cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AuditorError(f"{path}: is no TOML: {error}") from None
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        faults = [_in_words(dict(fault)) for fault in error.errors()]
        raise AuditorError("\n".join(f"{path}: {fault}" for fault in faults)) from None
    faults = list(_contradictions(config))
    if faults:
        raise AuditorError("\n".join(f"{path}: {fault}" for fault in faults))
    return config


def _contradictions(config: Config) -> Iterator[str]:
    ids = [partner.id for partner in config.partner]
    for double in sorted({i for i in ids if ids.count(i) > 1}):
        yield f"partner: the id '{double}' stands twice: give each partner its own"
    tables: dict[str, tuple[SourceTable | Estimate | Attestation, ...]] = {
        "source": config.source,
        "estimate": config.estimate,
        "attestation": config.attestation,
    }
    for name, entries in tables.items():
        for number, entry in enumerate(entries, 1):
            if ids and entry.partner is not None and entry.partner not in ids:
                yield (
                    f"{name}[{number}].partner: '{entry.partner}' is no partner of this workspace: "
                    f"write one of {', '.join(ids)}, or add a [[partner]]"
                )


def _in_words(fault: dict[str, Any]) -> str:
    """One of pydantic's faults as a sentence: where, what is wrong, what to write instead."""
    where = fault["loc"]
    # Tables of an array are counted from 1, as a person counts them down the file.
    key = "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in where).lstrip(".")
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "extra_forbidden":
        known = sorted(_keys_at(where[:-1]))
        close = difflib.get_close_matches(str(where[-1]), known, 1, 0.6)
        meant = f"did you mean '{close[0]}'?" if close else f"write one of {', '.join(known)}"
        return f"{key}: there is no such key: {meant}"
    if kind == "missing":
        return f"{key}: is missing: add it"
    if kind == "literal_error":
        return f"{key}: {fault['input']!r} is not allowed: write {context['expected']}"
    if kind == "value_error":
        return f"{key}: {context['error']}"
    if kind == "string_pattern_mismatch":
        example = {"colour": "#1f3a5f", "rule": "uk-ofcom/abandoned-call-rate"}.get(str(where[-1]))
        return f'{key}: {fault["input"]!r} is not of the form needed: write it like "{example}"'
    return f"{key}: {fault['input']!r}: {fault['msg'][0].lower()}{fault['msg'][1:]}"


def _keys_at(where: tuple[str | int, ...]) -> set[str]:
    """The keys that the table at this place may have."""
    model: Any = Config
    for part in where:
        if isinstance(part, str):
            field = model.model_fields[part]
            model = field.annotation
            if getattr(model, "__origin__", None) is tuple:
                model = model.__args__[0]
    return {field.alias or name for name, field in model.model_fields.items()}
