"""A sealed audit, run again from the same inputs: is it the same to the byte, and if not, where not first?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any

import duckdb

from auditor.audit.audit import judge_by
from auditor.audit.editions import editions
from auditor.calls.record import QUERYABLE
from auditor.errors import AuditorError
from auditor.evidence.bag import Bag, opened_bag, text_in
from auditor.evidence.contents import contents
from auditor.evidence.difference import Difference, first_difference
from auditor.evidence.verify import verify
from auditor.files import scratch_folder, sha256_of
from auditor.numbers_key import key_said
from auditor.period import parse_period
from auditor.rulebook.pack import Pack
from auditor.rulebook.packs import pack_folders, read_pack
from auditor.sources.companions import Companions
from auditor.sources.load import Supersede, Terms, load_companion, load_file
from auditor.sources.source import Ceiling, Source
from auditor.store import ledger
from auditor.store.pseudonyms import NumbersKey
from auditor.store.store import open_store, store_path
from auditor.workspace import Workspace, find_workspace

#: Keys of a document that say with what it was made, not what it says.
_MADE_WITH = ("auditor", "engine")
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
            about = json.loads(text_in(bag, "data/manifest.json"))
            sealed_loads = ledger.from_json(text_in(bag, "data/loads.json"))
        except KeyError as error:
            raise AuditorError(
                f"{bundle}: cannot be replayed: it was sealed without {error.args[0]}, by an earlier version"
            ) from None
        (folder / "data" / "settings").mkdir(parents=True, exist_ok=True)
        settings = find_workspace(folder / "data" / "settings")
        sealed_packs = {pack["id"]: folder / "data" / "rules" / pack["id"] for pack in about["packs"]}
        changed = list(_changed_rules(about["packs"]))
        folders = pack_folders() | sealed_packs if not current_rules else pack_folders()
        packs = [read_pack(folders[pack["id"]], QUERYABLE) for pack in about["packs"]]
        key = _key(sealed_loads, replace(settings, folder=workspace))
        places, missing = _places(sealed_loads, workspace, inputs)
        changed += missing
        found = _again(folder, sealed_loads, places, settings, packs, about, key)
        names = [name for name in found if name != "loads.json"]
        sealed = {name: text_in(bag, f"data/{name}") for name in ("loads.json", *names)}
        versions = _versions(about, json.loads(found["results.json"]))
    differs, difference = _compared(sealed, {name: text.decode("utf-8") for name, text in found.items()})
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


def _key(loads: Sequence[ledger.Load], workspace: Workspace) -> NumbersKey | None:
    """The key under which the sealed run kept its numbers, if they were pseudonyms."""
    names = {str(load.settings["numbers_key"]) for load in loads if "numbers_key" in load.settings}
    if not names:
        return None
    key = key_said(workspace)
    if names != {key.id}:
        raise AuditorError(
            f"the key for numbers is {key.id}, and the run was sealed under {', '.join(sorted(names))}: "
            "name that one"
        )
    return key


def _changed_rules(packs: Sequence[dict[str, Any]]) -> Iterator[str]:
    now = pack_folders()
    for pack in packs:
        if pack["id"] not in now:
            yield f"rules: the pack {pack['id']} is not among those of this version"
        elif (today := read_pack(now[pack["id"]], QUERYABLE)).sha256 != pack["sha256"]:
            yield f"rules: {pack['id']} is version {today.about.version} now, {pack['version']} was sealed"


def _places(
    loads: Sequence[ledger.Load], workspace: Path, inputs: Sequence[Path]
) -> tuple[dict[int, Path], list[str]]:
    """Where each load's file lies now, and what has other bytes than were sealed.

    Raises:
        AuditorError: some are not to be found; a line for each.
    """
    by_bytes = dict(_hashed(inputs))
    places, changed, missing = {}, [], []
    for load in loads:
        named = [path for path in (workspace / load.file, Path(load.file)) if path.is_file()]
        same = next((path for path in named if sha256_of(path) == load.sha256), by_bytes.get(load.sha256))
        if same is not None:
            places[load.load_id] = same
        elif named:
            places[load.load_id] = named[0]
            changed.append(f"{load.file}: has other bytes than were sealed (load {load.load_id})")
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


def _again(
    folder: Path,
    loads: Sequence[ledger.Load],
    places: dict[int, Path],
    settings: Workspace,
    packs: Sequence[Pack],
    about: dict[str, Any],
    key: NumbersKey | None,
) -> dict[str, bytes]:
    """The contents of the bundle, made anew in a store of its own."""
    period = parse_period(f"{about['period']['from']}..{about['period']['to']}")
    with open_store(store_path(folder), write=True) as connection:
        for load in loads:
            _load_again(connection, load, loads, places, settings, key)
        judged = judge_by(connection, settings, period, packs)
        return contents(editions(connection, judged), ledger.loads(connection), ledger.rejects(connection))


def _load_again(
    connection: duckdb.DuckDBPyConnection,
    load: ledger.Load,
    loads: Sequence[ledger.Load],
    places: dict[int, Path],
    settings: Workspace,
    key: NumbersKey | None,
) -> None:
    """One line of the ledger, with the companions and the corrections that it came with."""
    corrected = next((each.load_id for each in loads if each.superseded_by == load.load_id), None)
    terms = Terms(
        # Whatever ceiling it passed then, it passes now: what differs is to be seen in the results.
        ceiling=Ceiling(Fraction(1)),
        partners=settings.partner_ids,
        default_zone=load.settings.get("zone") or settings.config.client.zone,
        supersede=Supersede(corrected) if corrected is not None else None,
        numbers_key=key,
    )
    source = _source(load)
    with Companions(connection) as companions:
        if "mapping_sha256" not in load.settings:  # it only adds facts to the calls of others
            load_companion(connection, places[load.load_id], source, companions, name=load.file, terms=terms)
            return
        for digest in load.settings.get("companions", ()):
            other = next(each for each in loads if each.sha256 == digest)
            theirs = replace(_source(other), format=load.format)
            place = places[other.load_id]
            load_companion(connection, place, theirs, companions, name=other.file, terms=terms)
        load_file(
            connection, places[load.load_id], source, name=load.file, terms=terms, companions=companions
        )


def _source(load: ledger.Load) -> Source:
    """What was said of a load's file when it was loaded."""
    known = {field.name for field in fields(Source)}
    said = {key: value for key, value in load.settings.items() if key in known}
    return Source(**said | {"zone": load.settings.get("zone_said", load.settings.get("zone"))})


def _versions(about: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    then = about["versions"]
    today = {"auditor": now["auditor"]["version"], now["engine"]["name"]: now["engine"]["version"]}
    for name, version in today.items():
        if then.get(name) != version:
            yield f"{name} {then.get(name, 'of no known version')} then, {version} now"


def _compared(sealed: dict[str, str], now: dict[str, str]) -> tuple[str | None, Difference | None]:
    """The first file that differs, and its first difference; when a file was loaded makes none."""
    for name, text in sealed.items():
        if text == now[name]:
            continue
        if not name.endswith(".json"):
            return name, first_difference(text.splitlines(), now[name].splitlines(), "line")
        found = first_difference(_plain(text), _plain(now[name]))
        if found is not None:
            return name, found
    return None, None


def _plain(text: str) -> Any:
    document = json.loads(text)
    if isinstance(document, list):
        return [{key: value for key, value in line.items() if key != "loaded_at"} for line in document]
    return {key: value for key, value in document.items() if key not in _MADE_WITH}
