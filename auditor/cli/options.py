"""Options and small helpers that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from auditor.errors import AuditorError
from auditor.files import scratch_folder
from auditor.period import Period, parse_period
from auditor.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    import duckdb

_Command = TypeVar("_Command", bound=Callable[..., Any])


class _PeriodType(click.ParamType[Period]):
    name = "PERIOD"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Period:
        try:
            return parse_period(value)
        except AuditorError as error:
            self.fail(str(error), param, ctx)


class DayType(click.ParamType[date]):
    """A day, written as ISO 8601 has it."""

    name = "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read it."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is no day: write it like 2026-10-05", param, ctx)


period_argument = click.argument("period", type=_PeriodType())
wait_option = click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for another process to let go of the store.",
)
pack_option = click.option(
    "--pack", "packs", multiple=True, metavar="ID", help="Apply this pack of rules (repeatable)."
)
rules_option = click.option(
    "--rules",
    "own_rules",
    multiple=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="A folder of your own packs, beside those shipped (repeatable).",
)
partner_option = click.option("--partner", metavar="P", help="Only what is this partner's alone.")
max_rejects_option = click.option(
    "--max-rejects",
    metavar="N|P%",
    help="Refuse a file with more rejected rows than this. [default: 5%, never fewer than 10]",
)
allow_undecided_option = click.option(
    "--allow-undecided", is_flag=True, help="Exit 0, not 3, when nothing failed but something is undecided."
)


def output_options(*formats: str) -> Callable[[_Command], _Command]:
    """`--format` for stdout and a repeatable `--output FORMAT=PATH`."""

    def decorate(command: _Command) -> _Command:
        command = click.option(
            "--output", "outputs", multiple=True, metavar="FORMAT=PATH", callback=_outputs(formats),
            help="Also write a file in a format (repeatable).",
        )(command)  # fmt: skip
        return click.option(
            "--format", "style", type=click.Choice(formats), default="text", show_default=True,
            help="What to print to stdout.",
        )(command)  # fmt: skip

    return decorate


def _outputs(formats: tuple[str, ...]) -> Callable[..., list[tuple[str, Path]]]:
    def parse(
        _ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
    ) -> list[tuple[str, Path]]:
        found = []
        for value in values:
            style, equals, path = value.partition("=")
            if not equals or style not in formats or not path:
                raise click.BadParameter(f"'{value}': write FORMAT=PATH with {', '.join(formats)}")
            found.append((style, Path(path)))
        return found

    return parse


def workspace_of(ctx: click.Context) -> Workspace:
    """The workspace the user means."""
    return find_workspace(ctx.find_root().obj)


def opened(
    workspace: Workspace, *, write: bool = False, wait: float = 30.0
) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """The workspace's store."""
    from auditor.store.store import open_store, store_path

    return open_store(store_path(workspace.folder), write=write, wait=wait)


@contextmanager
def opened_for_nothing() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty store that is gone when the context ends."""
    from auditor.store.store import open_store, store_path

    with (
        scratch_folder() as folder,
        open_store(store_path(folder), write=True) as connection,
    ):
        yield connection
