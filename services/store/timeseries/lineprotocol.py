r"""Observations as InfluxDB line protocol, written by hand because it is the hot path.

``type,device=…,zone=… metric=1.5,state="ok",on=T,_lon=100.5,_lat=13.7,_seq=42i 1763701200000``

Measurement is the type, tags are device and zone, numbers are always floats, time is milliseconds.
Location and sequence number are fields whose names begin with an underscore, which no metric's does.

Escaping (docs.influxdata.com, line protocol): measurement: comma, space; keys and tags: comma, equals
sign, space; strings: double quote and backslash. A line ends at a newline, so that names with one can't be
written, and neither can a name in which a backslash would escape what follows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

from devices.model import Observation, Value

_NAME = str.maketrans({",": "\\,", "=": "\\=", " ": "\\ "})
_MEASUREMENT = str.maketrans({",": "\\,", " ": "\\ "})
_STRING = str.maketrans({'"': '\\"', "\\": "\\\\"})
_UNWRITABLE = re.compile(r"[\n\r]|\\(?=[,= ]|$)")
LON, LAT, SEQ = "_lon", "_lat", "_seq"
OWN_FIELDS = frozenset({LON, LAT, SEQ})

Key = TypeVar("Key")


class UnwritableError(ValueError):
    """Line protocol has no way of writing this."""


class Encoder:
    """Writes lines. Names repeat for ever, so each is escaped once and kept, within a bound."""

    def __init__(self, *, most_names: int = 200_000) -> None:
        self._most = most_names
        self._series: dict[tuple[str, str, str], str] = {}
        self._fields: dict[str, str] = {}

    def lines(self, observations: Iterable[Observation]) -> list[str]:
        """One line an observation.

        Raises:
            UnwritableError: one of them can't be written.
        """
        known_series, known_fields = self._series, self._fields
        found = []
        for time, device, zone, type_, values, _, location, seq in observations:
            series = known_series.get((type_, device, zone)) or self._new_series(type_, device, zone)
            cells = []
            for metric, value in values.items():
                field = known_fields.get(metric) or self._new_field(metric)
                cells.append(f"{field}{value!r}" if type(value) is float else field + _cell(value))
            if location is not None:
                cells.append(f"{LON}={location[0]!r},{LAT}={location[1]!r}")
            if seq is not None:
                cells.append(f"{SEQ}={seq}i")
            found.append(f"{series} {','.join(cells)} {time}")
        return found

    def _new_series(self, type_: str, device: str, zone: str) -> str:
        text = f"{_measurement(type_)},device={_name(device)},zone={_name(zone)}"
        return _kept(self._series, (type_, device, zone), text, self._most)

    def _new_field(self, metric: str) -> str:
        if metric in OWN_FIELDS or metric in {"_field", "_measurement", "time"}:
            raise UnwritableError(f"{metric!r} means something else to InfluxDB: rename the metric")
        return _kept(self._fields, metric, _name(metric) + "=", self._most)


def _kept(names: dict[Key, str], key: Key, text: str, most: int) -> str:
    if len(names) >= most:
        names.clear()
    names[key] = text
    return text


def _cell(value: Value) -> str:
    if isinstance(value, bool):
        return "T" if value else "F"
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
