"""The chunks of a recording as one table, by time, rows of one identity put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from devices.recordings.recording import KIND, MILLISECOND, ROW, SENDER
from devices.recordings.refusals import Refusals
from devices.refusal import Code
from devices.types import ObservationType

_MOST = 2**62
_PLACE = "\0place"
_BESIDE = (MILLISECOND, SENDER, KIND)


def in_order(
    tables: Sequence[Any],
    kinds: Sequence[str],
    types: Mapping[str, ObservationType],
    refused: Refusals,
    *,
    long: bool,
) -> Any:
    """One table by time; those of one time in file order.

    Rows of one device, type and millisecond are one reading: what a later one says of a metric holds. In a
    long recording, readings that lack a required metric are refused here, when their rows have met.
    """
    if not tables:
        return _empty()
    table = pa.concat_tables(tables, promote_options="default").combine_chunks()
    if ROW in table.column_names or not _rising(table[MILLISECOND]):
        by = [(name, "ascending") for name in (MILLISECOND, ROW) if name in table.column_names]
        table = table.take(pc.sort_indices(table, sort_keys=by)).combine_chunks()
    table = table.select([name for name in table.column_names if name != ROW])
    if _meet(table):
        table = _together(table)
    return _complete(table, kinds, types, refused) if long else table


def _empty() -> Any:
    return pa.table(
        {
            MILLISECOND: pa.array([], pa.int64()),
            SENDER: pa.array([], pa.int32()),
            KIND: pa.array([], pa.int32()),
        }
    )


def _steps(column: Any) -> Any:
    """What each number is above the one before it."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    array = array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
    return pc.subtract(array.slice(1), array.slice(0, len(array) - 1))


def _rising(times: Any) -> bool:
    return len(times) < 2 or pc.min(_steps(times)).as_py() >= 0


def _meet(table: Any) -> bool:
    """Whether two rows have the same identity."""
    if len(table) < 2 or pc.min(_steps(table[MILLISECOND])).as_py() > 0:
        return False
    senders, kinds = (pc.max(table[name]).as_py() + 1 for name in (SENDER, KIND))
    start = table[MILLISECOND][0].as_py()
    if (table[MILLISECOND][-1].as_py() - start + 1) * senders * kinds > _MOST:
        return True
    who = pc.add(pc.multiply(pc.cast(table[SENDER], pa.int64()), kinds), pc.cast(table[KIND], pa.int64()))
    keys = pc.add(pc.multiply(pc.subtract(table[MILLISECOND], start), senders * kinds), who)
    if pc.min(_steps(keys)).as_py() > 0:
        return False
    ordered = keys.take(pc.array_sort_indices(keys))
    return bool(pc.min(_steps(ordered)).as_py() == 0)


def _together(table: Any) -> Any:
    """A row for each identity, where its first row stood."""
    others = [name for name in table.column_names if name not in _BESIDE]
    placed = table.append_column(_PLACE, pa.arange(0, len(table)))
    wanted = [*((name, "last") for name in others), (_PLACE, "min")]
    grouped = placed.group_by(list(_BESIDE), use_threads=False).aggregate(wanted)
    ordered = grouped.sort_by(f"{_PLACE}_min")
    columns = [ordered[name if name in _BESIDE else f"{name}_last"] for name in table.column_names]
    return pa.table(columns, names=table.column_names).combine_chunks()


def _complete(
    table: Any, kinds: Sequence[str], types: Mapping[str, ObservationType], refused: Refusals
) -> Any:
    """Without the readings of a long recording that lack what their type requires."""
    for place, kind in enumerate(kinds):
        for metric in types[kind].metrics.values():
            if not metric.required:
                continue
            column = table[metric.name] if metric.name in table.column_names else pa.nulls(len(table))
            lacking = pc.and_(pc.equal(table[KIND], place), pc.is_null(column))
            count = pc.sum(lacking).as_py() or 0
            if count:
                if refused.add(Code.MISSING_METRIC, count):
                    refused.show(0, metric.name, None, Code.MISSING_METRIC, metric.expected)
                table = table.filter(pc.invert(lacking))
    return table.combine_chunks()
