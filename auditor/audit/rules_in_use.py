"""Which rules apply in a workspace, and whether what it says of rules is of one that there is."""

from __future__ import annotations

from pathlib import Path

from auditor.calls.record import QUERYABLE
from auditor.errors import AuditorError
from auditor.rulebook.checks import check_ids
from auditor.rulebook.pack import Pack
from auditor.rulebook.packs import pack_folders, pack_named, packs_for_country
from auditor.settings import Config
from auditor.waivers import WAIVERS_NAME
from auditor.workspace import CONFIG_NAME, Workspace


def chosen_packs(config: Config, named: tuple[str, ...], own: tuple[Path, ...]) -> list[Pack]:
    """The packs the user named, else the workspace's, else those of the client's country."""
    wanted = named or config.packs.use
    if not wanted:
        return packs_for_country(config.client.country, QUERYABLE, own)
    return [pack_named(pack_id, QUERYABLE, own) for pack_id in sorted(set(wanted))]


def check_rules_named(workspace: Workspace, packs: list[Pack], own: tuple[Path, ...]) -> None:
    """Refuse what a workspace says of a rule, or of a reading of one, that there is not.

    What it says of a pack that is not in use is no fault.

    Raises:
        AuditorError: the first such name.
    """
    config, known = workspace.config, {f"{pack.id}/{rule.id}": rule for pack in packs for rule in pack.rules}
    folders = pack_folders(own)
    not_in_use = set(folders) - {pack.id for pack in packs}
    # A waiver may be of a check of the gate, too.
    checks = {f"{pack.id}/{name}" for pack in packs for name in check_ids(folders[pack.id])}
    named = [(f"{CONFIG_NAME}: house_limit", each.rule) for each in config.house_limit]
    named += [(f"{CONFIG_NAME}: reading", each.rule) for each in config.reading]
    waived = [(f"{WAIVERS_NAME}: waiver", each.rule) for each in workspace.waivers if each.rule not in checks]
    for where, name in [*named, *waived]:
        if name not in known and name.split("/")[0] not in not_in_use:
            more = f"; or a check, one of {', '.join(sorted(checks))}" if (where, name) in waived else ""
            raise AuditorError(
                f"{where}: there is no rule '{name}': write one of {', '.join(sorted(known))}{more}"
            )
    for where, name in sorted({pair for pair in named if named.count(pair) > 1}):
        raise AuditorError(f"{where}: there are two for {name}: write one")
    for each in config.reading:
        rule = known.get(each.rule)
        choices = rule.reading.choice if rule is not None and rule.reading is not None else {}
        if rule is not None and each.use not in choices:
            which = f"choose from {', '.join(choices)}" if choices else "this rule has one reading only"
            raise AuditorError(f"{CONFIG_NAME}: reading: {each.rule} has no reading '{each.use}': {which}")
