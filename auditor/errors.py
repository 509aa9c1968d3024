"""The one exception that reaches a user: a sentence that says what is wrong, where, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


class AuditorError(Exception):
    """Bad input, bad usage or work that could not be done; the command exits 2.

    The message is one clear sentence (or, for a file with several faults, one per line).
    """


class StoreRefuses(AuditorError):
    """The store cannot take what is to be loaded, whichever file it is."""


class StoreLost(AuditorError):
    """The store could not be written, and this process cannot use it any further; what it held is whole."""


def first_fault(error: ValidationError) -> str:
    """Where the first thing is wrong with what was read, and what."""
    fault = error.errors()[0]
    return f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
