"""Files on disk: whole under their names, or not there."""

from __future__ import annotations

import os
from pathlib import Path

from auditor.errors import AuditorError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nothing half written ever stands under its name, and it is on disk.

    Raises:
        AuditorError: it cannot be written.
    """
    if not path.name:
        raise AuditorError(f"{path}: is no file's name: write one")
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
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


def sync_folder(folder: Path) -> None:
    """Bring to disk which files a folder has: a name that was given is then given for good."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
