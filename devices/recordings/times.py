"""A recording's times, a column at a time: text of a format, RFC 3339, numbers of a unit, Arrow's own."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import timedelta, timezone, tzinfo
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from devices.codecs.timestamps import BadTimestampError, parse_timestamp
from devices.recordings.localtime import EARLIEST, LATEST, LocalTimes
from devices.recordings.text import as_text, trimmed
from devices.recordings.timeformats import Part, TimeFormat, read_iso

UNITS = {"s": 1_000.0, "ms": 1.0, "us": 1e-3, "ns": 1e-6}
"""Milliseconds in a unit of a time that is a number."""

_FEW = 2_000
Read: TypeAlias = tuple[int, int | None] | None


def time_zone(name: str) -> tzinfo:
    """An IANA zone, or a fixed offset such as +07:00."""
    if name[:1] in "+-" and len(name) == 6:
        minutes = int(name[1:3]) * 60 + int(name[4:])
        return timezone(timedelta(minutes=-minutes if name[0] == "-" else minutes))
    return ZoneInfo(name)


class TimeReader:
    """Reads the times of one recording, chunk by chunk, and remembers what it read.

    ``layout`` is the format of texts, None for RFC 3339; ``unit`` that of numbers, None for epoch
    milliseconds as in telemetry; ``zone`` is whose wall clock a time without an offset shows.
    """

    def __init__(self, layout: TimeFormat | None, unit: str | None, zone: tzinfo) -> None:
        self._layout, self._unit = layout, unit
        self._local = LocalTimes(zone)
        self._parts: tuple[dict[str, int | None], dict[str, int | None]] = ({}, {})

    def read(self, columns: Sequence[Any], series: Callable[[int], Hashable]) -> Any:
        """Milliseconds since 1970-01-01 UTC (int64), null for a row that says no moment.

        ``columns`` are joined with a space when there are several; ``series`` as in :class:`LocalTimes`.
        """
        column = columns[0] if len(columns) == 1 else _joined(columns)
        moments, local = self._moments(column)
        if local is True:
            moments = self._local.to_utc(_sane(moments), series)
        elif local is not False:
            walls = self._local.to_utc(_sane(pc.if_else(local, moments, None)), series)
            moments = pc.if_else(local, walls, moments)
        return _sane(moments)

    def _moments(self, column: Any) -> tuple[Any, Any]:
        """Milliseconds, and which of them are a wall clock's: all, none, or a mask."""
        kind = column.type
        if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
            zoned = pa.types.is_timestamp(kind) and kind.tz is not None
            whole = pc.cast(column, pa.timestamp("ms", kind.tz if zoned else None), safe=False)
            return pc.cast(whole, pa.int64()), not zoned
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            if self._layout is None:
                return self._numbers(column), False
            if pa.types.is_floating(kind):
                column = pc.cast(column, pa.int64(), safe=False)
        texts = trimmed(as_text(column))
        if self._unit is not None:
            return self._numbers(_floats(texts)), False
        encoded = pc.dictionary_encode(texts)
        moments, local = self._of_texts(encoded.dictionary)
        spread = local if isinstance(local, bool) else pc.fill_null(local.take(encoded.indices), False)
        return moments.take(encoded.indices), spread

    def _numbers(self, column: Any) -> Any:
        factor = UNITS[self._unit or "ms"]
        moments = pc.round(pc.multiply(pc.cast(column, pa.float64(), safe=False), factor))
        moments = pc.if_else(pc.less(pc.abs(moments), 1e15), moments, None)
        moments = pc.cast(moments, pa.int64(), safe=False)
        if self._unit is None:  # as telemetry has it: these are seconds, taken for milliseconds
            seconds = pc.and_(pc.greater_equal(moments, 10**8), pc.less(moments, 10**11))
            moments = pc.if_else(seconds, None, moments)
        return moments

    def _of_texts(self, texts: Any) -> tuple[Any, Any]:
        layout = self._layout
        if layout is None:
            return self._plain(texts)
        if layout.parts is not None and len(texts) > _FEW:
            return self._in_parts(texts, layout), True
        return _each(layout.read, texts.to_pylist())

    def _plain(self, texts: Any) -> tuple[Any, Any]:
        """RFC 3339, or epoch milliseconds as telemetry may have them."""
        try:
            return self._numbers(pc.cast(texts, pa.int64())), False
        except pa.ArrowInvalid:
            return _rfc3339(texts)

    def _in_parts(self, texts: Any, layout: TimeFormat) -> Any:
        """Dates and times of day apart: there are few of each, however many moments they make."""
        assert layout.parts is not None
        pieces = pc.split_pattern(texts, layout.separator, max_splits=1, reverse=layout.before > 0)
        whole = pc.equal(pc.list_value_length(pieces), 2)
        pieces = pc.if_else(whole, pieces, pa.scalar(["", ""], pieces.type))
        dates, times = (pc.list_element(pieces, place) for place in (0, 1))
        first = _remembered(layout.parts[0], dates, self._parts[0])
        return pc.add(first, _remembered(layout.parts[1], times, self._parts[1]))


def _remembered(part: Part, texts: Any, known: dict[str, int | None]) -> Any:
    encoded = pc.dictionary_encode(texts)
    words = encoded.dictionary.to_pylist()
    for word in words:
        if word not in known:
            read = part.read(word.strip())
            known[word] = None if read is None else read[0]
    return pa.array([known[word] for word in words], pa.int64()).take(encoded.indices)


def _each(read: Callable[[str], Read], texts: Iterable[str | None]) -> tuple[Any, Any]:
    """One by one: where no faster way leads."""
    moments: list[int | None] = []
    local: list[bool] = []
    for text in texts:
        found = read(text) if text else None
        moments.append(None if found is None else found[0] - (found[1] or 0))
        local.append(found is not None and found[1] is None)
    return pa.array(moments, pa.int64()), pa.array(local, pa.bool_())


def _rfc3339(texts: Any) -> tuple[Any, Any]:
    for kind, local in ((pa.timestamp("us", "UTC"), False), (pa.timestamp("us"), True)):
        try:
            moments = pc.cast(pc.cast(texts, kind), pa.int64())
        except pa.ArrowInvalid:
            continue
        return pc.cast(pc.floor(pc.divide(pc.cast(moments, pa.float64()), 1e3)), pa.int64()), local
    return _each(_from_text, texts.to_pylist())


def _from_text(text: str) -> Read:
    if text.lstrip("-").isdigit():
        try:
            return parse_timestamp(int(text)), 0
        except BadTimestampError:
            return None
    return read_iso(text)


def _joined(columns: Sequence[Any]) -> Any:
    texts = [trimmed(as_text(column)) for column in columns]
    return pc.binary_join_element_wise(*texts, " ")


def _floats(texts: Any) -> Any:
    try:
        return pc.cast(texts, pa.float64())
    except pa.ArrowInvalid:
        plain = pc.match_substring_regex(texts, r"^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$")
        return pc.cast(pc.if_else(plain, texts, None), pa.float64())


def _sane(moments: Any) -> Any:
    inside = pc.and_(pc.greater_equal(moments, EARLIEST), pc.less(moments, LATEST))
    return pc.if_else(inside, moments, None)
