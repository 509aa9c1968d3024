"""Files on disk: whole under their names, or not there."""

from __future__ import annotations

import os
from pathlib import Path

from auditor.errors import AuditorError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nothing half written ever stands under its name.

    Raises:
        AuditorError: it cannot be written.
    """
    if not path.name:
        raise AuditorError(f"{path}: is no file's name: write one")
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_bytes(content)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise AuditorError(f"{path}: cannot be written ({error.strerror})") from None
