"""A sealed audit, run again from the same inputs: is it the same to the byte, and if not, where not first?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from auditor.calls.record import QUERYABLE
from auditor.errors import AuditorError
from auditor.evidence.again import run_again
from auditor.evidence.bag import Bag, opened_bag, text_in
from auditor.evidence.compare import compared, manifest_differs, versions_then_and_now
from auditor.evidence.difference import Difference
from auditor.evidence.manifest import SealedPack, from_json
from auditor.evidence.verify import verify
from auditor.files import scratch_folder, sha256_of
from auditor.numbers_key import key_said
from auditor.rulebook.packs import pack_folders, read_pack
from auditor.store import ledger
from auditor.store.pseudonyms import NumbersKey
from auditor.workspace import find_workspace

#: What is looked into for an export by its bytes.
_MOST_FILES = 10_000


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of it: the files compared, and the first difference of the first that differs.

    `changed` are inputs and rules that are not what was sealed, `versions` what it was made with then and
    now, where that differs. `differs` None: the same, byte for byte but for those versions.
    """

    bundle: str
    compared: tuple[str, ...]
    changed: tuple[str, ...]
    versions: tuple[str, ...]
    differs: str | None
    difference: Difference | None


def replay(bundle: Path, workspace: Path, inputs: Sequence[Path], *, current_rules: bool) -> Replayed:
    """Load the sealed inputs into a store of its own, audit them by the sealed rules and settings, compare.

    Args:
        bundle: a sealed run, folder or zip.
        workspace: below which its exports lie, as the load ledger names them.
        inputs: folders to look in for exports that lie elsewhere now; they are known by their bytes.
        current_rules: by the rules as they are now, to see what they would change.

    Raises:
        AuditorError: the bundle is not as it was sealed, an export is not to be found, or its numbers were
            pseudonyms and their key is not.
    """
    looked_at = verify(bundle)
    broken = [
        fault for fault in looked_at.faults if fault.kind in ("changed", "missing", "extra", "reordered")
    ]
    if broken:
        raise AuditorError(
            f"{bundle}: is not as it was sealed ({broken[0].file}: {broken[0].says}): see `auditor verify`"
        )
    with opened_bag(bundle) as bag, scratch_folder() as folder:
        _unpack(bag, ("data/rules/", "data/settings/"), folder)
        try:
            about = from_json(text_in(bag, "data/manifest.json"))
            sealed_loads = ledger.from_json(text_in(bag, "data/loads.json"))
        except KeyError as error:
            raise AuditorError(
                f"{bundle}: cannot be replayed: it was sealed without {error.args[0]}, by an earlier version"
            ) from None
        (folder / "data" / "settings").mkdir(parents=True, exist_ok=True)
        settings = find_workspace(folder / "data" / "settings")
        sealed_packs = {pack.id: folder / "data" / "rules" / pack.id for pack in about.packs}
        changed = list(_changed_rules(about.packs))
        folders = sealed_packs if not current_rules else pack_folders()
        if gone := [pack.id for pack in about.packs if pack.id not in folders]:
            raise AuditorError(
                f"{bundle}: the pack {gone[0]} is not among those of this version: leave --current-rules out"
            )
        packs = [read_pack(folders[pack.id], QUERYABLE) for pack in about.packs]
        key = _key(sealed_loads, workspace)
        places, other_bytes = _places(sealed_loads, workspace, inputs)
        changed += other_bytes.values()
        try:
            found = run_again(folder, sealed_loads, places, settings, packs, about, key)
        except AuditorError as error:
            if not other_bytes:
                raise
            advice = "say with --inputs DIR where the exports lie that were sealed"
            raise AuditorError("\n".join([*other_bytes.values(), str(error), advice])) from None
        names = [name for name in found if name != "loads.json"]
        try:
            sealed = {name: text_in(bag, f"data/{name}") for name in ("loads.json", *names)}
        except KeyError as error:
            raise AuditorError(
                f"{bundle}: cannot be replayed: it was sealed without {error.args[0]}"
            ) from None
        versions = versions_then_and_now(about, json.loads(found["results.json"]))
    now = {name: text.decode("utf-8") for name, text in found.items()}
    differs, difference = manifest_differs(about, sealed["results.json"])
    if differs is None:
        differs, difference = compared(sealed, now, set(other_bytes))
    return Replayed(looked_at.bundle, tuple(sealed), tuple(changed), tuple(versions), differs, difference)


def _unpack(bag: Bag, below: Sequence[str], folder: Path) -> None:
    """Write some of a bag's files below a folder, and never outside it."""
    for path in bag.paths():
        if not path.startswith(tuple(below)):
            continue
        parts = PurePosixPath(path).parts
        if ".." in parts or path.startswith("/"):
            raise AuditorError(f"{bag.name}: has a file that would lie outside it: {path}")
        target = folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with bag.open(path) as stream:
            target.write_bytes(stream.read())


def _key(loads: Sequence[ledger.Load], workspace: Path) -> NumbersKey | None:
    """The key under which the sealed run kept its numbers, if they were pseudonyms.

    It is the one that this workspace names: whoever sent the bundle does not say which file is read.
    """
    names = {str(load.settings["numbers_key"]) for load in loads if "numbers_key" in load.settings}
    if not names:
        return None
    key = key_said(find_workspace(workspace))
    if names != {key.id}:
        raise AuditorError(
            f"the key for numbers is {key.id}, and the run was sealed under {', '.join(sorted(names))}: "
            "name that one"
        )
    return key


def _changed_rules(packs: Sequence[SealedPack]) -> Iterator[str]:
    now = pack_folders()
    for pack in packs:
        if pack.id not in now:
            yield f"rules: the pack {pack.id} is not among those of this version"
        elif (today := read_pack(now[pack.id], QUERYABLE)).sha256 != pack.sha256:
            version = today.about.version
            if version == pack.version:
                yield f"rules: {pack.id} has other content now than was sealed, also as version {version}"
            else:
                yield f"rules: {pack.id} is version {version} now, {pack.version} was sealed"


def _places(
    loads: Sequence[ledger.Load], workspace: Path, inputs: Sequence[Path]
) -> tuple[dict[int, Path], dict[int, str]]:
    """Where each load's file lies now, and of which there are other bytes than were sealed.

    Raises:
        AuditorError: some are not to be found; a line for each.
    """
    by_bytes = dict(_hashed(inputs))
    places: dict[int, Path] = {}
    changed: dict[int, str] = {}
    missing = []
    for load in loads:
        named = [path for path in (workspace / load.file, Path(load.file)) if path.is_file()]
        same = next((path for path in named if sha256_of(path) == load.sha256), by_bytes.get(load.sha256))
        if same is not None:
            places[load.load_id] = same
        elif named:
            places[load.load_id] = named[0]
            changed[load.load_id] = f"{load.file}: has other bytes than were sealed (load {load.load_id})"
        else:
            missing.append(
                f"{load.file}: is not to be found (load {load.load_id}, sha256 {load.sha256[:12]}…)"
            )
    if missing:
        raise AuditorError("\n".join([*missing, "say with --inputs DIR where the exports lie"]))
    return places, changed


def _hashed(inputs: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    for folder in inputs:
        if not folder.is_dir():
            raise AuditorError(f"--inputs {folder}: there is no such folder")
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        if len(paths) > _MOST_FILES:
            raise AuditorError(
                f"--inputs {folder}: has more than {_MOST_FILES:,} files: name a folder below it"
            )
        for path in paths:
            yield sha256_of(path), path
