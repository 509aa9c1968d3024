"""How quotes in a text are followed: which lines are records, where one ends, and what its fields are.

After a quote that nobody closed DuckDB takes all that follows for one field: thousands of calls would go
as a single reject, or two calls be read as one.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

import duckdb

from auditor.sources.definition import Dialect
from auditor.sources.prepare import MAX_LINE_BYTES

#: So far ahead a quote is looked for that closes another, in bytes.
MAX_SPAN_BYTES = 1 << 16


def whole_lines(connection: duckdb.DuckDBPyConnection, path: Path, dialect: Dialect) -> bool:
    """Whether each line that is not blank is a record, as it is in most files."""
    lines = (
        "read_csv(?, columns = {'line': 'VARCHAR'}, auto_detect = false, header = false, delim = '\x1e', "
        f"quote = '', escape = '', nullstr = '\x1f', max_line_size = {MAX_LINE_BYTES + 2})"
    )
    try:
        row = connection.execute(
            f"SELECT count(*) FROM {lines} WHERE NOT regexp_full_match(line, ?)",
            [str(path), _whole_line(dialect)],
        ).fetchone()
    except duckdb.Error:
        return False  # a line of a kind that only following every quote makes sense of
    assert row is not None
    return not row[0]


def _whole_line(dialect: Dialect) -> str:
    """The pattern of a line that is a record, blank ones among them, for an engine without look-ahead."""
    delimiter = re.escape(dialect.delimiter)
    if dialect.strict:
        quoted = ' ?"[^"]*(?:""[^"]*)*" *'
    else:
        quoted = f' ?"[^"]*"(?:[^"{delimiter}]*"[^"]*")*[^"{delimiter}]*'
    plain = f'(?:[^"{delimiter} ][^{delimiter}]*| (?:[^"{delimiter}][^{delimiter}]*)?)?'
    field = f"(?:{quoted}|{plain})"
    return f"{field}(?:{delimiter}{field})*"


class Quotes:
    """Where a record's quotes close, as DuckDB follows them (the same in its versions 1.5 and 2.0)."""

    def __init__(self, dialect: Dialect) -> None:
        delimiter = re.escape(dialect.delimiter)
        # Only single characters repeat possessively: before Python 3.11.5 a possessive group that holds
        # repetitions of its own matches wrongly. None is needed: each text can be cut in one way only.
        if dialect.strict:
            inside = '[^"\n]*+(?:""[^"\n]*+)*'
            after = '" *+'
            quoted = ' ?"[^"]*+(?:""[^"]*+)*" *+'
        else:
            # Text may follow a closing quote, and the next quote opens again. So nearly anything
            # closes somewhere, and only a record of one line can be told from two run together.
            inside = '[^"\n]*+'
            after = f'"(?:[^"\n{delimiter}]*+"[^"\n]*+")*[^"\n{delimiter}]*+'
            quoted = f' ?"{inside}{after}'
        opened = f' ?"{inside}'
        plain = f'(?! ?")[^\n{delimiter}]*+'
        field = f"(?:{opened}{after}|{plain})"
        further = f"(?:{delimiter}{field})*"
        before = f"(?:{field}{delimiter})*"
        end = "\r?\n?"
        self._may_span = dialect.strict
        # From and to which byte lines follow on one another in which a quote stays open, and whether the
        # line after them breaks.
        self._inside_from, self._inside_to, self._breaks = 0, -1, False
        self._closed = re.compile(f"{field}{further}{end}".encode())
        self._open = re.compile(f"{before}{opened}{end}".encode())
        self._goes_on = re.compile(f"{inside}{end}".encode())
        self._closes = re.compile(f"{inside}{after}{further}{end}".encode())
        self._fields = re.compile(f"(?:^|{delimiter})({quoted}|{plain})".encode())
        self._reopens = re.compile(f"{inside}{after}{delimiter}{before}{opened}{end}".encode())

    def closed(self, line: bytes) -> bool:
        """Whether a line is a whole record."""
        return bool(self._closed.fullmatch(line))

    def cut(self, record: bytes) -> list[bytes]:
        """The fields of a whole record."""
        return self._fields.findall(record)

    def rest(self, line: bytes, following: BinaryIO) -> bytes:
        """The lines with which a record goes on that this one begins; empty: it does not close.

        `following` stands at the next line, and after it if there is no rest anywhere.
        """
        if not self._may_span or not self._open.fullmatch(line):
            return b""
        start = following.tell()
        if not self._inside_from <= start <= self._inside_to:
            self._inside_from = self._inside_to = start
            self._breaks = False
        # Where a quote stays open is looked for once, however many lines open one before.
        following.seek(self._inside_to)
        while not self._breaks and self._inside_to - start < MAX_SPAN_BYTES:
            more = following.readline(MAX_SPAN_BYTES)
            if len(more) == MAX_SPAN_BYTES:
                self._breaks = True
            elif self._closes.fullmatch(more):
                end = following.tell()
                following.seek(start)
                return following.read(end - start)
            elif not more:
                break
            elif self._goes_on.fullmatch(more) or self._reopens.fullmatch(more):
                self._inside_to += len(more)
            else:
                self._breaks = True
        return b""
