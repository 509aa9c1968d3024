"""A configuration file → campaigns: recognised by its content, every setting with where it stands."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from auditor.amounts import PARTS
from auditor.errors import AuditorError
from auditor.gate.entry import Entry, Place, Written
from auditor.gate.format import ConfigFormat, SettingFrom, config_formats
from auditor.gate.settings import SETTINGS
from auditor.gate.table import read_table
from auditor.gate.tree import Tree
from auditor.gate.values import meant
from auditor.rulebook.evaluate import Value
from auditor.rulebook.page import length_text

#: No team keeps a larger one; who sends it means something else.
LARGEST = 4 << 20
_TABLES = frozenset((".csv", ".tsv", ".txt"))


@dataclass(frozen=True, slots=True)
class Given:
    """The value of a setting: where it stands, if it does, and whose default it is, if it is one."""

    value: Value
    place: Place | None = None
    default: SettingFrom | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign as it is configured; a setting that is not among `given` is not known."""

    file: str
    format: ConfigFormat
    place: Place
    given: dict[str, Given]

    def value(self, setting: str) -> Value:
        """What a setting is; None where it is not known."""
        return self.given[setting].value if setting in self.given else None

    @property
    def name(self) -> str | None:
        """The campaign's name."""
        name = self.value("campaign")
        return None if name is None else str(name)

    @property
    def partner(self) -> str | None:
        """The outsourcer that dials it."""
        partner = self.value("partner")
        return None if partner is None else str(partner)


def read_campaigns(path: Path) -> list[Campaign]:
    """The campaigns of a file.

    Raises:
        AuditorError: it cannot be read, is no configuration that is known, or says what cannot be; a line
            for each fault.
    """
    text = _text(path)
    kind = "table" if path.suffix.lower() in _TABLES else "tree"
    fault = None
    near: list[tuple[ConfigFormat, list[str]]] = []
    try:
        tree = Tree(text) if kind == "tree" else None
        for fmt in (each for each in config_formats() if each.kind == kind):
            try:
                found = tree.entries(fmt.under, closed=fmt.closed) if tree else read_table(text)
            except AuditorError as error:
                fault = fault or error  # it may be another kind of configuration
                continue
            if found and all(_fits(fmt, entry) for entry in found):
                return _campaigns(path, fmt, found)
            near += [(fmt, _missing(fmt, entry)) for entry in found[:1]]
    except AuditorError as error:
        fault = error
    if fault is not None:
        raise fault if str(fault).startswith(str(path)) else AuditorError(f"{path}: {fault}")
    raise AuditorError(
        f"{path}: is no campaign's configuration that is known{_nearest(near)}: {_known(kind)}"
    )


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            raise AuditorError(f"{path}: cannot be read (there is no such file)")
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise AuditorError(f"{path}: is larger than {LARGEST >> 20} MiB: no campaign's configuration is")
        return content.decode("utf-8")
    except OSError as error:
        raise AuditorError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise AuditorError(f"{path}: byte {error.start} is no UTF-8: save it as UTF-8") from None


def _fits(fmt: ConfigFormat, entry: Entry) -> bool:
    return all(any(fnmatchcase(path, need) for path in entry.values) for need in fmt.needs)


def _missing(fmt: ConfigFormat, entry: Entry) -> list[str]:
    return [need for need in fmt.needs if not any(fnmatchcase(path, need) for path in entry.values)]


def _nearest(near: list[tuple[ConfigFormat, list[str]]]) -> str:
    """Which one it most looks like, and what that would have."""
    like = [(fmt, missing) for fmt, missing in near if len(missing) < len(fmt.needs)]
    if not like:
        return ""
    fmt, missing = min(like, key=lambda each: len(each[1]) / len(each[0].needs))
    return f" (it looks like {fmt.title}, but has no {' and no '.join(missing)})"


def _known(kind: str) -> str:
    """By what the configurations are recognised."""
    return "; ".join(
        f"{each.title} has {' and '.join(each.needs)}" for each in config_formats() if each.kind == kind
    )


def _campaigns(path: Path, fmt: ConfigFormat, entries: list[Entry]) -> list[Campaign]:
    campaigns, faults = [], []
    for entry in entries:
        given: dict[str, Given] = {}
        for name, how in fmt.setting.items():
            try:
                found = _given(how, entry)
            except ValueError as error:
                faults.append(f"{path}:{error}")
                continue
            if found is not None:
                given[name] = found
        if fmt.closed:
            faults += [f"{path}:{fault}" for fault in _strangers(fmt, entry)]
        campaigns.append(Campaign(str(path), fmt, entry.place, given))
    if faults:
        raise AuditorError("\n".join(faults))
    return campaigns


def _given(how: SettingFrom, entry: Entry) -> Given | None:
    if how.when is not None and not _holds(how.when, entry):
        return None
    found, empty = [], None
    for written, place in _written(how, entry):
        try:
            value = meant(written, how)
        except ValueError as error:
            raise ValueError(f"{place.line}:{place.column}: {how.at}: {error}") from None
        if (written is not None and written.strip()) or how.default is None:
            found.append(Given(value, place))
        else:
            empty = place
    if how.pick is not None:
        choose = min if how.pick == "least" else max
        numbers = [(given.value, given) for given in found if isinstance(given.value, int)]
        return choose(numbers, key=lambda each: each[0])[1] if numbers else None
    if found:
        return found[0]
    return None if how.default is None else Given(meant(how.default, how), empty, how)


def _holds(when: tuple[str, tuple[str, ...]], entry: Entry) -> bool:
    path, words = when
    return any(written in words for _, written, _ in entry.at(path))


def _written(how: SettingFrom, entry: Entry) -> list[tuple[Written, Place]]:
    """What is written for a setting: once, unless it is one that is picked from several."""
    if how.key:
        below = [(path.removeprefix(f"{how.at}."), place) for path, (_, place) in entry.values.items()
                 if path.startswith(f"{how.at}.")]  # fmt: skip
        return [(path.split(".")[0], place) for path, place in below[:1]]
    found = [(written, place) for _, written, place in entry.at(how.at)]
    if how.pick is None and len({written for written, _ in found}) > 1:
        _, place = found[1]
        raise ValueError(f"{place.line}:{place.column}: {how.at}: stands there several times, and differs")
    return found if how.pick is not None else found[:1]


def _strangers(fmt: ConfigFormat, entry: Entry) -> Iterator[str]:
    """Keys that there are not."""
    known = [how.at for how in fmt.setting.values()]
    for path, (_, place) in entry.values.items():
        if path not in known and not any(each.startswith(f"{path}.") for each in known):
            close = difflib.get_close_matches(path, known, 1, 0.6)
            what = f"did you mean '{close[0]}'?" if close else f"write one of {', '.join(known)}"
            yield f"{place.line}:{place.column}: there is no key '{path}': {what}"


def told(setting: str, value: Value) -> str:
    """A setting's value as a sentence has it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value.replace("_", " ") if SETTINGS[setting].words else f"'{value}'"
    match SETTINGS[setting].unit:
        case "ms":
            return length_text(value)
        case "share":
            return f"{value * 100 / PARTS:g}%"
        case "times":
            return f"{value / PARTS:g}"
        case "clock":
            return f"{value // 60:02}:{value % 60:02}"
    return f"{value:,}"
