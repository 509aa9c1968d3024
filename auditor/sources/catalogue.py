"""The formats there are: those that ship with the product, and mappings of the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from auditor.errors import AuditorError
from auditor.sources.custom import read_mapping
from auditor.sources.definition import Format, read_format
from auditor.sources.source import Source

CUSTOM = "custom:"


@cache
def formats() -> dict[str, Format]:
    """All formats that ship with the product, by id."""
    folders = sorted(files("auditor.sources").joinpath("formats").iterdir(), key=str)
    found = [read_format(folder) for folder in folders if folder.joinpath("format.toml").is_file()]
    return {fmt.id: fmt for fmt in found}


def format_named(name: str) -> Format:
    """The format with this id, or that of the user's own mapping (`custom:FILE`).

    Raises:
        AuditorError: there is none of this id, or the mapping is faulty.
    """
    if name.startswith(CUSTOM):
        return read_mapping(name.removeprefix(CUSTOM), formats()["canonical"])
    try:
        return formats()[name]
    except KeyError:
        raise AuditorError(
            f"format '{name}' is not known: choose one of {', '.join(formats())} or {CUSTOM}FILE"
        ) from None


def candidates_for(source: Source) -> Sequence[Format]:
    """The formats a file of this source may be in."""
    return [format_named(source.format)] if source.format else list(formats().values())
