"""Where the records of a text file begin and end, and which of them a stray quote has broken.

DuckDB does not say where a record stands whose fields make no sense. And after a quote that nobody
closed it takes all that follows for one field: thousands of calls would go as a single reject, or
two calls be read as one. So quotes are followed here first, and a line they break is kept from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import duckdb

from auditor.sources.definition import Dialect

#: So much of a rejected record is kept, and so far ahead a quote is looked for that closes another.
MAX_RAW_BYTES = 1 << 16

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands: bytes `start` to `end` of the text, its line end left out.

    A place is not `sound` where its quotes do not close, or text follows one that did; it is then
    one line, wherever DuckDB would end it.
    """

    start: int
    end: int
    lines: int
    sound: bool


@dataclass(frozen=True, slots=True)
class Survey:
    """What following the quotes of a file has found."""

    sound: int  # records, a header among them
    broken: tuple[Place, ...]
    first_is_broken: bool
    spanning: bool  # whether a record has more lines than one


def survey(connection: duckdb.DuckDBPyConnection, path: Path, dialect: Dialect) -> Survey:
    """Follow the quotes of a prepared text file."""
    lines = _whole_lines(connection, path, dialect)
    if lines is not None:
        return Survey(lines, (), first_is_broken=False, spanning=False)
    sound = 0
    broken: list[Place] = []
    first_is_broken = spanning = False
    for place in places(path, dialect):
        if place.sound:
            sound += 1
            spanning = spanning or place.lines > 1
        else:
            first_is_broken = first_is_broken or not (sound or broken)
            broken.append(place)
    return Survey(sound, tuple(broken), first_is_broken, spanning)


def _whole_lines(connection: duckdb.DuckDBPyConnection, path: Path, dialect: Dialect) -> int | None:
    """How many lines are not blank, if each of those is a record, as it is in most files."""
    lines = (
        "read_csv(?, columns = {'line': 'VARCHAR'}, auto_detect = false, header = false, delim = '\x1e', "
        "quote = '', escape = '', nullstr = '\x1f', max_line_size = 16777216)"
    )
    try:
        row = connection.execute(
            "SELECT count(*) FILTER (line <> ''), count(*) FILTER (NOT regexp_full_match(line, ?)) "
            f"FROM {lines}",
            [_whole_line(dialect), str(path)],
        ).fetchone()
    except duckdb.Error:
        return None  # a line of a kind that only following every quote makes sense of
    assert row is not None
    return int(row[0]) if not row[1] else None


def _whole_line(dialect: Dialect) -> str:
    """The pattern of a line that is a record, blank ones among them, for an engine without look-ahead."""
    delimiter = re.escape(dialect.delimiter)
    if dialect.strict:
        quoted = ' ?"[^"]*(?:""[^"]*)*" *'
    else:
        quoted = f' ?"[^"]*"(?:[^"{delimiter}]*"[^"]*")*[^"{delimiter}]*'
    plain = f'(?:[^"{delimiter} ][^{delimiter}]*| (?:[^"{delimiter}][^{delimiter}]*)?)?'
    field = f"(?:{quoted}|{plain})"
    return f"{field}(?:{delimiter}{field})*"


def places(path: Path, dialect: Dialect) -> Iterator[Place]:
    """The places of all records of a prepared text file, in order; blank lines are none."""
    quotes = _Quotes(dialect) if dialect.quote else None
    with path.open("rb") as stream:
        start = _pass_over_bom(stream)
        while line := stream.readline():
            lines = [line]
            sound = quotes is None or b'"' not in line or quotes.closed(line)
            if not sound and quotes is not None:
                if rest := quotes.rest(line, stream):
                    lines, sound = [line, *rest], True
                else:
                    # Only this line is at fault: the next is a record again.
                    stream.seek(start + len(line))
            if line.strip(b"\r\n"):
                end = start + sum(map(len, lines)) - _line_end(lines[-1])
                yield Place(start, end, len(lines), sound)
            start += sum(map(len, lines))


def raw_bytes(path: Path, place: Place) -> bytes:
    """The bytes of a record, cut at MAX_RAW_BYTES."""
    with path.open("rb") as stream:
        stream.seek(place.start)
        return stream.read(min(place.end - place.start, MAX_RAW_BYTES))


def lines_of(path: Path, offsets: Iterable[int]) -> dict[int, int]:
    """The lines, from 1, in which some bytes of a text stand, however its lines end."""
    found = {}
    ends = position = 0
    last = b""
    with path.open("rb") as stream:
        for offset in sorted(set(offsets)):
            while position < offset:
                chunk = stream.read(min(offset - position, 1 << 20))
                if not chunk:
                    break
                ends += chunk.count(b"\n") + chunk.count(b"\r") - (last + chunk).count(b"\r\n")
                position, last = position + len(chunk), chunk[-1:]
            found[offset] = ends + 1
    return found


def _pass_over_bom(stream: BinaryIO) -> int:
    start = len(_BOM) if stream.read(len(_BOM)) == _BOM else 0
    return stream.seek(start)


def _line_end(line: bytes) -> int:
    return len(line) - len(line.rstrip(b"\r\n"))


class _Quotes:
    """Whether a record's quotes close, as DuckDB follows them (the same in its versions 1.5 and 2.0)."""

    def __init__(self, dialect: Dialect) -> None:
        delimiter = re.escape(dialect.delimiter)
        # Only single characters repeat possessively: before Python 3.11.5 a possessive group that holds
        # repetitions of its own matches wrongly. None is needed: each text can be cut in one way only.
        if dialect.strict:
            inside = '[^"\n]*+(?:""[^"\n]*+)*'
            after = '" *+'
        else:
            # Text may follow a closing quote, and the next quote opens again. So nearly anything
            # closes somewhere, and only a record of one line can be told from two run together.
            inside = '[^"\n]*+'
            after = f'"(?:[^"\n{delimiter}]*+"[^"\n]*+")*[^"\n{delimiter}]*+'
        opened = f' ?"{inside}'
        field = f'(?:{opened}{after}|(?! ?")[^\n{delimiter}]*+)'
        further = f"(?:{delimiter}{field})*"
        before = f"(?:{field}{delimiter})*"
        end = "\r?\n?"
        self._may_span = dialect.strict
        self._closed = re.compile(f"{field}{further}{end}".encode())
        self._open = re.compile(f"{before}{opened}{end}".encode())
        self._goes_on = re.compile(f"{inside}{end}".encode())
        self._closes = re.compile(f"{inside}{after}{further}{end}".encode())
        self._reopens = re.compile(f"{inside}{after}{delimiter}{before}{opened}{end}".encode())

    def closed(self, line: bytes) -> bool:
        """Whether a line is a whole record."""
        return bool(self._closed.fullmatch(line))

    def rest(self, line: bytes, following: BinaryIO) -> list[bytes]:
        """The lines with which a record goes on that this one begins; none: it does not close."""
        if not self._may_span or not self._open.fullmatch(line):
            return []
        rest: list[bytes] = []
        length = len(line)
        while length < MAX_RAW_BYTES and (more := following.readline()):
            rest.append(more)
            length += len(more)
            if self._closes.fullmatch(more):
                return rest
            if not self._goes_on.fullmatch(more) and not self._reopens.fullmatch(more):
                return []
        return []
