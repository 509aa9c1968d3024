"""The `auditor` command: which commands there are, and how every one of them ends."""

from __future__ import annotations

import importlib
import os
import sys
from typing import NoReturn

import click

from auditor import __version__
from auditor.errors import AuditorError

#: Command → (module, one line of help). A module is imported when its command is used, so that
#: `auditor --version` waits for neither DuckDB nor WeasyPrint.
COMMANDS = {
    "init": ("auditor.cli.init", "Write a commented auditor.toml and the folders of a workspace."),
    "example": ("auditor.cli.example", "Write a lifelike workspace with known breaches."),
    "load": ("auditor.cli.load", "Load dialler exports into the store."),
    "loads": ("auditor.cli.loads", "Show the load ledger, or what was rejected."),
    "audit": ("auditor.cli.audit", "Apply the law in force on each day; print the verdicts."),
    "report": ("auditor.cli.report", "Write the group report and one report per partner."),
    "check": ("auditor.cli.check", "Gate campaign configurations before they dial."),
    "rules": ("auditor.cli.rules", "The rulebook: what is modelled, since when, with which citations."),
    "verify": ("auditor.cli.verify", "Check sealed runs: every file, and the chain of runs."),
    "replay": ("auditor.cli.replay", "Run a sealed audit again from its inputs, and compare."),
    "purge": ("auditor.cli.purge", "Remove call records past their retention."),
    "pseudonymise": ("auditor.cli.pseudonymise", "Make keyed pseudonyms of the numbers in the store."),
    "run": ("auditor.cli.run", "The monthly job: load, audit, report, seal the evidence."),
}

_INTERRUPTED = "auditor: interrupted; nothing half-done was kept"
#: As shells say of other commands; the signal would also be that of a process of ours which was killed.
_NOBODY_READS_ON = 141


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command: click.Command = module.command
        # People write `auditor --workspace DIR audit …` and `auditor audit … --workspace DIR` alike.
        if all(param.name != "workspace" for param in command.params):
            command.params.append(_workspace_option())
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_, help_) in COMMANDS.items()])


def _workspace_option() -> click.Option:
    def keep(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
        if value is not None:
            ctx.find_root().obj = value

    return click.Option(
        ["--workspace"], metavar="DIR", expose_value=False, callback=keep, help="As before the command."
    )


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Whether outbound dialling stayed within the law, with the evidence behind every figure.",
    epilog="Exit codes: 0 nothing failed, 1 something failed, 2 the work could not be done, "
    "3 nothing failed but something is undecided.",
)
@click.version_option(__version__, prog_name="auditor")
@click.option(
    "--workspace",
    envvar="AUDITOR_WORKSPACE",
    metavar="DIR",
    help="The workspace; default: the nearest folder upwards with an auditor.toml.",
)
@click.pass_context
def cli(ctx: click.Context, workspace: str | None) -> None:
    """Keep the workspace for the command."""
    ctx.obj = workspace


def main() -> NoReturn:
    """Run the command and exit as the contract says; no traceback ever reaches a user."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo(_INTERRUPTED, err=True)
        sys.exit(2)
    except SystemExit:
        # Click's, where a reader of what we print has seen enough (`auditor audit … | head`).
        sys.exit(_NOBODY_READS_ON)
    except click.ClickException as error:
        # Click gives a plain ClickException exit code 1, which here means "something failed".
        error.show()
        sys.exit(2)
    except AuditorError as error:
        for line in str(error).splitlines():
            click.echo(f"auditor: {line}", err=True)
        sys.exit(2)
    except RecursionError:
        click.echo("auditor: something that was read is nested too deeply: no file of ours is", err=True)
        sys.exit(2)
    except MemoryError:
        click.echo("auditor: there is not enough memory for this; nothing half-done was kept", err=True)
        sys.exit(2)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"auditor: {where}{error.strerror or error}", err=True)
        sys.exit(2)
    except Exception as error:
        if str(error) == "Query interrupted":  # Ctrl-C while DuckDB worked: it has an exception of its own
            click.echo(_INTERRUPTED, err=True)
            sys.exit(2)
        if os.environ.get("AUDITOR_DEBUG"):
            raise
        click.echo(
            f"auditor: a fault of ours, not of your input ({type(error).__name__}: {error}); "
            "set AUDITOR_DEBUG=1, run it again and send us what it prints",
            err=True,
        )
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)
