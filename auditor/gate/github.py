"""Notices as annotations of GitHub Actions and as a summary of the step, worst first, inside its limits."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.gate.notice import Notice
from auditor.text import as_markdown, in_markdown

#: GitHub shows so many annotations of a level for one step.
SHOWN = 10
#: A summary may have a mebibyte; so many rows are well below it.
ROWS = 500
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def as_annotations(notices: Sequence[Notice]) -> str:
    """Workflow commands, ten of a level at most; the last line says how many are not shown."""
    lines, left_out = [], 0
    for level, command in _COMMANDS.items():
        mine = [notice for notice in notices if notice.level == level]
        lines += [_command(command, notice) for notice in mine[:SHOWN]]
        left_out += max(0, len(mine) - SHOWN)
    if left_out:
        lines.append(f"{left_out} more: see the summary of this step, or --format json")
    return "".join(f"{line}\n" for line in lines)


def as_step_summary(notices: Sequence[Notice], remarks: Sequence[str] = ()) -> str:
    """A Markdown table for `$GITHUB_STEP_SUMMARY`, with what is to be said besides below it."""
    below = "".join(f"\n{in_markdown(remark)}\n" for remark in remarks)
    if not notices:
        return f"### auditor: nothing failed\n{below}"
    failed = sum(notice.level == "error" for notice in notices)
    header = ("verdict", "rule", "whose", "where", "what")
    table = as_markdown(header, map(_row, notices[:ROWS]))
    more = f"\n{len(notices) - ROWS:,} more are in the other formats.\n" if len(notices) > ROWS else ""
    return f"### auditor: {failed} failed, {len(notices) - failed} to look at\n\n{table}{more}{below}"


def _row(notice: Notice) -> tuple[str, ...]:
    where = f"{notice.file}:{notice.place.line}" if notice.place else notice.day or ""
    return notice.verdict, notice.rule, notice.subject, where, f"{notice.says} {notice.help}"


def _command(command: str, notice: Notice) -> str:
    where = []
    if notice.file is not None and notice.place is not None:
        where = [f"file={_property(notice.file)}", f"line={notice.place.line}", f"col={notice.place.column}"]
    where.append(f"title={_property(f'{notice.rule}: {notice.subject}')}")
    day = f"{notice.day}: " if notice.day else ""
    return f"::{command} {','.join(where)}::{_data(f'{day}{notice.says} {notice.help}')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
