"""Write the page of the docs that says what each format's facts come from; see `make docs`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from auditor.calls.record import FACTS
from auditor.sources.catalogue import formats
from auditor.sources.definition import Clock, Format, Layout

_ZONES = {
    "source": "times without an offset are on the clock of the source's `zone` (left out: the client's own)",
    "given": "times without an offset are refused unless a `zone` is given",
    "utc": "times are UTC, or say their own offset",
}

_INTRODUCTION = """\
# Formats

What each format's files are, what the facts of [the call record](call-record.md) come from, and what
its exports cannot prove. `make docs` makes this page from the definitions in `auditor/sources/formats/`;
how one is written stands [there](../auditor/sources/formats/README.md). What none of them fits can be
read with [a mapping of your own](custom-mapping.md).
"""


def page() -> str:
    """The whole page, as Markdown."""
    lines = [
        _INTRODUCTION,
        *_overview(),
        "",
    ]
    for fmt in formats().values():
        lines += [*_section(fmt), ""]
    return "\n".join(lines)


def _overview() -> Iterator[str]:
    """Which format can give which fact."""
    known = formats()
    yield "| | " + " | ".join(f"[{name}](#{name})" for name in known) + " |"
    yield "|---|" + ":-:|" * len(known)
    for fact in FACTS:
        if any(fact in fmt.fields for fmt in known.values()):
            marks = " | ".join("●" if fact in fmt.fields else "" for fmt in known.values())
            yield f"| `{fact}` | {marks} |"


def _section(fmt: Format) -> Iterator[str]:
    yield f"## {fmt.id}"
    yield ""
    yield f"{fmt.title}. {_clock(fmt.clock)}"
    yield ""
    for layout in fmt.layouts:
        yield f"- {_layout(layout)}"
    if fmt.legs:
        yield "- records of one call id are legs of one call, and become one call"
    yield ""
    yield "| fact | comes from |"
    yield "|---|---|"
    for fact in (*FACTS, "version"):
        if fact in fmt.fields:
            yield f"| `{fact}` | {_cell(fmt.fields[fact])} |"
    if fmt.cannot_prove:
        yield ""
        yield "It cannot prove:"
        yield ""
        yield from (f"- {what}" for what in fmt.cannot_prove)
    if fmt.codes:
        unverified = [code for code, entry in fmt.codes.items() if not entry.verified]
        yield ""
        listed = f"not confirmed by a source: {', '.join(f'`{code}`' for code in unverified)}"
        yield f"{len(fmt.codes)} codes are known" + (
            f"; {listed}." if unverified else ", each confirmed by a source."
        )


def _clock(clock: Clock) -> str:
    said = _ZONES[clock.zone][0].upper() + _ZONES[clock.zone][1:]
    if clock.epoch:
        said += f"; they are held against the epoch in `{clock.epoch}`, which also tells the order of dates"
    return said + "."


def _layout(layout: Layout) -> str:
    if layout.json:
        shape = "JSON"
        if layout.within:
            shape += f", a record a line or a list under {' or '.join(f'`{key}`' for key in layout.within)}"
    else:
        shape = "with a header" if layout.header else "without a header"
    role = ", a companion: loaded with the others, it adds facts to their calls" if layout.companion else ""
    return f"`{layout.id}`: {layout.title} ({shape}){role}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), "utf-8")
