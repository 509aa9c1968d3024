"""`auditor example`: a lifelike workspace with known breaches."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.example.build import build_example


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--calls", type=click.IntRange(min=100), default=30_000, show_default=True, help="About so many calls."
)
@click.option("--seed", type=int, default=2013, show_default=True, help="Another seed, another month.")
@click.option("--month", default="2026-10", show_default=True, metavar="YYYY-MM", help="Which month.")
def command(folder: Path, calls: int, seed: int, month: str) -> None:
    """Write a workspace of three partners on different diallers: a month of calls, known breaches.

    What was planted is in DIR/truth.json.
    """
    truth = build_example(folder, calls=calls, seed=seed, month=month)
    click.echo(f"{folder}: {truth['calls']['total']:,} calls of {month}; planted: truth.json")
    click.echo(f"now: auditor --workspace {folder} run {month}")
