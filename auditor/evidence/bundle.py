"""The sealed bundle of a run: a BagIt folder (RFC 8493) whose every file has its hash."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from auditor.errors import AuditorError


def run_id(started: datetime, results: str) -> str:
    """A name for a run: when it began (UTC) and what it found."""
    found = hashlib.sha256(results.encode()).hexdigest()
    return f"{started:%Y%m%dT%H%M%SZ}-{found[:8]}"


def seal(folder: Path, files: Mapping[str, bytes], packs: Mapping[str, Path], *, when: datetime) -> None:
    """Write a bundle; it stands under its name only when it is whole.

    Args:
        folder: where the bundle is to be; must not exist.
        files: path below `data/` → content.
        packs: pack id → the folder of its rules, kept under `data/rules/`.
        when: the run's time, UTC.

    Raises:
        AuditorError: it cannot be written, or there is a bundle of that name.
    """
    if folder.exists():
        raise AuditorError(f"{folder}: this bundle is sealed already")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            _write(partial, files, packs, when)
            partial.chmod(0o755)
            partial.rename(folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    except OSError as error:
        raise AuditorError(f"{folder}: the bundle cannot be written ({error.strerror})") from None


def _write(bag: Path, files: Mapping[str, bytes], packs: Mapping[str, Path], when: datetime) -> None:
    for name, content in files.items():
        path = bag / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for pack_id, source in packs.items():
        shutil.copytree(source, bag / "data" / "rules" / pack_id)
    payload = sorted(p for p in (bag / "data").rglob("*") if p.is_file())
    total = sum(path.stat().st_size for path in payload)
    (bag / "bagit.txt").write_text("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", "utf-8")
    (bag / "bag-info.txt").write_text(
        f"Bagging-Date: {when:%Y-%m-%d}\nPayload-Oxum: {total}.{len(payload)}\n", "utf-8"
    )
    _manifest(bag, "manifest-sha256.txt", payload)
    _manifest(bag, "tagmanifest-sha256.txt", sorted(p for p in bag.iterdir() if p.is_file()))
    for path in bag.rglob("*"):
        if path.is_file():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())


def _manifest(bag: Path, name: str, paths: list[Path]) -> None:
    lines = [f"{_sha256(path)}  {path.relative_to(bag).as_posix()}\n" for path in paths]
    (bag / name).write_text("".join(lines), "utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
