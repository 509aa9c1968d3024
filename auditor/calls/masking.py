"""Telephone numbers as they may leave the house: all but three digits hidden, pseudonyms cut short."""

from __future__ import annotations

import re

SHOWN = 3
#: So many digits of a pseudonym are shown, enough to tell numbers apart.
_PSEUDONYM_SHOWN = 8
#: An id that has so many of a number's last digits in it gives the number away.
_TELLING = 7

_PSEUDONYM = re.compile(r"\+?(~+)([0-9a-f]{32})")
#: What people put between digits; the longest that is looked across is one of them and a bracket.
_BETWEEN = r"[ \-()./]{0,2}"
#: A date, with its time: no number, and worth reading.
_MOMENT = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?"
_MOMENT_OR_NUMBER = re.compile(rf"({_MOMENT})|\+?\d(?:{_BETWEEN}\d){{{_TELLING - 1},}}")


def masked(number: str | None) -> str:
    """A dialled number with a dot for each character but the last three; '' for none.

    Of a pseudonym its first eight digits: nothing of the number is in it.
    """
    if not number:
        return ""
    if found := _PSEUDONYM.fullmatch(number):
        return "~" + found[2][:_PSEUDONYM_SHOWN]
    return "•" * max(len(number) - SHOWN, 0) + number[-SHOWN:]


def masked_in(text: str, number: str | None) -> str:
    """A text, such as a call's id, in which a dialled number is masked wherever and however it is written."""
    if _PSEUDONYM.fullmatch(text):
        return masked(text)
    digits = re.sub(r"\D", "", number or "")[-_TELLING:]
    if len(digits) < _TELLING or _PSEUDONYM.fullmatch(number or ""):
        return text
    return re.sub(rf"\+?\d*{_BETWEEN.join(digits)}", lambda found: masked(found[0]), text)


def masked_throughout(text: str) -> str:
    """A text in which a number may stand anywhere: whatever may be one is masked, but dates are not."""
    return _MOMENT_OR_NUMBER.sub(lambda found: found[1] or masked(found[0]), text)
