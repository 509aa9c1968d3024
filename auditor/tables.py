"""A TOML file that a user writes → a checked model, or a sentence for every fault of it at once."""

from __future__ import annotations

import difflib
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from auditor.errors import AuditorError

Text = Annotated[str, Field(min_length=1)]
#: A day as TOML has it: no text, no number, no time of day.
Day = Annotated[date, Field(strict=True)]
RuleName = Annotated[str, Field(pattern=r"^[a-z0-9-]+/[a-z0-9-]+$")]

_Model = TypeVar("_Model", bound=BaseModel)


class Table(BaseModel):
    """A table whose keys are all known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_tables(path: Path, model: type[_Model]) -> _Model:
    """Read a file as what it should hold.

    Raises:
        AuditorError: it cannot be read, is no TOML, or has faults: a line for each.
    """
    try:
        return model.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise AuditorError(f"{path}: cannot be read ({error.strerror})") from None
    except ValidationError as error:
        faults = [_in_words(dict(fault), model) for fault in error.errors()]
        raise AuditorError("\n".join(f"{path}: {fault}" for fault in faults)) from None
    except RecursionError:
        raise AuditorError(f"{path}: is no TOML: it nests too deeply") from None
    except ValueError as error:  # no TOML, no UTF-8, or a number of thousands of digits
        raise AuditorError(f"{path}: is no TOML: {error}") from None


def _in_words(fault: dict[str, Any], model: type[BaseModel]) -> str:
    """One of pydantic's faults as a sentence: where, what is wrong, what to write instead."""
    where = fault["loc"]
    # Tables of an array are counted from 1, as a person counts them down the file.
    key = "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in where).lstrip(".")
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "extra_forbidden":
        known = sorted(_keys_at(where[:-1], model))
        close = difflib.get_close_matches(str(where[-1]), known, 1, 0.6)
        meant = f"did you mean '{close[0]}'?" if close else f"write one of {', '.join(known)}"
        return f"{key}: there is no such key: {meant}"
    if kind == "missing":
        return f"{key}: is missing: add it"
    if kind == "literal_error":
        return f"{key}: {fault['input']!r} is not allowed: write {context['expected']}"
    if kind == "value_error":
        return f"{key}: {context['error']}"
    if kind == "string_pattern_mismatch":
        example = {"colour": "#1f3a5f", "rule": "uk-ofcom/abandoned-call-rate"}.get(str(where[-1]))
        return f'{key}: {fault["input"]!r} is not of the form needed: write it like "{example}"'
    return f"{key}: {fault['input']!r}: {fault['msg'][0].lower()}{fault['msg'][1:]}"


def _keys_at(where: tuple[str | int, ...], model: Any) -> set[str]:
    """The keys that the table at this place may have."""
    for part in where:
        if isinstance(part, str):
            field = model.model_fields[part]
            model = field.annotation
            if getattr(model, "__origin__", None) is tuple:
                model = model.__args__[0]
    return {field.alias or name for name, field in model.model_fields.items()}
