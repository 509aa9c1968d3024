"""A report as a workbook: what every compliance officer opens in the end.

Counts, rates and days are typed cells, so that they sort and sum; text that a spreadsheet would run is
text. The same bytes for the same document and time.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.xml.functions import tostring

from auditor.report.findings import COLUMNS, findings
from auditor.report.rows import Document, Row, rule_of
from auditor.report.view import View, view_of
from auditor.spreadsheet import shown

#: What a sheet holds, its header included; what is more is counted in its last row.
MAX_ROWS = 1_048_000
#: Excel takes no cell that is longer.
_LONGEST = 32_000
_WIDTHS = (10, 60)  # the least and the most, in characters
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

_COUNTS = frozenset(("counted", "doubtful", "base"))
_RATES = frozenset(("rate", "rate_low", "rate_high"))
_DAYS = frozenset(("from", "to", "created", "expires"))
_CALL = (
    "counts", "tally", "dialled_at", "number", "outcome", "disposition", "message", "ended_by",
    "answered_at", "greeting_end_at", "connected_at", "message_at", "ended_at", "ring_ms", "call_id",
    "load_id", "source_row",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One sheet: its name, its header and its rows."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Any]]


def render_xlsx(document: Document, when: datetime) -> bytes:
    """The workbook of a client's or a partner's audit document.

    Args:
        document: the audit document.
        when: the time the workbook bears, UTC.
    """
    book = Workbook(write_only=True)
    for sheet in _sheets(document, view_of(document)):
        _write(book, sheet)
    book.properties.creator = f"auditor {document['auditor']['version']}"
    book.properties.created = when.replace(tzinfo=None)
    packed = io.BytesIO()
    book.save(packed)
    # Saving writes the time of day into it; ours takes its place.
    book.properties.modified = when.replace(tzinfo=None)
    return _as_of(packed, when, {"docProps/core.xml": tostring(book.properties.to_tree())})


def _sheets(document: Document, view: View) -> Iterator[_Sheet]:
    headline = view.headline
    about = [
        ("Verdict", headline.word),
        ("In a sentence", headline.sentence),
        ("More", headline.more),
        ("Client", view.client),
        ("Partner", view.partner or "all"),
        ("Period", view.period),
        *((_counted(name), int(figure.replace(",", ""))) for name, figure in headline.figures),
        *(("Rules applied", _pack(pack)) for pack in document["packs"]),
        *(("Times", f"on the clock of {pack['time_zone']}") for pack in document["packs"]),
        ("Data", document["data_sha256"]),
        ("Made with", f"auditor {document['auditor']['version']}"),
    ]
    yield _Sheet("Summary", ("What", "Figure"), about)
    columns = [*COLUMNS, "waiver", "title", "cause", "remedy"]
    # What the law or the house judges before views of oversight, campaigns before call centres.
    ordered = sorted(
        findings(document), key=lambda r: (r["basis"] == "oversight", r["scope"] == "call_centre")
    )
    rows = [(result, rule_of(document, result)) for result in ordered]
    yield _Sheet("Findings", columns, (_result(row, rule, columns) for row, rule in rows))
    of = ("rule", "scope", "partner", "call_centre", "campaign", "from")
    calls = ((*(_cell(row, name) for name in of), row["sample_of"][call["counts"]],
              *(_fact(call, name) for name in _CALL), *(_before(call)))
             for row, _ in rows for call in row["sample"])  # fmt: skip
    header = (
        *of,
        "calls of this kind",
        *_CALL,
        "after call",
        "of partner",
        "dialled then",
        "its load",
        "its row",
    )
    yield _Sheet("Calls behind findings", header, calls)
    every = [*COLUMNS, "title"]
    results = ((row, rule_of(document, row)) for row in document["results"])
    yield _Sheet("All verdicts", every, (_result(row, rule, every) for row, rule in results))
    if document["trend"]:
        of_month = ("from", "to", "calls", "failed", "undecided", "waived", "passed", "rate_low", "rate_high")
        months = ([_cell(month, name) for name in of_month] for month in document["trend"])
        yield _Sheet("Month on month", of_month, months)
    if document["waivers"]:
        of_waiver = ("rule", "partner", "call_centre", "campaign", "created", "expires", "reason", "approver",
                     "ticket", "waived", "accepted", "note")  # fmt: skip
        waivers = ([_cell(waiver, name) for name in of_waiver] for waiver in document["waivers"])
        yield _Sheet("Waivers", of_waiver, waivers)
    gaps = ((gap["what"], gap["why"]) for gap in document["not_tested"])
    yield _Sheet("Not tested", ("What", "Why"), gaps)
    quality = ((q["what"], q["figure"], q["why"]) for q in document["data_quality"])
    yield _Sheet("Data quality", ("What", "Figure", "What it means"), quality)
    of_load = ("load_id", "file", "sha256", "format", "partner", "read", "accepted", "rejected", "duplicate")
    yield _Sheet("Inputs", of_load, ([load[name] for name in of_load] for load in document["loads"]))


def _counted(name: str) -> str:
    """What a figure of the headline counts: calls say so themselves, the others are verdicts."""
    return name.capitalize() if name.startswith("calls") else f"Verdicts {name}"


def _pack(pack: dict[str, Any]) -> str:
    return f"{pack['title']}, version {pack['version']}, {pack['sha256']}"


def _result(row: Row, rule: dict[str, Any], columns: Sequence[str]) -> list[Any]:
    return [rule["title"] if name == "title" else _cell(row, name) for name in columns]


def _fact(call: Row, name: str) -> Any:
    """A fact of a call, a time as one on the regulator's clock."""
    value = call[name]
    if value is None or not name.endswith("_at"):
        return value
    return datetime.fromisoformat(value).replace(tzinfo=None)


def _before(call: Row) -> tuple[Any, ...]:
    """The call that one repeats: its id, partner, time, load and record."""
    after = call["after"]
    if after is None:
        return (None,) * 5
    if after["call_id"] is None:
        return ("(not of this partner)", None, None, None, None)
    return (
        after["call_id"],
        after["partner"],
        _fact(after, "dialled_at"),
        after["load_id"],
        after["source_row"],
    )


def _cell(row: Row, name: str) -> Any:
    """A figure of a verdict as what it is: a number, a share or a day."""
    value = row[name]
    if value is None:
        return None
    if name in _COUNTS:
        return Decimal(value)
    if name in _RATES:
        return _Share(Decimal(value))
    if name == "limit":
        return _Share(Fraction(value)) if "/" in value else Decimal(value)
    return date.fromisoformat(value) if name in _DAYS else value


@dataclass(frozen=True, slots=True)
class _Share:
    """A number that is shown as a percentage."""

    value: Decimal | Fraction


def _write(book: Workbook, sheet: _Sheet) -> None:
    page = book.create_sheet(sheet.name)
    page.freeze_panes = "A2"
    head: list[Any] = []
    for name in sheet.header:
        cell: Any = WriteOnlyCell(page, name.replace("_", " "))
        cell.font = Font(bold=True)
        cell.alignment = Alignment(vertical="top")
        head.append(cell)
    # Widths stand before the rows in the file, so the rows are known before they are written.
    rows = [[_typed(page, value) for value in row] for row in _no_more(sheet.rows)]
    for place, name in enumerate(sheet.header):
        longest = max([len(name), *(len(str(row[place].value or "")) for row in rows[:200])])
        page.column_dimensions[get_column_letter(place + 1)].width = min(
            max(longest + 2, _WIDTHS[0]), _WIDTHS[1]
        )
    page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.header))}{len(rows) + 1}"
    page.append(head)
    for row in rows:
        page.append(row)


def _no_more(rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """The rows a sheet can hold, and in the last how many it cannot."""
    left_out = 0
    width = 1
    for count, row in enumerate(rows):
        width = len(row)
        if count < MAX_ROWS:
            yield row
        else:
            left_out += 1
    if left_out:
        yield (f"{left_out:,} further rows are in results.json", *[None] * (width - 1))


def _typed(page: Any, value: Any) -> Any:
    cell: Any
    if isinstance(value, _Share):
        cell = WriteOnlyCell(page, float(value.value))
        cell.number_format = "0.00%"
        return cell
    if isinstance(value, datetime):
        cell = WriteOnlyCell(page, value)
        cell.number_format = "yyyy-mm-dd hh:mm:ss.000"
        return cell
    if isinstance(value, date):
        cell = WriteOnlyCell(page, datetime(value.year, value.month, value.day))  # noqa: DTZ001 (a day)
        cell.number_format = "yyyy-mm-dd"
        return cell
    if isinstance(value, str):
        text = shown(_UNPRINTABLE.sub("\ufffd", value))
        cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… (cut; results.json has it whole)"
        return WriteOnlyCell(page, cut)
    return WriteOnlyCell(page, value)


def _as_of(packed: io.BytesIO, when: datetime, instead: dict[str, bytes]) -> bytes:
    """The same archive with one time on every part, some parts replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(packed) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            part = zipfile.ZipInfo(name, when.timetuple()[:6])
            part.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(part, instead.get(name, before.read(name)))
    return out.getvalue()
