"""Where a rejected record stands in its file: its line, its byte offset and its bytes.

DuckDB says where a record stands that it could not cut into fields, but not where one stands whose
fields make no sense. So the file is walked once, and only when there is such a record.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: So much of a rejected record is kept; a broken quote can swallow the rest of a file.
MAX_RAW_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record begins and ends: `line` from 1, bytes `start` to `end` of the text."""

    line: int
    start: int
    end: int


def places(path: Path, *, quote: str, header: bool, skip: list[int]) -> Iterator[Place]:
    """The places of a file's readable records, in order.

    Args:
        path: a prepared text file.
        quote: the dialect's quote, inside which a line may end without ending the record.
        header: the first record names the columns.
        skip: byte offsets inside the records that could not be read; those are left out.
    """
    unreadable = iter([*sorted(skip), None])
    next_skip = next(unreadable)
    for number, place in enumerate(_records(path, quote.encode())):
        if header and number == 0:
            continue
        if next_skip is not None and next_skip < place.end:
            while next_skip is not None and next_skip < place.end:
                next_skip = next(unreadable)
            continue
        yield place


def raw_bytes(path: Path, start: int, end: int | None = None) -> bytes:
    """The bytes of a record, cut at MAX_RAW_BYTES; up to the line's end where `end` is not known."""
    with path.open("rb") as stream:
        stream.seek(start)
        if end is not None:
            return stream.read(min(end - start, MAX_RAW_BYTES)).rstrip(b"\r\n")
        return stream.readline(MAX_RAW_BYTES).rstrip(b"\r\n")


def start_of(path: Path, position: int) -> int:
    """Where the record begins that DuckDB says begins at `position`: past any blank lines before it."""
    with path.open("rb") as stream:
        stream.seek(position)
        while (byte := stream.read(1)) in (b"\r", b"\n") and byte:
            position += 1
    return position


def _records(path: Path, quote: bytes) -> Iterator[Place]:
    with path.open("rb") as stream:
        lines = _lines(stream.read(1 << 16))
        stream.seek(0)
        start = offset = 0
        first_line = 1
        open_quote = False
        for number, line in enumerate(stream if lines else _cr_lines(stream.read()), 1):
            offset += len(line)
            if quote and line.count(quote) % 2:
                open_quote = not open_quote
            if open_quote:
                continue
            if line.strip(b"\r\n") or offset - len(line) != start:
                yield Place(first_line, start, offset)
            start, first_line = offset, number + 1
        if open_quote and start < offset:
            yield Place(first_line, start, offset)


def _lines(head: bytes) -> bool:
    return b"\n" in head or b"\r" not in head


def _cr_lines(text: bytes) -> list[bytes]:
    return text.splitlines(keepends=True)
