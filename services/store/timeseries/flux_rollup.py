"""Flux about pre-aggregated hours and days, and about what is kept beside them.

They are in a bucket of their own, written as points and not with ``to()``: that takes 95 µs a row on
InfluxDB 2.8, reading the rows and writing them as line protocol 6 µs.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.runtime.clock import rfc3339
from services.store.timeseries.flux import every, one_of, stored, text, windows
from services.store.timeseries.grid import DAY, Piece
from services.store.timeseries.hours import HOUR
from services.store.timeseries.protocol import Aggregate, Selection

NOTED_AT = 7_258_118_400_000
"""The moment (2200-01-01, ms) of the points that say how things stand: no retention ends there."""

NOTES = "nakhon.tidy"
"""Measurement of that point."""

ANNOUNCED, ROLLED, TIMEZONE, OWNER, BEAT = "announced", "rolled", "timezone", "owner", "beat"
EXPIRED = "expired"
"""Field, of each type at that moment: before when its readings are deleted (ms)."""
LATE, BUSY = "late", "busy"
NUMBERS, TEXTS = "count", "texts"
"""Fields that count: values that are numbers, and all others."""

SUMMARIES = ("sum", "min", "max", "last", NUMBERS)
"""What is kept of numbers."""

_KEPT = ' |> keep(columns: ["_time", "_value", "_field", "_measurement", "device", "zone"])'
_TOGETHER = {"sum": "sum", "min": "min", "max": "max", NUMBERS: "sum", TEXTS: "sum"}
_ASKED = {
    Aggregate.MEAN: "sum",
    Aggregate.SUM: "sum",
    Aggregate.MIN: "min",
    Aggregate.MAX: "max",
    Aggregate.LAST: "last",
}


def summaries(values: str, piece: Piece, names: Sequence[str]) -> str:
    """A result for each of these summaries of each series' values in each bucket of the piece.

    The last value of a day comes with its own time. That of an hour does not: it takes the storage twelve
    times as long.
    """
    return "\n".join(f"{values}{_summary(name, piece)} |> yield(name: {text(name)})" for name in names)


def _summary(name: str, piece: Piece) -> str:
    if name == "last" and piece.every >= DAY - HOUR:
        return f" |> window({every(piece)}) |> last(){_KEPT}"
    function = "count" if name in (NUMBERS, TEXTS) else name
    return f"{windows(piece, function)}{_KEPT}"


def notes(bucket: str) -> str:
    """How far pre-aggregation is, and before when types are deleted."""
    span = f"range(start: {rfc3339(NOTED_AT)}, stop: {rfc3339(NOTED_AT + 1)})"
    return (
        f"from(bucket: {text(bucket)}) |> {span}"
        f" |> filter(fn: (r) => r._measurement == {text(NOTES)} or r._field == {text(EXPIRED)})"
        ' |> keep(columns: ["_measurement", "_field", "_value"])'
    )


def late(bucket: str, selection: Selection, *, most: int) -> str:
    """Type, device and day of what was written after its day was announced; the marks that stand."""
    return (
        f"{_marks(bucket, selection)}"
        f' |> keep(columns: ["_time", "_measurement", "device"]) |> limit(n: {most})'
    )


def late_days(bucket: str, selection: Selection) -> str:
    """The days, each once, with such marks."""
    return f'{_marks(bucket, selection)} |> keep(columns: ["_time"]) |> group() |> unique(column: "_time")'


def _marks(bucket: str, selection: Selection) -> str:
    fields = f'(r._field == "{LATE}" or r._field == "{BUSY}")'
    return f"{stored(bucket, selection, [fields])} |> filter(fn: (r) => r._value > 0)"


def aggregate(bucket: str, selection: Selection, level: str, piece: Piece, agg: Aggregate) -> str:
    """The values that make up the buckets of a piece, from hours (``level`` 1h) or days (1d), and how many
    readings they are of, series by series. A mean comes as its sum.

    Series are not put together here: grouping by time makes a table of each moment, which takes several
    times as long as reading all of the rows.
    """
    names = [NUMBERS, TEXTS] if agg is Aggregate.COUNT else [_ASKED[agg], NUMBERS]
    asked = []
    for name in names:
        one = _stored(bucket, selection, level, name) + _windows(piece, level, name)
        asked.append(f"{one}{_KEPT} |> yield(name: {text(name)})")
    return "\n".join(asked)


def _windows(piece: Piece, level: str, name: str) -> str:
    """Nothing, where a bucket is a stored one."""
    if piece.every == HOUR or (level == "1d" and piece.every < 2 * DAY - HOUR):
        return ""
    if name == "last":
        return f" |> window({every(piece)}) |> last()"
    return windows(piece, _TOGETHER[name])


def _stored(bucket: str, selection: Selection, level: str, name: str) -> str:
    if selection.metrics:
        fields = one_of("_field", [f"{name}.{metric}" for metric in selection.metrics])
    else:
        fields = f"r._field =~ /^{name}\\./"
    return stored(bucket, selection, [f"r.every == {text(level)}", fields])
