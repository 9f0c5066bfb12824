"""Readings of a DuckDB file counted by conditions, and quantiles of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import duckdb

from devices.model import Value
from services.store.timeseries.duckdb_partials import Measures, Scope, Sql, chosen, joined
from services.store.timeseries.duckdb_queries import Known
from services.store.timeseries.grid import DAY, Piece, pieces, within
from services.store.timeseries.hours import Hours
from services.store.timeseries.protocol import Selection
from services.store.timeseries.slots import Slots, kind_of
from services.store.timeseries.tallying import Condition, Quantiles, Span, Tallied, Tally, Test

_SIGNS = {Test.AT_LEAST: ">=", Test.ABOVE: ">", Test.AT_MOST: "<=", Test.BELOW: "<"}


class TallyQuestion(NamedTuple):
    """What :meth:`~services.store.timeseries.protocol.TimeSeriesStore.tally` is asked."""

    selection: Selection
    tally: Tally
    timezone: str


def tally(
    cursor: duckdb.DuckDBPyConnection, known: Known, question: TallyQuestion, hours: Hours
) -> list[Tallied]:
    """The counts of a question, as of one moment."""
    asked = question.tally
    cursor.execute("BEGIN")
    columns = _Columns(known.slots, question.selection.types[0])
    measures = Measures.of(known, _with(question.selection, asked.metrics))
    found: list[Tallied] = []
    if not measures.slots:
        return found
    for piece in pieces(question.selection.start, question.selection.end, DAY, question.timezone):
        part = within(question.selection, piece)
        spans = _inside(asked.within or ((part.start, part.end),), part)
        if spans:
            source, judged = chosen(measures, [Scope(part, spans)], hours), _judged(asked, columns, piece)
            for crowded in (False, True):
                sql = _tally(asked, source, judged, piece, crowded=crowded)
                rows = cursor.execute(sql.text, sql.parameters).fetchall()
                if not any(row[-1] for row in rows):
                    break
            found += [Tallied(*row[:-1]) for row in rows]
    return found


def quantiles(
    cursor: duckdb.DuckDBPyConnection,
    known: Known,
    selection: Selection,
    shares: Iterable[float],
    hours: Hours,
) -> list[Quantiles]:
    """The quantiles of the one metric of a selection, of each zone and of all together."""
    cursor.execute("BEGIN")
    measures = Measures.of(known, selection, kinds="n")
    if not measures.slots or selection.start >= selection.end:
        return []
    scope = Scope(selection, [(selection.start, selection.end)])
    wanted = ", ".join(repr(float(share)) for share in shares)
    (slot,) = measures.slots
    sql = (
        Sql("WITH ")
        + chosen(measures, [scope], hours)
        + Sql(
            f" SELECT zone, quantile_cont({slot}, [{wanted}]), count({slot}) FROM chosen"  # noqa: S608
            f" WHERE {slot} IS NOT NULL GROUP BY GROUPING SETS ((zone), ()) HAVING count({slot}) > 0"
            " ORDER BY zone NULLS FIRST"
        )
    )
    rows = cursor.execute(sql.text, sql.parameters).fetchall()
    return [Quantiles(zone, tuple(values), count) for zone, values, count in rows]


def _with(selection: Selection, metrics: tuple[str, ...]) -> Selection:
    return Selection(
        selection.start, selection.end, selection.devices, selection.zones, selection.types, metrics
    )


def _inside(spans: Iterable[Span], part: Selection) -> list[Span]:
    cut = ((max(first, part.start), min(last, part.end)) for first, last in spans)
    return [span for span in cut if span[0] < span[1]]


def _tally(asked: Tally, source: Sql, judged: Sql, piece: Piece, *, crowded: bool) -> Sql:
    """Readings judged, and put together by the days of devices.

    Unless ``crowded`` each slot is taken to hold one reading; the last column says whether that is so. Else
    those that hold several are put together slot by slot first, which takes as long again.
    """
    with_ = Sql("WITH ") + source + Sql(", judged AS NOT MATERIALIZED (") + judged + Sql(")")
    owned = (
        f", owned AS MATERIALIZED (SELECT day, zone, device, {_distinct(asked, piece)} AS slots,"  # noqa: S608
        f" {_COUNTED} FROM judged GROUP BY ALL)"
    )
    device = "device" if asked.by_device else "NULL"
    shares = _OF_SHARED if crowded else _OF_OWNED
    return (
        with_
        + Sql(owned + (_SHARED if crowded else ""))
        + Sql(
            f" SELECT {piece.start} + day::BIGINT * {piece.every} AS start, zone, {device} AS whose,"
            " count(DISTINCT device), sum(slots)::BIGINT, sum(readings)::BIGINT, sum(given)::BIGINT,"
            f" sum(met)::BIGINT, {shares} GROUP BY start, zone, whose ORDER BY start, zone, whose"
        )
    )


_OF_OWNED = (
    "sum(given)::DOUBLE, sum(met)::DOUBLE, coalesce(sum(total), 0), bool_or(readings > slots) FROM owned"
)
_OF_SHARED = (
    "sum(coalesce(shared.given_slots, given)), sum(coalesce(shared.met_slots, met)),"
    " coalesce(sum(coalesce(shared.total, owned.total)), 0), false"
    " FROM owned LEFT JOIN shared USING (day, zone, device)"
)
_COUNTED = (
    "count(*) AS readings, count(*) FILTER (given) AS given, count(*) FILTER (given AND met) AS met,"
    " sum(value) FILTER (given AND met) AS total"
)
_SHARED = f""", crowded AS MATERIALIZED (SELECT day, zone, device FROM owned WHERE readings > slots),
single AS MATERIALIZED (SELECT day, zone, device, slot, {_COUNTED}
FROM judged SEMI JOIN crowded USING (day, zone, device) GROUP BY ALL),
shared AS MATERIALIZED (SELECT day, zone, device, sum(given / readings) AS given_slots,
sum(met / readings) AS met_slots, sum(total / readings) AS total FROM single GROUP BY ALL)"""  # noqa: S608

_MOST_BITS = 2_880
"""Up to so many slots of a day are told apart by a bit each, in half of the time of counting them."""


def _judged(asked: Tally, columns: _Columns, piece: Piece) -> Sql:
    """Readings that count at all: their day and slot, and whether they satisfy what is asked."""
    value = columns.number(asked.value) if asked.value else "0.0"
    summed = f"pow(10, {value} / 10)" if asked.decibels else value
    named = [f"{slot} IS NOT NULL" for name in asked.metrics for slot in columns.all(name)]
    since = f"(time - {piece.start})"
    return (
        Sql(
            f"SELECT device, zone, ({since} // {piece.every})::INTEGER AS day,"
            f" ({since} % {piece.every} // {asked.slot})::INTEGER AS slot, "
        )
        + _all(asked.given, columns)
        + Sql(" AS given, ")
        + _all(asked.met, columns)
        + Sql(f" AND {value} IS NOT NULL" if asked.value else "")
        + Sql(f" AS met, {summed} AS value FROM chosen WHERE {' OR '.join(named) or 'true'}")
    )


def _distinct(asked: Tally, piece: Piece) -> str:
    """How many slots there are."""
    slots = -(-piece.every // asked.slot)
    if slots > _MOST_BITS:
        return "count(DISTINCT slot)"
    return f"bit_count(bitstring_agg(slot, 0, {slots - 1}))::BIGINT"


def _all(conditions: Iterable[Condition], columns: _Columns) -> Sql:
    """Whether all of these hold, never NULL."""
    parts = [_one(condition, columns) for condition in conditions]
    return joined(parts, " AND ") if parts else Sql("true")


def _one(condition: Condition, columns: _Columns) -> Sql:
    present = [f"{slot} IS NOT NULL" for slot in columns.all(condition.metric)]
    if not present:
        return Sql("true" if condition.optional else "false")
    somewhere = f"({' OR '.join(present)})"
    holds = joined(_compared(condition, columns), " OR ")
    if condition.test is Test.NOT_AMONG:
        holds = Sql(f"{somewhere} AND NOT (") + holds + Sql(")")
    if condition.optional:
        return Sql("(") + holds + Sql(f" OR NOT {somewhere})")
    return Sql("(") + holds + Sql(")")


def _compared(condition: Condition, columns: _Columns) -> Iterator[Sql]:
    if condition.test in _SIGNS:
        slot = columns.number(condition.metric)
        yield Sql(f"coalesce({slot} {_SIGNS[condition.test]} ?, false)", condition.values[:1])
        return
    some = False
    for kind in "nsb":
        values: list[Value] = [one for one in condition.values if kind_of(type(one)) == kind]
        held = columns.of(condition.metric, kind)
        if values and held:
            some = True
            yield Sql(f"coalesce({held} IN ({', '.join('?' * len(values))}), false)", values)
    if not some:
        yield Sql("false")


class _Columns:
    """Which columns hold a metric of one type."""

    def __init__(self, slots: Slots, type_: str) -> None:
        self._slots = slots.by_type.get(type_, {})

    def of(self, metric: str, kind: str) -> str | None:
        """The column of its values of a kind; None: it never had any."""
        return self._slots.get((metric, kind))

    def number(self, metric: str) -> str:
        """The column of its numbers."""
        return self.of(metric, "n") or "NULL::DOUBLE"

    def all(self, metric: str) -> list[str]:
        """Every column that may hold a value of it."""
        return [slot for (name, _), slot in self._slots.items() if name == metric]
