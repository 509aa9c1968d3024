"""Export files on disk: each partner's own format, the same bytes every time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from gzip import GzipFile
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from auditor.example import asterisk, canonical, vicidial
from auditor.example.calls import SimulatedCall
from auditor.example.client import BRIGHTCALL, KESTREL, NORTHGATE, Partner
from auditor.example.clock import LocalDay


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """How one partner's dialler writes a day of calls, and into which file."""

    file_name: Callable[[date], str]
    header: str
    lines: Callable[[Iterable[SimulatedCall], LocalDay], Iterator[str]]


FORMATS = {
    NORTHGATE: ExportFormat(vicidial.file_name, vicidial.HEADER, vicidial.lines),
    BRIGHTCALL: ExportFormat(asterisk.file_name, "", asterisk.lines),
    KESTREL: ExportFormat(canonical.file_name, canonical.HEADER, canonical.lines),
}


class ExportFiles:
    """The files under `exports/<partner>/`; days must come in order, for a file is written once.

    `rows` counts the records of each file, by its path in the workspace, headers left out.
    """

    def __init__(self, workspace: Path) -> None:
        self.rows: dict[str, int] = {}
        self._workspace = workspace
        self._streams: dict[str, TextIO] = {}
        self._open = ExitStack()

    def write(self, partner: Partner, day: LocalDay, calls: Sequence[SimulatedCall]) -> None:
        """Append a day of the partner's calls."""
        form = FORMATS[partner]
        name = f"exports/{partner.id}/{form.file_name(day.day)}"
        if name not in self._streams:
            self._streams[name] = self._created(self._workspace / name)
            self._streams[name].write(form.header)
            self.rows[name] = 0
        self._streams[name].writelines(form.lines(calls, day))
        self.rows[name] += len(calls)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()

    def _created(self, path: Path) -> TextIO:
        """A new text file with its line ends as written; gzipped where its name says so."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix != ".gz":
            return self._open.enter_context(path.open("w", encoding="utf-8", newline=""))
        # No name and no time in the header: the bytes depend on the text, and on the zlib at hand.
        raw = self._open.enter_context(path.open("wb"))
        packed = GzipFile(filename="", mode="wb", fileobj=raw, mtime=0)
        return self._open.enter_context(TextIOWrapper(packed, encoding="utf-8", newline=""))
