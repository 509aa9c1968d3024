"""How a client's reports look: its name, its logo, its colour. Data, never templates."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from auditor.errors import AuditorError

_TYPES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@dataclass(frozen=True, slots=True)
class Branding:
    """The client's name as it wants it written, a PNG or JPEG logo, and one accent colour.

    Raises:
        AuditorError: the logo is neither PNG nor JPEG, or the colour is no #rrggbb.
    """

    name: str | None = None
    logo: bytes | None = None
    colour: str = "#1f3a5f"

    def __post_init__(self) -> None:
        """Refuse what could not be shown."""
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", self.colour):
            raise AuditorError(f"branding.colour: '{self.colour}': write it like #1f3a5f")
        if self.logo is not None and self._type is None:
            raise AuditorError("branding.logo: is neither PNG nor JPEG: save it as one of them")

    @property
    def logo_address(self) -> str | None:
        """The logo as a data: address, so that no file needs to be reached for it."""
        if self.logo is None:
            return None
        return f"data:{self._type};base64,{base64.b64encode(self.logo).decode()}"

    @property
    def _type(self) -> str | None:
        assert self.logo is not None
        return next((kind for magic, kind in _TYPES.items() if self.logo.startswith(magic)), None)
