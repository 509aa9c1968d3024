"""The tables of `auditor.toml`: what the client says of itself, its partners and their calls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from auditor.amounts import LENGTH_PATTERN, PARTS, SHARE_PATTERN, length_of, share_of, whole
from auditor.calls.dialling import dialling_in
from auditor.calls.record import VOCABULARY
from auditor.errors import AuditorError
from auditor.rulebook.model import exact_ratio
from auditor.tables import RuleName, Table, Text
from auditor.zones import zone_named


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


Zone = Annotated[str, _sentence(_zone)]
Country = Annotated[str, _sentence(_country)]
Outcome = Annotated[str, _sentence(_outcome)]
Limit = Annotated[str, BeforeValidator(exact_ratio)]


def _text_as(read: Callable[[str], int]) -> BeforeValidator:
    return BeforeValidator(lambda value: read(value) if isinstance(value, str) else read(repr(value)))


def _form(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


#: Milliseconds, written like `20 s`.
Length = Annotated[int, _text_as(length_of), _form(LENGTH_PATTERN, "20 s")]
#: Parts of a million, written like `30%`.
Share = Annotated[int, _text_as(share_of), _form(SHARE_PATTERN, "30%")]
#: How many of one thing for each of another, in parts of a million, written as a number.
Times = Annotated[
    int, _text_as(lambda text: whole(text, PARTS)), WithJsonSchema({"type": "number", "minimum": 0})
]


class Client(Table):
    """On whose behalf calls are made."""

    name: Text | None = None
    country: Country = "GB"
    zone: Zone = "Europe/London"


class Privacy(Table):
    """How the store keeps dialled numbers; the key is in `key_file`, or in the environment."""

    numbers: Literal["clear", "pseudonyms"] = "clear"
    key_file: Text | None = None


class Packs(Table):
    """Which rules apply; left out: those of the client's country."""

    use: tuple[Text, ...] = ()


class Partner(Table):
    """An outsourcer that makes calls for the client; `owner` answers for its campaigns' configurations."""

    id: Text
    name: Text | None = None
    owner: Text | None = None
    call_centres: tuple[Text, ...] = ()
    campaigns: tuple[Text, ...] = ()


class SourceTable(Table):
    """Exports that `auditor load` and `auditor run` pick up, and how to read them."""

    files: Text
    partner: Text | None = None
    format: Text | None = None
    zone: Zone | None = None
    dates: Literal["dmy", "mdy"] | None = None
    country: Country | None = None
    partner_from: Text | None = None
    partners: dict[str, Text] = Field(default_factory=dict)
    call_centre: Text | None = None
    call_centre_from: Text | None = None
    call_centres: dict[str, Text] = Field(default_factory=dict)
    campaign: Text | None = None
    campaign_from: Text | None = None
    campaigns: dict[str, Text] = Field(default_factory=dict)
    disposition_from: Text | None = None
    codes: dict[Text, Outcome] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _tables_have_columns(self) -> Self:
        for unit in ("partner", "call_centre", "campaign"):
            if getattr(self, f"{unit}s") and getattr(self, f"{unit}_from") is None:
                raise ValueError(
                    f"{unit}s says what values mean, but {unit}_from does not say of which column: add it"
                )
        return self


class Scoped(Table):
    """Something the client says of the calls of a partner, a campaign or a call centre."""

    partner: Text | None = None
    campaign: Text | None = None
    call_centre: Text | None = None

    def names(self, partner: str | None, call_centre: str | None, campaign: str | None) -> bool:
        """Whether calls of this partner, call centre and campaign are among those meant."""
        return (
            self.partner in (None, partner)
            and self.call_centre in (None, call_centre)
            and self.campaign in (None, campaign)
        )

    @property
    def closeness(self) -> int:
        """How many names it gives: of two that speak of the same calls, the one with more speaks first."""
        return sum(name is not None for name in (self.partner, self.campaign, self.call_centre))

    def aimed(self) -> Self:
        """Refuse what is said of nobody in particular.

        Raises:
            ValueError: it names no partner, campaign or call centre.
        """
        if self.partner is None and self.campaign is None and self.call_centre is None:
            raise ValueError("names no partner, campaign or call_centre: write at least one")
        return self


class _Dated(Scoped):
    """What the client says of some calls from one local day to another, both inside."""

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
        return self.from_ <= day <= self.to and self.names(partner, call_centre, campaign)


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
        return self.aimed()


class HouseLimit(Table):
    """The client's own limit: tighter than the law, or where the law has none."""

    rule: RuleName
    limit: Limit


class TrafficTable(Scoped):
    """What a dialler's configuration does not say of a campaign, and its forecast needs.

    The names are those of the settings of the gate (`auditor/gate/settings.py`).
    """

    agents: Annotated[int, Field(ge=1, strict=True)] | None = None
    shift: Length | None = None
    answered: Share | None = None
    machines: Share | None = None
    talk: Length | None = None
    wrap_up: Length | None = None
    machine_talk: Length | None = None
    lines_per_agent: Times | None = None
    lines_at_most: Times | None = None
    lines_for: Literal["all_agents", "free_agents"] | None = None
    ring_timeout: Length | None = None
    connect_within: Length | None = None
    detection_used: bool | None = None
    detection_finds: Share | None = None
    detection_takes: Share | None = None
    detection_listens: Length | None = None

    @model_validator(mode="after")
    def _aimed(self) -> Self:
        if self.call_centre is not None or (self.partner is None and self.campaign is None):
            raise ValueError("must name a campaign or a partner: no configuration names a call centre")
        return self


def _chance(ratio: str) -> str:
    if not 0 < Fraction(ratio) < 1:
        raise ValueError(f"'{ratio}' is no chance between never and always: write one, such as 1/20")
    return ratio


class ForecastTable(Table):
    """How days are forecast: `ceiling` is the chance of a day beyond the limit that fails the gate."""

    ceiling: Annotated[Limit, AfterValidator(_chance)] | None = None
    days: Annotated[int, Field(ge=100, le=100_000, strict=True)] = 2_000
    seed: Annotated[int, Field(ge=0, le=2**63 - 1, strict=True)] = 1


class GateTable(Table):
    """What the client asks of campaign configurations beyond the rules."""

    attempts_a_day: Annotated[int, Field(ge=1, le=1_000, strict=True)] | None = None


class ReadingChoice(Table):
    """Which of a rule's readings applies, where the law can be read in more than one way."""

    rule: RuleName
    use: Text


class BrandingTable(Table):
    """How the client's reports look."""

    name: Text | None = None
    logo: Text | None = None
    colour: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#1f3a5f"


class Config(Table):
    """`auditor.toml`."""

    client: Client = Client()
    packs: Packs = Packs()
    privacy: Privacy = Privacy()
    partner: tuple[Partner, ...] = ()
    source: tuple[SourceTable, ...] = ()
    estimate: tuple[Estimate, ...] = ()
    attestation: tuple[Attestation, ...] = ()
    house_limit: tuple[HouseLimit, ...] = ()
    reading: tuple[ReadingChoice, ...] = ()
    gate: GateTable = GateTable()
    traffic: tuple[TrafficTable, ...] = ()
    forecast: ForecastTable = ForecastTable()
    branding: BrandingTable = BrandingTable()
