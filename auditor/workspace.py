"""`auditor.toml` → Workspace: found, read, and refused with every fault at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.errors import AuditorError
from auditor.settings import Config, Scoped, SourceTable
from auditor.tables import read_tables
from auditor.waivers import WAIVERS_NAME, Waiver, read_waivers

CONFIG_NAME = "auditor.toml"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder with a configuration (all defaults where there is no auditor.toml) and its waivers."""

    folder: Path
    config: Config
    waivers: tuple[Waiver, ...] = ()

    @property
    def files(self) -> list[Path]:
        """The files it was read from, those that there are."""
        return [p for p in (self.folder / CONFIG_NAME, self.folder / WAIVERS_NAME) if p.is_file()]

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
        return _read(chosen)
    here = Path.cwd()
    for candidate in (here, *here.parents):
        if (candidate / CONFIG_NAME).is_file():
            # The ledger and messages name files as the user does: relative where that is possible.
            return _read(Path(os.path.relpath(candidate)))
    return _read(Path("."))


def _read(folder: Path) -> Workspace:
    path = folder / CONFIG_NAME
    config = read_tables(path, Config) if path.is_file() else Config()
    waivers = read_waivers(folder)
    faults = [f"{path}: {fault}" for fault in _contradictions(config)]
    faults += [f"{folder / WAIVERS_NAME}: {fault}" for fault in _strangers(config, "waiver", waivers)]
    if faults:
        raise AuditorError("\n".join(faults))
    return Workspace(folder, config, waivers)


def _contradictions(config: Config) -> Iterator[str]:
    ids = [partner.id for partner in config.partner]
    for double in sorted({i for i in ids if ids.count(i) > 1}):
        yield f"partner: the id '{double}' stands twice: give each partner its own"
    told = [(table.partner, table.campaign) for table in config.traffic]
    for partner, campaign in sorted({pair for pair in told if told.count(pair) > 1}, key=str):
        whose = " of ".join(name for name in (campaign, partner) if name is not None)
        yield f"traffic: there are two tables for {whose}: write one"
    yield from _strangers(config, "traffic", config.traffic)
    yield from _strangers(config, "source", config.source)
    yield from _strangers(config, "estimate", config.estimate)
    yield from _strangers(config, "attestation", config.attestation)


def _strangers(config: Config, table: str, entries: Sequence[Scoped | SourceTable]) -> Iterator[str]:
    """What is said of a partner whom the workspace does not list."""
    ids = [partner.id for partner in config.partner]
    for number, entry in enumerate(entries, 1):
        if ids and entry.partner is not None and entry.partner not in ids:
            yield (
                f"{table}[{number}].partner: '{entry.partner}' is no partner of this workspace: "
                f"write one of {', '.join(ids)}, or add a [[partner]]"
            )
