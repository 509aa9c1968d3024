"""Sealing a run: a BagIt folder (RFC 8493) whose every file has its hash, and a line in the run ledger."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
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
from auditor.evidence.runs import RUNS_NAME, Run, Runs, chain_faults, is_cut_off
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
    """Write a bundle, then its line in the run ledger; it stands under its name only when both are whole.

    Args:
        folder: where the bundle is to be; must not exist.
        files: path below `data/` → content.
        packs: pack id → the folder of its rules, kept under `data/rules/`.
        runs: the run ledger, held.
        when: the run's time, UTC.

    Raises:
        AuditorError: it cannot be written, there is a bundle of that name, or the run ledger is lost.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _finish(folder.parent, runs)
        if folder.exists() or folder.name in {run.bundle for run in runs.lines}:
            raise AuditorError(f"{folder}: this bundle is sealed already")
        refuse_lost_ledger(folder.parent, runs.lines)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            _write(partial, files, packs, when, runs.last_seal)
            partial.chmod(0o755)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        # The line first: what has a bundle's name and no line was never sealed by us.
        with opened_bag(partial) as bag:
            run = runs.append(folder.name, info_of(bag)[RUN_AT], seal_of(bag))
        partial.rename(folder)
        sync_folder(folder.parent)
    except OSError as error:
        raise AuditorError(f"{folder}: the bundle cannot be written ({error.strerror})") from None
    return run


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


def _finish(bundles: Path, runs: Runs) -> None:
    """Name the bundle of a run that was killed after its line was written; take away what has no line.

    Only who holds the run ledger writes here.
    """
    for left in sorted(bundles.glob(".*.*/")):
        name = left.name[1:].rpartition(".")[0]
        run = next((run for run in runs.lines if run.bundle == name), None)
        if run is not None and not (bundles / name).exists() and _seal_in(left) == run.seal:
            left.rename(bundles / name)
            sync_folder(bundles)
        else:
            shutil.rmtree(left, ignore_errors=True)


def _seal_in(folder: Path) -> str | None:
    with opened_bag(folder) as bag:
        return seal_of(bag) if TAG_MANIFEST in bag.paths() else None


def refuse_lost_ledger(bundles: Path, runs: Sequence[Run]) -> None:
    """Have nothing sealed after a run ledger that lost lines, or has them in another order.

    Raises:
        AuditorError: it has.
    """
    without = unlisted(bundles, runs)
    if not runs and without:
        raise AuditorError(
            f"{bundles}: has sealed runs ({without[0]} …) and their run ledger, {RUNS_NAME}, is gone or "
            "empty: bring it back from a backup; to begin a new one, move the sealed runs elsewhere"
        )
    if without and is_cut_off(bundles):
        raise AuditorError(
            f"{bundles / RUNS_NAME}: its last line is cut off, and {without[0]} has none: bring the ledger "
            "back from a backup; if that was never a run of this ledger, move it elsewhere"
        )
    for says in chain_faults(runs):
        raise AuditorError(
            f"{bundles / RUNS_NAME}: {says}: bring it back from a backup "
            "(`auditor verify` says all that is wrong)"
        )


def unlisted(bundles: Path, runs: Iterable[Run]) -> list[str]:
    """The names of bundles of which the run ledger has no line."""
    known = {run.bundle for run in runs}
    there = (path.parent.name for path in sorted(bundles.glob(f"[!.]*/{DECLARATION}")))
    return [name for name in there if name not in known]


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
