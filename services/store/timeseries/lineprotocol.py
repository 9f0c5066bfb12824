r"""Observations as InfluxDB line protocol, written by hand because it is the hot path.

``type,device=…,zone=… metric=1.5,state="ok",on=true,_lon=100.5,_lat=13.7,_seq=42i 1763701200000``

Measurement is the type, tags are device and zone, numbers are always floats, time is milliseconds.
Location and sequence number are fields whose names begin with an underscore, which no metric's does.

Escaping (docs.influxdata.com, line protocol): measurement: comma, space; keys and tags: comma, equals
sign, space; strings: double quote and backslash. A line ends at a newline, so that names with one can't be
written, and neither can a name in which a backslash would escape what follows it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, repeat
from typing import NamedTuple, TypeVar

import orjson

from devices.model import Observation, Position, Value, Values
from services.store.timeseries.merging import unique

_NAME = str.maketrans({",": "\\,", "=": "\\=", " ": "\\ "})
_MEASUREMENT = str.maketrans({",": "\\,", " ": "\\ "})
_STRING = str.maketrans({'"': '\\"', "\\": "\\\\"})
_UNWRITABLE = re.compile(r"[\n\r]|\\(?=[,= ]|$)")
LON, LAT, SEQ = "_lon", "_lat", "_seq"
_TAKEN = frozenset({LON, LAT, SEQ, "_field", "_measurement", "time"})
_JSON_ALIKE = {float, bool}

Key = TypeVar("Key")


class UnwritableError(ValueError):
    """Line protocol has no way of writing this."""


class Lines(NamedTuple):
    """Observations, in an order of their own, and the line of each."""

    observations: Sequence[Observation]
    lines: Sequence[str]


class _Escaped(dict[Key, str]):
    """What each key is written as, made when it is first met. Names repeat for ever; the bound is for those
    that don't.
    """

    def __init__(self, write: Callable[[Key], str], most: int) -> None:
        super().__init__()
        self._write, self._most = write, most

    def __missing__(self, key: Key) -> str:
        text = self._write(key)
        if len(self) >= self._most:
            self.clear()
        self[key] = text
        return text


class Encoder:
    """Writes lines, those of the same metrics together, since one template and one call serve them all."""

    def __init__(self, *, most_names: int = 200_000) -> None:
        self._series = _Escaped(_series, most_names)
        self._fields = _Escaped(_field, most_names)

    @property
    def names_kept(self) -> int:
        """How many escaped names are in memory."""
        return len(self._series) + len(self._fields)

    def encode(self, observations: Sequence[Observation]) -> Lines:
        """The lines of these observations; what has the same identity keeps its order, or is merged.

        Raises:
            UnwritableError: one of them can't be written.
        """
        groups = _alike(observations)
        if len(groups) > 1 and _repeats(observations):
            groups = _alike(unique(observations))
        lines = [line for shape, rows in groups.items() for line in self._lines(shape, rows)]
        return Lines([row for rows in groups.values() for row in rows], lines)

    def _lines(self, shape: tuple[str, ...], rows: Sequence[Observation]) -> Iterable[str]:
        times, devices, zones, types, values, _, locations, seqs = zip(*rows, strict=True)
        parts: list[Iterable[str]] = [map(self._series.__getitem__, zip(types, devices, zones, strict=True))]
        before = chain(" ", repeat(","))
        for metric, column in zip(shape, _columns(values, len(shape)), strict=True):
            parts += [repeat(next(before) + self._fields[metric], len(rows)), column]
        if any(locations) or seqs.count(None) < len(seqs):
            parts.append(map(_own_fields, locations, seqs))
        parts += [repeat(" ", len(rows)), _as_json(times)]
        return map("".join, zip(*parts, strict=True))


def _alike(observations: Iterable[Observation]) -> dict[tuple[str, ...], list[Observation]]:
    """Observations by their metrics in the order in which they have them."""
    groups: dict[tuple[str, ...], list[Observation]] = {}
    for row in observations:
        shape = tuple(row.values)
        group = groups.get(shape)
        if group is None:
            groups[shape] = [row]
        else:
            group.append(row)
    return groups


def _repeats(observations: Sequence[Observation]) -> bool:
    times, devices, _, types, *_ = zip(*observations, strict=True)
    return len(set(zip(times, devices, types, strict=True))) < len(observations)


def series(type_: str, **tags: str) -> str:
    """What a line begins with: the measurement, and the tags in the order given.

    Raises:
        UnwritableError: one of the names can't be written.
    """
    return ",".join([_measurement(type_), *(f"{key}={_name(value)}" for key, value in tags.items())])


def field_name(metric: str) -> str:
    """A metric as the name of a field.

    Raises:
        UnwritableError: it can't be written, or means something else to InfluxDB.
    """
    return _field(metric)[:-1]


def _series(key: tuple[str, str, str]) -> str:
    type_, device, zone = key
    return series(type_, device=device, zone=zone)


def _field(metric: str) -> str:
    if metric in _TAKEN:
        raise UnwritableError(f"{metric!r} means something else to InfluxDB: rename the metric")
    return _name(metric) + "="


def _columns(values: Iterable[Values], width: int) -> Iterable[Sequence[str]]:
    """The values of rows as they are written, metric by metric."""
    cells = list(chain.from_iterable([held.values() for held in values]))
    if set(map(type, cells)) <= _JSON_ALIKE:
        written = _as_json(cells)
        return [written[metric::width] for metric in range(width)]
    return [_column(cells[metric::width]) for metric in range(width)]


def _column(cells: Sequence[Value]) -> list[str]:
    return _as_json(cells) if set(map(type, cells)) <= _JSON_ALIKE else [_cell(value) for value in cells]


def _as_json(numbers: Sequence[Value]) -> list[str]:
    """Numbers and booleans. JSON writes them as line protocol does, all at once in a quarter of the time."""
    return orjson.dumps(numbers)[1:-1].decode().split(",")


def _own_fields(location: Position | None, seq: int | None) -> str:
    text = "" if location is None else f",{LON}={location[0]!r},{LAT}={location[1]!r}"
    return text if seq is None else f"{text},{SEQ}={seq}i"


def _cell(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value.translate(_STRING)}"'
    return repr(float(value))


def _measurement(name: str) -> str:
    if name.startswith("#"):
        raise UnwritableError(f"{name!r} would be a comment to InfluxDB: it can't begin with #")
    return _checked(name).translate(_MEASUREMENT)


def _name(name: str) -> str:
    return _checked(name).translate(_NAME)


def _checked(name: str) -> str:
    if not name or _UNWRITABLE.search(name):
        raise UnwritableError(
            f"{name!r} is no name to InfluxDB: it can't be empty, nor hold a line break, nor a backslash"
            " at its end or before a comma, an equals sign or a space"
        )
    return name
