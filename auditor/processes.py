"""Processes of a pool: they end with the one that they work for."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading


def end_with_parent() -> None:
    """Begin a process of a pool: it ends when the one that it works for is gone, however that ended.

    A pool whose owner was killed would wait for work for good, and hold open what it prints to. Ctrl-C goes
    to all of them; its owner tells of it and ends them.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_wait_and_end, daemon=True).start()


def _wait_and_end() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
