"""The questions asked of a DuckDB file of readings, and the answers as observations and buckets.

Every name in the SQL is our own (fixed columns and slots); whatever comes from outside is a parameter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from devices.model import Observation, Value
from services.store.timeseries.merging import identity, merged
from services.store.timeseries.protocol import Identity, Selection
from services.store.timeseries.slots import Slots
from services.store.timeseries.spans import spans

_FIXED = ("time", "device", "zone", "type", "seq", "lon", "lat")
KEY = "type, device, time"
"""The columns of an identity."""

_PAGE = 4_000
"""Rows asked for at once. From about 6,000 on DuckDB sorts everything instead of keeping the best."""


class Known(NamedTuple):
    """What is known of a file beside its rows: its slots, and whether any row amends another."""

    slots: Slots
    amended: bool


class Shape:
    """Which slots to read for a selection, and how a row of them becomes an observation."""

    def __init__(self, slots: Slots, types: Iterable[str] = (), metrics: Sequence[str] = ()) -> None:
        wanted = list(types) or list(slots.by_type)
        found = {type_: slots.of(type_, metrics) for type_ in wanted}
        self.types = {type_: held for type_, held in found.items() if held}
        used = {slot for held in self.types.values() for own in held.values() for slot in own}
        self.slots = sorted(used, key=lambda slot: (slot[0], int(slot[1:])))
        self.limited = bool(metrics)
        places = {slot: place for place, slot in enumerate(self.slots, len(_FIXED))}
        self._cells = {
            type_: [(metric, places[slot]) for metric, own in held.items() for slot in own]
            for type_, held in self.types.items()
        }

    def columns(self, table: str = "observations") -> str:
        """The columns of a row, for SELECT."""
        return ", ".join(f"{table}.{name}" for name in (*_FIXED, *self.slots))

    def observations(self, rows: Iterable[Sequence[Any]]) -> Iterator[Observation]:
        """Rows, ordered by identity and position, as readings with merges and corrections resolved."""
        return merged(self._observation(row) for row in rows)

    def _observation(self, row: Sequence[Any]) -> Observation:
        time, device, zone, type_, seq, lon, lat = row[:7]
        values: dict[str, Value] = {}
        for metric, cell in self._cells[type_]:
            value = row[cell]
            if value is not None:
                values[metric] = value
        location = None if lon is None or lat is None else (lon, lat)
        return Observation(time, device, zone, type_, values, 0, location, seq)


class Where:
    """A condition and its parameters, in the order in which they stand in it."""

    def __init__(self, selection: Selection, shape: Shape) -> None:
        self.parameters: list[Any] = [selection.start, selection.end]
        parts = ["time >= ? AND time < ?"]
        for column, chosen in (("device", selection.devices), ("zone", selection.zones)):
            parts += self._among(column, chosen)
        if shape.limited:
            parts.append(self._with_any(shape))
        else:
            parts += self._among("type", selection.types)
        self.sql = " AND ".join(parts)

    def beyond(self, after: Identity, *, newest_first: bool) -> None:
        """Narrow to what lies beyond ``after``, in the order of (time, device, type) or backwards."""
        sign = "<" if newest_first else ">"
        self.sql += f" AND time {sign}= ? AND (time {sign} ? OR (device, type) {sign} (?, ?))"
        self.parameters += [after.time, after.time, after.device, after.type]

    def _among(self, column: str, chosen: Sequence[str]) -> list[str]:
        if not chosen:
            return []
        self.parameters += chosen
        return [f"{column} IN ({marks(chosen)})"]

    def _with_any(self, shape: Shape) -> str:
        parts = []
        for type_, held in shape.types.items():
            slots = " OR ".join(f"{slot} IS NOT NULL" for own in held.values() for slot in own)
            parts.append(f"(type = ? AND ({slots}))")
            self.parameters.append(type_)
        return f"({' OR '.join(parts)})"


def stored(connection: duckdb.DuckDBPyConnection, asked: Collection[Identity]) -> set[Identity]:
    """Those of these identities that the file holds."""
    found: set[Identity] = set()
    for first, last, wanted in _asked(asked):
        connection.register("wanted", wanted)
        rows = connection.execute(
            f"SELECT device, type, time FROM observations SEMI JOIN wanted USING ({KEY})"  # noqa: S608
            " WHERE time BETWEEN ? AND ?",
            [first, last],
        ).fetchall()
        connection.unregister("wanted")
        found.update(Identity(*row) for row in rows)
    return found


def existing(
    cursor: duckdb.DuckDBPyConnection, known: Known, asked: Collection[Identity]
) -> Iterator[Observation]:
    """The readings stored under these identities."""
    shape = Shape(known.slots, {one.type for one in asked} & known.slots.by_type.keys())
    if not shape.types:
        return
    for first, last, wanted in _asked(asked):
        cursor.register("wanted", wanted)
        rows = cursor.execute(
            f"SELECT {shape.columns()} FROM observations SEMI JOIN wanted USING ({KEY})"  # noqa: S608
            " WHERE time BETWEEN ? AND ? ORDER BY time, device, type, position",
            [first, last],
        ).fetchall()
        cursor.unregister("wanted")
        yield from shape.observations(rows)


def _asked(asked: Collection[Identity]) -> Iterator[tuple[int, int, pa.Table]]:
    for first, last in spans(one.time for one in asked):
        devices, types, times = zip(*(one for one in asked if first <= one.time <= last), strict=True)
        yield first, last, pa.table({"type": types, "device": devices, "time": pa.array(times, pa.int64())})


def readings(
    cursor: duckdb.DuckDBPyConnection,
    known: Known,
    selection: Selection,
    *,
    limit: int,
    after: Identity | None,
    newest_first: bool,
) -> list[Observation]:
    """One page of readings by (time, device, type)."""
    found: list[Observation] = []
    shape = Shape(known.slots, selection.types, selection.metrics)
    size = min(limit, _PAGE) + known.amended
    while shape.types and len(found) < limit:
        rows = _page(cursor, shape, selection, size, after, newest_first)
        page = list(shape.observations(rows))
        if len(rows) < size:
            found += page
            break
        if known.amended and len(page) == 1:
            size *= 2
            continue
        found += page[:-1] if known.amended else page  # the last may have more rows than were asked for
        after = identity(found[-1])
    return _completed(cursor, known, shape, found[:limit])


def _page(
    cursor: duckdb.DuckDBPyConnection,
    shape: Shape,
    selection: Selection,
    size: int,
    after: Identity | None,
    newest_first: bool,
) -> list[tuple[Any, ...]]:
    where = Where(selection, shape)
    if after is not None:
        where.beyond(after, newest_first=newest_first)
    way = " DESC" if newest_first else ""
    rows: list[tuple[Any, ...]] = cursor.execute(
        f"SELECT {shape.columns()} FROM observations WHERE {where.sql}"  # noqa: S608
        f" ORDER BY time{way}, device{way}, type{way}, position LIMIT ?",
        [*where.parameters, size],
    ).fetchall()
    return rows


def latest(cursor: duckdb.DuckDBPyConnection, known: Known, selection: Selection) -> list[Observation]:
    """The newest reading of each (device, type)."""
    shape = Shape(known.slots, selection.types, selection.metrics)
    if not shape.types:
        return []
    where = Where(selection, shape)
    rows = cursor.execute(
        f"SELECT {shape.columns()} FROM observations SEMI JOIN"  # noqa: S608
        f" (SELECT type, device, max(time) AS time FROM observations WHERE {where.sql} GROUP BY type, device)"
        f" AS newest USING ({KEY}) WHERE {where.sql} ORDER BY time, device, type, position",
        [*where.parameters, *where.parameters],
    ).fetchall()
    return _completed(cursor, known, shape, list(shape.observations(rows)))


def _completed(
    cursor: duckdb.DuckDBPyConnection, known: Known, shape: Shape, found: list[Observation]
) -> list[Observation]:
    """Location and number also from rows that were left out because they have none of the metrics."""
    if not (found and known.amended and shape.limited):
        return found
    times = [one.time for one in found]
    span, types = [min(times), max(times)], list(shape.types)
    rows = cursor.execute(
        f"SELECT {shape.columns()} FROM observations SEMI JOIN"  # noqa: S608
        f" (SELECT {KEY} FROM observations WHERE amends AND time BETWEEN ? AND ?) AS amended USING ({KEY})"
        f" WHERE time BETWEEN ? AND ? AND type IN ({marks(types)}) ORDER BY time, device, type, position",
        [*span, *span, *types],
    )
    whole = {identity(one): one for one in shape.observations(rows.fetchall())}
    return [whole.get(identity(one), one) for one in found]


def count(cursor: duckdb.DuckDBPyConnection) -> int:
    """How many identities the file holds."""
    found = cursor.execute("SELECT count(*) FROM observations WHERE NOT amends").fetchone()
    return int(found[0]) if found else 0


def marks(parameters: Collection[str]) -> str:
    """As many question marks."""
    return ", ".join("?" * len(parameters))
