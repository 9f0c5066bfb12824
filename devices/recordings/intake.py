"""Takes the rows of a recording: whose they are, when they were taken, what they measured, what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from devices.documents import suggestion
from devices.metrics import Metric, MetricType
from devices.model import City, Device, Text
from devices.recordings.binding import Binding, Field
from devices.recordings.longform import LongFields
from devices.recordings.mapform import RecordingMap
from devices.recordings.recording import KIND, LAT, LON, MILLISECOND, ROW, SENDER
from devices.recordings.refusals import Refusals
from devices.recordings.senders import Senders
from devices.recordings.sources import Rows
from devices.recordings.text import Numbers, as_text, trimmed
from devices.recordings.times import TimeReader
from devices.recordings.values import Measured, Mistake, read_field
from devices.refusal import Code
from devices.types import ObservationType

_LON = Metric(LON, MetricType.NUMBER, Text("Longitude", "ลองจิจูด"), "°", (-180.0, 180.0))
_LAT = Metric(LAT, MetricType.NUMBER, Text("Latitude", "ละติจูด"), "°", (-90.0, 90.0))
_MOMENT = "a moment from 1900 to 2199 that exists, written as the map says"
_EPOCH = _MOMENT + "; numbers count milliseconds unless it says time: {unit: s}"
_BUDDHIST = _MOMENT + "; years such as 2566 need time: {calendar: buddhist}"


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows of one observation type: their columns, numbers in the file, and times (ms, null where bad)."""

    columns: Mapping[str, Any]
    numbers: Sequence[int]
    times: Any
    rows: int


class Intake:
    """What has come in so far. ``tables`` are the accepted rows, chunk by chunk, in file order."""

    def __init__(
        self,
        map_: RecordingMap,
        catalog: Mapping[str, ObservationType],
        binding: Binding,
        city: City,
        devices: Sequence[Device],
        times: TimeReader,
    ) -> None:
        self._form, self._catalog, self._binding = map_.form, catalog, binding
        self._style: Numbers = map_.form.numbers()
        self._times = times
        self._long = LongFields(map_) if map_.form.long is not None else None
        self._kinds: dict[str, int] = {}
        self.senders = Senders(map_, city, devices)
        self.tables: list[Any] = []
        self.refused = Refusals()
        self.rows = self.empty = 0

    @property
    def kinds(self) -> tuple[str, ...]:
        """The observation types that came, by their place in the tables."""
        return tuple(self._kinds)

    def take(self, rows: Rows) -> None:
        """Take a chunk."""
        self.rows += len(rows.numbers) + len(rows.unreadable)
        for bad in rows.unreadable:
            code = Code.MALFORMED_JSON if bad.malformed else Code.UNSUPPORTED_PAYLOAD
            if self.refused.add(code):
                self.refused.show(bad.row, "", bad.text, code, bad.expected)
        if not len(rows.numbers):
            return
        columns = self._whole(rows)
        times = self._times.read([columns[name] for name in self._form.time.names], self._series(columns))
        part = _Part(columns, rows.numbers, times, len(rows.numbers))
        for name, some in self._by_type(part):
            self._take(name, some)

    def _whole(self, rows: Rows) -> Mapping[str, Any]:
        """All columns of the map; nulls for one that the chunk lacks."""
        lacking = {name: pa.nulls(len(rows.numbers), pa.string()) for name in self._form.columns}
        return {**lacking, **rows.columns}

    def _series(self, columns: Mapping[str, Any]) -> Callable[[int], Hashable]:
        """What rows follow each other in time: those of a device, a type, in a long recording a metric."""
        long = self._form.long.metric if self._form.long else None
        names = [name for name in (self._form.device.column, self._form.type.column, long) if name]
        return lambda row: tuple(columns[name][row].as_py() for name in names)

    def _by_type(self, part: _Part) -> Iterator[tuple[str, _Part]]:
        """The rows of each observation type; those of unknown ones are refused."""
        form = self._form.type
        if form.value is not None:
            yield form.value, part
            return
        assert form.column is not None
        texts = trimmed(as_text(part.columns[form.column]))
        encoded = pc.dictionary_encode(pc.fill_null(texts, ""))
        for place, text in enumerate(encoded.dictionary.to_pylist()):
            rows = pc.equal(encoded.indices, place)
            name = form.map.get(text, text)
            if name in self._binding.types:
                yield name, _some(part, rows)
            else:
                near = suggestion(name, self._binding.types).removeprefix("; ")
                expected = f"{near} one of {', '.join(self._binding.types)}".strip()
                self._count(part, [Mistake(rows, Code.UNKNOWN_TYPE, form.column, texts, expected)])

    def _take(self, name: str, part: _Part) -> None:
        type_ = self._binding.types[name]
        measured, strangers = self._measured(type_, part)
        wrong = [mistake for one in measured for mistake in one.mistakes]
        something = _either(
            [pc.is_valid(one.values) for one in measured] + [m.rows for m in (*wrong, *strangers)]
        )
        if something is None:
            self.empty += part.rows
            return
        if not pc.all(something).as_py():
            self.empty += part.rows - (pc.sum(something).as_py() or 0)
        places, of_devices = self._places(type_, part, something)
        mistakes = [
            *of_devices,
            *self._untimed(part),
            *strangers,
            *wrong,
            *_lacking(type_, measured, self._long),
        ]
        place = self._location(part)
        mistakes += [mistake for one in place for mistake in one.mistakes]
        good = self._count(part, mistakes, something)
        self._keep(name, part, good, places, (*measured, *place))

    def _measured(self, type_: ObservationType, part: _Part) -> tuple[list[Measured], list[Mistake]]:
        """The metrics' columns, and rows that name a metric of none."""
        if self._long is not None:
            return self._long.read(type_, part.columns, self._style)
        fields = self._binding.fields[type_.name]
        return [read_field(field, part.columns[field.column], self._style) for field in fields], []

    def _location(self, part: _Part) -> list[Measured]:
        form = self._form.location
        if form is None:
            return []
        fields = (Field(_LON, form.lon), Field(_LAT, form.lat))
        return [read_field(field, part.columns[field.column], self._style) for field in fields]

    def _untimed(self, part: _Part) -> Iterator[Mistake]:
        if not part.times.null_count:
            return
        form = self._form.time
        raw = part.columns[form.names[0]]
        if len(form.names) > 1:
            raw = pc.binary_join_element_wise(
                *[pc.fill_null(as_text(part.columns[n]), "") for n in form.names], " "
            )
        column = " ".join(form.names)
        expected = _MOMENT if form.calendar == "buddhist" else _BUDDHIST
        if form.format is None:
            expected = _MOMENT if form.unit is not None else _EPOCH
        yield Mistake(pc.is_null(part.times), Code.BAD_TIMESTAMP, column, raw, expected)

    def _places(self, type_: ObservationType, part: _Part, something: Any) -> tuple[Any, list[Mistake]]:
        """Each row's device, by its place in the table of senders, and what is wrong with which rows."""
        form = self._form.device
        if form.value is not None or form.column is None:
            texts = pa.array([form.value or ""], pa.string()).take(
                pa.nulls(part.rows, pa.int32()).fill_null(0)
            )
        else:
            texts = pc.fill_null(trimmed(as_text(part.columns[form.column])), "")
        column = form.column or "device"
        encoded = pc.dictionary_encode(texts)
        present = set(pc.unique(encoded.indices.filter(something)).to_pylist())
        places: list[int] = []
        wrong: dict[tuple[Code, str], list[int]] = {}
        for place, text in enumerate(encoded.dictionary.to_pylist()):
            found, why = -1, None
            if place in present:
                found, why = self._place(text, type_, part, encoded.indices, place)
            places.append(found)
            if why is not None:
                wrong.setdefault(why, []).append(place)
        mistakes = [
            Mistake(_among(encoded.indices, here), code, column, texts, expected)
            for (code, expected), here in wrong.items()
        ]
        return pa.array(places, pa.int32()).take(encoded.indices), mistakes

    def _place(
        self, text: str, type_: ObservationType, part: _Part, indices: Any, place: int
    ) -> tuple[int, tuple[Code, str] | None]:
        """A device's place in the table of senders; or -1 and why its rows are refused."""
        found, expected = self.senders.place(text, type_, self._zone(part, indices, place))
        if found < 0:
            return -1, (Code.UNKNOWN_DEVICE, expected)
        types = self.senders.table[found].types
        if type_.name not in types:
            return -1, (Code.UNKNOWN_TYPE, f"a type of this device: {', '.join(types)}")
        return found, None

    def _zone(self, part: _Part, indices: Any, place: int) -> str | None:
        form = self._form.zone
        if form is None or form.column is None:
            return None
        text = part.columns[form.column][pc.index(indices, place).as_py()].as_py()
        return None if text is None else str(text).strip()

    def _count(self, part: _Part, mistakes: Sequence[Mistake], among: Any = None) -> Any:
        """Count every wrong row once, under its first mistake; the mask of the rows that are good."""
        good = among
        for mistake in mistakes:
            rows = mistake.rows if good is None else pc.and_(mistake.rows, good)
            count = pc.sum(rows).as_py() or 0
            if not count:
                continue
            shown = self.refused.add(mistake.code, count)
            for row in pc.indices_nonzero(rows).slice(0, shown).to_pylist():
                value = mistake.raw[row].as_py()
                self.refused.show(part.numbers[row], mistake.column, value, mistake.code, mistake.expected)
            good = pc.invert(rows) if good is None else pc.and_(good, pc.invert(rows))
        return good

    def _keep(self, name: str, part: _Part, good: Any, places: Any, measured: Sequence[Measured]) -> None:
        kind = self._kinds.setdefault(name, len(self._kinds))
        columns = {
            MILLISECOND: part.times,
            SENDER: places,
            KIND: pa.nulls(part.rows, pa.int32()).fill_null(kind),
        }
        if self._form.type.column is not None:  # types come apart here; their rows meet again in file order
            columns[ROW] = pa.array(part.numbers, pa.int64())
        for one in measured:
            before = columns.get(one.metric.name)
            columns[one.metric.name] = one.values if before is None else pc.coalesce(one.values, before)
        table = pa.table(columns)
        self.tables.append(table if pc.all(good).as_py() else table.filter(good))


def _among(indices: Any, places: Sequence[int]) -> Any:
    return pc.is_in(indices, value_set=pa.array(places, indices.type))


def _some(part: _Part, rows: Any) -> _Part:
    numbers = [part.numbers[row] for row in pc.indices_nonzero(rows).to_pylist()]
    columns = {name: column.filter(rows) for name, column in part.columns.items()}
    return _Part(columns, numbers, part.times.filter(rows), len(numbers))


def _either(masks: Sequence[Any]) -> Any | None:
    found = None
    for mask in masks:
        found = mask if found is None else pc.or_(found, mask)
    return found


def _lacking(
    type_: ObservationType, measured: Sequence[Measured], long: LongFields | None
) -> Iterator[Mistake]:
    """Rows without a metric that their type requires. In a long recording that is known only later."""
    if long is not None:
        return
    by_name = {one.metric.name: one.values for one in measured}
    for metric in type_.metrics.values():
        if metric.required:
            rows = next(iter(by_name.values()), None)
            values = by_name.get(metric.name)
            if values is None:
                lacking = pc.is_null(pa.nulls(len(rows) if rows is not None else 0))
            else:
                lacking = pc.is_null(values)
            yield Mistake(lacking, Code.MISSING_METRIC, metric.name, lacking, metric.expected)
