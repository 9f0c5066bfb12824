"""Observations turned into Arrow columns: the hot path of writing to DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from types import NoneType
from typing import Any, NamedTuple

import pyarrow as pa

from devices.model import Observation
from services.store.timeseries.slots import kind_of

_ARROW = {"n": pa.float64(), "s": pa.string(), "b": pa.bool_()}

SlotOf = Callable[[str, str, str], str]
"""Type, metric and kind of value to the column that holds it."""


class Group(NamedTuple):
    """Observations of one type, and the places of those among them that amend a stored one."""

    type: str
    rows: Sequence[Observation]
    amending: Sequence[int] = ()


def by_type(observations: Sequence[Observation]) -> dict[str, list[Observation]]:
    """Observations grouped by type, in order."""
    groups: dict[str, list[Observation]] = {}
    for observation in observations:
        group = groups.get(observation.type)
        if group is None:
            groups[observation.type] = [observation]
        else:
            group.append(observation)
    return groups


def table(groups: Sequence[Group], slot_of: SlotOf) -> pa.Table:
    """The rows of all groups, one after the other, with the fixed columns and the slots they use.

    Raises:
        pyarrow.ArrowException, UnicodeError, TypeError, OverflowError, FullError: some value can't be held.
    """
    rows = [row for group in groups for row in group.rows]
    times, devices, zones, types, _, _, locations, seqs = zip(*rows, strict=True)
    columns: dict[str, pa.Array] = {
        "time": pa.array(times, pa.int64()),
        "type": pa.array(types, pa.string()),
        "device": pa.array(devices, pa.string()),
        "zone": pa.array(zones, pa.string()),
    }
    if any(seq is not None for seq in seqs):
        columns["seq"] = pa.array(seqs, pa.int64())
    if any(locations):
        columns["lon"] = pa.array([place and place[0] for place in locations], pa.float64())
        columns["lat"] = pa.array([place and place[1] for place in locations], pa.float64())
    if any(group.amending for group in groups):
        columns["amends"] = pa.array(_marks(groups), pa.bool_())
    columns.update((slot, pa.array(cells, _ARROW[slot[0]])) for slot, cells in _cells(groups, slot_of))
    return pa.table(columns)


def _marks(groups: Sequence[Group]) -> list[bool]:
    marks: list[bool] = []
    for group in groups:
        amending = set(group.amending)
        marks.extend(place in amending for place in range(len(group.rows)))
    return marks


def _cells(groups: Sequence[Group], slot_of: SlotOf) -> Iterator[tuple[str, list[Any]]]:
    """Slot and its cells over all groups, None where a row has no such value."""
    if len(groups) == 1:
        yield from _group_cells(groups[0], slot_of)
        return
    found: dict[str, list[Any]] = {}
    before = 0
    for group in groups:
        for slot, cells in _group_cells(group, slot_of):
            column = found.setdefault(slot, [])
            column.extend([None] * (before - len(column)))
            column.extend(cells)
        before += len(group.rows)
    for slot, column in found.items():
        column.extend([None] * (before - len(column)))
        yield slot, column


def _group_cells(group: Group, slot_of: SlotOf) -> Iterator[tuple[str, list[Any]]]:
    values = [row.values for row in group.rows]
    for metric in dict.fromkeys(chain.from_iterable(values)):
        cells = [held.get(metric) for held in values]
        kinds = {kind_of(type_) for type_ in set(map(type, cells)) if type_ is not NoneType}
        for kind in sorted(kinds):
            yield slot_of(group.type, metric, kind), cells if len(kinds) == 1 else _only(kind, cells)


def _only(kind: str, cells: list[Any]) -> list[Any]:
    return [cell if cell is not None and kind_of(type(cell)) == kind else None for cell in cells]
