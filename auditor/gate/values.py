"""What a configuration writes → what is meant: milliseconds, parts of ten thousand, minutes, words."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from auditor.gate.entry import Written
from auditor.gate.format import SettingFrom
from auditor.rulebook.evaluate import Value

_MS = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_TRUE, _FALSE = frozenset(("true", "yes", "y", "1", "on")), frozenset(("false", "no", "n", "0", "off", ""))
#: What a reader is told to write.
_EXAMPLES = {
    "duration": "20 s, 1.5 s or 72 h",
    "percent": "2.5%",
    "share": "0.03",
    "clock": "09:00",
    "truth": "true or false",
}


def meant(written: Written, how: SettingFrom) -> Value:
    """The value that is meant; None where nothing is said.

    Raises:
        ValueError: it is written otherwise than it can be; a sentence.
    """
    if written is None or (isinstance(written, str) and not written.strip()):
        return None
    text = str(written).strip() if not isinstance(written, bool) else str(written).lower()
    match how.written:
        case "words":
            return _word(text, how)
        case "truth":
            if text.lower() in _TRUE | _FALSE:
                return text.lower() in _TRUE
        case "ms" | "s" | "min" | "h" as unit:
            return _whole(text, _MS[unit])
        case "duration":
            found = re.fullmatch(r"([0-9.]+)\s*(ms|s|min|h|d)", text)
            if found:
                return _whole(found[1], _MS[found[2]])
        case "percent":
            return _whole(text.removesuffix("%"), 100)
        case "share":
            return _whole(text, 10_000)
        case "clock":
            found = re.fullmatch(r"T?(\d{1,2}):?(\d\d)(?::\d\d)?", text)
            if found and int(found[1]) * 60 + int(found[2]) <= 24 * 60 and int(found[2]) < 60:
                return int(found[1]) * 60 + int(found[2])
        case "number":
            return _whole(text, 1)
        case "text":
            return None if how.words.get(text) == "" else text
    raise ValueError(f"'{text}' is not understood: write it like {_EXAMPLES[how.written]}")


def _word(text: str, how: SettingFrom) -> Value:
    found = {word.lower(): means for word, means in how.words.items()}.get(text.lower())
    if found is None:
        raise ValueError(f"'{text}' is not understood: write one of {', '.join(how.words)}")
    return {"true": True, "false": False, "": None}.get(found, found)


def _whole(text: str, times: int) -> int:
    """A number of at least 0, times so many; what is less than one of those is rounded down."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"'{text}' is no number") from None
    if not number.is_finite() or not 0 <= number < 10**9:
        raise ValueError(f"'{text}' is no number that it could be")
    return int(number * times)
