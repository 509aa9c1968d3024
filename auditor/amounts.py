"""Lengths of time and shares as people write them, exact: `20 s`, `72 h`, `2.5%`."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Final

#: A share, or how many there are of something for each of another, is so many parts of a whole.
PARTS: Final = 1_000_000
MS: Final = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}

LENGTH_PATTERN: Final = rf"^[0-9.]+\s*({'|'.join(MS)})$"
SHARE_PATTERN: Final = r"^[0-9.]+\s*%$"


def length_of(text: str) -> int:
    """`1.5 s` in milliseconds.

    Raises:
        ValueError: it is no length of time; a sentence.
    """
    found = re.match(LENGTH_PATTERN, text, re.ASCII)
    if not found:
        raise ValueError(f"'{text}' is not understood: write it like 20 s, 1.5 s or 72 h")
    return whole(text.removesuffix(found[1]).rstrip(), MS[found[1]])


def share_of(text: str) -> int:
    """`2.5%` in parts of a million.

    Raises:
        ValueError: it is no percentage; a sentence.
    """
    if not text.endswith("%"):
        raise ValueError(f"'{text}' is not understood: write it like 2.5%")
    share = whole(text.removesuffix("%").rstrip(), PARTS // 100)
    if share > PARTS:
        raise ValueError(f"'{text}' is more than all: write a share of at most 100%")
    return share


def whole(text: str, times: int) -> int:
    """A number of at least 0, times so many, which must come to a whole one: nothing is rounded here.

    Raises:
        ValueError: it does not, or is no number; a sentence.
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"'{text}' is no number") from None
    if not number.is_finite() or not 0 <= number < 10**9:
        raise ValueError(f"'{text}' is no number that it could be")
    if number * times != int(number * times):
        raise ValueError(f"'{text}' is finer than anything is counted here: round it")
    return int(number * times)
