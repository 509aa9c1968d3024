"""`auditor verify`: whether sealed runs are as they were sealed."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.options import output_options, workspace_of
from auditor.cli.writing import Outputs, deliver
from auditor.evidence.signature import public_key
from auditor.evidence.verify import Fault, Verified, as_json, missed, seal_from, verify, verify_all
from auditor.text import printable


@click.command()
@click.argument("bundles", metavar="[BUNDLE…]", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--key",
    "key_path",
    metavar="PEM",
    type=click.Path(path_type=Path),
    help="The public key whose signature each must bear.",
)
@click.option(
    "--seal",
    "seals",
    multiple=True,
    metavar="HEX",
    help="A seal kept elsewhere, which some run must bear (repeatable).",
)
@output_options("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    bundles: tuple[Path, ...],
    key_path: Path | None,
    seals: tuple[str, ...],
    style: str,
    outputs: Outputs,
) -> None:
    """Check each BUNDLE, a folder or a zip; with none, every run of the workspace and their chain.

    Names every file that was changed, added, taken out or reordered. Exits 1 if there is one, 2 if a BUNDLE
    that was named cannot be read.
    """
    key = public_key(key_path) if key_path is not None else None
    kept = [seal_from(text) for text in seals]
    faults: list[Fault] = []
    if bundles:
        found = [verify(path, key) for path in bundles]
    else:
        found, faults = verify_all(workspace_of(ctx).folder / "bundles", key)
    faults += missed(kept, found, named=bool(bundles))
    deliver(
        {
            "text": lambda: _as_text(found, faults, key_path, whole=not bundles),
            "json": lambda: as_json(found, faults),
        },
        style,
        outputs,
    )
    ctx.exit(1 if faults or any(each.faults for each in found) else 0)


def _as_text(found: list[Verified], faults: list[Fault], key: Path | None, *, whole: bool) -> str:
    """As people read it; `whole`: every run was looked at, and so which is the latest can be said."""
    lines = [f"{fault.file}: {fault.kind}: {fault.says}" for fault in faults]
    for each in found:
        signed = key is not None and all(fault.kind != "signature" for fault in each.faults)
        lines += [
            _headline(each, f"; signed by {key}" if signed and each.seal else ""),
            *(f"  {fault.file}: {fault.kind}: {fault.says}" for fault in each.faults),
        ]
    last = max((each.run for each in found if each.run is not None), key=lambda run: run.number, default=None)
    if whole and last is not None:
        lines.append(
            f"The latest is run {last.number}, seal {last.seal}. That none came after it can only be told by "
            "a seal that was kept elsewhere (--seal)."
        )
    return "".join(f"{printable(line)}\n" for line in lines)


def _headline(each: Verified, signed: str) -> str:
    if each.run is not None:
        run = f"run {each.run.number} of {each.run.run_at}"
    else:
        run = "in no run ledger" if each.ledger else "no run ledger beside it, so the chain was not checked"
    count = len(each.faults)
    state = "as it was sealed" if not count else f"{count} {'fault' if count == 1 else 'faults'}"
    return f"{each.bundle}: {state} ({each.files} files; {run}; seal {each.seal or 'gone'}{signed})"
