"""Incidents as they are kept: what an operator works on, and its log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, insert, select, update

from rules.model import Severity
from services.store.records.database import Database, run_many
from services.store.records.tables import incident_history, incidents
from services.store.records.ulid import is_ulid


@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """Alerts that belong together. Times are ms.

    ``key`` is what they have in common. ``state``: open, resolved, merged (its alerts went to
    ``merged_into``). ``severity`` is the worst of its open alerts, ``open`` their number; ``cause`` the alert
    under which the others stand. ``changes`` counts its steps.
    """

    id: str
    key: str
    state: str
    title: Mapping[str, str]
    severity: Severity
    highest_severity: Severity
    domain: str
    zone: str | None
    service: str | None
    opened_at: int
    joined_at: int
    cause: str | None = None
    resolved_at: int | None = None
    alerts: int = 0
    open: int = 0
    acknowledged_by: str | None = None
    acknowledged_at: int | None = None
    acknowledged_note: str | None = None
    assigned_to: str | None = None
    closed_by: str | None = None
    merged_into: str | None = None
    changes: int = 0


@dataclass(frozen=True, slots=True)
class IncidentEvent:
    """One step of an incident's log. ``by`` is None for Nakhon's own; ``detail`` is JSON-ready."""

    incident: str
    number: int
    at: int
    change: str
    by: str | None = None
    note: str | None = None
    detail: Mapping[str, Any] | None = None


FILTERS = ("state", "severity", "domain", "zone", "service", "assigned_to")

OPEN, RESOLVED, MERGED = "open", "resolved", "merged"


class IncidentRecords:
    """The tables of incidents, for who reads them. They are written beside the alerts: :func:`put`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, *, after: str = "", limit: int | None = None) -> list[IncidentRecord]:
        """Open incidents, oldest first; ``after`` is an id that they come after, ``limit`` the most."""
        query = select(incidents).where(incidents.c.state == OPEN, incidents.c.id > after)
        return await self._read(query.order_by(incidents.c.id).limit(limit))

    async def recent(self, since: int) -> list[IncidentRecord]:
        """Incidents that were resolved at ``since`` (ms) or later, oldest first."""
        query = select(incidents).where(incidents.c.state == RESOLVED, incidents.c.resolved_at >= since)
        return await self._read(query.order_by(incidents.c.id))

    async def page(
        self, filters: Mapping[str, Sequence[str]], *, limit: int, cursor: str | None = None
    ) -> tuple[list[IncidentRecord], str | None]:
        """Incidents, newest first, at most ``limit``, and the cursor of the next page.

        Each of :data:`FILTERS` takes any of its values.

        Raises:
            ValueError: an unknown filter, or a cursor that is none of ours.
        """
        query = select(incidents).where(*_conditions(filters))
        if cursor is not None:
            if not is_ulid(cursor):
                raise ValueError("the cursor is not one that a list of incidents gave out")
            query = query.where(incidents.c.id < cursor)
        found = await self._read(query.order_by(incidents.c.id.desc()).limit(limit + 1))
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    async def get(self, incident_id: str) -> tuple[IncidentRecord, list[IncidentEvent]] | None:
        """The incident and its log, oldest step first; None when there is none of that id."""
        history = select(incident_history).where(incident_history.c.incident == incident_id)
        history = history.order_by(incident_history.c.number)

        def work(connection: Connection) -> tuple[IncidentRecord, list[IncidentEvent]] | None:
            record = locked(connection, incident_id, lock=False)
            if record is None:
                return None
            return record, [_event(row) for row in connection.execute(history)]

        return await self._database.read(work)

    async def _read(self, query: Select[Any]) -> list[IncidentRecord]:
        return await self._database.read(lambda c: [_record(row) for row in c.execute(query)])


def put(
    connection: Connection,
    new: Iterable[IncidentRecord],
    moved: Iterable[IncidentRecord],
    events: Iterable[IncidentEvent],
) -> None:
    """Write incidents that were not there before, those that were, and the steps of both."""
    run_many(connection, insert(incidents), [_columns(record, _RECORD) for record in new])
    run_many(
        connection, _MOVE, [{f"b_{name}": getattr(record, name) for name in _RECORD} for record in moved]
    )
    run_many(connection, insert(incident_history), [_columns(event, _EVENT) for event in events])


def locked(connection: Connection, incident_id: str, *, lock: bool = True) -> IncidentRecord | None:
    """The incident as it is, kept from others until the transaction ends; None when there is none."""
    query = select(incidents).where(incidents.c.id == incident_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _record(row)


def step_of_a_person(connection: Connection, incident_id: str, after: int) -> IncidentEvent | None:
    """The newest step that a person took after the one of that number; None when nobody took any."""
    table = incident_history.c
    query = select(incident_history).where(
        table.incident == incident_id, table.number > after, table.by.is_not(None)
    )
    row = connection.execute(query.order_by(table.number.desc()).limit(1)).one_or_none()
    return None if row is None else _event(row)


def count_off(connection: Connection, alerts: Mapping[str, int]) -> None:
    """Take so many alerts off incidents that nobody holds in memory: they went to others."""
    off = update(incidents).where(incidents.c.id == bindparam("b_id"))
    off = off.values(alerts=incidents.c.alerts - bindparam("b_alerts"))
    run_many(connection, off, [{"b_id": one, "b_alerts": number} for one, number in alerts.items()])


_RECORD, _EVENT = (
    tuple(column.name for column in fields(shape)) for shape in (IncidentRecord, IncidentEvent)
)
_MOVE = (
    update(incidents)
    .where(incidents.c.id == bindparam("b_id"))
    .values({name: bindparam(f"b_{name}") for name in _RECORD if name != "id"})
)


def _columns(record: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}


def _conditions(filters: Mapping[str, Sequence[str]]) -> list[ColumnElement[bool]]:
    unknown = set(filters) - set(FILTERS)
    if unknown:
        names = ", ".join(sorted(unknown))
        raise ValueError(f"incidents can't be filtered by {names} (allowed: {', '.join(FILTERS)})")
    return [incidents.c[name].in_(list(values)) for name, values in filters.items() if values]


def _record(row: Row[Any]) -> IncidentRecord:
    values = dict(row._mapping)  # noqa: SLF001 - the public name of this attribute begins with _
    for name in ("severity", "highest_severity"):
        values[name] = Severity(values[name])
    return IncidentRecord(**values)


def _event(row: Row[Any]) -> IncidentEvent:
    return IncidentEvent(**row._mapping)  # noqa: SLF001 - as above
