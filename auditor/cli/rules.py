"""`auditor rules`: the rulebook, read, shown, tested and verified."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import click

from auditor.audit.casework import Bench, mutants
from auditor.calls.record import QUERYABLE
from auditor.cli.options import DayType, rules_option
from auditor.errors import AuditorError
from auditor.gate.casework import check_failures, check_mutants
from auditor.gate.settings import QUERYABLE as SETTINGS
from auditor.rulebook.cases import missing_days, read_cases
from auditor.rulebook.checks import read_checks
from auditor.rulebook.pack import Pack
from auditor.rulebook.packs import pack_folders, pack_named, read_pack
from auditor.rulebook.page import STATUSES, check_page, limit_text, rule_page, version_span
from auditor.text import as_columns, as_markdown

_COLUMNS = QUERYABLE


@click.group()
def command() -> None:
    """The rulebook: what is modelled, since when, with which citations."""


@command.command("list")
@rules_option
@click.option("--format", "style", type=click.Choice(["text", "json", "markdown"]), default="text")
def list_rules(own_rules: tuple[Path, ...], style: str) -> None:
    """What is modelled, since when, how far each citation was verified, and what is not modelled."""
    packs = _packs(own_rules)
    header = ("pack", "rule", "title", "version", "in force", "limit", "citation")
    rows = [
        (pack.id, rule.id, rule.title, version.id, version_span(version), limit_text(rule, version.limit),
         STATUSES[version.status])
        for pack in packs for rule in pack.rules for version in rule.versions
    ]  # fmt: skip
    folders = pack_folders(own_rules)
    of_checks = ("check", "of rule", "what it finds", "basis", "level")
    checks = [
        (each.name, each.rule.id if each.rule else "", each.check.title, each.check.basis, each.check.level)
        for pack in packs for each in read_checks(folders[pack.id], pack, SETTINGS)
    ]  # fmt: skip
    left_out = {pack.id: list(pack.about.coverage.not_modelled) for pack in packs}
    if style == "json":
        listed = {
            "rules": [dict(zip(header, row, strict=True)) for row in rows],
            "checks": [dict(zip(of_checks, row, strict=True)) for row in checks],
            "not_modelled": left_out,
        }
        click.echo(json.dumps(listed, indent=1, ensure_ascii=False))
        return
    for titles, table in ((header, rows), (of_checks, checks)):
        click.echo(as_markdown(titles, table) if style == "markdown" else as_columns(titles, table, set()))
    for pack in packs:
        click.echo(f"{pack.about.title} ({pack.id} {pack.about.version}) does not model:")
        for what in left_out[pack.id]:
            click.echo(f"- {what}")


@command.command("show")
@click.argument("name", metavar="PACK/RULE")
@click.option("--on", "day", type=DayType(), metavar="DATE", help="Default: today.")
@rules_option
def show_rule(name: str, day: date | None, own_rules: tuple[Path, ...]) -> None:
    """A rule on a date in plain words: text, formula, limit, provision; or a check of configurations."""
    pack_id, slash, rule_id = name.partition("/")
    pack = pack_named(pack_id, _COLUMNS, own_rules)
    rule = next((rule for rule in pack.rules if rule.id == rule_id), None)
    checks = read_checks(pack_folders(own_rules)[pack.id], pack, SETTINGS)
    check = next((each for each in checks if each.name == name), None)
    if check is not None:
        click.echo(check_page(check), nl=False)
        return
    if not slash or rule is None:
        known = ", ".join(f"{pack.id}/{rule.id}" for rule in pack.rules)
        more = ", ".join(each.name for each in checks)
        raise AuditorError(f"there is no rule '{name}': choose from {known}; or a check, from {more}")
    on = day or date.today()  # noqa: DTZ011 (the user's own day)
    click.echo(rule_page(pack, rule, on), nl=False)


@command.command("test")
@click.argument("names", nargs=-1, metavar="[PACK]...")
@click.option("--cases", "listed", is_flag=True, help="List every case, with its days.")
@rules_option
@click.pass_context
def test_rules(ctx: click.Context, names: tuple[str, ...], listed: bool, own_rules: tuple[Path, ...]) -> None:
    """Run the cases beside every rule and check, then the mutants that some case must catch.

    A mutant is a rule with one limit, one length of time or one date off by a step, or such a check of
    campaign configurations. Exit 1 if a case does not hold or a mutant is not caught.
    """
    folders = pack_folders(own_rules)
    today = date.today()  # noqa: DTZ011 (the user's own day)
    faults: list[str] = []
    rows: list[tuple[Any, ...]] = []
    for pack in _packs(own_rules, names):
        bench = Bench(pack)
        for rule in pack.rules:
            cases = read_cases(folders[pack.id] / rule.id)
            found = [(case, bench.failures(rule, case)) for case in cases]
            if listed:
                click.echo(f"{pack.id}/{rule.id}")
                for case, faulty in found:
                    days = ", ".join(map(str, case.on))
                    click.echo(f"  {'FAILS' if faulty else 'holds'}  {case.name} ({days})")
            failed = [f"{pack.id}/{rule.id}: {said}" for _, faulty in found for said in faulty]
            off = list(mutants(rule))
            alive = [m for m in off if not any(bench.failures(m.rule, c) for c in m.nearest_first(cases))]
            failed += [f"{pack.id}/{rule.id}: no case catches {mutant.what}" for mutant in alive]
            faults += failed
            rows.append((f"{pack.id}/{rule.id}", len(cases), len(failed) - len(alive), len(off), len(alive)))
        for check in read_checks(folders[pack.id], pack, SETTINGS):
            failed = check_failures(check, today)
            caught = dict(check_mutants(check, today))
            missed = [what for what, found_out in caught.items() if not found_out]
            faults += [*failed, *(f"no case catches {what}" for what in missed)]
            rows.append((check.name, len(check.check.case), len(failed), len(caught), len(missed)))
    header = ("rule", "cases", "failed", "mutants", "survived")
    click.echo(as_columns(header, rows, set(header[1:])), nl=False)
    mutated, survived = sum(row[3] for row in rows), sum(row[4] for row in rows)
    if mutated:
        click.echo(f"mutation score: {(mutated - survived) / mutated:.1%}")
    for fault in faults:
        click.echo(f"auditor: {fault}", err=True)
    ctx.exit(1 if faults else 0)


@command.command("verify")
@click.argument("names", nargs=-1, metavar="[PACK]...")
@rules_option
def verify_rules(names: tuple[str, ...], own_rules: tuple[Path, ...]) -> None:
    """Refuse unknown keys, gaps and overlaps of versions, citations of nothing, and missing cases."""
    folders = pack_folders(own_rules)
    faults: list[str] = []
    read: list[tuple[Pack, int]] = []
    for pack_id in _chosen(folders, names):
        try:
            pack = read_pack(folders[pack_id], _COLUMNS)
            for rule in pack.rules:
                cases = read_cases(folders[pack_id] / rule.id)
                faults += [f"{pack_id}/{rule.id}: {fault}" for fault in missing_days(rule, cases)]
            read.append((pack, len(read_checks(folders[pack_id], pack, SETTINGS))))
        except AuditorError as error:
            faults += str(error).splitlines()
    if faults:
        raise AuditorError("\n".join(faults))
    for pack, checks in read:
        click.echo(
            f"{pack.id} {pack.about.version} ({pack.sha256[:16]}): {len(pack.rules)} rules, {checks} checks, "
            "no fault in their files; how far each provision was verified: auditor rules list"
        )


def _packs(own_rules: tuple[Path, ...], names: tuple[str, ...] = ()) -> list[Pack]:
    folders = pack_folders(own_rules)
    return [read_pack(folders[pack_id], _COLUMNS) for pack_id in _chosen(folders, names)]


def _chosen(folders: dict[str, Path], names: tuple[str, ...]) -> list[str]:
    for name in names:
        if name not in folders:
            raise AuditorError(f"pack '{name}' is not known: choose from {', '.join(sorted(folders))}")
    return sorted(names or folders)
