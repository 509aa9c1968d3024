"""Where the records of a JSON text begin and end: an object a line, one after another, or in a list."""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from auditor.errors import AuditorError
from auditor.sources.definition import ONE_FIELD
from auditor.sources.locate import Place, places
from auditor.sources.prepare import Prepared

#: So many records, or lines, at the beginning of a text tell what it is.
LOOK_AT = 20

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["\[\]{}]', re.DOTALL)
_MAX_LINE = 1 << 24
_NONE = -1
#: A document's list of records stands under one key, or under one within another.
_DEEPEST = 2


def is_json(text: str) -> bool:
    """Whether a text can only be JSON, by its first character."""
    return text.lstrip()[:1] in ("{", "[")


def first_objects(ready: Prepared, within: Sequence[str]) -> list[bytes]:
    """The first records of a JSON text."""
    found = []
    with ready.path.open("rb") as stream:
        for place in islice(object_places(ready, within), LOOK_AT):
            stream.seek(place.start)
            found.append(stream.read(place.end - place.start))
    return found


def object_places(ready: Prepared, within: Sequence[str]) -> Iterator[Place]:
    """The places of all records of a JSON text, in order.

    A text of which most first lines are objects has a record on each line, whatever stands there.
    In any other, records are the objects of its list (the text itself, or what stands under one of
    the keys `within`), or the objects that follow one another.

    Raises:
        AuditorError: brackets or quotes do not close, so nobody can tell where a record ends.
    """
    if _a_record_a_line(ready.path, within):
        return places(ready.path, ONE_FIELD)
    return (Place(start, end, 1, sound=True) for start, end, _ in _scanned(ready.path, within))


def one_a_line(ready: Prepared, within: Sequence[str]) -> Prepared:
    """The text with each of its records on a line of its own."""
    if _a_record_a_line(ready.path, within):
        return ready
    target = ready.path.with_name("lines")
    with target.open("wb") as lines:
        for _, _, record in _scanned(ready.path, within):
            # Between the tokens of JSON a line end is a space.
            lines.write(record.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n")
    return replace(ready, path=target)


def _a_record_a_line(path: Path, within: Sequence[str]) -> bool:
    lines: list[bytes] = []
    with path.open("rb") as stream:
        while len(lines) < LOOK_AT and (line := stream.readline(_MAX_LINE)):
            lines += [line] if line.strip() else []
    objects = [value for line in lines if isinstance(value := _parsed(line), dict)]
    wrapped = any(isinstance(value.get(key), list) for value in objects for key in within)
    return 2 * len(objects) > len(lines) and not wrapped


def _parsed(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _scanned(path: Path, within: Sequence[str]) -> Iterator[tuple[int, int, bytes]]:
    """Start, end and bytes of each record, found by following brackets and quotes."""
    keys = {json.dumps(key).encode() for key in within}
    closes = {b"}": b"{", b"]": b"["}
    stack: list[bytes] = []
    key, key_end, start = b"", 0, 0
    records_at = 0  # how deep records stand: 0 until a list of them has begun, none after it has ended
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for match in _TOKEN.finditer(data):
            token = match[0]
            if token == b'"':
                raise AuditorError(_BROKEN)
            if token[:1] == b'"':
                if not records_at:
                    key, key_end = token, match.end()
            elif token == b"[":
                named = (
                    not records_at
                    and 0 < len(stack) <= _DEEPEST
                    and b"[" not in stack
                    and key in keys
                    and data[key_end : match.start()].strip() == b":"
                )
                if named or not stack:
                    records_at = len(stack) + 1
                stack.append(token)
            elif token == b"{":
                if len(stack) == records_at:
                    start = match.start()
                stack.append(token)
            elif not stack or stack.pop() != closes[token]:
                raise AuditorError(_BROKEN)
            elif token == b"}" and len(stack) == records_at:
                yield start, match.end(), data[start : match.end()]
            elif not stack:
                records_at = 0
            elif len(stack) < records_at:
                records_at = _NONE
        if stack:
            raise AuditorError(_BROKEN)


_BROKEN = (
    "its brackets or quotes do not close, so where its records end cannot be told and nothing of it was "
    "loaded: it is cut off or damaged; have it exported again"
)
