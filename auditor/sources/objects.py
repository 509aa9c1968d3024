"""Where the records of a JSON text begin and end: an object a line, one after another, or in a list."""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from auditor.errors import AuditorError
from auditor.sources.definition import ONE_FIELD
from auditor.sources.locate import MAX_RAW_BYTES, Place, places
from auditor.sources.prepare import Prepared


@dataclass(frozen=True, slots=True)
class Within:
    """What tells a document, whose `keys` may hold the list of records, from a record, which has `marks`."""

    keys: tuple[str, ...]
    marks: frozenset[str]


#: So many records, or lines, at the beginning of a text tell what it is, and no more bytes than these.
LOOK_AT, LOOK_AT_BYTES = 20, 1 << 22

#: Bounded, since the engine keeps a state for every escape; no field of a call has as many.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+){0,65535}"|["\[\]{}]', re.DOTALL)
_NONE = -1
_OBJECT, _SIGN = re.compile(rb"\s*+\{"), re.compile(rb"\s*+[,:\]}]")
#: A document's list of records stands under one key, or under one within another.
_DEEPEST = 2


def is_json(text: str) -> bool:
    """Whether a text can only be JSON, by its first character."""
    return text.lstrip()[:1] in ("{", "[")


def first_objects(ready: Prepared, within: Within) -> list[bytes]:
    """The first records of a JSON text."""
    found = []
    with ready.path.open("rb") as stream:
        left = LOOK_AT_BYTES
        for place in islice(object_places(ready, within), LOOK_AT):
            left -= place.end - place.start
            if left >= 0:
                stream.seek(place.start)
                found.append(stream.read(place.end - place.start))
    return found


def object_places(ready: Prepared, within: Within) -> Iterator[Place]:
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


def one_a_line(ready: Prepared, within: Within) -> Prepared:
    """The text with each of its records on a line of its own."""
    if _a_record_a_line(ready.path, within):
        return ready
    target = ready.path.with_name("lines")
    longest = count = 0
    with target.open("wb") as lines:
        for _, _, record in _scanned(ready.path, within):
            # Between the tokens of JSON a line end is a space, as a tab is; in a string neither may stand.
            longest, count = max(longest, len(record)), count + 1
            lines.write(record.replace(b"\r", b"\t").replace(b"\n", b"\t") + b"\n")
    return replace(ready, path=target, lines=count, longest=longest)


def _a_record_a_line(path: Path, within: Within) -> bool:
    lines: list[bytes] = []
    left = LOOK_AT_BYTES
    with path.open("rb") as stream:
        while len(lines) < LOOK_AT and left > 0 and (line := stream.readline(left)):
            lines += [line] if line.strip() else []
            left -= len(line)
    objects = [value for line in lines if isinstance(value := _parsed(line), dict)]
    wrapped = sum(_wraps(value, within) for value in objects)
    return 2 * len(objects) > len(lines) and 2 * wrapped <= len(objects)


def _wraps(value: dict[str, Any], within: Within) -> bool:
    """Whether an object is a document around a list of records, and no record itself."""
    inner = [value, *(v for v in value.values() if isinstance(v, dict))]
    lists = [v[key] for v in inner for key in within.keys if isinstance(v.get(key), list)]
    return any(isinstance(listed[0], dict) for listed in lists if listed) and not within.marks & value.keys()


def _parsed(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _scanned(path: Path, within: Within) -> Iterator[tuple[int, int, bytes]]:
    """Start, end and bytes of each record, found by following brackets and quotes."""
    keys = {json.dumps(key).encode() for key in within.keys}
    marks = {json.dumps(key).encode() for key in within.marks}
    closes = {b"}": b"{", b"]": b"["}
    stack: list[bytes] = []
    key, key_end, start = b"", 0, 0
    marked = False  # whether the outermost object has shown itself to be a record
    records_at = 0  # how deep records stand: 0 until a list of them has begun, none after it has ended
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for match in _TOKEN.finditer(data):
            token = match[0]
            if token == b'"':
                raise AuditorError(_BROKEN)
            if token[:1] == b'"':
                if b"{" in token and not _is_between_signs(data, *match.span()):
                    raise AuditorError(_BROKEN)
                if records_at <= 0:
                    key, key_end = token, match.end()
                    marked = marked or (len(stack) == 1 and token in marks)
                elif len(stack) == records_at:
                    yield match.start(), match.end(), token  # no object, and so a reject
            elif token == b"[":
                named = (
                    records_at <= 0
                    and not marked
                    and 0 < len(stack) <= _DEEPEST
                    and b"[" not in stack
                    and key in keys
                    and data[key_end : match.start()].strip() == b":"
                    and _OBJECT.match(data, match.end())
                )
                if len(stack) == records_at:
                    start = match.start()
                if named or not stack:
                    records_at = len(stack) + 1
                stack.append(token)
            elif token == b"{":
                if len(stack) == records_at:
                    start = match.start()
                stack.append(token)
            elif not stack or stack.pop() != closes[token]:
                raise AuditorError(_BROKEN)
            elif len(stack) == records_at and (token == b"}" or records_at):
                yield start, match.end(), data[start : match.end()]
                marked = marked and bool(stack)
            elif not stack:
                records_at, marked = 0, False
            elif len(stack) < records_at:
                records_at = _NONE
        if stack:
            raise AuditorError(_BROKEN)


def _is_between_signs(data: mmap.mmap, start: int, end: int) -> bool:
    """Whether signs stand around a string, and no text.

    Where a quote is missing or one too many, what is within strings and what is not is reversed up to the
    next such quote, and records between would be text of one. But before the first key of each then stands
    a string with its bracket, and the key's name after that.
    """
    before = data[max(start - MAX_RAW_BYTES, 0) : start].rstrip()[-1:]
    return before in (b",", b":", b"[", b"{") and _SIGN.match(data, end) is not None


_BROKEN = (
    "its brackets or quotes do not close, so where its records end cannot be told and nothing of it was "
    "loaded: it is cut off or damaged; have it exported again"
)
