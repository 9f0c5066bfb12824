"""A recording that was read: its observations in order of time, and what became of every row."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from devices.model import Device, Observation
from devices.recordings.refusals import Refusals

BATCH = 10_000
_new: Any = tuple.__new__  # half the price of calling a named tuple: every reading passes here

MILLISECOND, SENDER, KIND, ROW, LON, LAT = "\0time", "\0device", "\0type", "\0row", "\0lon", "\0lat"
"""Columns beside the metrics; no metric is called so."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What a file and a map came to.

    ``devices`` are those that readings are of, with the map's interval; ``registered`` those of them that
    the city does not list. ``rows`` is how many rows the file has: each became a reading or a part of one
    (``readings`` of them, once rows of one device, type and millisecond are put together), or was refused,
    or was ``empty``: nothing measured, or a metric that the map leaves out. ``first`` and ``last`` are the
    times of the first and the last reading (ms), None without any.

    ``table`` holds the readings as Arrow columns; its numbers of devices are places in ``senders``, those of
    types places in ``kinds``.
    """

    name: str
    devices: tuple[Device, ...]
    registered: tuple[Device, ...]
    rows: int
    empty: int
    refused: Refusals
    table: Any = field(repr=False)
    senders: tuple[Device, ...] = field(repr=False)
    kinds: tuple[str, ...] = field(repr=False)

    @property
    def readings(self) -> int:
        """How many observations there are."""
        return int(self.table.num_rows)

    @property
    def first(self) -> int | None:
        """When the first was taken."""
        return self.table[MILLISECOND][0].as_py() if self.readings else None

    @property
    def last(self) -> int | None:
        """When the last was taken."""
        return self.table[MILLISECOND][-1].as_py() if self.readings else None

    def batches(self, size: int = BATCH) -> Iterator[list[Observation]]:
        """The observations by time, those of one time in file order; each received when it was taken."""
        ids = [device.id for device in self.senders]
        zones = [device.zone for device in self.senders]
        for start in range(0, self.readings, size):
            with _undisturbed():
                batch = self._batch(self.table.slice(start, size), ids, zones)
            yield batch

    def _batch(self, part: Any, ids: Sequence[str], zones: Sequence[str]) -> list[Observation]:
        times = _listed(part[MILLISECOND])
        places = _listed(part[SENDER])
        names = [name for name in part.column_names if name[0] != "\0"]
        values = _values(names, [part[name] for name in names], part.num_rows)
        parts = zip(
            times,
            map(ids.__getitem__, places),
            map(zones.__getitem__, places),
            self._kinds(part),
            values,
            times,
            _locations(part),
            repeat(None),
            strict=False,
        )
        return list(map(_new, repeat(Observation), parts))

    def _kinds(self, part: Any) -> Iterator[str]:
        if len(self.kinds) == 1:
            return repeat(self.kinds[0])
        return map(self.kinds.__getitem__, _listed(part[KIND]))


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Without the collector of cycles: a batch has none, and the search costs as much as the batch."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _values(names: Sequence[str], columns: Sequence[Any], rows: int) -> list[dict[str, Any]]:
    """The metrics of each row as a mapping of its own, without those that were not measured."""
    lists = [_listed(column) for column in columns]
    made = _dicts(names, lists) if names else [{} for _ in range(rows)]
    for name, column in zip(names, columns, strict=True):
        if column.null_count:
            for row in pc.indices_nonzero(pc.is_null(column)).to_pylist():
                del made[row][name]
    return made


def _dicts(names: Sequence[str], lists: Sequence[list[Any]]) -> list[dict[str, Any]]:
    """As ``dict(zip(names, row))`` for each row, at a third of its price for up to three names."""
    if len(names) == 1:
        (a,) = names
        return [{a: x} for x in lists[0]]
    if len(names) == 2:
        a, b = names
        return [{a: x, b: y} for x, y in zip(*lists, strict=True)]
    if len(names) == 3:
        a, b, c = names
        return [{a: x, b: y, c: z} for x, y, z in zip(*lists, strict=True)]
    return list(map(dict, map(zip, repeat(names), zip(*lists, strict=True))))


def _listed(column: Any) -> list[Any]:
    """A column as a list. Numbers come straight from Arrow's memory: where null they are anything."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    array = array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
    code = {"double": "d", "int64": "q", "int32": "i"}.get(str(array.type))
    if code is None:
        listed: list[Any] = array.to_pylist()
        return listed
    numbers = memoryview(array.buffers()[1]).cast("B").cast(code)  # type: ignore[call-overload]
    return numbers[array.offset : array.offset + len(array)].tolist()  # type: ignore[no-any-return]


def _locations(part: Any) -> Iterator[tuple[float, float] | None]:
    if LON not in part.column_names:
        return repeat(None)
    both = zip(part[LON].to_pylist(), part[LAT].to_pylist(), strict=True)
    return (None if lon is None or lat is None else (lon, lat) for lon, lat in both)
