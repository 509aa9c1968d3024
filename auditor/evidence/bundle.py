"""Sealing a run: a BagIt folder (RFC 8493) whose every file has its hash, and a line in the run ledger."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from auditor.errors import AuditorError
from auditor.evidence.bag import (
    DECLARATION,
    INFO,
    PAYLOAD_MANIFEST,
    TAG_MANIFEST,
    info_of,
    opened_bag,
    seal_of,
)
from auditor.evidence.runs import Run, Runs
from auditor.files import sha256_of, sync_folder, write_whole

#: In `bag-info.txt`: the seal of the run before this one.
PREVIOUS = "Previous-Run-Seal"
RUN_AT = "Run-At"


def run_id(started: datetime, results: str) -> str:
    """A name for a run: when it began (UTC) and what it found."""
    found = hashlib.sha256(results.encode()).hexdigest()
    return f"{started:%Y%m%dT%H%M%SZ}-{found[:8]}"


def seal(
    folder: Path, files: Mapping[str, bytes], packs: Mapping[str, Path], runs: Runs, *, when: datetime
) -> Run:
    """Write a bundle, and then its line in the run ledger; it stands under its name only when it is whole.

    Args:
        folder: where the bundle is to be; must not exist.
        files: path below `data/` → content.
        packs: pack id → the folder of its rules, kept under `data/rules/`.
        runs: the run ledger, held.
        when: the run's time, UTC.

    Raises:
        AuditorError: it cannot be written, or there is a bundle of that name.
    """
    if folder.exists():
        raise AuditorError(f"{folder}: this bundle is sealed already")
    _adopt(folder.parent, runs)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Of a run that was killed: only who holds the run ledger writes here.
        for left in folder.parent.glob(".*.*/"):
            shutil.rmtree(left, ignore_errors=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            _write(partial, files, packs, when, runs.last_seal)
            partial.chmod(0o755)
            partial.rename(folder)
            sync_folder(folder.parent)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    except OSError as error:
        raise AuditorError(f"{folder}: the bundle cannot be written ({error.strerror})") from None
    return _entered(folder, runs)


def zipped(folder: Path) -> Path:
    """The bundle as a zip beside it: the same bytes for the same bundle."""
    path = folder.with_name(f"{folder.name}.zip")
    with tempfile.TemporaryFile() as scratch:
        with zipfile.ZipFile(scratch, "w", zipfile.ZIP_DEFLATED) as archive:
            for each in sorted(p for p in folder.rglob("*") if p.is_file()):
                name = f"{folder.name}/{each.relative_to(folder).as_posix()}"
                entry = zipfile.ZipInfo(name)  # of 1980: a zip of the same bundle is the same zip
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, each.read_bytes())
        scratch.seek(0)
        write_whole(path, scratch.read())
    return path


def _adopt(bundles: Path, runs: Runs) -> None:
    """Enter the bundle of a run that was killed after its bundle was whole, before its line was written."""
    entered = {run.bundle for run in runs.lines}
    for folder in sorted(bundles.glob("*/") if bundles.is_dir() else ()):
        if folder.name.startswith(".") or folder.name in entered:
            continue
        with opened_bag(folder) as bag:
            said = info_of(bag)
        if RUN_AT in said and said.get(PREVIOUS, "none") == (runs.last_seal or "none"):
            _entered(folder, runs)


def _entered(folder: Path, runs: Runs) -> Run:
    with opened_bag(folder) as bag:
        return runs.append(folder.name, info_of(bag)[RUN_AT], seal_of(bag))


def _write(
    bag: Path, files: Mapping[str, bytes], packs: Mapping[str, Path], when: datetime, previous: str | None
) -> None:
    for name, content in files.items():
        path = bag / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for pack_id, source in packs.items():
        shutil.copytree(source, bag / "data" / "rules" / pack_id)
    payload = sorted(p for p in (bag / "data").rglob("*") if p.is_file())
    total = sum(path.stat().st_size for path in payload)
    (bag / DECLARATION).write_text("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", "utf-8")
    (bag / INFO).write_text(
        f"Bagging-Date: {when:%Y-%m-%d}\nPayload-Oxum: {total}.{len(payload)}\n"
        f"{RUN_AT}: {when:%Y-%m-%dT%H:%M:%SZ}\n{PREVIOUS}: {previous or 'none'}\n",
        "utf-8",
    )
    _manifest(bag, PAYLOAD_MANIFEST, payload)
    _manifest(bag, TAG_MANIFEST, sorted(p for p in bag.iterdir() if p.is_file()))
    for path in bag.rglob("*"):
        if path.is_file():
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
        else:
            sync_folder(path)
    sync_folder(bag)


def _manifest(bag: Path, name: str, paths: list[Path]) -> None:
    lines = [f"{sha256_of(path)}  {path.relative_to(bag).as_posix()}\n" for path in paths]
    (bag / name).write_text("".join(lines), "utf-8")
