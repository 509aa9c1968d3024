"""What a configuration writes → what is meant: milliseconds, parts of ten thousand, minutes, words."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from auditor.gate.entry import Written
from auditor.gate.format import SettingFrom
from auditor.rulebook.evaluate import Value

#: A share is so many parts of a whole.
PARTS = 1_000_000
_MS = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_TRUE, _FALSE = frozenset(("true", "yes", "y", "1", "on")), frozenset(("false", "no", "n", "0", "off", ""))
#: What a reader is told to write.
_EXAMPLES = {
    "duration": "20 s, 1.5 s or 72 h",
    "percentage": "2.5%",
    "share": "0.03",
    "clock": "09:00",
    "truth": "true or false",
}


def meant(written: Written, how: SettingFrom) -> Value:
    """The value that is meant; None where nothing is said.

    Raises:
        ValueError: it is written otherwise than it can be; a sentence.
    """
    if written is None or not written.strip():
        return None
    text = written.strip()
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
            return _whole(text.removesuffix("%"), PARTS // 100)
        case "percentage":
            if text.endswith("%"):
                return _whole(text.removesuffix("%").rstrip(), PARTS // 100)
        case "share":
            return _whole(text, PARTS)
        case "phone":
            return _phone(text)
        case "clock":
            found = re.fullmatch(r"T?(\d{1,2}):?(\d\d)(?::\d\d)?", text)
            if found and int(found[1]) * 60 + int(found[2]) <= 24 * 60 and int(found[2]) < 60:
                return int(found[1]) * 60 + int(found[2])
        case "number":
            return _whole(text, 1)
        case "text":
            return None if how.words.get(text) == "" else text
    raise ValueError(f"'{text}' is not understood: write it like {_EXAMPLES[how.written]}")


def _phone(text: str) -> Value:
    """A number with nothing between its digits, as the rules look at it; words for none as they are."""
    plain = re.sub(r"^tel:|\(0\)|[\s().\-/\u00a0]", "", text.casefold())
    plain = f"+{plain[2:]}" if plain.startswith("00") and plain.strip("0") else plain
    # Zeros alone are what a dialler has where no number was entered.
    return None if not plain.strip("0") or plain in ("none", "null") else plain


def _word(text: str, how: SettingFrom) -> Value:
    found = {word.lower(): means for word, means in how.words.items()}.get(text.lower())
    if found is None:
        raise ValueError(f"'{text}' is not understood: write one of {', '.join(how.words)}")
    return {"true": True, "false": False, "": None}.get(found, found)


def _whole(text: str, times: int) -> int:
    """A number of at least 0, times so many, which must come to a whole one: nothing is rounded here."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"'{text}' is no number") from None
    if not number.is_finite() or not 0 <= number < 10**9:
        raise ValueError(f"'{text}' is no number that it could be")
    if number * times != int(number * times):
        raise ValueError(f"'{text}' is finer than anything is counted here: round it")
    return int(number * times)
