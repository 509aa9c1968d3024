"""Calls that come after another to the same number: the tallies of the rules about repeats.

Only numbers that had an earlier call of a kind that some rule names are looked at (readings, 18): a
join with those few, not a sort of the month. The number is the call's E.164 number as an integer; any
partner's and any campaign's call of the client counts, and the earlier one may lie before the period.

In steps, each kept so that the engine knows how small it is: the earlier calls; the stretches of time
in which another call to their numbers is a repeat; the counts. The stretches of a number never overlap.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from auditor.audit.conditions import longest_look_back
from auditor.audit.repeating import Repeating, repeating
from auditor.calls.record import VOCABULARY
from auditor.engines import duckdb as engine
from auditor.period import Period
from auditor.rulebook.condition import FALSE, Expr, knowing, quoted, sql_of
from auditor.rulebook.pack import Pack
from auditor.zones import DAY_MS, bounds_ms, day_end_sql, local_day_sql

#: (pack id, rule id, tally name): which count.
TallyKey = tuple[str, str, str]
#: (local day, client, partner, call centre, campaign), as an engine gives them.
CellKey = tuple[Any, ...]

_CELL = "client, partner, call_centre, campaign"
_BEFORE = ("partner", "dialled_ms", "call_id", "load_id", "source_row")


class Repeats:
    """What the rules of some packs on one clock ask about calls that come after others."""

    def __init__(self, packs: list[Pack], period: Period, zone: ZoneInfo, client: str | None) -> None:
        """Make ready for the local days of a period; `client`: whose calls they are where none is said."""
        self._client = client
        self._rules = [
            repeating(number, pack, rule, zone)
            for number, (pack, rule) in enumerate((p, r) for p in packs for r in p.rules if r.earlier)
        ]
        first_ms, end_ms = bounds_ms(period, zone)
        longest = max((longest_look_back(each.rule) for each in self._rules), default=0)
        widened = Period(period.first - timedelta(days=longest // DAY_MS + 1), period.last, period.words)
        self._day = local_day_sql(widened, zone)
        self._day_end = day_end_sql(widened, zone, "on_day")
        self._within = f"dialled_ms >= {first_ms} AND dialled_ms < {end_ms}"
        # Of the calls that others may repeat: those before the period too.
        self._since = f"dialled_ms >= {first_ms - longest} AND dialled_ms < {end_ms}"

    @property
    def keys(self) -> list[TallyKey]:
        """The tallies that are counted here."""
        return [
            (each.pack_id, each.rule.id, name)
            for each in self._rules
            for name, tally in each.rule.tally.items()
            if tally.looks_back
        ]

    def tallies(self, connection: duckdb.DuckDBPyConnection) -> dict[CellKey, dict[TallyKey, int]]:
        """The tallies, by (local day, client, partner, call centre, campaign)."""
        found: dict[CellKey, dict[TallyKey, int]] = defaultdict(dict)
        if not self._rules:
            return found
        unnumbered = self._any(connection, f"number_key IS NULL AND {self._within}")
        with self.kept(connection) as whose:
            for each in self._rules:
                counts = [(each.after, self._after(each, whose))]
                counts += [self._unnumbered(each)] if unnumbered else []
                for names, sql in counts:
                    keys = [(each.pack_id, each.rule.id, name) for name in names]
                    for row in engine.rows(connection, sql) if names else ():
                        found[row[:5]] |= dict(zip(keys, row[5:], strict=True))
        return found

    @contextmanager
    def kept(self, connection: duckdb.DuckDBPyConnection, *, named: bool = False) -> Iterator[str | None]:
        """Keep the stretches after earlier calls while the block runs; yields SQL for whose they are.

        `named` keeps with each earlier call what `latest_before` tells of it.
        """
        whose = self._whose(connection)
        with ExitStack() as kept:
            earlier = self._earlier_calls(whose, named=named)
            kept.enter_context(engine.kept(connection, "earlier_calls", earlier))
            for each in self._rules:
                for name, sql in self._stretches(connection, each, whose):
                    kept.enter_context(engine.kept(connection, name, sql))
            yield whose

    def calls_in(self, pack_id: str, rule_id: str, name: str, whose: str | None) -> str:
        """What stands behind FROM for the calls of a tally that is counted here, inside `kept`."""
        (each,) = (each for each in self._rules if (each.pack_id, each.rule.id) == (pack_id, rule_id))
        if each.rule.tally[name].unnumbered:
            return f"calls WHERE number_key IS NULL AND {self._within} AND ({sql_of(each.tallies[name])})"
        met = f"calls JOIN {each.stretches} ON {self._met(each, whose)} WHERE {self._within}"
        return f"{met} AND {' AND '.join(self._tests(each, name))}"

    def latest_before(self, pack_id: str, rule_id: str, name: str, whose: str | None) -> str:
        """SQL for the last call before one of a tally's calls, `sampled`, that it repeats, inside `kept`.

        A record as `result.EarlierCall` has it, or NULL where the tally does not say what came before.
        """
        (each,) = (each for each in self._rules if (each.pack_id, each.rule.id) == (pack_id, rule_id))
        kinds = frozenset(each.rule.tally[name].after)
        if not kinds:
            return "NULL"
        same = f" AND of_client = {self._of('sampled.client')}" if whose is not None else ""
        # Of several at one moment always the same one.
        earlier = f"to_number = sampled.number_key{same} AND at_ms < sampled.dialled_ms"
        return (
            "(SELECT MAX_BY(record, (at_ms, record)) FROM earlier_calls "
            f"WHERE {earlier} AND {each.among(kinds)})"
        )

    def _of(self, client: str) -> str:
        """SQL for whose a call is, from a column."""
        return f"COALESCE({client}, {quoted(self._client or '')})"

    def _whose(self, connection: duckdb.DuckDBPyConnection) -> str | None:
        """SQL for a call's client, or None where all are of one and nobody need compare."""
        named = self._any(connection, f"client IS NOT NULL AND {self._since}")
        return self._of("client") if named else None

    def _any(self, connection: duckdb.DuckDBPyConnection, where: str) -> bool:
        return bool(engine.rows(connection, f"SELECT 1 FROM calls WHERE {where} LIMIT 1"))

    def _earlier_calls(self, whose: str | None, *, named: bool) -> str:
        """Every earlier call, once for each kind that it is of.

        A SELECT for each kind and what is left of its condition where the outcome is known: an engine
        finds few calls by a plain condition far faster than by one that says OR.
        """
        selects = []
        record = ", ".join(f"{column} := {column}" for column in _BEFORE)
        told = f", STRUCT_PACK({record}) AS record" if named else ""
        for each in self._rules:
            for name, kind in each.earlier.items():
                alike: dict[Expr, list[str]] = defaultdict(list)
                for outcome in VOCABULARY["outcome"]:
                    alike[knowing(kind, "outcome", outcome)].append(outcome)
                selects += [
                    f"SELECT number_key AS to_number, {whose or '0'} AS of_client, {self._day} AS on_day, "
                    f"dialled_ms AS at_ms, '{each.kind(name)}' AS of_kind{told} FROM calls "
                    f"WHERE {self._since} AND outcome IN ({', '.join(map(quoted, outcomes))}) "
                    f"AND ({sql_of(left)}) AND number_key IS NOT NULL"
                    for left, outcomes in alike.items()
                    if left != FALSE
                ]
        return " UNION ALL ".join(selects)

    def _stretches(
        self, connection: duckdb.DuckDBPyConnection, each: Repeating, whose: str | None
    ) -> Iterator[tuple[str, str]]:
        """What to keep, by name: between which instants another call to a number is a repeat, both excluded.

        Stretches of a number and a length of time never overlap, so a later call meets at most one. For
        the sets of kinds that tallies ask about apart, `from_…` and `until_…` say the same of those alone.
        """
        number = "to_number, of_client" if whose is not None else "to_number"
        calls = f"FROM earlier_calls WHERE {each.among(frozenset(each.earlier))}"
        apart = list(enumerate(map(each.among, each.apart)))
        if each.spans is None:
            firsts = "".join(f", MIN(CASE WHEN {of} THEN at_ms END) AS from_{n}" for n, of in apart)
            ends = "".join(f", {self._day_end} AS until_{n}" for n, _ in apart)
            first = f"MIN(at_ms) AS from_ms, {self._day_end} AS until_ms"
            yield each.stretches, f"SELECT {number}, {first}{firsts}{ends} {calls} GROUP BY {number}, on_day"
            return
        ends = f"ends_{each.number}"
        own = "".join(
            f", MIN(CASE WHEN {of} THEN at_ms END) AS from_{n}"
            f", MAX(CASE WHEN {of} THEN at_ms END) AS last_{n}"
            for n, of in apart
        )
        yield (
            ends,
            f"SELECT {number}, MIN(at_ms) AS from_ms, MAX(at_ms) AS last_ms{own} {calls} GROUP BY {number}",
        )
        stretches = []
        for length in sorted({span[0] for span in each.spans}):
            # Most numbers have one such call, or a few close together: one stretch.
            own = "".join(f", from_{n}, last_{n} + {length} AS until_{n}" for n, _ in apart)
            stretches.append(
                f"SELECT {number}, from_ms, last_ms + {length} AS until_ms, {length} AS within_ms{own} "
                f"FROM {ends} WHERE last_ms - from_ms < {length}"
            )
            wide = f"SELECT {number} FROM {ends} WHERE last_ms - from_ms >= {length}"
            if engine.rows(connection, f"{wide} LIMIT 1"):
                stretches.append(_between(number, f"{calls} AND ({number}) IN ({wide})", apart, length))
        yield each.stretches, " UNION ALL ".join(stretches)

    def _after(self, each: Repeating, whose: str | None) -> str:
        """The tallies of calls that come after an earlier one: few, so only of these is more asked."""
        sums = [f"COUNT(CASE WHEN {' AND '.join(self._tests(each, name))} THEN 1 END)" for name in each.after]
        keys = f"{self._day}, {_CELL}"
        calls = f"calls JOIN {each.stretches} ON {self._met(each, whose)} WHERE {self._within}"
        return f"SELECT {', '.join([keys, *sums])} FROM {calls} GROUP BY {keys}"

    def _tests(self, each: Repeating, name: str) -> list[str]:
        """What must hold of a call that lies in a stretch for it to be in a tally."""
        came_after = {frozenset(each.earlier): "TRUE"}
        for n, kinds in enumerate(each.apart):
            test = f"dialled_ms > {each.stretches}.from_{n} AND dialled_ms < {each.stretches}.until_{n}"
            came_after[kinds] = f"COALESCE({test}, FALSE)"
        tally = each.rule.tally[name]
        tests = [came_after[frozenset(tally.after)]]
        tests += [f"NOT {came_after[frozenset(tally.unless)]}"] if tally.unless else []
        return [*tests, f"({sql_of(each.tallies[name])})"]

    def _met(self, each: Repeating, whose: str | None) -> str:
        """When a call lies in a stretch. Joined by the number alone, so that no other calls are looked at."""
        table = each.stretches
        met = ["number_key = to_number", f"dialled_ms > {table}.from_ms", f"dialled_ms < {table}.until_ms"]
        met += [f"{whose} = of_client"] if whose is not None else []
        if each.spans is not None and len(each.spans) > 1:
            in_force = (
                f"(within_ms = {length} AND dialled_ms >= {first} AND dialled_ms < {end})"
                for length, first, end in each.spans
            )
            met.append(f"({' OR '.join(in_force)})")
        return " AND ".join(met)

    def _unnumbered(self, each: Repeating) -> tuple[list[str], str]:
        """The tallies of calls to what is no public number."""
        names = [name for name, tally in each.rule.tally.items() if tally.unnumbered]
        sums = [f"COUNT(CASE WHEN {sql_of(each.tallies[name])} THEN 1 END)" for name in names]
        keys = f"{self._day}, {_CELL}"
        where = f"number_key IS NULL AND {self._within}"
        return names, f"SELECT {', '.join([keys, *sums])} FROM calls WHERE {where} GROUP BY {keys}"


def _between(number: str, calls: str, apart: list[tuple[int, str]], length: int) -> str:
    """Stretches of so long after each call, ended by the next call: the last one before is what matters."""
    own = "".join(f", MAX(CASE WHEN {of} THEN at_ms END) AS own_{n}" for n, of in apart)
    window = f"OVER (PARTITION BY {number} ORDER BY at_ms"
    lasts = "".join(
        f", MAX(own_{n}) {window} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS last_{n}"
        for n, _ in apart
    )
    until = f"CASE WHEN next_ms < at_ms + {length} THEN next_ms + 1 ELSE at_ms + {length} END"
    flags = "".join(f", last_{n}, last_{n} + {length}" for n, _ in apart)
    return (
        f"SELECT {number}, at_ms, {until}, {length}{flags} "
        f"FROM (SELECT {number}, at_ms, LEAD(at_ms) {window}) AS next_ms{lasts} "
        f"FROM (SELECT {number}, at_ms{own} {calls} GROUP BY {number}, at_ms) AS moments) AS ordered"
    )
