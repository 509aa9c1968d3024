"""Handing results over: one format to stdout, others to files, none of them half written."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from auditor.errors import AuditorError

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
        write_file(path, renderings[name]().encode("utf-8"))
    click.echo(renderings[style](), nl=False)


def write_file(path: Path, content: bytes) -> None:
    """Write a file so that nothing half written ever stands under its name.

    Raises:
        AuditorError: it cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_bytes(content)
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise AuditorError(f"{path}: cannot be written ({error.strerror})") from None
