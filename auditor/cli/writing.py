"""Handing results over: one format to stdout, others to files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import click

from auditor.files import write_whole

Outputs = list[tuple[str, Path]]


def deliver(renderings: Mapping[str, Callable[[], str]], style: str, outputs: Outputs) -> None:
    """Print one rendering and write the others.

    Args:
        renderings: format → what makes its text.
        style: the format for stdout.
        outputs: formats and the files to write them to.

    Raises:
        AuditorError: a file cannot be written.
    """
    for name, path in outputs:
        write_whole(path, renderings[name]().encode("utf-8"))
    click.echo(renderings[style](), nl=False)
