"""The rows of a DuckDB file aggregated for each type, device, zone and metric: the columns of its hours.

Everything here is SQL for others to run. Every name in it is our own (fixed columns and slots); whatever
comes from outside is a parameter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pyarrow as pa

from services.store.timeseries.duckdb_queries import KEY, Known, Shape, marks
from services.store.timeseries.hours import HOUR, Hours
from services.store.timeseries.plan import Span
from services.store.timeseries.protocol import Selection
from services.store.timeseries.spans import spans

SERIES = ("type", "device", "zone", "metric")
ARITHMETIC = ("total", "low", "high", "last", "last_time")
COLUMNS = ("start", *SERIES, "held", *ARITHMETIC)
"""Of the tables ``hours`` and ``days``, and of what :func:`partials` gives."""

_OF_ROWS = {
    "total": "sum({0})",
    "low": "min({0})",
    "high": "max({0})",
    "last": "arg_max({0}, time)",
    "last_time": "max(time) FILTER ({0} IS NOT NULL)",
}
_KINDS = dict.fromkeys(ARITHMETIC, "DOUBLE") | {"last_time": "BIGINT"}


class Hour(NamedTuple):
    """An hour of the readings of one type that a device sent; ``start`` is where it begins."""

    type: str
    device: str
    start: int


@dataclass(frozen=True, slots=True)
class Scope:
    """Readings of ``selection`` within any of the spans ``within``, up to the batch ``position`` if given.

    With ``wanted`` only those in the hours of the table of that name (:func:`table`).
    """

    selection: Selection
    within: Sequence[Span]
    position: int | None = None
    wanted: str = ""


class Measures(NamedTuple):
    """What to work out: the slots of the metrics of these types (no metrics: all), and of them what.

    ``arithmetic`` are those of :data:`ARITHMETIC`; ``amended`` is whether any reading has several rows.
    """

    types: Sequence[str]
    slots: Sequence[str]
    metrics: Sequence[str]
    arithmetic: Sequence[str]
    amended: bool

    @classmethod
    def of(
        cls, known: Known, selection: Selection, arithmetic: Sequence[str] = ARITHMETIC, *, kinds: str = "nsb"
    ) -> Measures:
        """Those of a selection; of values of these kinds (:mod:`services.store.timeseries.slots`) only."""
        shape = Shape(known.slots, selection.types, selection.metrics)
        slots = [slot for slot in shape.slots if slot[0] in kinds]
        return cls(list(shape.types), slots, selection.metrics, arithmetic, known.amended)


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL, and its parameters in the order in which they stand in it."""

    text: str
    parameters: Sequence[Any] = field(default=())

    def __add__(self, other: Sql) -> Sql:
        return Sql(self.text + other.text, (*self.parameters, *other.parameters))


def joined(parts: Iterable[Sql], between: str) -> Sql:
    """All parts, one after the other."""
    listed = list(parts)
    text = between.join(part.text for part in listed)
    return Sql(text, [one for part in listed for one in part.parameters])


def among(column: str, chosen: Collection[str]) -> Sql:
    """A further condition: a column is one of these; none at all does not limit."""
    return Sql(f" AND {column} IN ({marks(chosen)})", list(chosen)) if chosen else Sql("")


def hour_of(hours: Hours, prefix: str = "") -> str:
    """The start of the hour that a row's time falls into, as an expression."""
    return f"{prefix}time - ({prefix}time - {hours.phase}) % {HOUR}"


def table(found: Collection[Hour]) -> pa.Table:
    """Hours as a table to join with."""
    types, devices, starts = zip(*found, strict=True) if found else ((), (), ())
    columns = {"type": pa.array(types, pa.string()), "device": pa.array(devices, pa.string())}
    return pa.table({**columns, "start": pa.array(starts, pa.int64())})


def near(hours: Iterable[Hour]) -> list[Span]:
    """Spans of time that hold all of these hours, and not much else."""
    return [(first, last + HOUR) for first, last in spans((one.start for one in hours), 6 * HOUR)]


def chosen(measures: Measures, scopes: Sequence[Scope], hours: Hours) -> Sql:
    """Parts of a WITH, of which the last, ``chosen``, has a row for each reading with all of its slots."""
    sources = (source for scope in scopes for source in _sources(measures, scope, hours))
    return (
        (_amended(scopes) if measures.amended else Sql(""))
        + Sql("chosen AS NOT MATERIALIZED (")
        + joined(sources, " UNION ALL ")
        + Sql(")")
    )


def partials(measures: Measures, scopes: Sequence[Scope], unit: str, hours: Hours) -> Sql:
    """Parts of a WITH, of which the last, ``partials``, has :data:`COLUMNS`.

    ``start`` is that of the ``unit``, an expression of ``time``; arithmetic that is not asked for is NULL.
    """
    wide = ", ".join(_of_slot(slot, measures.arithmetic) for slot in measures.slots)
    return (
        chosen(measures, scopes, hours)
        + Sql(f", wide AS MATERIALIZED (SELECT {unit} AS start, type, device, zone, {wide} FROM chosen")  # noqa: S608
        + Sql(" GROUP BY ALL), partials AS NOT MATERIALIZED (")
        + joined((_long(slot, measures) for slot in measures.slots), " UNION ALL ")
        + Sql(")")
    )


def _amended(scopes: Sequence[Scope]) -> Sql:
    """The identities that have more than one row."""
    first = min(span[0] for scope in scopes for span in scope.within)
    last = max(span[1] for scope in scopes for span in scope.within)
    return Sql(
        f"amended AS MATERIALIZED (SELECT DISTINCT {KEY} FROM observations"  # noqa: S608
        " WHERE amends AND time >= ? AND time < ?), ",
        [first, last],
    )


def _sources(measures: Measures, scope: Scope, hours: Hours) -> Iterator[Sql]:
    source = "observations"
    if scope.wanted:
        source += (
            f" SEMI JOIN {scope.wanted} AS wanted ON (observations.type = wanted.type"
            f" AND observations.device = wanted.device AND {hour_of(hours, 'observations.')} = wanted.start)"
        )
    zone = among("zone", scope.selection.zones)
    for span in scope.within:
        condition = _condition(measures, scope, span)
        if measures.amended:
            yield from _settled(measures, source, condition, zone)
        else:
            yield Sql(f"SELECT {_names(measures)} FROM {source}") + condition + zone  # noqa: S608


def _settled(measures: Measures, source: str, condition: Sql, zone: Sql) -> tuple[Sql, Sql]:
    """Rows that stand alone, and those of one identity made one: of each column the value written last."""
    last = ", ".join(f"arg_max({name}, position) AS {name}" for name in ("zone", *measures.slots))
    alone = f"SELECT {_names(measures)} FROM {source} ANTI JOIN amended USING ({KEY})"  # noqa: S608
    together = f"SELECT time, type, device, {last} FROM {source} SEMI JOIN amended USING ({KEY})"  # noqa: S608
    return (
        Sql(alone) + condition + zone,
        Sql(f"SELECT * FROM ({together}") + condition + Sql(f" GROUP BY {KEY}) WHERE true") + zone,  # noqa: S608
    )


def _names(measures: Measures) -> str:
    return ", ".join(("time", "type", "device", "zone", *measures.slots))


def _condition(measures: Measures, scope: Scope, span: Span) -> Sql:
    """Which rows, zones apart: an amendment may have changed those."""
    position = Sql("") if scope.position is None else Sql(" AND position <= ?", [scope.position])
    return (
        Sql(" WHERE time >= ? AND time < ?", span)
        + among("type", measures.types)
        + among("device", scope.selection.devices)
        + position
    )


def _of_slot(slot: str, arithmetic: Sequence[str]) -> str:
    """What is worked out of one slot, as columns named after it."""
    sums = [f"count({slot}) AS {slot}_held"]
    if slot[0] == "n":
        sums += [f"{_OF_ROWS[name].format(slot)} AS {slot}_{name}" for name in arithmetic]
    return ", ".join(sums)


def _long(slot: str, measures: Measures) -> Sql:
    """The columns of one slot as rows of the metrics that it holds."""
    worked_out = measures.arithmetic if slot[0] == "n" else ()
    sums = [f"{slot}_{name}" if name in worked_out else f"NULL::{_KINDS[name]}" for name in ARITHMETIC]
    columns = ", ".join(f"{one} AS {name}" for one, name in zip(sums, ARITHMETIC, strict=True))
    return Sql(
        f"SELECT start, type, device, zone, metric, {slot}_held AS held, {columns} FROM wide"  # noqa: S608
        f" JOIN metrics USING (type) WHERE metrics.slot = '{slot}' AND {slot}_held > 0"
    ) + among("metric", measures.metrics)
