"""Which records of a text DuckDB could not cut into fields, found without it.

What it cannot cut it can list, a line for every field too many: three megabytes of commas take twelve
gigabytes. And where it reads a text at several places at once, it passes over a stretch of such records, and
of good ones among them, without a word; so it does over a record after two megabytes of blank lines. So they
are found here, and kept from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from auditor.sources.locate import records
from auditor.sources.prepare import MAX_RECORD_BYTES
from auditor.sources.quotes import Quotes
from auditor.sources.recognise import Shape

_BROKEN_QUOTE = "a quote is not closed, or text follows a closing quote"
_TOO_MANY = "has more fields than the header or the layout"
_TOO_FEW = "has fewer fields than the header or the layout"
_TOO_LONG = "is longer than any call record can be"
_CONTROL = "has a control character, which JSON does not allow"


@dataclass(frozen=True, slots=True)
class Survey:
    """What following every record of a text has found.

    `faults` says of the records that cannot be cut, by their number from 0, why.
    """

    sound: int  # records, a header among them
    faults: dict[int, str]
    most_lines: int  # of a record


def survey(path: Path, shape: Shape, target: Path) -> Survey:
    """Follow the records of a prepared text file, and write those that can be cut to another.

    There they stand without blank lines, and without empty fields after the last that they should have.
    """
    judge = _judge(shape)
    sound = most_lines = 0
    faults: dict[int, str] = {}
    with target.open("wb") as kept:
        for number, (place, text) in enumerate(records(path, shape.dialect)):
            length = place.end - place.start
            if len(text) > MAX_RECORD_BYTES and not shape.layout.json:
                faults[number] = _TOO_LONG
            elif not place.sound:
                faults[number] = _BROKEN_QUOTE
            elif isinstance(surplus := judge(text[:length]), str):
                faults[number] = surplus
            else:
                kept.write(text[: length - surplus] + text[length:] if surplus else text)
                sound += 1
                most_lines = max(most_lines, place.lines)
    return Survey(sound, faults, most_lines)


def _judge(shape: Shape) -> Callable[[bytes], str | int]:
    """A function of a record: what is wrong with its fields, or how many bytes at its end are too many.

    Too many, and nothing wrong, are empty fields after the last that it should have.
    """
    dialect, wanted = shape.dialect, len(shape.fields)
    delimiter = dialect.delimiter.encode()
    quotes = Quotes(dialect) if dialect.quote else None

    def judge(record: bytes) -> str | int:
        fields = quotes.cut(record) if quotes is not None and b'"' in record else record.split(delimiter)
        if not dialect.strict and any(_ends_within_a_character(field) for field in fields):
            return _BROKEN_QUOTE
        if len(fields) < wanted:
            return 0 if dialect.padded else _TOO_FEW
        surplus = fields[wanted:]
        if not surplus or not dialect.strict:  # where it is not, DuckDB reads no further
            return 0
        if any(field not in (b"", b'""') for field in surplus):
            return _CONTROL if shape.layout.json else _TOO_MANY
        return sum(len(delimiter + field) for field in surplus)

    return judge


def _ends_within_a_character(field: bytes) -> bool:
    """Whether DuckDB, which leaves out the last byte where text follows a closing quote, cuts a character."""
    return field.lstrip(b" ")[:1] == b'"' and field[-1] > 0x7F
