"""Processes that share work: they end with the one that they work for, and with what it waits for."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any


@contextmanager
def pool(workers: int, **options: Any) -> Iterator[ProcessPoolExecutor]:
    """Processes for as long as the context; where it ends with an error, nobody waits for what they do.

    Args:
        workers: how many.
        options: others of the executor.
    """
    with ProcessPoolExecutor(workers, initializer=_begin, **options) as made:
        try:
            yield made
        except BaseException:
            for process in multiprocessing.active_children():
                process.kill()
            raise


@contextmanager
def without_interrupts() -> Iterator[None]:
    """What begins here never hears of Ctrl-C, nor what that begins; we do, as soon as this ends."""
    came = []
    # Any of our threads may be told of it; what begins has the mask of this one.
    handler = signal.signal(signal.SIGINT, lambda *_: came.append(True))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
    if came and callable(handler):
        raise KeyboardInterrupt


def _begin() -> None:
    """Have a process end when the one that it works for is gone, however that ended.

    It would wait for work for good, and hold open what both print to. Ctrl-C goes to all of them; the one
    that they work for tells of it and ends them.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
