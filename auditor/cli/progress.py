"""A progress bar on stderr, and only on a terminal."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    import duckdb

Item = TypeVar("Item")

_POLL_SECONDS = 0.1


def counted(items: Iterable[Item], total: int, label: str) -> Iterator[Item]:
    """The items, with a bar that moves as each is there."""
    if not sys.stderr.isatty():
        yield from items
        return
    with click.progressbar(length=total, label=label, file=sys.stderr) as bar:
        for item in items:
            bar.update(1)
            yield item


@contextmanager
def watched(connection: duckdb.DuckDBPyConnection, label: str) -> Iterator[None]:
    """Show how far DuckDB is with the query that runs inside the context."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    with click.progressbar(length=100, label=label, file=sys.stderr) as bar:

        def poll() -> None:
            shown = 0.0
            while not done.wait(_POLL_SECONDS):
                percent = connection.query_progress()
                if percent > shown:
                    bar.update(int(percent) - int(shown))
                    shown = percent

        watcher = threading.Thread(target=poll, daemon=True)
        watcher.start()
        try:
            yield
            bar.update(100 - bar.pos)
        finally:
            done.set()
            watcher.join()
