"""Write the page of the docs that says where each campaign configuration says what; see `make docs`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from auditor.gate.format import SettingFrom, config_formats
from auditor.gate.settings import SETTINGS

_INTRODUCTION = """\
# What is read of a campaign's configuration

By the kind of configuration: what each setting means, where it stands, and what is taken where it does
not stand there (the dialler's documented default, with how far that was verified). What is not listed
is not read. `make docs` makes this page from the definitions in `auditor/gate/formats/`; how the gate
uses it stands in [gate.md](gate.md).
"""


def page() -> str:
    """The whole page, as Markdown."""
    lines = [_INTRODUCTION]
    for fmt in config_formats():
        lines += [
            f"## {fmt.title}",
            "",
            f"Recognised by {' and '.join(f'`{need}`' for need in fmt.needs)}.",
            "",
        ]
        lines += ["| setting | where | default |", "|---|---|---|"]
        lines += [_row(name, how) for name, how in fmt.setting.items()]
        lines += ["", *_left_out(fmt.cannot_show)]
    return "\n".join(lines)


def _row(name: str, how: SettingFrom) -> str:
    where = f"`{how.at}`" + (", its key" if how.key else "")
    if how.pick is not None:
        where += f", the {how.pick} of several"
    if how.when is not None:
        path, words = how.when
        where += f", where `{path}` is {' or '.join(words)}"
    default = f"`{how.default}` ({how.source}; {how.status})" if how.default is not None else ""
    return f"| {SETTINGS[name].means} | {where} | {default} |"


def _left_out(what: tuple[str, ...]) -> Iterator[str]:
    if what:
        yield f"Not in such a file: {'; '.join(what)}."
        yield ""


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), "utf-8")
