"""Whether a sealed run is as it was sealed: every file that is not, and how."""

from __future__ import annotations

import glob
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from auditor.errors import AuditorError
from auditor.evidence.bag import (
    DECLARATION,
    INFO,
    PAYLOAD_MANIFEST,
    TAG_MANIFEST,
    Bag,
    info_of,
    opened_bag,
    seal_of,
    sha256_in,
    text_in,
)
from auditor.evidence.bundle import PREVIOUS, RUN_AT, unlisted
from auditor.evidence.runs import RUNS_NAME, Run, chain_faults, read_runs, readable_runs
from auditor.evidence.signature import signature_fault, signature_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Kind = Literal["changed", "missing", "extra", "reordered", "unknown", "broken chain", "signature"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is not as it was sealed: which file of which bundle (or of the ledger), and how."""

    bundle: str
    kind: Kind
    file: str
    says: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A bundle that was looked at: its seal, its run (None: in no run ledger), and every fault."""

    bundle: str
    seal: str | None
    files: int
    run: Run | None
    ledger: bool
    faults: tuple[Fault, ...]


def verify(path: Path, key: Ed25519PublicKey | None = None) -> Verified:
    """Look at every file of a bundle, at its line in the run ledger beside it, and at its signature.

    Args:
        path: the bundle, a folder or a zip.
        key: whose signature it must bear; None: it need not.

    Raises:
        AuditorError: there is no such bundle, or it cannot be read.
    """
    return _verified(path, key, read_runs(path.parent))


def _verified(path: Path, key: Ed25519PublicKey | None, runs: Sequence[Run] | None) -> Verified:
    with opened_bag(path) as bag:
        if not {DECLARATION, INFO, PAYLOAD_MANIFEST, TAG_MANIFEST} & set(bag.paths()):
            raise AuditorError(
                f"{path}: is no bundle (it has no {DECLARATION}): name one of those in bundles/"
            )
        faults = list(_file_faults(bag))
        seal = seal_of(bag) if TAG_MANIFEST in bag.paths() else None
        run = next((each for each in runs or () if each.bundle == bag.name), None)
        if runs is not None:
            faults += _ledger_faults(bag, seal, run, runs)
        if key is not None and (wrong := signature_fault(bag, path, key)) is not None:
            faults.append(Fault(bag.name, "signature", signature_of(path).name, wrong))
        name = bag.name if path.is_dir() else path.name
        return Verified(name, seal, len(bag.paths()), run, runs is not None, tuple(faults))


def verify_all(bundles: Path, key: Ed25519PublicKey | None = None) -> tuple[list[Verified], list[Fault]]:
    """Every bundle of a folder, and the run ledger itself.

    Raises:
        AuditorError: there is no run ledger, or it cannot be read.
    """
    runs, wrong = readable_runs(bundles)
    strangers = [bundles / name for name in unlisted(bundles, runs or ())]
    if runs is None and not strangers:
        raise AuditorError(f"{bundles}: no run is sealed here (there is no {RUNS_NAME})")
    faults = [Fault(RUNS_NAME, "changed", RUNS_NAME, says) for says in wrong]
    faults += [Fault(RUNS_NAME, "broken chain", RUNS_NAME, says) for says in chain_faults(runs or [])]
    if runs is None:
        says = "is gone, and with it the order of the runs and whether one was taken out: bring it back"
        faults.append(Fault(RUNS_NAME, "missing", RUNS_NAME, says))
    found = []
    for run in runs or ():
        there = [p for p in (bundles / run.bundle, bundles / f"{run.bundle}.zip") if p.exists()]
        found += [_whatever_it_is(path, key, runs) for path in there]
        if not there:
            cut_short = any(bundles.glob(f".{glob.escape(run.bundle)}.*/"))
            says = (
                f"run {run.number} was cut short before this got its name: the next run ends it"
                if cut_short
                else f"run {run.number} was sealed in it, and it is gone"
            )
            faults.append(Fault(run.bundle, "missing", run.bundle, says))
    found += [_whatever_it_is(path, key, runs) for path in strangers]
    return found, faults


def _whatever_it_is(path: Path, key: Ed25519PublicKey | None, runs: Sequence[Run] | None) -> Verified:
    """One of the bundles of a folder: that it cannot be read is a fault like others, and hides none."""
    try:
        return _verified(path, key, runs)
    except AuditorError as error:
        fault = Fault(path.name, "changed", path.name, str(error).removeprefix(f"{path}: "))
        return Verified(path.name, None, 0, None, runs is not None, (fault,))


def seal_from(text: str) -> str:
    """A seal that was kept elsewhere, as it is compared.

    Raises:
        AuditorError: it is none.
    """
    seal = "".join(text.split()).lower()
    if not re.fullmatch("[0-9a-f]{64}", seal):
        raise AuditorError(f"--seal '{text}': a seal has 64 digits, of 0 to 9 and a to f: give it whole")
    return seal


def missed(seals: Iterable[str], found: Iterable[Verified], *, named: bool) -> Iterator[Fault]:
    """What is to be said of seals that were kept elsewhere and that no bundle bears.

    Args:
        seals: as `seal_from` returns them.
        found: the bundles that were looked at.
        named: somebody named these alone; other runs may bear the seals.
    """
    there = {each.seal for each in found}
    for seal in seals:
        if seal not in there:
            says = f"no run has the seal {seal}, which was kept: one was taken out or sealed anew"
            if named:
                says = f"none of the bundles named has the seal {seal}: name none to look at every run"
            yield Fault(RUNS_NAME, "missing", RUNS_NAME, says)


def _file_faults(bag: Bag) -> Iterator[Fault]:
    there = set(bag.paths())
    for name, what in bag.strange():
        yield Fault(bag.name, "extra", name, f"{what}: nothing like it was sealed")
    for name in (DECLARATION, INFO, PAYLOAD_MANIFEST, TAG_MANIFEST):
        if name not in there:
            yield Fault(bag.name, "missing", name, "is gone, and without it the bundle proves nothing")
    tags = dict(_listed(bag, TAG_MANIFEST)) if TAG_MANIFEST in there else {}
    payload = dict(_listed(bag, PAYLOAD_MANIFEST)) if PAYLOAD_MANIFEST in there else {}
    for name, sealed in {**tags, **payload}.items():
        if name not in there:
            if name not in (DECLARATION, INFO, PAYLOAD_MANIFEST):
                yield Fault(bag.name, "missing", name, "was sealed and is gone")
        elif sha256_in(bag, name) != sealed:
            yield _changed(bag, name, sealed)
    for name in sorted(there - set(tags) - set(payload) - {TAG_MANIFEST, PAYLOAD_MANIFEST}):
        if name not in (DECLARATION, INFO) or tags:
            yield Fault(bag.name, "extra", name, "was not sealed")


def _changed(bag: Bag, name: str, sealed: str) -> Fault:
    if name == PAYLOAD_MANIFEST:
        lines = sorted(text_in(bag, name).splitlines(keepends=True), key=lambda line: line.split("  ", 1)[-1])
        if hashlib.sha256("".join(lines).encode("utf-8")).hexdigest() == sealed:
            return Fault(bag.name, "reordered", name, "has the lines that were sealed, in another order")
    return Fault(bag.name, "changed", name, f"is not what was sealed (sha256 {sealed[:12]}…)")


def _listed(bag: Bag, manifest: str) -> Iterator[tuple[str, str]]:
    for line in text_in(bag, manifest).splitlines():
        found = re.fullmatch(r"([0-9a-f]{64})  (.+)", line)
        if found:
            yield found[2], found[1]
        else:
            # Never the hash of anything: whatever the line was of comes out as changed or extra.
            yield line, ""


def _ledger_faults(bag: Bag, seal: str | None, run: Run | None, runs: Sequence[Run]) -> Iterator[Fault]:
    if run is None:
        same = next((each for each in runs if each.seal == seal), None)
        says = "the run ledger beside it has no line of this bundle"
        if same is not None:
            says = f"is run {same.number}, which was sealed as {same.bundle}: give it that name again"
        yield Fault(bag.name, "unknown", RUNS_NAME, says)
        return
    said = info_of(bag)
    if RUN_AT in said and said[RUN_AT] != run.run_at:
        says = f"says that the run was at {run.run_at}, and the bundle at {said[RUN_AT]}"
        yield Fault(bag.name, "changed", RUNS_NAME, says)
    if seal != run.seal:
        says = (
            f"run {run.number} has another seal in the run ledger: this was sealed anew, or the ledger edited"
        )
        yield Fault(bag.name, "changed", TAG_MANIFEST, says)
    if said.get(PREVIOUS, "none") != (run.previous or "none"):
        says = "names another run as the one before it than the run ledger does"
        yield Fault(bag.name, "broken chain", INFO, says)


def as_json(found: list[Verified], faults: list[Fault]) -> str:
    """What was looked at, for a program."""
    document = {
        "schema": 1,
        "bundles": [
            {
                "bundle": each.bundle,
                "seal": each.seal,
                "files": each.files,
                "run": each.run.number if each.run else None,
                "run_at": each.run.run_at if each.run else None,
                "in_ledger": each.run is not None if each.ledger else None,
                "intact": not each.faults,
            }
            for each in found
        ],
        "faults": [
            {"bundle": fault.bundle, "kind": fault.kind, "file": fault.file, "says": fault.says}
            for fault in [*faults, *(fault for each in found for fault in each.faults)]
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
