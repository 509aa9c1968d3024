"""Reading packs from folders: every fault of a pack at once, each with its file and key."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from auditor.errors import AuditorError
from auditor.rulebook.condition import Kinds
from auditor.rulebook.faults import citation_faults, pack_faults, rule_faults
from auditor.rulebook.model import Rule
from auditor.rulebook.pack import Pack, PackFile
from auditor.shipped import rules as shipped_rules
from auditor.text import printable

#: What a pack's largest file may have.
MAX_FILE_BYTES = 4 << 20

_Model = TypeVar("_Model", bound=BaseModel)


def pack_folders(own: Sequence[Path] = ()) -> dict[str, Path]:
    """The folders of packs by id: those shipped, and those in the user's own folders.

    Raises:
        AuditorError: a folder has no pack, or a pack of a name that is taken.
    """
    found = {path.parent.name: path.parent for path in sorted(shipped_rules().glob("*/pack.toml"))}
    for root in own:
        packs = (
            [root] if (root / "pack.toml").is_file() else sorted(p.parent for p in root.glob("*/pack.toml"))
        )
        if not packs:
            raise AuditorError(f"--rules {root}: there is no pack (a folder with a pack.toml)")
        for folder in packs:
            if folder.resolve().name in found:
                raise AuditorError(f"--rules {root}: there is a pack '{folder.resolve().name}' already")
            found[folder.resolve().name] = folder
    return found


def pack_named(pack_id: str, columns: Kinds, own: Sequence[Path] = ()) -> Pack:
    """The pack with this id.

    Args:
        pack_id: such as `uk-ofcom`.
        columns: what a condition may name of a call record.
        own: the user's own folders of packs, beside those shipped.

    Raises:
        AuditorError: there is none, or it is faulty.
    """
    folders = pack_folders(own)
    if pack_id not in folders:
        raise AuditorError(f"pack '{pack_id}' is not known: choose from {', '.join(sorted(folders))}")
    return read_pack(folders[pack_id], columns)


def packs_for_country(country: str, columns: Kinds, own: Sequence[Path] = ()) -> list[Pack]:
    """The packs of a country's regulators.

    Raises:
        AuditorError: there is none.
    """
    every = [read_pack(folder, columns) for _, folder in sorted(pack_folders(own).items())]
    found = [pack for pack in every if pack.about.country == country]
    if not found:
        raise AuditorError(
            f"no rules are known for the country '{country}': name packs in auditor.toml ([packs] use)"
        )
    return found


def read_pack(folder: Path, columns: Kinds) -> Pack:
    """Read one pack.

    Raises:
        AuditorError: one line for each fault, all of them at once.
    """
    faults = list(_not_its_own(folder))
    if faults:
        raise AuditorError("\n".join(faults))
    about = _read(folder / "pack.toml", PackFile, faults)
    rules = []
    for path in sorted(folder.glob("*/rule.toml")):
        rule = _read(path, Rule, faults)
        if rule is not None:
            rules.append(rule)
            faults.extend(f"{path}: {fault}" for fault in rule_faults(rule, columns))
            if about is not None:
                faults.extend(f"{path}: {fault}" for fault in citation_faults(rule, about))
            if rule.id != path.parent.name:
                faults.append(f"{path}: id is '{rule.id}' but the folder is '{path.parent.name}'")
    if about is not None:
        faults.extend(f"{folder / 'pack.toml'}: {fault}" for fault in pack_faults(about))
    if not rules and not faults:
        faults.append(f"{folder}: the pack has no rule")
    if about is not None and about.id != folder.resolve().name:
        faults.append(
            f"{folder / 'pack.toml'}: id is '{about.id}' but the folder is '{folder.resolve().name}'"
        )
    if faults or about is None:
        raise AuditorError("\n".join(faults))
    return Pack(about=about, rules=tuple(rules), sha256=_hash(folder))


def _not_its_own(folder: Path) -> Iterator[str]:
    """What a pack must not have: it is read, hashed and sealed whole, and may come from anybody."""
    for path in sorted(folder.rglob("*")):
        if not path.name.isprintable():
            yield f"{printable(str(path))}: a file of a pack has a name of plain letters"
        elif path.is_symlink() or not (path.is_file() or path.is_dir()):
            yield f"{path}: is no plain file: a pack has no links, pipes or devices"
        elif path.is_file() and path.stat().st_size > MAX_FILE_BYTES:
            yield f"{path}: is larger than {MAX_FILE_BYTES >> 20} MiB, which no file of a pack is"


def _read(path: Path, model: type[_Model], faults: list[str]) -> _Model | None:
    try:
        return model.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        faults.append(f"{path}: cannot be read ({error.strerror})")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"{path}: is no TOML: {error}")
    except ValidationError as error:
        for fault in error.errors():
            key = ".".join(str(part) for part in fault["loc"])
            faults.append(f"{path}: {key}: {fault['msg']}")
    return None


def _hash(folder: Path) -> str:
    """sha256 over the pack's files: each sorted relative path, its length and its bytes."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\n{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()
