"""A CSV or TSV export of a dialler's campaigns → entries with line and column."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.errors import AuditorError
from auditor.gate.entry import Entry, Place, Written

#: What a database writes where there is nothing.
_NOTHING = frozenset(("NULL", "null", "\\N"))


def read_table(text: str) -> list[Entry]:
    """The campaigns of a table with a header, a row each.

    Raises:
        AuditorError: a row has more or fewer fields than the header, a quote is not closed, or a column
            stands there twice; says where.
    """
    lines = text.removeprefix("\ufeff")
    head = lines.split("\n", 1)[0]
    delimiter = max("\t,;|", key=head.count)
    records = list(_records(lines, delimiter))
    if not records:
        raise AuditorError("is empty")
    header, *rows = records
    names = [name.strip() for name, _ in header]
    for name in names:
        if names.count(name) > 1:
            raise AuditorError(f"line 1: the column '{name}' stands there twice")
    entries = []
    for row in rows:
        place = row[0][1]
        if len(row) != len(names):
            raise AuditorError(
                f"line {place.line}: has {len(row)} fields, the header {len(names)}: export it again"
            )
        values = {name: (_written(text), at) for name, (text, at) in zip(names, row, strict=True)}
        entries.append(Entry(place, values))
    return entries


def _written(text: str) -> Written:
    return None if text in _NOTHING else text


def _records(text: str, delimiter: str) -> Iterator[list[tuple[str, Place]]]:
    """Each record's fields with where they begin; quotes as RFC 4180 has them, lines by any of their ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    record: list[tuple[str, Place]] = []
    at, line, start_of_line = 0, 1, 0
    while at < len(text):
        place = Place(line, at - start_of_line + 1)
        if text[at] == '"' and (delimiter != "\t" or _is_quoted(text, at, delimiter)):
            value, after = _quoted(text, at, line)
            line += value.count("\n")
            start_of_line = text.rfind("\n", 0, after) + 1 if "\n" in value else start_of_line
            if text[after : after + 1] not in (delimiter, "\n", ""):
                raise AuditorError(f"line {line}: there is text behind a closing quote")
        else:
            after = min(_or_end(text, delimiter, at), _or_end(text, "\n", at))
            value = text[at:after]
        record.append((value, place))
        at = after + 1
        if after >= len(text) or text[after] == "\n":
            if len(record) > 1 or record[0][0]:
                yield record
            record = []
            line, start_of_line = line + 1, at
        elif at == len(text):  # the text ends with a delimiter
            record.append(("", Place(line, at - start_of_line + 1)))
            yield record


def _is_quoted(text: str, at: int, delimiter: str) -> bool:
    """Whether a quote opens a field: a database's own listing between tabs has quotes that are characters."""
    end = text.find('"', at + 1)
    while end >= 0 and text[end + 1 : end + 2] == '"':
        end = text.find('"', end + 2)
    return end >= 0 and text[end + 1 : end + 2] in (delimiter, "\n", "")


def _or_end(text: str, sign: str, at: int) -> int:
    found = text.find(sign, at)
    return found if found >= 0 else len(text)


def _quoted(text: str, at: int, line: int) -> tuple[str, int]:
    """A field in quotes that opens at `at`, and the place behind it."""
    end = at + 1
    while True:
        end = text.find('"', end)
        if end < 0:
            raise AuditorError(f"line {line}: a quote is opened and never closed")
        if text[end + 1 : end + 2] != '"':
            return text[at + 1 : end].replace('""', '"'), end + 1
        end += 2
