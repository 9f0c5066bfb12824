r"""Every Flux query that Nakhon asks, and the escaping of what goes into them.

Flux is in maintenance and InfluxDB 3 does not have it, so nothing outside this file knows it. What the
queries avoid was measured on InfluxDB 2.8 with 300 devices and 1.2 million values: aggregating each series
before grouping is done by the storage (80 ms), grouping first is not (1,900 ms); ``pivot`` costs four times
the reading; ``types.isType`` looks at every value (14 s); ``contains`` as well (1.6 s), a regular
expression on a tag does not (0.1 s).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from services.runtime.clock import rfc3339
from services.store.timeseries.grid import Piece
from services.store.timeseries.lineprotocol import LAT, LON, SEQ
from services.store.timeseries.protocol import Aggregate, Selection

EARLIEST, LATEST = 0, 9_214_646_400_000
"""What InfluxDB can date (up to 2262), as far as readings are concerned."""

_SPECIAL = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_MEANINGFUL = re.compile(r"[\\.+*?()|\[\]{}^$/]")
_OWN = (LON, LAT, SEQ)

_FUNCTIONS = {
    Aggregate.MIN: "min",
    Aggregate.MAX: "max",
    Aggregate.SUM: "sum",
    Aggregate.COUNT: "count",
}


def text(value: str) -> str:
    """A string literal."""
    return '"' + value.translate(_SPECIAL).replace("${", "\\${") + '"'


def one_of(column: str, values: Sequence[str]) -> str:
    """The condition that a column has one of these values; a form that the storage itself evaluates."""
    if len(values) == 1:
        return f"r.{column} == {text(values[0])}"
    return f"r.{column} =~ /^(?:{'|'.join(map(_literally, values))})$/"


def _literally(value: str) -> str:
    return _MEANINGFUL.sub(r"\\\g<0>", value)


def is_empty(selection: Selection) -> bool:
    """Whether no time can be in it; InfluxDB refuses to be asked about such a one."""
    return max(selection.start, EARLIEST) >= min(selection.end, LATEST)


def source(
    bucket: str, selection: Selection, *, own_fields: bool, without: Iterable[tuple[str, str]] = ()
) -> str:
    """The values of a selection, series by series.

    ``own_fields`` adds location and sequence number; ``without`` leaves out metrics of types.
    """
    conditions = []
    if selection.metrics:
        conditions.append(one_of("_field", (*selection.metrics, *_OWN) if own_fields else selection.metrics))
    elif not own_fields:
        conditions += [f"r._field != {text(name)}" for name in _OWN]
    conditions += [
        f"(r._measurement != {text(type_)} or r._field != {text(metric)})" for type_, metric in without
    ]
    return stored(bucket, selection, conditions)


def stored(bucket: str, selection: Selection, conditions: Iterable[str]) -> str:
    """What a bucket holds of the time, types, devices and zones of a selection, under further conditions."""
    start, stop = max(selection.start, EARLIEST), min(selection.end, LATEST)
    chosen = [
        one_of(column, values)
        for column, values in (
            ("_measurement", selection.types),
            ("device", selection.devices),
            ("zone", selection.zones),
        )
        if values
    ]
    chosen += conditions
    only = f" |> filter(fn: (r) => {' and '.join(chosen)})" if chosen else ""
    return f"from(bucket: {text(bucket)}) |> range(start: {rfc3339(start)}, stop: {rfc3339(stop)}){only}"


def first(values: str, most: int) -> str:
    """The first ``most`` values of each series."""
    return f"{values} |> limit(n: {most})"


def last(values: str, most: int) -> str:
    """The last ``most`` values of each series."""
    return f"{values} |> tail(n: {most})"


def newest(values: str) -> str:
    """The last value of each series."""
    return f"{values} |> last()"


def edge(values: str, *, newest_first: bool) -> str:
    """The earliest time that has a value, or the latest."""
    pick, among = ("last", "max") if newest_first else ("first", "min")
    return f'{values} |> {pick}() |> keep(columns: ["_time"]) |> group() |> {among}(column: "_time")'


def any_of(values: str) -> str:
    """The time of one value, if there is any."""
    return f'{values} |> first() |> keep(columns: ["_time"]) |> group() |> limit(n: 1)'


def measurements(bucket: str) -> str:
    """The types that there are readings of."""
    return (
        f'import "influxdata/influxdb/schema"\nschema.measurements(bucket: {text(bucket)}, start: {EARLIEST})'
    )


def kinds(values: str) -> str:
    """One value of each metric of each type, to see whether it is a number."""
    return f'{values} |> first() |> keep(columns: ["_measurement", "_field", "_value"]) |> limit(n: 1)'


def count(values: str) -> str:
    """How many moments each (device, type) has values at."""
    return (
        f'{values} |> keep(columns: ["_measurement", "device", "_time", "_field"])'
        ' |> group(columns: ["_measurement", "device"]) |> unique(column: "_time")'
        ' |> count(column: "_field") |> group() |> sum(column: "_field")'
    )


def aggregate(values: str, piece: Piece, agg: Aggregate, *, by_zone: bool) -> str:
    """Two results, ``value`` and ``count``, a row for each bucket, device (or zone) and metric.

    A mean comes as its sum. The values are named twice, since the storage aggregates only what goes to one
    place: 120 ms in place of 2,600.
    """
    whose = ["zone"] if by_zone else ["device", "zone"]
    counted = _combined(piece, "count", "sum", whose)
    if agg is Aggregate.MEDIAN:
        value = _median(piece, whose)
    elif agg is Aggregate.LAST:
        value = _last(piece, whose)
    elif agg is Aggregate.MEAN or agg is Aggregate.SUM:
        value = _combined(piece, "sum", "sum", whose)
    elif agg is Aggregate.COUNT:
        return f'{values}{counted} |> yield(name: "count")'
    else:
        value = _combined(piece, _FUNCTIONS[agg], _FUNCTIONS[agg], whose)
    return f'{values}{value} |> yield(name: "value")\n{values}{counted} |> yield(name: "count")'


def _combined(piece: Piece, each: str, together: str, whose: Iterable[str]) -> str:
    """Each series by itself, which the storage does, then those that count as one."""
    return f"{windows(piece, each)}{_group(whose, '_field', '_time')} |> {together}()"


def _median(piece: Piece, whose: Iterable[str]) -> str:
    exact = '(column, tables=<-) => tables |> median(method: "exact_mean", column: column)'
    return f"{_group(whose, '_field')}{windows(piece, exact)}"


def _last(piece: Piece, whose: Iterable[str]) -> str:
    return (
        f" |> window({every(piece)}) |> last(){_group(whose, '_field', '_start')}"
        ' |> sort(columns: ["_time", "device", "_measurement"]) |> last()'
    )


def windows(piece: Piece, function: str) -> str:
    """One value of each series for each bucket of a piece, at the bucket's start."""
    return f' |> aggregateWindow({every(piece)}, fn: {function}, createEmpty: false, timeSrc: "_start")'


def every(piece: Piece) -> str:
    """The buckets of a piece, as arguments."""
    return f"every: {piece.every}ms, offset: {piece.start % piece.every}ms"


def _group(*columns: Iterable[str] | str) -> str:
    names = [name for part in columns for name in ([part] if isinstance(part, str) else part)]
    return f" |> group(columns: [{', '.join(map(text, names))}])"
