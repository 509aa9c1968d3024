"""Where the shipped data lie: in the installed package, or in the source tree it runs from."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def rules() -> Path:
    """The folder of rule packs."""
    return _shipped("rules", "rules")


def templates() -> Path:
    """The folder of report templates, styles and fonts."""
    return _shipped("templates", "reports/templates")


def _shipped(packed: str, in_tree: str) -> Path:
    # A wheel carries the data inside the package; a checkout or editable install has them beside it.
    inside = _PACKAGE / "_data" / packed
    return inside if inside.is_dir() else _PACKAGE.parent / in_tree
