"""Columns of metrics: read, converted, and held against their type with the verdict that telemetry gets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from devices.metrics import LONGEST_STRING, Metric, MetricType
from devices.recordings.binding import Field
from devices.recordings.text import Numbers, as_text, blank, read_numbers, trimmed
from devices.recordings.units import Conversion
from devices.refusal import Code

_TRUTHS = {"true": True, "false": False, "1": True, "0": False}


@dataclass(frozen=True, slots=True)
class Mistake:
    """Rows (a mask without nulls) of a column that are refused, and why."""

    rows: Any
    code: Code
    column: str
    raw: Any
    expected: str


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric's column: its values (null: not measured, or refused), and what is wrong with which rows."""

    metric: Metric
    values: Any
    mistakes: tuple[Mistake, ...] = ()


def read_field(field: Field, raw: Any, style: Numbers) -> Measured:
    """The values of a metric. The same values are accepted and refused as by
    :meth:`~devices.types.ObservationType.check`, with the same codes.
    """
    column = _translated(raw, field) if field.meanings else raw
    kind = field.metric.type
    if kind is MetricType.NUMBER:
        values, wrong = read_numbers(column, style)
        if field.conversion is not None:
            values = _converted(values, field.conversion)
        outside = _outside(values, field.metric)
    elif kind is MetricType.BOOLEAN:
        values, wrong = _truths(column, style)
        outside = None
    else:
        values, wrong = _texts(column, style), None
        outside = _not_allowed(values, field.metric)
    return Measured(field.metric, values, tuple(_mistakes(field, raw, wrong, outside)))


def _mistakes(field: Field, raw: Any, wrong: Any, outside: Any) -> Iterator[Mistake]:
    for rows, code, expected in (
        (wrong, Code.WRONG_TYPE, field.metric.expected),
        (outside, Code.OUT_OF_RANGE, field.metric.allowed),
    ):
        if rows is not None and pc.any(rows).as_py():
            yield Mistake(rows, code, field.column, raw, expected)


def _translated(raw: Any, field: Field) -> Any:
    """Texts of the column replaced by what they mean; others as they are."""
    texts = trimmed(as_text(raw))
    places = pc.index_in(texts, value_set=pa.array(list(field.meanings), pa.string()))
    meant = pa.array(list(field.meanings.values()), pa.string()).take(places)
    return pc.coalesce(meant, texts)


def _converted(values: Any, how: Conversion) -> Any:
    values = pc.add(values, how.before) if how.before else values
    values = pc.multiply(values, how.times) if how.times != 1 else values
    values = pc.divide(values, how.by) if how.by != 1 else values
    return pc.subtract(values, how.after) if how.after else values


def _outside(values: Any, metric: Metric) -> Any | None:
    if metric.range is None:
        return None
    low, high = metric.range
    return pc.fill_null(pc.or_(pc.less(values, low), pc.greater(values, high)), False)


def _truths(column: Any, style: Numbers) -> tuple[Any, Any | None]:
    if pa.types.is_boolean(column.type):
        return column, None
    texts = pc.utf8_lower(_texts(column, style))
    places = pc.index_in(texts, value_set=pa.array(list(_TRUTHS), pa.string()))
    values = pa.array(list(_TRUTHS.values()), pa.bool_()).take(places)
    return values, pc.and_(pc.is_valid(texts), pc.is_null(values))


def _texts(column: Any, style: Numbers) -> Any:
    return pc.if_else(blank(column, style.missing), None, trimmed(as_text(column)))


def _not_allowed(values: Any, metric: Metric) -> Any:
    if metric.values:
        allowed = pc.is_in(values, value_set=pa.array(metric.values, pa.string()))
        return pc.and_(pc.is_valid(values), pc.invert(allowed))
    return pc.fill_null(pc.greater(pc.utf8_length(values), LONGEST_STRING), False)
