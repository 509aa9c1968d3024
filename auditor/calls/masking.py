"""Telephone numbers as they may leave the house: all but the last three digits hidden."""

from __future__ import annotations

SHOWN = 3


def masked(number: str | None) -> str:
    """A dialled number with a dot for each character but the last three; '' for none."""
    if not number:
        return ""
    return "•" * max(len(number) - SHOWN, 0) + number[-SHOWN:]
