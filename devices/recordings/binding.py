"""A map held against the catalogue and the city: which metric stands where, and how it is converted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from devices.documents import Loc, Problem, ProblemsError, suggestion
from devices.metrics import METRIC_NAME, Extra, Metric, MetricType
from devices.model import City, Text
from devices.recordings.mapform import MetricOfRow, RecordingMap, UnitColumn
from devices.recordings.units import Conversion, UnitError, conversion
from devices.types import ObservationType


@dataclass(frozen=True, slots=True)
class Field:
    """A metric of a recording: its column, and how the values there become the catalogue's.

    ``meanings`` are texts of the column and the metric's values for them.
    """

    metric: Metric
    column: str
    conversion: Conversion | None = None
    meanings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Binding:
    """A map that fits a catalogue. ``types`` are those that it can speak of, ``fields`` their metrics."""

    types: Mapping[str, ObservationType]
    fields: Mapping[str, Sequence[Field]]


def bind(map_: RecordingMap, catalog: Mapping[str, ObservationType], city: City) -> Binding:
    """The map's metrics, type by type.

    Raises:
        ProblemsError: types, metrics, zones that are not there, units that can't be converted: all of them.
    """
    problems = [*_types_unknown(map_, catalog), *_zones_unknown(map_, city)]
    types = _types(map_, catalog)
    if not types and not problems:
        problems.append(_nothing_fits(map_, catalog))
    problems += _metrics_unknown(map_, types) if types else []
    fields: dict[str, Sequence[Field]] = {}
    for type_ in types.values():
        fields[type_.name] = tuple(_fields(map_, type_, problems))
        problems += _long_units(map_, type_)
    if problems:
        raise ProblemsError(dict.fromkeys(problems))
    return Binding(types, fields)


def metric_of(type_: ObservationType, name: str) -> Metric | None:
    """A metric of the type, or a number that it keeps although it is none; None for neither."""
    known = type_.metrics.get(name)
    if known is None and type_.extra is Extra.KEEP and METRIC_NAME.fullmatch(name):
        return Metric(name, MetricType.NUMBER, Text(name, name))
    return known


def _types(map_: RecordingMap, catalog: Mapping[str, ObservationType]) -> dict[str, ObservationType]:
    form = map_.form.type
    if form.value is not None:
        return {form.value: catalog[form.value]} if form.value in catalog else {}
    named = _named(map_)
    candidates = form.map.values() if form.map else catalog
    fitting = (catalog[name] for name in candidates if name in catalog)
    return {type_.name: type_ for type_ in fitting if not named or any(metric_of(type_, m) for m in named)}


def _named(map_: RecordingMap) -> Mapping[str, Loc]:
    """The metrics that the map names, and where."""
    if map_.form.long is None:
        return {name: ("values", name) for name in map_.form.values}
    named = map_.form.long.map.items()
    return {form.metric: ("long", "map", text) for text, form in named if form is not None}


def _types_unknown(map_: RecordingMap, catalog: Mapping[str, ObservationType]) -> Iterator[Problem]:
    form = map_.form.type
    named: dict[Loc, str] = {("type", "map", text): name for text, name in form.map.items()}
    if form.value is not None:
        named[("type", "value") if ("type", "value") in map_.parsed.lines else ("type",)] = form.value
    for at, name in named.items():
        if name not in catalog:
            message = f"no observation type {name!r}{suggestion(name, catalog)}"
            yield map_.parsed.problem(at, message, value=name, allowed=", ".join(sorted(catalog)))


def _zones_unknown(map_: RecordingMap, city: City) -> Iterator[Problem]:
    form = map_.form.zone
    if form is None:
        return
    named: dict[Loc, str] = {("zone", "map", text): zone for text, zone in form.map.items()}
    if form.value is not None:
        named["zone", "value"] = form.value
    for at, zone in named.items():
        if zone not in city.zones:
            message = f"{city.id} has no zone {zone!r}{suggestion(zone, city.zones)}"
            yield map_.parsed.problem(at, message, value=zone, allowed=", ".join(city.zones))


def _nothing_fits(map_: RecordingMap, catalog: Mapping[str, ObservationType]) -> Problem:
    names = ", ".join(_named(map_))
    return map_.parsed.problem(
        ("type",), f"no observation type has {names}", allowed=", ".join(sorted(catalog))
    )


def _metrics_unknown(map_: RecordingMap, types: Mapping[str, ObservationType]) -> Iterator[Problem]:
    for name, at in _named(map_).items():
        if any(metric_of(type_, name) for type_ in types.values()):
            continue
        known = dict.fromkeys(metric for type_ in types.values() for metric in type_.metrics)
        whose = next(iter(types)) if len(types) == 1 else "no type"
        message = f"{whose} has no metric {name!r}" if len(types) == 1 else f"no type has a metric {name!r}"
        message += suggestion(name, known)
        yield map_.parsed.problem(at, message, value=name, allowed=", ".join(known))


def _fields(map_: RecordingMap, type_: ObservationType, problems: list[Problem]) -> Iterator[Field]:
    for name, form in map_.form.values.items():
        metric = metric_of(type_, name)
        if metric is None:
            continue
        try:
            made = unit_conversion(form.unit, metric)
        except UnitError as error:
            at = ("values", name, "unit")
            problems.append(map_.parsed.problem(at, str(error), value=form.unit, allowed=error.allowed))
            continue
        yield Field(metric, form.column, made, form.map)


def unit_conversion(unit: str | None, metric: Metric) -> Conversion | None:
    """As :func:`~devices.recordings.units.conversion`; what is no number has no unit."""
    if unit is None:
        return None
    if metric.type is not MetricType.NUMBER:
        raise UnitError(f"{metric.name} is no number, so it has no unit", "none: leave unit out")
    return conversion(unit, metric)


def long_unit(map_: RecordingMap, form: MetricOfRow | None) -> str | None:
    """The unit of a long recording's metric, as far as the map says it."""
    if form is not None and form.unit is not None:
        return form.unit
    long = map_.form.long
    return None if long is None or isinstance(long.unit, UnitColumn) else long.unit


def _long_units(map_: RecordingMap, type_: ObservationType) -> Iterator[Problem]:
    long = map_.form.long
    for text, form in long.map.items() if long else ():
        metric = metric_of(type_, form.metric) if form else None
        unit = long_unit(map_, form)
        if metric is None or form is None:
            continue
        try:
            unit_conversion(unit, metric)
        except UnitError as error:
            at: Loc = ("long", "map", text, "unit") if form.unit else ("long", "unit")
            yield map_.parsed.problem(at, f"{form.metric}: {error}", value=unit, allowed=error.allowed)
