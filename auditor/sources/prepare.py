"""Bytes on disk → a plain text file DuckDB can read: hash, expand, check the encoding."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from auditor.errors import AuditorError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CHUNK = 1 << 20
#: An export that expands beyond this is refused before it fills the disk.
MAX_EXPANDED_BYTES = 64 << 30

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

    `path` is the file itself, or a temporary copy that was expanded or had its undecodable bytes
    replaced one for one by `?`, so that byte offsets stay true. `original` has the bytes as sent.
    """

    path: Path
    original: Path
    sha256: str
    bytes: int
    parquet: bool
    undecodable: int


@contextmanager
def prepared(path: Path) -> Iterator[Prepared]:
    """Make an export readable; the temporary copies live as long as the context.

    Raises:
        AuditorError: the file is missing, unreadable, cut off, or no text and no Parquet.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(4)
            stream.seek(0)
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        size = path.stat().st_size
    except OSError as error:
        raise AuditorError(f"{path}: cannot be read ({error.strerror}): check the name") from None
    for signature, what in _SIGNATURES.items():
        if head.startswith(signature):
            raise AuditorError(f"{path}: this is {what}")
    if head == b"PAR1":
        yield Prepared(path, path, sha256, size, parquet=True, undecodable=0)
        return
    with tempfile.TemporaryDirectory(prefix="auditor-") as scratch:
        text = _expanded(path, head, Path(scratch))
        clean, undecodable = _decodable(text, Path(scratch))
        yield Prepared(clean, text, sha256, size, parquet=False, undecodable=undecodable)


def _expanded(path: Path, head: bytes, scratch: Path) -> Path:
    opener = {b"\x1f\x8b": gzip.GzipFile, b"\x28\xb5": zstd.ZstdFile}.get(head[:2])
    if opener is None:
        return path
    target = scratch / "expanded"
    total = 0
    try:
        with opener(path, "rb") as packed, target.open("wb") as plain:
            while chunk := packed.read(CHUNK):
                total += len(chunk)
                if total > MAX_EXPANDED_BYTES:
                    raise AuditorError(
                        f"{path}: expands to more than {MAX_EXPANDED_BYTES >> 30} GiB: split the export"
                    )
                plain.write(chunk)
    except (EOFError, OSError, zlib.error, zstd.ZstdError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise AuditorError(f"{path}: cannot be expanded: {error.strerror}") from None
        raise AuditorError(
            f"{path}: the compressed file is cut off or damaged ({error}): "
            "nothing of it was loaded; get a whole copy"
        ) from None
    return target


def _decodable(text: Path, scratch: Path) -> tuple[Path, int]:
    """The file itself where it is UTF-8, else a copy with each undecodable byte as `?`."""
    with text.open("rb") as stream:
        if not _undecodable_in(stream, None):
            return text, 0
        stream.seek(0)
        target = scratch / "decodable"
        with target.open("wb") as copy:
            return target, _undecodable_in(stream, copy)


def _undecodable_in(stream: BinaryIO, copy: BinaryIO | None) -> int:
    """Count the bytes that are not UTF-8, writing the repaired text to `copy` if there is one."""
    count = 0

    def question_marks(error: UnicodeError) -> tuple[str, int]:
        nonlocal count
        assert isinstance(error, UnicodeDecodeError)
        count += error.end - error.start
        return "?" * (error.end - error.start), error.end

    codecs.register_error("auditor-question-marks", question_marks)
    decoder = codecs.getincrementaldecoder("utf-8")("auditor-question-marks")
    for chunk in iter(lambda: stream.read(CHUNK), b""):
        decoded = decoder.decode(chunk)
        if copy is not None:
            copy.write(decoded.encode("utf-8"))
    tail = decoder.decode(b"", final=True)
    if copy is not None:
        copy.write(tail.encode("utf-8"))
    return count


def first_text(path: Path, limit: int = 1 << 16) -> str:
    """The beginning of a prepared text file, cut after its last whole line."""
    with path.open("rb") as stream:
        head = stream.read(limit)
    text = io.IncrementalNewlineDecoder(None, translate=True).decode(head.decode("utf-8-sig", "ignore"))
    return text if len(head) < limit else text[: text.rfind("\n") + 1] or text
