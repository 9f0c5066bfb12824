"""``MAP.yaml`` as it is written: what the columns of a recording mean."""

from __future__ import annotations

import codecs
import re
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    field_validator,
    model_validator,
)

from devices.cityfile import check_timezone
from devices.documents import Document, Parsed, ProblemsError, build, parse
from devices.forms import Form, Id, Interval
from devices.recordings.text import Numbers
from devices.recordings.timeformats import TimeFormat, compile_format
from devices.typefile import MetricName

NOT_MEASURED = ("", "NA", "N/A", "NaN", "null", "None", "-")
"""What stands for a value that was not measured when a map does not say."""

_OFFSET = re.compile(r"[+-](0\d|1[0-4]):[0-5]\d")


def _written(value: object) -> object:
    """A plain value of YAML as the text that stands in a cell: ``-999`` for ``"-999"``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _column(value: object) -> object:
    """A name alone is a column."""
    return {"column": value} if isinstance(value, str) else value


def _sign(value: object) -> object:
    return (
        {"tab": "\t", "\\t": "\t", "semicolon": ";", "comma": ","}.get(value, value)
        if isinstance(value, str)
        else value
    )


def _encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise ValueError(
            f"no encoding {name!r}: utf-8, tis-620, cp874, cp1252 or latin-1 are usual"
        ) from None


def _zone(name: str) -> str:
    return name if _OFFSET.fullmatch(name) else check_timezone(name)


Text = Annotated[str, BeforeValidator(_written)]
"""Text; a bare number of YAML is the text of it."""
Sign = Annotated[str, BeforeValidator(_sign), Field(min_length=1, max_length=1)]
Name = Annotated[str, BeforeValidator(_written), Field(min_length=1)]


class CsvForm(Form):
    """How a CSV file is written."""

    delimiter: Sign = Field(",", description="What parts two cells: , ; | or tab.")
    decimal: Literal[".", ","] = Field(".", description="The decimal sign of numbers.")
    thousands: Literal[",", ".", " ", "'", "_"] | None = Field(
        None, description="What parts groups of three digits."
    )
    encoding: Annotated[str, AfterValidator(_encoding)] = Field(
        "utf-8", description="utf-8 (with or without a byte order mark), tis-620, cp874, latin-1 …"
    )
    quote: Sign | None = Field('"', description="What stands around a cell that holds a delimiter.")
    skip: int = Field(0, ge=0, le=10_000, strict=True, description="Lines before the header.")
    columns: tuple[Name, ...] | None = Field(
        None, min_length=1, description="Names of the columns, for a file without a header."
    )

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if self.thousands == self.decimal:
            raise ValueError("decimal and thousands can't be the same sign")
        return self


class TimeForm(Form):
    """When a reading was taken. A time without an offset is local: in ``zone``, else in the city's."""

    column: Name | None = Field(None, description="Column that holds it.")
    columns: tuple[Name, ...] | None = Field(
        None, min_length=1, description="Columns that hold it together, read with a space between them."
    )
    format: str | None = Field(
        None, min_length=2, description="Letters of strptime: %d/%m/%Y %H:%M; RFC 3339 when left out."
    )
    unit: Literal["s", "ms", "us", "ns"] | None = Field(
        None, description="Unit of a number, counted from 1970-01-01 UTC."
    )
    zone: Annotated[str, AfterValidator(_zone)] | None = Field(
        None,
        description="IANA zone (Asia/Bangkok) or offset (+07:00) of local times; the city's when left out.",
    )
    calendar: Literal["gregorian", "buddhist"] = Field(
        "gregorian", description="buddhist: years of the format are 543 ahead, 2566 is 2023."
    )

    @field_validator("format")
    @classmethod
    def _readable(cls, text: str | None) -> str | None:
        if text is not None:
            compile_format(text)
        return text

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.column is None) == (self.columns is None):
            raise ValueError("needs either column, or columns that are read together")
        if self.unit is not None and (self.format is not None or self.columns is not None):
            raise ValueError("unit belongs to a single column of numbers, and takes no format")
        if self.calendar == "buddhist" and self.format is None:
            raise ValueError("calendar belongs to a format: say how the time is written")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Its columns."""
        return self.columns or (self.column or "",)

    def layout(self) -> TimeFormat | None:
        """Its format, ready to read; None for RFC 3339 and numbers."""
        if self.format is None:
            return None
        return compile_format(self.format, buddhist=self.calendar == "buddhist")


class _ColumnOrValue(Form):
    column: Name | None = Field(None, description="Column that holds it, row by row.")

    def _check(self, value: object) -> None:
        if (self.column is None) == (value is None):
            raise ValueError("needs either column, or value when it is the same in every row")


class DeviceOfRow(_ColumnOrValue):
    """Which device a row is of."""

    value: Id | None = Field(None, description="The device of the whole recording.")
    map: dict[str, Id] = Field({}, description="What the column says, and the device's id.")

    @model_validator(mode="after")
    def _either(self) -> Self:
        self._check(self.value)
        return self


class ZoneOfRow(_ColumnOrValue):
    """Which zone of the city a device that is registered stands in."""

    value: str | None = Field(None, description="The zone of them all.")
    map: dict[str, str] = Field({}, description="What the column says, and the zone's id.")

    @model_validator(mode="after")
    def _either(self) -> Self:
        self._check(self.value)
        return self


class TypeOfRow(_ColumnOrValue):
    """Which observation type a row is of."""

    value: str | None = Field(None, description="The type of them all.")
    map: dict[str, str] = Field({}, description="What the column says, and the observation type.")

    @model_validator(mode="after")
    def _either(self) -> Self:
        self._check(self.value)
        return self


class ValueForm(Form):
    """One metric: its column, and the unit there when it is another than the catalogue's."""

    column: Name
    unit: str | None = Field(
        None, min_length=1, description="Unit of the column, converted to the catalogue's."
    )
    map: dict[str, Text] = Field({}, description="What the column says, and the metric's value for it.")


class MetricOfRow(Form):
    """A metric as a long recording names it."""

    metric: MetricName
    unit: str | None = Field(None, min_length=1, description="Unit of its values there.")


class UnitColumn(Form):
    """The unit, row by row."""

    column: Name


def _metric(value: object) -> object:
    return {"metric": value} if isinstance(value, str) else value


Named = Annotated[
    MetricOfRow | None, BeforeValidator(_metric, json_schema_input_type=str | MetricOfRow | None)
]


class LongForm(Form):
    """A recording with one value a row."""

    metric: Name = Field(description="Column that names what was measured.")
    value: Name = Field(description="Column that holds the value.")
    map: dict[str, Named] = Field(
        {},
        description="What the column says, and the metric: its name, or metric and unit; null leaves it out.",
    )
    unit: str | UnitColumn | None = Field(None, description="Unit of all values, or the column that says it.")


class PlaceForm(Form):
    """Where a reading was taken, for what moves: degrees, WGS 84."""

    lon: Name
    lat: Name


class MapForm(Form):
    """``MAP.yaml``."""

    model_config = ConfigDict(title="Nakhon recording map")

    city: str | None = Field(None, min_length=1, description="Folder of the city, relative to this file.")
    csv: CsvForm = CsvForm()
    time: TimeForm
    device: DeviceOfRow
    zone: ZoneOfRow | None = None
    type: Annotated[
        TypeOfRow,
        BeforeValidator(
            lambda value: {"value": value} if isinstance(value, str) else value,
            json_schema_input_type=str | TypeOfRow,
        ),
    ] = Field(description="Observation type; or the column that says it.")
    interval: Interval | None = Field(None, description="How often a device reports in this recording.")
    values: dict[
        MetricName, Annotated[ValueForm, BeforeValidator(_column, json_schema_input_type=str | ValueForm)]
    ] = Field({}, description="Metric, and the column that holds it.")
    long: LongForm | None = Field(None, description="One value a row, instead of values.")
    location: PlaceForm | None = None
    missing: tuple[Text, ...] = Field(
        NOT_MEASURED, description="What stands for a value that was not measured."
    )
    register_: StrictBool = Field(
        False, alias="register", description="Whether devices that the city does not list are made up."
    )

    @model_validator(mode="after")
    def _wide_or_long(self) -> Self:
        if bool(self.values) == (self.long is not None):
            raise ValueError("needs either values (a column a metric), or long (a row a value)")
        return self

    def numbers(self) -> Numbers:
        """How numbers are written."""
        missing = dict.fromkeys(("", *(text.strip() for text in self.missing)))
        return Numbers(self.csv.decimal, self.csv.thousands, tuple(missing))

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the map reads, each once."""
        names: list[str | None] = [*self.time.names, self.device.column, self.type.column]
        names += [self.zone.column] if self.zone else []
        names += [form.column for form in self.values.values()]
        if self.long is not None:
            unit = self.long.unit.column if isinstance(self.long.unit, UnitColumn) else None
            names += [self.long.metric, self.long.value, unit]
        if self.location is not None:
            names += [self.location.lon, self.location.lat]
        return tuple(dict.fromkeys(name for name in names if name is not None))


class RecordingMap:
    """A map that was read, with the lines on which everything in it stands."""

    __slots__ = ("form", "parsed")

    def __init__(self, form: MapForm, parsed: Parsed) -> None:
        self.form = form
        self.parsed = parsed


def parse_map(document: Document) -> RecordingMap:
    """What a map's text says. What it names is held against the catalogue when a recording is read.

    Raises:
        ProblemsError: all that is wrong with it by itself.
    """
    parsed = parse(document)
    if not isinstance(parsed.data, dict):
        raise ProblemsError([parsed.problem((), "must be a mapping: time, device, type, values …")])
    return RecordingMap(build(MapForm, parsed), parsed)


def map_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a map."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **MapForm.model_json_schema()}
