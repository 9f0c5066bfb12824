"""Refused readings by cause: how many, of how many devices, since when, with an example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Subquery, and_, func, or_, select

from services.runtime.clock import rfc3339
from services.store.records.quarantine_cause import name_of
from services.store.records.quarantine_filter import QuarantineFilter, select_where
from services.store.records.tables import quarantine as table
from services.store.records.tables import quarantine_causes as causes
from services.store.records.ulid import time_of

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class CauseGroup:
    """A group: ``body`` as it is shown, and its ``place`` among the others (count, key)."""

    body: Mapping[str, Any]
    place: tuple[int, int]


Groups = tuple[Sequence[CauseGroup], tuple[int, int] | None]
"""Groups, and the place after which the next page begins, None at the end."""


def groups(
    connection: Connection, where: QuarantineFilter, kind: str, limit: int, after: tuple[int, int] | None
) -> Groups:
    """The largest groups of the entries that are meant, those after a place."""
    counted = _counted(where, kind)
    query = select(counted, causes).outerjoin(causes, causes.c.id == counted.c.cause)
    query = query.order_by(counted.c.total.desc(), counted.c.cause).limit(limit + 1)
    if after is not None:
        behind = and_(counted.c.total == after[0], counted.c.cause > after[1])
        query = query.where(or_(counted.c.total < after[0], behind))
    rows = connection.execute(query).all()
    devices = _devices(connection, [name for row in rows[:limit] for name in (row.first, row.last)])
    shown = [_group(row, devices) for row in rows[:limit]]
    return shown, shown[-1].place if len(rows) > limit else None


def _counted(where: QuarantineFilter, kind: str) -> Subquery:
    """Entries counted by cause. One index holds all that this reads, unless words are looked for."""
    columns = select(table.c.cause, table.c.device, table.c.id, table.c.more)
    meant = select_where(columns, where, kind, by_cause=not where.words)
    # Payloads are searched in the order in which they lie, not cause by cause.
    entries = meant.cte().prefix_with("MATERIALIZED") if where.words else meant.subquery()
    return (
        select(
            entries.c.cause,
            (func.count() + func.sum(entries.c.more)).label("total"),
            func.count(entries.c.device.distinct()).label("devices"),
            func.min(entries.c.device).label("one_device"),
            func.max(entries.c.device).label("another"),
            func.min(entries.c.id).label("first"),
            func.max(entries.c.id).label("last"),
        )
        .group_by(entries.c.cause)
        .subquery()
    )


def _devices(connection: Connection, ids: Sequence[str]) -> dict[str, str | None]:
    """The devices of entries, by their ids."""
    found: dict[str, str | None] = {}
    for start in range(0, len(ids), _AT_ONCE):
        query = select(table.c.id, table.c.device).where(table.c.id.in_(ids[start : start + _AT_ONCE]))
        found |= {row.id: row.device for row in connection.execute(query)}
    return found


def _group(row: Any, devices: Mapping[str, str | None]) -> CauseGroup:
    some = {row.one_device, row.another, devices.get(row.first), devices.get(row.last)} - {None}
    body = {
        "cause": name_of(row.cause),
        "code": row.code,
        "path": row.path,
        "contract": row.contract,
        "expected": row.expected,
        "count": int(row.total),
        "devices": row.devices,
        "some_devices": sorted(some),
        "first": rfc3339(time_of(row.first)),
        "last": rfc3339(time_of(row.last)),
        "example": row.last,
    }
    return CauseGroup(body, (int(row.total), row.cause))
