"""The run ledger: a line for each sealed run, each naming the seal of the one before it."""

from __future__ import annotations

import fcntl
import json
import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from auditor.errors import AuditorError
from auditor.period import Period, parse_period

RUNS_NAME: Final = "runs.jsonl"

_BUNDLE_NAME = re.compile(r"(.+)-\d{8}T\d{6}Z-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Run:
    """A line: the `number`-th run (from 1), its bundle, when it ran, its seal and that of the run before."""

    number: int
    bundle: str
    run_at: str
    seal: str
    previous: str | None


class Runs:
    """The ledger of a folder of bundles, held so that nobody else writes to it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.lines = list(_read(path))

    @property
    def last_seal(self) -> str | None:
        """The seal of the latest run; None: there was none."""
        return self.lines[-1].seal if self.lines else None

    def append(self, bundle: str, run_at: str, seal: str) -> Run:
        """Add a run, on disk when this returns."""
        run = Run(len(self.lines) + 1, bundle, run_at, seal, self.last_seal)
        line = json.dumps(asdict(run), ensure_ascii=False) + "\n"
        with self._path.open("ab") as stream:
            # A line that was cut off when a process was killed was never acknowledged: it is written over.
            whole = b"".join(_whole_lines(self._path))
            stream.truncate(len(whole))
            stream.write((b"\n" if whole and not whole.endswith(b"\n") else b"") + line.encode("utf-8"))
            stream.flush()
            os.fsync(stream.fileno())
        self.lines.append(run)
        return run


@contextmanager
def held_runs(bundles: Path, wait: float = 30.0) -> Iterator[Runs]:
    """The run ledger of a folder of bundles, made where there is none; one process at a time.

    Raises:
        AuditorError: it is faulty, cannot be written, or another process holds it for too long.
    """
    path = bundles / RUNS_NAME
    try:
        bundles.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as stream:
            deadline = time.monotonic() + wait
            while True:
                try:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= deadline:
                        raise AuditorError(
                            f"{path}: another run is being sealed: waited {wait:g} s; try again later"
                        ) from None
                    time.sleep(0.05)
            yield Runs(path)
    except OSError as error:
        raise AuditorError(f"{path}: cannot be written ({error.strerror})") from None


def read_runs(bundles: Path) -> list[Run] | None:
    """The run ledger as it is; None: there is none.

    Raises:
        AuditorError: a line of it is no such line.
    """
    path = bundles / RUNS_NAME
    return list(_read(path)) if path.is_file() else None


def sealed_periods(bundles: Path) -> Iterator[Period]:
    """The periods of the runs in the ledger, as the names of their bundles say them."""
    for run in read_runs(bundles) or ():
        if found := _BUNDLE_NAME.fullmatch(run.bundle):
            with suppress(AuditorError):
                yield parse_period(found[1])


def readable_runs(bundles: Path) -> tuple[list[Run] | None, list[str]]:
    """The lines of the run ledger that are such (None: there is none), and a sentence for each other."""
    path = bundles / RUNS_NAME
    if not path.is_file():
        return None, []
    found = [(number, _run_of(line)) for number, line in enumerate(_whole_lines(path), 1)]
    wrong = [_NO_LINE.format(number) for number, run in found if run is None]
    return [run for _, run in found if run is not None], wrong


def is_cut_off(bundles: Path) -> bool:
    """Whether the run ledger ends in a part of a line, as after a run that was killed while it wrote."""
    path = bundles / RUNS_NAME
    return path.is_file() and path.stat().st_size > sum(map(len, _whole_lines(path)))


_NO_LINE = "line {} is no line of a run ledger: was it edited?"


def _read(path: Path) -> Iterator[Run]:
    for number, line in enumerate(_whole_lines(path), 1):
        run = _run_of(line)
        if run is None:
            raise AuditorError(f"{path}: {_NO_LINE.format(number)}")
        yield run


def _run_of(line: bytes) -> Run | None:
    try:
        run = Run(**json.loads(line))
    except (ValueError, TypeError):
        return None
    return run if isinstance(run.bundle, str) and isinstance(run.seal, str) else None


def _whole_lines(path: Path) -> list[bytes]:
    """The lines that are whole, the last one also without the line end that an editor may leave out."""
    lines = (path.read_bytes() if path.is_file() else b"").splitlines(keepends=True)
    return [line for line in lines if line.endswith(b"\n") or _run_of(line) is not None]


def chain_faults(runs: Sequence[Run]) -> Iterator[str]:
    """What is wrong with the order of a ledger's lines, a sentence each."""
    previous: Run | None = None
    for place, run in enumerate(runs, 1):
        if run.number != place:
            yield f"line {place} is of run {run.number}: lines were taken out, added or reordered"
        if run.previous != (previous.seal if previous else None):
            before = f"that of run {previous.number}" if previous else "none"
            yield f"line {place} (run {run.number}) names another seal of the run before it than {before}"
        previous = run
