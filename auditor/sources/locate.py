"""Where the records of a text file begin and end: DuckDB does not say where one stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from auditor.sources.definition import Dialect
from auditor.sources.prepare import BOM, MAX_RECORD_BYTES
from auditor.sources.quotes import Quotes

#: So much of a rejected record is kept.
MAX_RAW_BYTES = 1 << 16


class Place(NamedTuple):
    """Where a record stands: bytes `start` to `end` of the text, its line end left out.

    A place is not `sound` where its quotes do not close, or text follows one that did; it is then
    one line, wherever DuckDB would end it.
    """

    start: int
    end: int
    lines: int
    sound: bool


def places(path: Path, dialect: Dialect) -> Iterator[Place]:
    """The places of all records of a prepared text file, in order; blank lines are none."""
    return (place for place, _ in records(path, dialect))


def records(path: Path, dialect: Dialect) -> Iterator[tuple[Place, bytes]]:
    """The places of all records, and their bytes with the line end."""
    quotes = Quotes(dialect) if dialect.quote else None
    with path.open("rb") as stream:
        start = _pass_over_bom(stream)
        while text := stream.readline():
            lines, sound = 1, True
            if (
                quotes is not None
                and b'"' in text
                and len(text) <= MAX_RECORD_BYTES  # a longer one is none, and patterns take memory
                and not quotes.closed(text)
            ):
                if rest := quotes.rest(text, stream):
                    text, lines = text + rest, 1 + len(rest.splitlines())
                else:
                    # Only this line is at fault: the next is a record again.
                    sound = False
                    stream.seek(start + len(text))
            if length := len(text.rstrip(b"\r\n")):
                yield Place(start, start + length, lines, sound), text
            start += len(text)


def lines_and_bytes(path: Path, places: Iterable[Place]) -> Iterator[tuple[int, bytes]]:
    """The line, from 1, on which each of some places begins, however lines end, and its bytes (cut off).

    Args:
        path: the text.
        places: in the text's order.
    """
    ends = 0
    last = b""
    with path.open("rb") as stream:
        for place in places:
            while (ahead := place.start - stream.tell()) > 0:
                chunk = stream.read(min(ahead, 1 << 20))
                ends, last = ends + _line_ends(last, chunk), chunk[-1:]
            raw = stream.read(min(place.end - place.start, MAX_RAW_BYTES))
            yield ends + 1, raw
            ends, last = ends + _line_ends(last, raw), raw[-1:]


def _line_ends(last: bytes, chunk: bytes) -> int:
    """How many line ends some bytes bring that follow a last one."""
    return chunk.count(b"\n") + chunk.count(b"\r") - (last + chunk).count(b"\r\n")


def _pass_over_bom(stream: BinaryIO) -> int:
    start = len(BOM) if stream.read(len(BOM)) == BOM else 0
    return stream.seek(start)
