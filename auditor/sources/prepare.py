"""Bytes on disk → a plain text file DuckDB can read: hash, expand, check encoding and line ends."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from auditor.errors import AuditorError
from auditor.files import scratch_folder, sha256_of

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CHUNK = 1 << 18
#: An export that expands beyond this is refused before it fills the disk.
MAX_EXPANDED_BYTES = 64 << 30
#: One that is large and so many times as large as it was packed is made to fill the disk.
BOMB_BYTES, BOMB_RATIO = 1 << 30, 200

#: A file with more records, and a text with a longer line, is no export of calls. A line longer than its
#: buffers DuckDB passes over without a word.
MAX_RECORDS, MAX_LINE_BYTES = 250_000_000, 1 << 24
#: A longer record, its line end included, is rejected; but for JSON, whose objects may be as long as a line.
MAX_RECORD_BYTES = 2_000_000

BOM = b"\xef\xbb\xbf"

_LONE_RETURN = re.compile(rb"\r[^\n]")

_SIGNATURES = {
    b"PK\x03\x04": "a zip archive (an .xlsx is one too): unpack it, or save the sheet as CSV",
    b"\xff\xfe": "UTF-16 text: save it as UTF-8",
    b"\xfe\xff": "UTF-16 text: save it as UTF-8",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: save the sheet as CSV",
    b"%PDF": "a PDF, not an export: ask for the call records as text",
}


@dataclass(frozen=True, slots=True)
class Prepared:
    """An export made readable.

    `path` is the export under a name of our own, or a temporary copy in which bytes were replaced
    one for one, so that byte offsets stay true: undecodable ones by `?`, and by line feeds the
    returns of a file whose lines end in several ways. `original` has the (expanded) bytes as sent.
    """

    path: Path
    original: Path
    sha256: str
    bytes: int
    parquet: bool
    undecodable: int
    quotes: bool  # whether a `"` stands anywhere in the text
    blank_start: bool  # whether it begins with a blank line
    lines: int  # that are not blank; 0 for Parquet
    longest: int  # bytes of its longest line; 0 for Parquet


@contextmanager
def prepared(path: Path) -> Iterator[Prepared]:
    """Make an export readable; the temporary copies live as long as the context.

    Raises:
        AuditorError: the file is missing, unreadable, cut off, or no text and no Parquet.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(4)
        size = path.stat().st_size
    except OSError as error:
        raise AuditorError(f"{path}: cannot be read ({error.strerror}): check the name") from None
    # The hash is made while the text is looked through: each takes as long as the other.
    with ThreadPoolExecutor(1) as aside, scratch_folder() as scratch:
        sha256 = aside.submit(sha256_of, path)
        export = scratch / "export"
        # DuckDB reads more into a path than we mean: [1] and * are patterns, .gz is a compression and
        # partner=x/ a column. Under this name there is nothing to read.
        export.symlink_to(path.resolve())
        _refuse_what_is_no_text(path, head)
        if head == b"PAR1":
            yield Prepared(
                export,
                export,
                sha256.result(),
                size,
                parquet=True,
                undecodable=0,
                quotes=False,
                blank_start=False,
                lines=0,
                longest=0,
            )
            return
        text = _expanded(path, export, head, scratch, size)
        with text.open("rb") as stream:
            _refuse_what_is_no_text(path, stream.read(4))
        found = _look_through(text)
        if found.lines > MAX_RECORDS:
            raise AuditorError(too_many_records(str(path), found.lines))
        clean = text
        if found.undecodable or found.uneven:
            clean = _cleaned(text, scratch / "clean", one_line_end=found.uneven)
        yield Prepared(
            clean,
            text,
            sha256.result(),
            size,
            parquet=False,
            undecodable=found.undecodable,
            quotes=found.quotes,
            blank_start=found.blank_start,
            lines=found.lines,
            longest=found.longest,
        )


def too_many_records(name: str, records: int) -> str:
    """Why a file with so many is not read."""
    return f"{name}: has {records:,} records, more than the {MAX_RECORDS:,} a file may have: split the export"


def _refuse_what_is_no_text(path: Path, head: bytes) -> None:
    for signature, what in _SIGNATURES.items():
        if head.startswith(signature):
            raise AuditorError(f"{path}: this is {what}")


def _expanded(path: Path, export: Path, head: bytes, scratch: Path, size: int) -> Path:
    opener = _OPENERS.get(head[:2])
    if opener is None:
        return export
    target = scratch / "expanded"
    total = 0
    try:
        with opener(export, "rb") as packed, target.open("wb") as plain:
            while chunk := packed.read(CHUNK):
                total += len(chunk)
                if total > MAX_EXPANDED_BYTES:
                    raise AuditorError(
                        f"{path}: expands to more than {MAX_EXPANDED_BYTES >> 30} GiB: split the export"
                    )
                if total > BOMB_BYTES and total > BOMB_RATIO * size:
                    raise AuditorError(
                        f"{path}: expands to more than {BOMB_RATIO} times its size, which no export of calls "
                        "does: was it made to fill the disk?"
                    )
                plain.write(chunk)
    except (OSError, *CANNOT_EXPAND) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise AuditorError(f"{path}: cannot be expanded: {error.strerror}") from None
        raise AuditorError(
            f"{path}: the compressed file is cut off or damaged ({error}): "
            "nothing of it was loaded; get a whole copy"
        ) from None
    return target


#: What the libraries raise besides OSError for what is damaged or cut off.
CANNOT_EXPAND = (EOFError, zlib.error, zstd.ZstdError)

_OPENERS: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"\x28\xb5": zstd.open}


@dataclass(frozen=True, slots=True)
class _Found:
    """What a text file holds that decides how it can be read."""

    undecodable: int
    quotes: bool
    uneven: bool  # its lines end in several ways, or with returns alone
    lines: int  # that are not blank
    blank_start: bool  # whether it begins with a blank line
    longest: int  # bytes of the longest line


def _look_through(path: Path) -> _Found:
    undecodable = returns = feeds = unended = longest = lines = 0
    quotes = lone = blank_start = False
    last = b""
    decode = _decoder()
    for chunk in _chunks(path):
        if not (chunk.isascii() and last.isascii()):
            undecodable += decode(chunk, False)[1]
        quotes = quotes or b'"' in chunk
        feeds += chunk.count(b"\n")
        text = chunk if last else chunk.removeprefix(BOM)
        pieces = (text.replace(b"\r", b"\n") if b"\r" in chunk else text).split(b"\n")
        blank_start = blank_start or (not last and text[:1] in (b"\r", b"\n"))
        # A line that began in the chunk before is counted.
        lines += len(pieces) - pieces.count(b"") - (unended > 0 and pieces[0] != b"")
        longest = max(longest, unended + len(pieces[0]), *map(len, pieces[1:]))
        unended = len(pieces[-1]) + (unended if len(pieces) == 1 else 0)
        if b"\r" in chunk or last == b"\r":  # to look for one is faster than to count none
            returns += chunk.count(b"\r")
            lone = lone or bool(_LONE_RETURN.search(chunk)) or (last == b"\r" and not chunk.startswith(b"\n"))
        last = chunk[-1:]
    undecodable += decode(b"", True)[1]
    lone = lone or last == b"\r"
    return _Found(
        undecodable,
        quotes,
        uneven=lone or 0 < returns < feeds,
        lines=lines,
        blank_start=blank_start,
        longest=max(longest, unended),
    )


def _cleaned(text: Path, target: Path, *, one_line_end: bool) -> Path:
    """A copy of which each byte that is not UTF-8 is `?` and, for one line end, each return a line feed."""
    decode = _decoder()
    with target.open("wb") as copy:
        for chunk in _chunks(text):
            clean = decode(chunk, False)[0].encode()
            copy.write(clean.replace(b"\r", b"\n") if one_line_end else clean)
        copy.write(decode(b"", True)[0].encode())
    return target


def _chunks(text: Path) -> Iterator[bytes]:
    with text.open("rb") as stream:
        yield from iter(lambda: stream.read(CHUNK), b"")


def _decoder() -> Callable[[bytes, bool], tuple[str, int]]:
    """A function that decodes chunk after chunk: the text, and how many bytes became `?` in it."""
    count = 0

    def question_marks(error: UnicodeError) -> tuple[str, int]:
        nonlocal count
        assert isinstance(error, UnicodeDecodeError)
        count += error.end - error.start
        return "?" * (error.end - error.start), error.end

    codecs.register_error("auditor-question-marks", question_marks)
    decoder = codecs.getincrementaldecoder("utf-8")("auditor-question-marks")

    def decode(chunk: bytes, final: bool) -> tuple[str, int]:
        before = count
        return decoder.decode(chunk, final), count - before

    return decode


def first_text(path: Path, limit: int = 1 << 16) -> str:
    """The beginning of a text file, compressed or not, cut after its last whole line."""
    with path.open("rb") as stream:
        opener = _OPENERS.get(stream.read(2), open)
    with opener(path, "rb") as plain:
        head = plain.read(limit)
        while head and not head.strip():
            head = plain.read(limit)
    text = io.IncrementalNewlineDecoder(None, translate=True).decode(head.decode("utf-8-sig", "ignore"))
    return text if len(head) < limit else text[: text.rfind("\n") + 1] or text
