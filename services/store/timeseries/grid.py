"""Buckets of city time: where the local day begins, and what that is in UTC on days that change the clock.

Buckets shorter than a day begin at local midnight and follow each other by elapsed time; the last one of a
day ends at midnight, however short that makes it. Buckets of n days begin at local midnights, counted from
Monday 5 January 1970, so that buckets of seven days begin on Mondays.

The grid is handed out in pieces within which it is plain arithmetic, so that a database needs to know
nothing about time zones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.store.timeseries.protocol import Selection

DAY = 86_400_000
_FIRST_DAY = date(1970, 1, 5)
_EARLIEST = DAY * 7
_LATEST = DAY * 365 * 130


class Piece(NamedTuple):
    """Part of a grid: buckets of ``every`` ms from ``start`` on; the last one may be cut short by ``end``."""

    start: int
    end: int
    every: int

    def bucket(self, time: int) -> int:
        """The start of the bucket that ``time`` falls into."""
        return time - (time - self.start) % self.every


def pieces(start: int, end: int, every: int, timezone: str) -> list[Piece]:
    """The grid over [start, end), from the bucket that ``start`` falls into; times and spans in ms UTC.

    Raises:
        ValueError: ``every`` is not positive, or longer than a day without being whole days.
    """
    if every <= 0 or (every > DAY and every % DAY):
        raise ValueError("a bucket is at most a day, or whole days")
    first, last = max(start, _EARLIEST), min(end, _LATEST)
    if first >= last:
        return []
    found: list[Piece] = []
    for piece in _units(first, last, every, ZoneInfo(timezone)):
        if found and _continues(found[-1], piece):
            found[-1] = found[-1]._replace(end=piece.end)
        else:
            found.append(piece)
    return found


def midnights(start: int, end: int, timezone: str) -> list[int]:
    """Where local days begin, from ``start`` to ``end``, both included."""
    first, last = max(start, _EARLIEST), min(end, _LATEST)
    if first > last:
        return []
    days = _units(first, last + 1, DAY, ZoneInfo(timezone))
    return [day.start for day in days if day.start >= first]


def within(selection: Selection, piece: Piece) -> Selection:
    """The part of a selection that lies in one piece of the grid."""
    return replace(selection, start=max(selection.start, piece.start), end=min(selection.end, piece.end))


def _continues(before: Piece, piece: Piece) -> bool:
    return before.every == piece.every and (piece.start - before.start) % piece.every == 0


def _units(start: int, end: int, every: int, zone: ZoneInfo) -> Iterator[Piece]:
    """One piece for each local day, or for each bucket when that is longer."""
    step = max(1, every // DAY)
    today = datetime.fromtimestamp(start / 1000, zone).date()
    day = today - timedelta(days=(today - _FIRST_DAY).days % step)
    midnight = _midnight(day, zone)
    while midnight < end:
        day += timedelta(days=step)
        following = _midnight(day, zone)
        yield Piece(midnight, following, every if every < DAY else following - midnight)
        midnight = following


def _midnight(day: date, zone: ZoneInfo) -> int:
    """The first moment of a local day; where the clock skips midnight, the moment it does so."""
    local = datetime(day.year, day.month, day.day, tzinfo=zone)
    return int(local.astimezone(UTC).timestamp()) * 1000
