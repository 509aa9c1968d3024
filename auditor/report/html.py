"""The view → one self-contained HTML page, for the screen and for the PDF alike."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import Any

from fontTools.ttLib import TTFont
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from auditor.report import words
from auditor.report.branding import Branding
from auditor.report.stamp import Stamp
from auditor.report.view import view_of
from auditor.shipped import templates

#: Family, weight, style and file. A family's extension covers more of Latin; DejaVu other scripts.
_FONTS = (
    ("Source Sans 3", 400, "normal", "source-sans-3-latin-400-normal.woff2"),
    ("Source Sans 3", 600, "normal", "source-sans-3-latin-600-normal.woff2"),
    ("Source Sans 3", 700, "normal", "source-sans-3-latin-700-normal.woff2"),
    ("Source Sans 3 Ext", 400, "normal", "source-sans-3-latin-ext-400-normal.woff2"),
    ("Source Sans 3 Ext", 600, "normal", "source-sans-3-latin-ext-600-normal.woff2"),
    ("Source Sans 3 Ext", 700, "normal", "source-sans-3-latin-ext-700-normal.woff2"),
    ("Source Serif 4", 600, "normal", "source-serif-4-latin-600-normal.woff2"),
    ("Source Serif 4 Ext", 600, "normal", "source-serif-4-latin-ext-600-normal.woff2"),
    ("DejaVu Sans", 400, "normal", "DejaVuSans.ttf"),
    ("Noto Emoji", 400, "normal", "noto-emoji-emoji-400-normal.woff2"),
)
#: On a screen the browser has fonts for other scripts: these two would triple the page.
_NOT_ON_SCREEN = ("DejaVu Sans", "Noto Emoji")


def render_html(document: dict[str, Any], branding: Branding, stamp: Stamp, *, for_print: bool) -> str:
    """The report as HTML.

    Args:
        document: a client's or a partner's audit document.
        branding: how it looks.
        stamp: the time and run it bears.
        for_print: take the fonts from the packaged files, which only the PDF renderer may reach;
            otherwise carry them inside the page, which then needs nothing besides itself.
    """
    view = view_of(document)
    whose = ", ".join(name for name in (view.client, view.partner, view.period) if name)
    page = _environment().get_template("report.html").render(
        document=document,
        view=view,
        branding=branding,
        words=words,
        title=f"Abandoned and silent calls: {whose}",
        stamp=stamp,
        style=_style(branding, for_print=for_print),
        script=None if for_print else _script(),
        script_hash=_script_hash(),
    )  # fmt: skip
    return _with_glyphs(page) if for_print else page


_BOX = "□"
#: What shapes a line and shows nothing: line ends, soft hyphens, joiners, the style of a sign.
_WITHOUT_GLYPH = "\n\t\u00ad\u200b\u200d\u2060\ufe0e\ufe0f"


def _with_glyphs(page: str) -> str:
    """The page with a box for each character that no packaged font has: names come from anywhere."""
    missing = {c for c in set(page) if ord(c) not in _glyphs() and c not in _WITHOUT_GLYPH}
    return page.translate({ord(c): _BOX for c in missing})


@cache
def _glyphs() -> frozenset[int]:
    """The characters that the packaged fonts have between them."""
    found: set[int] = set()
    for *_, name in _FONTS:
        with TTFont(templates() / "fonts" / name, lazy=True) as font:
            found |= font.getBestCmap().keys()
    return frozenset(found)


@cache
def _environment() -> Environment:
    # select_autoescape() would leave some of our names unescaped: everything is escaped, always.
    return Environment(
        loader=FileSystemLoader(templates()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _style(branding: Branding, *, for_print: bool) -> Markup:
    sheets = ["report.css"] if for_print else ["report.css", "screen.css"]
    css = "\n".join((templates() / sheet).read_text("utf-8") for sheet in sheets)
    # Both are ours: the stylesheets ship with the product, the colour is checked to be #rrggbb.
    accent = f":root {{ --accent: {branding.colour}; }}"
    return Markup(f"{_font_faces(for_print=for_print)}\n{css}\n{accent}")  # noqa: S704


@cache
def _script() -> Markup:
    # Ours: it ships with the product, and nothing of a document is put into it.
    return Markup((templates() / "report.js").read_text("utf-8"))  # noqa: S704


@cache
def _script_hash() -> str:
    """The one script that the page's policy lets run, as a Content-Security-Policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(_script().encode()).digest()).decode()}"


def _font_faces(*, for_print: bool) -> str:
    faces = []
    for family, weight, style, name in _FONTS:
        if not for_print and family in _NOT_ON_SCREEN:
            continue
        path = templates() / "fonts" / name
        address = path.as_uri()
        if not for_print:
            address = f"data:font/woff2;base64,{base64.b64encode(path.read_bytes()).decode()}"
        faces.append(
            f'@font-face {{ font-family: "{family}"; font-weight: {weight}; font-style: {style}; '
            f'src: url("{address}"); }}'
        )
    return "\n".join(faces)
