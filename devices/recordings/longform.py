"""Recordings with one value a row: the column of values, taken apart by metric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow.compute as pc

from devices.documents import suggestion
from devices.recordings.binding import Field, long_unit, metric_of, unit_conversion
from devices.recordings.mapform import MetricOfRow, RecordingMap, UnitColumn
from devices.recordings.text import Numbers, as_text, blank, trimmed
from devices.recordings.units import UnitError
from devices.recordings.values import Measured, Mistake, read_field
from devices.refusal import Code
from devices.types import ObservationType


class LongFields:
    """The metrics of a long recording. A metric that the map does not name is called as in the catalogue."""

    def __init__(self, map_: RecordingMap) -> None:
        assert map_.form.long is not None
        self._map, self._form = map_, map_.form.long
        self._unit = self._form.unit.column if isinstance(self._form.unit, UnitColumn) else None

    def read(
        self, type_: ObservationType, columns: Mapping[str, Any], style: Numbers
    ) -> tuple[list[Measured], list[Mistake]]:
        """The values of each metric, null in the rows of others, and the rows that name no metric."""
        raw = columns[self._form.value]
        names = pc.fill_null(trimmed(as_text(columns[self._form.metric])), "")
        measured, mistakes = [], []
        for name, unit, rows in self._kinds(names, columns):
            found = self._field(type_, name, unit)
            if isinstance(found, Field):
                measured.append(read_field(found, pc.if_else(rows, raw, None), style))
            elif found is not None:
                code, expected = found
                column = self._form.metric if code is Code.UNKNOWN_METRIC else self._unit or ""
                said = pc.and_(rows, pc.invert(blank(raw, style.missing)))
                mistakes.append(Mistake(said, code, column, columns[column], expected))
        return measured, mistakes

    def _kinds(self, names: Any, columns: Mapping[str, Any]) -> list[tuple[str, str | None, Any]]:
        """Every metric, with every unit in which it comes, and the rows (a mask) that are so."""
        units = None
        if self._unit is not None:
            units = pc.fill_null(trimmed(as_text(columns[self._unit])), "")
        found: list[tuple[str, str | None, Any]] = []
        for name in pc.unique(names).to_pylist():
            rows = pc.equal(names, name)
            if units is None:
                found.append((name, None, rows))
            else:
                here = pc.unique(units.filter(rows)).to_pylist()
                found += [(name, unit, pc.and_(rows, pc.equal(units, unit))) for unit in here]
        return found

    def _field(self, type_: ObservationType, name: str, unit: str | None) -> Field | tuple[Code, str] | None:
        """How a metric is read; or why it can't be; None when the map leaves it out."""
        form = self._form.map.get(name, MetricOfRow.model_construct(metric=name, unit=None))
        if form is None:
            return None
        metric = metric_of(type_, form.metric)
        if metric is None:
            near = suggestion(name, type_.metrics).removeprefix("; ")
            expected = f"{near} {type_.name} has {', '.join(type_.metrics)}; say under long.map which it is"
            return Code.UNKNOWN_METRIC, expected.strip()
        try:
            made = unit_conversion(
                (form.unit or unit or None) if unit is not None else long_unit(self._map, form), metric
            )
        except UnitError as error:
            return Code.WRONG_TYPE, f"a unit that can become {metric.unit or 'a share'}: {error.allowed}"
        return Field(metric, self._form.value, made)
