"""Up to when calls were purged from a store: what lies before can neither be audited nor come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Horizon:
    """Calls dialled before `day` (and `before_ms`) are gone; `after_load` was the last load before that."""

    day: date
    before_ms: int
    purged_at: str
    after_load: int


def horizon(connection: duckdb.DuckDBPyConnection) -> Horizon | None:
    """Up to when calls were purged; None: never."""
    return max(horizons(connection), key=lambda each: (each.before_ms, each.purged_at), default=None)


def horizons(connection: duckdb.DuckDBPyConnection) -> list[Horizon]:
    """Every purge, in their order."""
    rows = connection.execute(
        "SELECT DISTINCT before_day, before_ms, purged_at, after_load FROM purges "
        "ORDER BY after_load, purged_at, before_ms"
    ).fetchall()
    return [Horizon(date.fromisoformat(row[0]), *row[1:]) for row in rows]
