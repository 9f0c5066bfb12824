"""InfluxDB's answers (annotated CSV) as tables, and tables of values as observations.

Written by hand because influxdb-client makes an object of every value: a page of 10,000 readings has some
40,000 of them. InfluxDB's CSV ends every line with CR LF, those inside texts too, and leaves out any other
CR: a text comes back with LF for CR LF, and without a lone CR.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from devices.model import Observation, Value
from services.store.errors import StoreRefusedError
from services.store.timeseries.grid import Piece
from services.store.timeseries.lineprotocol import LAT, LON, SEQ
from services.store.timeseries.merging import place
from services.store.timeseries.protocol import Aggregate, Bucket

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CONVERT: dict[str, Callable[[str], Value]] = {
    "double": float,
    "long": float,
    "boolean": lambda cell: cell == "true",
    "string": lambda cell: cell.replace("\r\n", "\n"),
}


@dataclass(slots=True)
class Table:
    """Rows with the same columns. ``kinds`` are InfluxDB's names of the columns' types."""

    result: str
    columns: dict[str, int]
    kinds: dict[str, str]
    rows: list[list[str]] = field(default_factory=list)

    def converter(self, column: str) -> Callable[[str], Value]:
        """What makes a cell of a column a value."""
        return _CONVERT[self.kinds[column]]


def tables(answer: str) -> list[Table]:
    """The tables of an answer.

    Raises:
        StoreRefusedError: InfluxDB broke off in the middle; the text is its own.
    """
    found: list[Table] = []
    notes: dict[str, list[str]] = {}
    for row in csv.reader(io.StringIO(answer, newline="")):
        if not row:
            continue
        if row[0].startswith("#"):
            notes[row[0]] = row
        elif notes:
            found.append(_table(row, notes))
            notes = {}
        else:
            found[-1].rows.append(row)
    _raise_failure(found)
    return found


def _table(header: Sequence[str], notes: Mapping[str, Sequence[str]]) -> Table:
    columns = {name: at for at, name in enumerate(header)}
    kinds, defaults = notes["#datatype"], notes["#default"]
    result = defaults[columns["result"]] if "result" in columns else ""
    return Table(result, columns, {name: kinds[at] for name, at in columns.items()})


def _raise_failure(found: Iterable[Table]) -> None:
    for table in found:
        if "error" in table.columns and "_value" not in table.columns and table.rows:
            raise StoreRefusedError(f"InfluxDB can't answer: {table.rows[0][table.columns['error']]}")


def milliseconds(cell: str) -> int:
    """A time as InfluxDB writes it: ``2026-01-01T00:00:00.5Z``."""
    since = datetime.fromisoformat(cell) - _EPOCH
    return since.days * 86_400_000 + since.seconds * 1_000 + since.microseconds // 1_000


def observations(found: Iterable[Table]) -> list[Observation]:
    """The readings that these values, grouped by series, make up; by (time, device, type)."""
    sources: dict[tuple[str, str], dict[str, _Reading]] = {}
    for table in found:
        _gather(table, sources)
    made = [
        _observation(device, type_, time, reading)
        for (device, type_), readings in sources.items()
        for time, reading in readings.items()
    ]
    return sorted((one for one in made if one.values), key=place)


class _Reading(NamedTuple):
    """Where a reading was taken, and its values so far."""

    zone: str
    values: dict[str, Value]


def _gather(table: Table, sources: dict[tuple[str, str], dict[str, _Reading]]) -> None:
    """Put values to the readings that they belong to. Rows with the same number in ``table`` are a series."""
    at = table.columns
    time, value, convert = at["_time"], at["_value"], table.converter("_value")
    for _, series in groupby(table.rows, key=itemgetter(at["table"])):
        rows = list(series)
        first = rows[0]
        zone, metric = first[at["zone"]], first[at["_field"]]
        readings = sources.setdefault((first[at["device"]], first[at["_measurement"]]), {})
        make = str if metric == SEQ else convert
        for row in rows:
            moment = row[time]
            reading = readings.get(moment)
            if reading is None:
                reading = readings[moment] = _Reading(zone, {})
            reading.values[metric] = make(row[value])


def _observation(device: str, type_: str, time: str, reading: _Reading) -> Observation:
    zone, values = reading
    location, number = None, None
    if LON in values and LAT in values:
        location = (float(values.pop(LON)), float(values.pop(LAT)))
    if SEQ in values:
        number = int(values.pop(SEQ))
    return Observation(milliseconds(time), device, zone, type_, values, 0, location, number)


def cells(found: Iterable[Table], *columns: str) -> Iterator[tuple[str, ...]]:
    """These columns of every row of tables that have them."""
    for table in found:
        places = [table.columns[column] for column in columns]
        for row in table.rows:
            yield tuple(row[at] for at in places)


def numeric(found: Iterable[Table]) -> Iterator[Table]:
    """Those tables whose values are numbers."""
    return (table for table in found if table.kinds["_value"] in {"double", "long"})


def buckets(found: Sequence[Table], piece: Piece, agg: Aggregate, *, by_zone: bool) -> list[Bucket]:
    """The answer to :func:`services.store.timeseries.flux.aggregate` as buckets."""
    whose = ("zone", "_field") if by_zone else ("zone", "_field", "device")
    counts = _numbers(found, "count", "_time", whose)
    values = counts
    if agg is not Aggregate.COUNT:
        values = _numbers(found, "value", "_start" if agg is Aggregate.LAST else "_time", whose)
    made = []
    for key, value in values.items():
        time, zone, metric, *device = key
        count = counts[key]
        number = value / count if agg is Aggregate.MEAN else value
        start = piece.bucket(milliseconds(time))
        made.append(Bucket(start, device[0] if device else None, zone, metric, number, int(count)))
    return sorted(made, key=lambda one: (one.time, one.device or "", one.metric, one.zone))


def _numbers(
    found: Iterable[Table], result: str, time: str, whose: Sequence[str]
) -> dict[tuple[str, ...], float]:
    """The values of one result by time and whose they are."""
    wanted = [table for table in found if table.result == result]
    return {tuple(key): float(value) for *key, value in cells(wanted, time, *whose, "_value")}
