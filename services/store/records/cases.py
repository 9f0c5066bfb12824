"""Cases as they are kept: what a route tells of together, its alerts, and what was told of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Row, Table, bindparam, delete, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from rules.model import Severity
from services.store.records.database import Database, run_many
from services.store.records.tables import case_alerts, cases, notification_alerts, notifications

T = TypeVar("T")

FIRING, RESOLVED = "firing", "resolved"
WAITING = "waiting"
"""The state of a notification that is still to go out."""

_AT_ONCE = 5_000
_GO_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A group of alerts that a route tells of together. Times are ms.

    ``grouped`` is what they have in common, ``state`` how far its audiences are, JSON-ready.
    """

    id: str
    route: str
    grouped: Mapping[str, str | None]
    incident: str | None
    opened: int
    closed: int | None = None
    state: Mapping[str, Any] = field(default_factory=dict)


class Told(NamedTuple):
    """What was said of an alert, in which telling."""

    alert: str
    telling: str
    state: str
    severity: str


@dataclass(slots=True)
class KeptCase:
    """An open case with its alerts (True: another case tells of it by now) and what was told of them.

    ``told`` maps each audience to the severity last told of the alerts that it believes to fire.
    """

    row: CaseRow
    alerts: dict[str, bool] = field(default_factory=dict)
    told: dict[int, dict[str, Severity]] = field(default_factory=dict)


@dataclass(slots=True)
class CaseChanges:
    """What becomes of cases.

    ``joined``: (case, alert, how often the case has told anything before). ``moved``: (case, alert, whether
    another case tells of it from now on). ``left``: (case, alert).
    """

    rows: list[CaseRow] = field(default_factory=list)
    joined: list[tuple[str, str, int]] = field(default_factory=list)
    moved: list[tuple[str, str, bool]] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.rows or self.joined or self.moved or self.left or self.told)


def telling_id(case: str, audience: int, number: int) -> str:
    """The name of what a case told, for the so many-th time, and to which audience."""
    return f"{case}.{audience}.{number}"


def put(connection: Connection, changes: CaseChanges) -> None:
    """Write what becomes of cases."""
    run_many(connection, _upsert(connection, cases), [_columns(row) for row in changes.rows])
    joined = [
        {"case": case, "alert": alert, "moved": False, "told": told} for case, alert, told in changes.joined
    ]
    run_many(connection, _upsert(connection, case_alerts), joined)
    moved = [{"b_case": case, "b_alert": alert, "b_moved": away} for case, alert, away in changes.moved]
    run_many(connection, _MOVE, moved)
    key = tuple_(case_alerts.c.case, case_alerts.c.alert)
    for part in _portions(changes.left):
        connection.execute(delete(case_alerts).where(key.in_(part)))
    told = [told._asdict() for told in changes.told]
    run_many(connection, _upsert(connection, notification_alerts), told)


class CaseRecords:
    """The tables of cases, for who reads them. They are written beside the alerts: :func:`put`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What ``work`` answers once all that it did is committed."""
        return await self._database.write(work)

    async def open(self) -> dict[str, KeptCase]:
        """Every case that is not closed, by its id."""
        query = select(cases).where(cases.c.closed.is_(None)).order_by(cases.c.opened, cases.c.id)
        rows = await self._database.read(lambda c: [_case(row) for row in c.execute(query)])
        found = {row.id: KeptCase(row) for row in rows}
        after = ("", "")
        while portion := await self._members(after):
            _take(found, portion)
            after = (portion[-1].case, portion[-1].alert)
        return found

    async def _members(self, after: tuple[str, str]) -> Sequence[Row[Any]]:
        """Some alerts of open cases with what was told of them, oldest telling not necessarily first."""
        key = tuple_(case_alerts.c.case, case_alerts.c.alert)
        some = (
            select(case_alerts)
            .where(key > tuple_(*after))
            .order_by(case_alerts.c.case, case_alerts.c.alert)
            .limit(_AT_ONCE)
            .subquery()
        )
        told = notification_alerts
        of_case = (
            (told.c.alert == some.c.alert)
            & (told.c.telling > some.c.case + ".")
            & (told.c.telling < some.c.case + "/")  # what sorts next after the full stop
        )
        query = select(
            some.c.case,
            some.c.alert,
            some.c.moved,
            some.c.told.label("before"),
            told.c.telling,
            told.c.state,
            told.c.severity,
        )
        query = query.select_from(some.outerjoin(told, of_case)).order_by(some.c.case, some.c.alert)
        return await self._database.read(lambda c: [*c.execute(query)])

    async def trim(self, before: int) -> int:
        """Let go of cases closed before (ms), with all that was told of them; answers how many went.

        One of which something is still to be sent stays.
        """
        gone = 0
        while went := await self._database.write(lambda c: _trim(c, before)):
            gone += went
        return gone


def _take(found: Mapping[str, KeptCase], rows: Iterable[Row[Any]]) -> None:
    """Enter members and what was last told of each into their cases."""
    newest: dict[tuple[str, int, str], int] = {}
    for row in rows:
        kept = found.get(row.case)
        if kept is None:
            continue
        kept.alerts[row.alert] = row.moved
        if row.telling is None:
            continue
        audience, number = (int(part) for part in row.telling.split(".")[1:])
        key = (row.case, audience, row.alert)
        if number < newest.get(key, row.before + 1):
            continue
        newest[key] = number
        told = kept.told.setdefault(audience, {})
        if row.state == FIRING:
            told[row.alert] = Severity(row.severity)
        else:
            told.pop(row.alert, None)


def _trim(connection: Connection, before: int) -> int:
    waits = select(notifications.c.id).where(
        notifications.c.case == cases.c.id, notifications.c.state == WAITING
    )
    query = select(cases.c.id).where(cases.c.closed < before, ~waits.exists()).limit(_GO_AT_ONCE)
    ids = list(connection.execute(query).scalars())
    if not ids:
        return 0
    for case in ids:
        of_case = (notification_alerts.c.telling > f"{case}.") & (notification_alerts.c.telling < f"{case}/")
        connection.execute(delete(notification_alerts).where(of_case))
    connection.execute(delete(notifications).where(notifications.c.case.in_(ids)))
    connection.execute(delete(case_alerts).where(case_alerts.c.case.in_(ids)))
    connection.execute(delete(cases).where(cases.c.id.in_(ids)))
    return len(ids)


def _upsert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that replaces the row of the same key, for the database that this is."""
    return _UPSERTS[connection.dialect.name][table]


def _replacing(insert: postgresql.Insert | sqlite.Insert, table: Table) -> postgresql.Insert | sqlite.Insert:
    keys = [column.name for column in table.primary_key]
    values = {column.name: insert.excluded[column.name] for column in table.columns if not column.primary_key}
    return insert.on_conflict_do_update(index_elements=keys, set_=values)


_MOVE = (
    update(case_alerts)
    .where(case_alerts.c.case == bindparam("b_case"), case_alerts.c.alert == bindparam("b_alert"))
    .values(moved=bindparam("b_moved"))
)
_TABLES = (cases, case_alerts, notification_alerts)
_UPSERTS: Mapping[str, Mapping[Table, postgresql.Insert | sqlite.Insert]] = {
    "sqlite": {table: _replacing(sqlite.insert(table), table) for table in _TABLES},
    "postgresql": {table: _replacing(postgresql.insert(table), table) for table in _TABLES},
}
"""To build a statement takes longer than to run it."""

_CASE = tuple(column.name for column in fields(CaseRow))


def _columns(row: CaseRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _CASE}


def _case(row: Row[Any]) -> CaseRow:
    return CaseRow(**row._mapping)  # noqa: SLF001 - the public name of this attribute begins with _


def _portions(pairs: Sequence[tuple[str, str]]) -> Iterable[Sequence[tuple[str, str]]]:
    return (pairs[start : start + 400] for start in range(0, len(pairs), 400))
