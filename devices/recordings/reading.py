"""Reads a recording: the file's columns in, observations out, a chunk at a time."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from devices.documents import Problem, ProblemsError, suggestion
from devices.model import City, Device
from devices.recordings.binding import bind
from devices.recordings.intake import Intake
from devices.recordings.mapform import RecordingMap
from devices.recordings.ordering import in_order
from devices.recordings.recording import SENDER, Recording
from devices.recordings.sources import RaggedError, Source, open_source
from devices.recordings.times import TimeReader, time_zone
from devices.types import ObservationType


@dataclass(frozen=True, slots=True)
class Progress:
    """How far reading has come: rows read, and the share of the file, None when its size is not known."""

    rows: int
    share: float | None


Report = Callable[[Progress], None]


def read_recording(
    stream: BinaryIO,
    name: str,
    map_: RecordingMap,
    catalog: Mapping[str, ObservationType],
    city: City,
    devices: Iterable[Device],
    report: Report | None = None,
) -> Recording:
    """The observations of a file that is open for reading bytes and can be read again from its start.

    Args:
        stream: CSV, Parquet or JSON lines, also gzipped.
        name: what its author calls the file; its ending tells text formats apart.
        map_: what its columns mean.
        catalog: observation types, the city's own among them.
        city: whose zones they are, and whose local time where neither file nor map says another.
        devices: those that the city lists.
        report: hears after every chunk how far it has come.

    Raises:
        ProblemsError: map and file, or map and catalogue, do not fit together: everything that does not.
    """
    binding = bind(map_, catalog, city)
    devices = tuple(devices)
    for patient in (False, True):
        source = open_source(stream, name, map_.form.csv, patient=patient)
        _check_columns(source, name, map_)
        intake = Intake(map_, catalog, binding, city, devices, _times(map_, city))
        try:
            _read(source, map_, intake, stream, report)
        except RaggedError:
            continue
        except (EOFError, zlib.error, pa.ArrowException) as error:
            raise ProblemsError([Problem(name, 0, "", f"can't be read: {error}")]) from None
        table = in_order(
            intake.tables, intake.kinds, binding.types, intake.refused, long=map_.form.long is not None
        )
        return _recording(name, intake, table)
    raise ProblemsError([Problem(name, 0, "", "can't be read as CSV")])


def _recording(name: str, intake: Intake, table: Any) -> Recording:
    senders, made = tuple(intake.senders.table), set(intake.senders.made)
    heard = set(pc.unique(table[SENDER]).to_pylist())
    used = tuple(device for place, device in enumerate(senders) if place in heard)
    registered = tuple(device for device in used if device.id in made)
    return Recording(
        name, used, registered, intake.rows, intake.empty, intake.refused, table, senders, intake.kinds
    )


def _read(
    source: Source, map_: RecordingMap, intake: Intake, stream: BinaryIO, report: Report | None
) -> None:
    size = _size(stream)
    for rows in source.chunks(map_.form.columns):
        intake.take(rows)
        if report is not None:
            report(Progress(intake.rows, stream.tell() / size if size else None))


def _times(map_: RecordingMap, city: City) -> TimeReader:
    form = map_.form.time
    zone = ZoneInfo(city.timezone) if form.zone is None else time_zone(form.zone)
    return TimeReader(form.layout(), form.unit, zone)


def _size(stream: BinaryIO) -> int:
    here = stream.tell()
    size = stream.seek(0, 2)
    stream.seek(here)
    return size


def _check_columns(source: Source, name: str, map_: RecordingMap) -> None:
    """Every column that the map names is there.

    Raises:
        ProblemsError: those that are not, with the nearest that is.
    """
    if source.names is None:
        return
    missing = [column for column in map_.form.columns if column not in source.names]
    if missing:
        raise ProblemsError(
            map_.parsed.problem(
                _place(map_, column),
                f"{name} has no column {column!r}{suggestion(column, source.names)}{_hint(source.names)}",
                value=column,
                allowed=", ".join(column for column in source.names if column),
            )
            for column in missing
        )


def _hint(names: Sequence[str]) -> str:
    """What is likely wrong when the header is a single column."""
    if len(names) != 1:
        return ""
    sign = max(";\t|,", key=names[0].count)
    shown = "tab" if sign == "\t" else sign
    return f'; its cells look parted by {shown}: csv: {{delimiter: "{shown}"}}' if sign in names[0] else ""


def _place(map_: RecordingMap, column: str) -> tuple[str | int, ...]:
    """Where in the map a column is named."""
    found = (at for at in map_.parsed.lines if _value(map_.parsed.data, at) == column and "map" not in at)
    return next(found, ())


def _value(data: Any, at: Iterable[str | int]) -> Any:
    for part in at:
        data = data[part]
    return data if isinstance(data, str) else str(data) if isinstance(data, int) else None
