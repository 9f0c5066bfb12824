"""Hours and days summarised: read from the readings' bucket, written to that of pre-aggregated values.

``type,device=…,every=1h,zone=… sum.pm25=…,min.pm25=…,max.pm25=…,last.pm25=…,count.pm25=…i`` at the start of
the hour; ``texts.status=…i`` counts values that are no numbers. Days are the same with ``every=1d``, but for
the last value, which stands at its own time, so that the devices of a zone can be compared. Written again
they are the same points; and since no reading is ever taken out of the midst, what is written later replaces
all that was there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from services.store.timeseries import annotated, flux, flux_rollup
from services.store.timeseries.annotated import Table
from services.store.timeseries.grid import DAY, Piece, pieces
from services.store.timeseries.hours import HOUR
from services.store.timeseries.influxdb_link import Link
from services.store.timeseries.lineprotocol import field_name, series
from services.store.timeseries.protocol import Selection

LEVELS = {"1h": HOUR, "1d": DAY}
"""What is kept, by the value of the tag ``every``."""

_ROWS = 50_000
_AT_ONCE = 10_000
_AT_FIRST = 24


class _Metric(NamedTuple):
    type: str
    name: str
    is_number: bool


class Summaries:
    """Summarises the readings of ``source`` into ``target``, days being those of a time zone."""

    def __init__(self, source: Link, target: Link, timezone: str) -> None:
        self._source, self._target, self._timezone = source, target, timezone
        self._series: dict[_Metric, int] = {}

    async def cover(self, selection: Selection) -> AsyncGenerator[None]:
        """Summarise whole days; may be left between any two steps."""
        values = flux.source(self._source.bucket, selection, own_fields=False)
        answer = await self._source.query(flux.kinds(values))
        numbers = set(annotated.cells(annotated.numeric(answer), "_measurement", "_field"))
        for type_, name in sorted(set(annotated.cells(answer, "_measurement", "_field"))):
            metric = _Metric(type_, name, (type_, name) in numbers)
            for every, span in LEVELS.items():
                for piece in pieces(selection.start, selection.end, span, self._timezone):
                    async for _ in self._chunks(selection, metric, every, piece):
                        yield

    async def _chunks(
        self, selection: Selection, metric: _Metric, every: str, piece: Piece
    ) -> AsyncGenerator[None]:
        """The piece in parts that are no more to read than is good for memory."""
        start = piece.start
        while start < piece.end:
            many = max(1, _ROWS // self._series[metric]) if metric in self._series else _AT_FIRST
            part = piece._replace(start=start, end=min(piece.end, start + many * piece.every))
            rows = await self._summarise(selection, metric, every, part)
            buckets = -(-(part.end - part.start) // part.every)
            if rows:
                self._series[metric] = max(1, rows // buckets)
            start = part.end
            yield

    async def _summarise(self, selection: Selection, metric: _Metric, every: str, part: Piece) -> int:
        chosen = Selection(part.start, part.end, selection.devices, (), (metric.type,), (metric.name,))
        values = flux.source(self._source.bucket, chosen, own_fields=False)
        names = flux_rollup.SUMMARIES if metric.is_number else (flux_rollup.TEXTS,)
        answer = await self._source.query(flux_rollup.summaries(values, part, names))
        lines = await asyncio.to_thread(_lines, answer, every, metric.type)
        for at in range(0, len(lines), _AT_ONCE):
            await self._target.put(lines[at : at + _AT_ONCE])
        return len(lines)


def _lines(answer: Sequence[Table], every: str, type_: str) -> list[str]:
    """What is at one time of one series is one line."""
    cells: dict[tuple[str, str, str], list[str]] = {}
    for table in answer:
        is_count = table.result in (flux_rollup.NUMBERS, flux_rollup.TEXTS)
        ending = "i" if is_count else ""
        for (device, zone, metric), rows in _by_series(table):
            name = field_name(f"{table.result}.{metric}")
            for time, value in rows:
                cells.setdefault((device, zone, time), []).append(f"{name}={value}{ending}")
    heads: dict[tuple[str, str], str] = {}
    lines = []
    for (device, zone, time), fields in cells.items():
        head = heads.get((device, zone))
        if head is None:
            head = heads[device, zone] = series(type_, device=device, every=every, zone=zone)
        lines.append(f"{head} {','.join(fields)} {annotated.milliseconds(time)}")
    return lines


def _by_series(table: Table) -> Iterable[tuple[tuple[str, str, str], list[tuple[str, str]]]]:
    at = table.columns
    device, zone, metric, time, value = (at[name] for name in ("device", "zone", "_field", "_time", "_value"))
    for key, rows in groupby(table.rows, key=lambda row: (row[device], row[zone], row[metric])):
        yield key, [(row[time], row[value]) for row in rows]
