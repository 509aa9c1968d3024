"""`auditor.toml` → Workspace: found, read, and refused with every fault at once."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from auditor.errors import AuditorError
from auditor.settings import Attestation, Config, Estimate, SourceTable

CONFIG_NAME = "auditor.toml"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with a configuration (all defaults where there is no auditor.toml)."""

    folder: Path
    config: Config

    @property
    def partner_ids(self) -> tuple[str, ...]:
        """The partners it lists; none listed: any partner is taken."""
        return tuple(partner.id for partner in self.config.partner)

    def partner_name(self, partner_id: str) -> str:
        """What to call a partner in a report."""
        return next((p.name or p.id for p in self.config.partner if p.id == partner_id), partner_id)


def find_workspace(folder: str | Path | None = None) -> Workspace:
    """The workspace the user means: the one named, else the nearest upwards with an auditor.toml.

    Args:
        folder: what `--workspace` (or AUDITOR_WORKSPACE) says.

    Raises:
        AuditorError: there is no such folder, or its configuration is faulty (a line for each fault).
    """
    if folder is not None:
        chosen = Path(folder)
        if not chosen.is_dir():
            raise AuditorError(f"workspace {folder}: there is no such folder")
        return Workspace(chosen, _configuration(chosen / CONFIG_NAME))
    here = Path.cwd()
    for candidate in (here, *here.parents):
        if (candidate / CONFIG_NAME).is_file():
            # The ledger and messages name files as the user does: relative where that is possible.
            return Workspace(Path(os.path.relpath(candidate)), _configuration(candidate / CONFIG_NAME))
    return Workspace(Path("."), Config())


def _configuration(path: Path) -> Config:
    if not path.is_file():
        return Config()
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise AuditorError(f"{path}: cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AuditorError(f"{path}: is no TOML: {error}") from None
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        faults = [_in_words(dict(fault)) for fault in error.errors()]
        raise AuditorError("\n".join(f"{path}: {fault}" for fault in faults)) from None
    faults = list(_contradictions(config))
    if faults:
        raise AuditorError("\n".join(f"{path}: {fault}" for fault in faults))
    return config


def _contradictions(config: Config) -> Iterator[str]:
    ids = [partner.id for partner in config.partner]
    for double in sorted({i for i in ids if ids.count(i) > 1}):
        yield f"partner: the id '{double}' stands twice: give each partner its own"
    tables: dict[str, tuple[SourceTable | Estimate | Attestation, ...]] = {
        "source": config.source,
        "estimate": config.estimate,
        "attestation": config.attestation,
    }
    for name, entries in tables.items():
        for number, entry in enumerate(entries, 1):
            if ids and entry.partner is not None and entry.partner not in ids:
                yield (
                    f"{name}[{number}].partner: '{entry.partner}' is no partner of this workspace: "
                    f"write one of {', '.join(ids)}, or add a [[partner]]"
                )


def _in_words(fault: dict[str, Any]) -> str:
    """One of pydantic's faults as a sentence: where, what is wrong, what to write instead."""
    where = fault["loc"]
    # Tables of an array are counted from 1, as a person counts them down the file.
    key = "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in where).lstrip(".")
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "extra_forbidden":
        known = sorted(_keys_at(where[:-1]))
        close = difflib.get_close_matches(str(where[-1]), known, 1, 0.6)
        meant = f"did you mean '{close[0]}'?" if close else f"write one of {', '.join(known)}"
        return f"{key}: there is no such key: {meant}"
    if kind == "missing":
        return f"{key}: is missing: add it"
    if kind == "literal_error":
        return f"{key}: {fault['input']!r} is not allowed: write {context['expected']}"
    if kind == "value_error":
        return f"{key}: {context['error']}"
    if kind == "string_pattern_mismatch":
        example = {"colour": "#1f3a5f", "rule": "uk-ofcom/abandoned-call-rate"}.get(str(where[-1]))
        return f'{key}: {fault["input"]!r} is not of the form needed: write it like "{example}"'
    return f"{key}: {fault['input']!r}: {fault['msg'][0].lower()}{fault['msg'][1:]}"


def _keys_at(where: tuple[str | int, ...]) -> set[str]:
    """The keys that the table at this place may have."""
    model: Any = Config
    for part in where:
        if isinstance(part, str):
            field = model.model_fields[part]
            model = field.annotation
            if getattr(model, "__origin__", None) is tuple:
                model = model.__args__[0]
    return {field.alias or name for name, field in model.model_fields.items()}
