"""A city's devices as they are written: ``devices.csv`` or ``devices.yaml``, one form for both."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from devices.cityfile import Latitude, Longitude
from devices.documents import Document, Loc, Parsed, Problem, ProblemsError, build, parse, suggestion
from devices.forms import Form, Id, Interval
from devices.model import Device, Domain
from devices.types import ObservationType

_PLACE = re.compile(r"^\[[0-9]+\]\.?")


def split_types(value: object) -> object:
    """``A;B`` as a list; a list stays one."""
    if not isinstance(value, str):
        return value
    return [name for part in value.split(";") if (name := part.strip())]


def split_labels(value: object) -> object:
    """``k=v;k=v`` as a mapping; a mapping stays one.

    Raises:
        ValueError: a part without ``=``, or a key that stands twice.
    """
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(";") if part.strip()]
    labels = {key.strip(): text.strip() for key, _, text in pairs}
    if any(not equals or not key.strip() for key, equals, _ in pairs) or len(labels) < len(pairs):
        raise ValueError("must be k=v;k=v, every key once")
    return labels


class DeviceForm(Form):
    """One device."""

    id: Id = Field(description="Unique in its city; a level of its topic.")
    type: Annotated[
        tuple[str, ...],
        BeforeValidator(split_types, json_schema_input_type=str | list[str]),
        Field(min_length=1),
    ] = Field(description="Observation types it may send, A;B or a list; the first is the default.")
    zone: str = Field(description="Id of its zone.")
    service: str | None = Field(None, description="Id of the service it counts for.")
    name: str = Field("", max_length=200)
    lon: Longitude | None = Field(None, description="Longitude in degrees (WGS 84).")
    lat: Latitude | None = Field(None, description="Latitude in degrees (WGS 84).")
    interval: Interval | None = Field(None, description="How often it reports; its type's when left out.")
    domain: Domain | None = Field(None, description="Domain of its topic; its type's when left out.")
    labels: Annotated[
        dict[str, str], BeforeValidator(split_labels, json_schema_input_type=str | dict[str, str])
    ] = Field({}, description="k=v;k=v or a mapping, for rules to select by.")

    @model_validator(mode="after")
    def _whole_position(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon and lat belong together")
        return self

    def device(self, types: Mapping[str, ObservationType]) -> Device:
        """The device, with what it leaves out taken from its first type."""
        first = types[self.type[0]]
        location = None if self.lon is None or self.lat is None else (self.lon, self.lat)
        return Device(
            id=self.id,
            types=self.type,
            zone=self.zone,
            domain=self.domain or first.domain,
            interval=self.interval or first.interval,
            name=self.name,
            service=self.service,
            location=location,
            labels=self.labels,
        )


COLUMNS = tuple(DeviceForm.model_fields)
NEEDED = tuple(name for name, field in DeviceForm.model_fields.items() if field.is_required())


@dataclass(frozen=True, slots=True)
class References:
    """What a device may name. None: not known, because the file that says so is broken itself."""

    zones: Collection[str] | None
    services: Collection[str] | None
    types: Mapping[str, ObservationType] | None


def parse_devices(document: Document, references: References) -> tuple[Device, ...]:
    """The devices of a file, ``.csv`` or YAML by its name, in its order.

    Raises:
        ProblemsError: all mistakes of all devices.
    """
    table = document.name.endswith(".csv")
    problems: list[Problem] = []
    parsed = read_table(document, problems) if table else parse(document)
    at, rows = rows_of(parsed)
    problems += _duplicates(parsed, at, rows)
    devices = []
    for place, row in enumerate(rows):
        try:
            form = build(DeviceForm, parsed, at=(*at, place), data={} if row is None else row)
        except ProblemsError as error:
            problems += error.problems
            form = None
        wrong = list(_dangling(parsed, (*at, place), row, references))
        problems += wrong
        if form and not wrong and references.types is not None:
            devices.append(form.device(references.types))
    if problems:
        raise ProblemsError([_in_table(problem) for problem in problems] if table else problems)
    return tuple(devices)


def device_places(document: Document) -> dict[str, str]:
    """The ids in a file of devices, each with ``file:line``; as many as can be read of a broken one."""
    try:
        parsed = read_table(document, []) if document.name.endswith(".csv") else parse(document)
        at, rows = rows_of(parsed)
    except ProblemsError:
        return {}
    return {
        row["id"]: f"{document.name}:{parsed.line((*at, place, 'id'))}"
        for place, row in enumerate(rows)
        if isinstance(row, dict) and isinstance(row.get("id"), str)
    }


def rows_of(parsed: Parsed) -> tuple[Loc, Sequence[Any]]:
    """Where the list of devices stands, and the list: the whole document, or its key ``devices``.

    Raises:
        ProblemsError: there is no list.
    """
    data = parsed.data
    under = isinstance(data, dict) and list(data) == ["devices"]
    at: Loc = ("devices",) if under else ()
    rows = data["devices"] if under else data
    if rows is None:
        return at, []
    if not isinstance(rows, list):
        raise ProblemsError([parsed.problem(at, "must be a list of devices, at the top or under devices")])
    return at, rows


def _duplicates(parsed: Parsed, at: Loc, rows: Sequence[Any]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for place, row in enumerate(rows):
        name = row.get("id") if isinstance(row, dict) else None
        if not isinstance(name, str):
            continue
        if name in first:
            line = parsed.line((*at, first[name], "id"))
            message = f"{name} stands here a second time; the first is on line {line}"
            yield parsed.problem((*at, place, "id"), message, value=name)
        first.setdefault(name, place)


def _dangling(parsed: Parsed, at: Loc, row: Any, references: References) -> Iterator[Problem]:
    """Zones, services and types that a device names and that are not there."""
    if not isinstance(row, dict):
        return
    named = (
        ("zone", "zone", [row.get("zone")], references.zones),
        ("service", "service", [row.get("service")], references.services),
        ("type", "observation type", split_types(row.get("type")), references.types),
    )
    for key, what, names, known in named:
        if known is None or not isinstance(names, list):
            continue
        for name in names:
            if isinstance(name, str) and name not in known:
                message = f"no {what} {name!r}{suggestion(name, sorted(known))}"
                yield parsed.problem((*at, key), message, value=name, allowed=", ".join(sorted(known)))


def _in_table(problem: Problem) -> Problem:
    """``[3].lon`` as the table's author calls it: the column ``lon``."""
    return replace(problem, key=_PLACE.sub("", problem.key))


def read_table(document: Document, problems: list[Problem]) -> Parsed:
    """A CSV file (RFC 4180, a header line, UTF-8 with or without a byte order mark) as a list of mappings.

    Empty cells are left out, empty lines passed over. What is wrong with single lines (more cells than the
    header, quotes that don't close) is added to ``problems``.

    Raises:
        ProblemsError: the header lacks a column that is needed, or has unknown or repeated ones.
    """
    reader = csv.reader(io.StringIO(document.text.removeprefix("\ufeff"), newline=""), strict=True)
    parsed = Parsed(document, [])
    try:
        header = [column.strip() for column in next(reader, [])]
        if wrong := list(_header(document, header)):
            raise ProblemsError(wrong)
        line = reader.line_num + 1
        for cells in reader:
            _row(parsed, header, cells, line, problems)
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(document.name, reader.line_num, "", f"not CSV: {error}"))
    return parsed


def _header(document: Document, header: list[str]) -> Iterator[Problem]:
    def problem(column: str, message: str) -> Problem:
        return Problem(document.name, 1, column, message, column, ", ".join(COLUMNS))

    for column in NEEDED:
        if column not in header:
            yield problem(column, "the column is missing")
    for place, column in enumerate(header):
        if column not in COLUMNS:
            yield problem(column, f"unknown column {column!r}{suggestion(column, COLUMNS)}")
        elif column in header[:place]:
            yield problem(column, "the column stands here twice")


def _row(parsed: Parsed, header: list[str], cells: list[str], line: int, problems: list[Problem]) -> None:
    texts = [cell.strip() for cell in cells]
    if not any(texts):
        return
    if len(texts) > len(header):
        message = f"{len(texts)} cells, the header has {len(header)}; quote a cell that holds a comma"
        problems.append(Problem(parsed.document.name, line, "", message))
        return
    parsed.lines[(len(parsed.data),)] = line
    parsed.data.append({column: text for column, text in zip(header, texts, strict=False) if text})
