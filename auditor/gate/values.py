"""What a configuration writes → what is meant: milliseconds, parts of ten thousand, minutes, words."""

from __future__ import annotations

import re

from auditor.amounts import MS, PARTS, length_of, share_of, whole
from auditor.calls.dialling import dialling_in
from auditor.gate.entry import Written
from auditor.gate.format import SettingFrom
from auditor.rulebook.evaluate import Value

#: What stands in a number's place where none is shown.
WITHHELD = frozenset(("withheld", "anonymous", "private", "restricted", "unknown", "unavailable"))
_TRUE, _FALSE = frozenset(("true", "yes", "y", "1", "on")), frozenset(("false", "no", "n", "0", "off", ""))
#: What a reader is told to write.
_EXAMPLES = {
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
            return whole(text, MS[unit])
        case "duration":
            return length_of(text)
        case "percent":
            return whole(text.removesuffix("%"), PARTS // 100)
        case "percentage":
            return share_of(text)
        case "share" | "times":
            return whole(text, PARTS)
        case "phone":
            return _phone(text)
        case "clock":
            found = re.fullmatch(r"T?(\d{1,2}):?(\d\d)(?::\d\d)?", text)
            if found and int(found[1]) * 60 + int(found[2]) <= 24 * 60 and int(found[2]) < 60:
                return int(found[1]) * 60 + int(found[2])
        case "number":
            return whole(text, 1)
        case "text":
            return None if how.words.get(text) == "" else text
    raise ValueError(f"'{text}' is not understood: write it like {_EXAMPLES[how.written]}")


def _phone(text: str) -> Value:
    """A number with nothing between its digits, as the rules look at it; words for none as they are."""
    plain = re.sub(r"^tel:|\(0\)|[\s().\-/\u00a0]", "", text.casefold())
    plain = f"+{plain[2:]}" if plain.startswith("00") and plain.strip("0") else plain
    # Zeros alone are what a dialler has where no number was entered.
    return None if not plain.strip("0") or plain in ("none", "null") else plain


def dialable(number: Value, country: str) -> bool | None:
    """Whether a number could be dialled in a country, by its digits; None: there is none to tell."""
    if not isinstance(number, str) or number in WITHHELD:
        return None
    ways = dialling_in(country)
    if number.startswith(f"+{ways.calling_code}") or not number.startswith(("+", ways.trunk or "+")):
        number = number.removeprefix("+").removeprefix(ways.calling_code)
    elif number.startswith("+"):
        return re.fullmatch(r"\+[1-9][0-9]{7,14}", number) is not None
    else:
        number = number.removeprefix(ways.trunk)
    return re.fullmatch(rf"[1-9][0-9]{{{ways.shortest - 1},{ways.longest - 1}}}", number) is not None


def _word(text: str, how: SettingFrom) -> Value:
    found = {word.lower(): means for word, means in how.words.items()}.get(text.lower())
    if found is None:
        raise ValueError(f"'{text}' is not understood: write one of {', '.join(how.words)}")
    return {"true": True, "false": False, "": None}.get(found, found)
