"""Numbers as they are dialled in a country become E.164, in SQL."""

from __future__ import annotations

from dataclasses import asdict
from importlib.resources import files

import duckdb

from auditor.calls.dialling import dialling_in


def define_numbers(connection: duckdb.DuckDBPyConnection, country: str) -> None:
    """Make the macros `e164(x)` and `presented(x)` for numbers dialled in this country.

    Raises:
        AuditorError: the country is not known.
    """
    text = files("auditor.sources").joinpath("numbers.sql").read_text("utf-8")
    connection.execute(text.format(**asdict(dialling_in(country))))
