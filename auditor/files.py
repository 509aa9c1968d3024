"""Files on disk: whole under their names, or not there."""

from __future__ import annotations

import glob
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditor.errors import AuditorError

_SCRATCH = "auditor-"
#: Seconds after which what a killed process left is taken away.
_OLD = 3_600


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nothing half written ever stands under its name, and it is on disk.

    Raises:
        AuditorError: it cannot be written.
    """
    if not path.name:
        raise AuditorError(f"{path}: is no file's name: write one")
    if path.is_symlink():
        path = path.resolve()  # what a link leads to is written, and the link stays
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            with path.open("wb") as stream:  # a terminal, a pipe, a device: never replaced
                stream.write(content)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
            if _is_left_over(left, left.name.split(".")[-2]):
                left.unlink(missing_ok=True)
        try:
            with partial.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(path)
            sync_folder(path.parent)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise AuditorError(f"{path}: cannot be written ({error.strerror})") from None


def name_of(path: Path) -> str:
    """A path as it is written down: bytes that are no UTF-8 as escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def sha256_of(path: Path) -> str:
    """The hash of a file's bytes.

    Raises:
        AuditorError: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise AuditorError(f"{path}: cannot be read ({error.strerror})") from None


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for what is only needed a while; those of processes that were killed are taken away, too.

    They hold copies of call records, and nobody else would.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{_SCRATCH}*-*"):
        if _is_left_over(left, left.name.removeprefix(_SCRATCH).split("-")[0]):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{_SCRATCH}{os.getpid()}-") as folder:
        yield Path(folder)


def _is_left_over(path: Path, process: str) -> bool:
    """Whether something is old and of a process of ours that is no more (or runs in another container)."""
    try:
        about = path.stat()
        if not process.isdigit() or about.st_uid != os.geteuid() or about.st_mtime > time.time() - _OLD:
            return False
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def sync_folder(folder: Path) -> None:
    """Bring to disk which files a folder has: a name that was given is then given for good."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
