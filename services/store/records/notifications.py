"""Notifications as they are kept: what waits to be sent, and what became of the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from services.store.records.database import Database, run_many
from services.store.records.tables import alerts, notification_alerts
from services.store.records.tables import notifications as table

T = TypeVar("T")

WAITING, DELIVERED, FAILED, DIGESTED = "waiting", "delivered", "failed", "digested"
"""The states of a notification. A digested one is told by the notification that its ``digest`` names."""

FILTERS = ("receiver", "channel", "state", "incident", "alert")

_AT_ONCE = 500
_GO_AT_ONCE = 1_000
_NOTIFIED_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class NotificationRow:
    """What one receiver is told over one channel. Times are ms; ``id`` is the idempotency key.

    ``telling`` names what is told: the same for all whom a case tells it at once. ``due`` is its next
    attempt; ``begun`` is set before the first one: it may have arrived since. ``digest`` is the notification
    that tells of it in its place. ``alerts`` is how many alerts it is about, ``body`` all that it says.
    """

    id: str
    case: str
    telling: str
    receiver: str
    channel: str
    kind: str
    reason: str
    severity: str | None
    incident: str | None
    created: int
    due: int
    alerts: int
    body: Mapping[str, Any] = field(default_factory=dict)
    state: str = WAITING
    attempts: int = 0
    begun: int | None = None
    delivered: int | None = None
    error: str | None = None
    digest: str | None = None


class Attempted(NamedTuple):
    """What became of an attempt: the state from then on, and when (ms)."""

    id: str
    state: str
    attempts: int
    at: int
    due: int
    error: str | None = None


class Doing(NamedTuple):
    """How a channel of a receiver is doing. ``failing``: its last attempt failed."""

    receiver: str
    channel: str
    waiting: int
    delivered: int
    failed: int
    failing: bool
    last_error: str | None
    last_delivered: int | None


class _Heard(NamedTuple):
    """A telling that was delivered at ``at`` (ms), about at most so many alerts."""

    telling: str
    at: int
    alerts: int


_ALL = tuple(column.name for column in fields(NotificationRow))
_SLIM = tuple(name for name in _ALL if name != "body")


def put(connection: Connection, rows: Iterable[NotificationRow]) -> None:
    """Write notifications that wait to be sent; one that is there already stays as it is."""
    values = [{name: getattr(row, name) for name in _ALL} for row in rows]
    run_many(connection, _INSERT[connection.dialect.name], values)


class NotificationRecords:
    """The outbox. One sender writes it; anybody may read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What ``work`` answers once all that it did is committed."""
        return await self._database.write(work)

    async def put(self, rows: Sequence[NotificationRow]) -> None:
        """:func:`put` by itself."""
        await self._database.write(lambda c: put(c, rows))

    async def waiting(self) -> list[NotificationRow]:
        """All that is still to be sent, oldest first, without their bodies."""
        found: list[NotificationRow] = []
        while portion := await self._waiting(found[-1] if found else None):
            found += portion
        return found

    async def _waiting(self, after: NotificationRow | None) -> list[NotificationRow]:
        query = _slim().where(table.c.state == WAITING)
        if after is not None:
            query = query.where(_older(after.created, after.id, newer=True))
        query = query.order_by(table.c.created, table.c.id).limit(_GO_AT_ONCE)
        return await self._database.read(lambda c: [_row(row) for row in c.execute(query)])

    async def bodies(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """What these say."""
        query = select(table.c.id, table.c.body).where(table.c.id.in_(ids))
        return await self._database.read(lambda c: {row.id: row.body for row in c.execute(query)})

    async def record(self, begun: Sequence[str], outcomes: Sequence[Attempted], now: int) -> None:
        """Note what is about to be tried for the first time, and what became of attempts.

        The alerts of what was delivered are marked as notified, unless they were before.
        """
        done = [outcome for outcome in outcomes if outcome.state == DELIVERED]
        told = await self._database.read(lambda c: _tellings(c, done)) if done else []
        for large in told:
            if large.alerts > _NOTIFIED_AT_ONCE:
                await self._notified(large)
        small = [one for one in told if one.alerts <= _NOTIFIED_AT_ONCE]
        await self._database.write(lambda c: _record(c, begun, outcomes, small, now))

    async def _notified(self, telling: _Heard) -> None:
        """Mark the alerts of a telling, not too many at once."""
        after: str | None = ""
        while after is not None:
            after = await self._database.write(partial(_notify, telling=telling, after=after))

    async def merge(self, digest: NotificationRow, ids: Sequence[str]) -> list[str]:
        """Let a digest tell of these in their place; answers of which it does.

        What may have been sent by itself is left out. The same again is the same.
        """
        return await self._database.write(lambda c: _merge(c, digest, ids))

    async def page(
        self, filters: Mapping[str, Sequence[str]], *, limit: int, cursor: str | None = None
    ) -> tuple[list[NotificationRow], str | None]:
        """Notifications, newest first, without their bodies, and the cursor of the next page.

        Each of :data:`FILTERS` takes any of its values.

        Raises:
            ValueError: an unknown filter, or a cursor that is none of ours.
        """
        query = _slim().where(*_conditions(filters))
        if cursor is not None:
            query = query.where(_older(*_read_cursor(cursor), newer=False))
        query = query.order_by(table.c.created.desc(), table.c.id.desc()).limit(limit + 1)
        found = await self._database.read(lambda c: [_row(row) for row in c.execute(query)])
        more = len(found) > limit
        return found[:limit], f"{found[limit - 1].created}-{found[limit - 1].id}" if more else None

    async def of_alert(self, alert: str, *, limit: int = 100) -> list[NotificationRow]:
        """What was told of an alert, newest first, without the bodies."""
        found, _ = await self.page({"alert": [alert]}, limit=limit)
        return found

    async def get(self, ids: Sequence[str]) -> list[NotificationRow]:
        """These, without their bodies."""
        query = _slim().where(table.c.id.in_(ids)).order_by(table.c.created, table.c.id)
        return await self._database.read(lambda c: [_row(row) for row in c.execute(query)])

    async def doing(self) -> list[Doing]:
        """How every channel of every receiver is doing, of which anything is kept."""
        return await self._database.read(_doing)

    async def trim(self, before: int) -> int:
        """Let go of what was created before (ms) and waits no more; answers how many went.

        What was told of the alerts of open cases stays known.
        """
        gone = 0
        while went := await self._database.write(lambda c: _trim(c, before)):
            gone += went
        return gone


def _slim() -> Select[Any]:
    return select(*(table.c[name] for name in _SLIM))


def _older(created: int, name: str, *, newer: bool) -> ColumnElement[bool]:
    """What comes after a row in the order of (created, id), forwards or backwards."""
    if newer:
        return or_(table.c.created > created, (table.c.created == created) & (table.c.id > name))
    return or_(table.c.created < created, (table.c.created == created) & (table.c.id < name))


def _read_cursor(cursor: str) -> tuple[int, str]:
    created, _, name = cursor.partition("-")
    if not (created.isascii() and created.isdigit() and name.isalnum()):
        raise ValueError("the cursor is not one that a list of notifications gave out")
    return int(created), name


def _conditions(filters: Mapping[str, Sequence[str]]) -> list[ColumnElement[bool]]:
    unknown = set(filters) - set(FILTERS)
    if unknown:
        names = ", ".join(sorted(unknown))
        raise ValueError(f"notifications can't be filtered by {names} (allowed: {', '.join(FILTERS)})")
    return [_condition(name, list(values)) for name, values in filters.items() if values]


def _condition(name: str, values: list[str]) -> ColumnElement[bool]:
    """A channel may be meant by its id, or by its kind."""
    if name == "alert":
        return _about(values)
    if name == "channel":
        return or_(table.c.channel.in_(values), table.c.kind.in_(values))
    return table.c[name].in_(values)


def _about(found: Sequence[str]) -> ColumnElement[bool]:
    """Those that tell of any of these alerts, and the digests in which that was told."""
    told = select(notification_alerts.c.telling).where(notification_alerts.c.alert.in_(list(found)))
    digests = select(table.c.digest).where(table.c.telling.in_(told), table.c.digest.is_not(None))
    return or_(table.c.telling.in_(told), table.c.id.in_(digests))


def _tellings(connection: Connection, done: Sequence[Attempted]) -> list[_Heard]:
    """What was delivered, by itself or in a digest, and when."""
    found: list[_Heard] = []
    at = {outcome.id: outcome.at for outcome in done}
    ids = list(at)
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        query = select(table.c.telling, table.c.id, table.c.digest, table.c.alerts)
        query = query.where(or_(table.c.id.in_(part), table.c.digest.in_(part)), table.c.telling != "")
        for row in connection.execute(query):
            when = at[row.id] if row.id in at else at[row.digest]
            found.append(_Heard(row.telling, when, row.alerts))
    return found


def _notify(connection: Connection, telling: _Heard, after: str) -> str | None:
    """Mark some alerts of a telling; answers the last of them, None when those were all."""
    told = notification_alerts.c
    query = select(told.alert).where(told.telling == telling.telling, told.alert > after)
    ids = list(connection.execute(query.order_by(told.alert).limit(_NOTIFIED_AT_ONCE)).scalars())
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        mark = update(alerts).where(alerts.c.id.in_(part), alerts.c.notified.is_(None))
        connection.execute(mark.values(notified=telling.at))
    return ids[-1] if len(ids) == _NOTIFIED_AT_ONCE else None


def _record(
    connection: Connection,
    begun: Sequence[str],
    outcomes: Sequence[Attempted],
    told: Sequence[_Heard],
    now: int,
) -> None:
    run_many(connection, _NOTIFIED, [{"b_telling": one.telling, "b_at": one.at} for one in told])
    run_many(connection, _BEGIN, [{"b_id": one, "b_at": now} for one in begun])
    rows = [
        {
            "b_id": one.id,
            "b_state": one.state,
            "b_attempts": one.attempts,
            "b_due": one.due,
            "b_error": one.error,
            "b_delivered": one.at if one.state == DELIVERED else None,
        }
        for one in outcomes
    ]
    run_many(connection, _OUTCOME, rows)


def _merge(connection: Connection, digest: NotificationRow, ids: Sequence[str]) -> list[str]:
    for start in range(0, len(ids), _AT_ONCE):
        free = update(table).where(
            table.c.id.in_(ids[start : start + _AT_ONCE]), table.c.state == WAITING, table.c.begun.is_(None)
        )
        connection.execute(free.values(state=DIGESTED, digest=digest.id))
    query = select(table.c.id).where(table.c.digest == digest.id)
    found = set(connection.execute(query).scalars())
    if found:
        put(connection, [digest])
    return [one for one in ids if one in found]


def _doing(connection: Connection) -> list[Doing]:
    by = (table.c.receiver, table.c.channel, table.c.state)
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for row in connection.execute(select(*by, func.count()).group_by(*by)):
        counts.setdefault((row[0], row[1]), {})[row[2]] = row[3]
    return [_doing_of(connection, *pair, counts[pair]) for pair in sorted(counts)]


def _doing_of(connection: Connection, receiver: str, channel: str, counts: Mapping[str, int]) -> Doing:
    of_pair = (table.c.receiver == receiver, table.c.channel == channel)
    troubled = select(table.c.created, table.c.error, table.c.state).where(
        *of_pair, table.c.state.in_([FAILED, WAITING]), table.c.error.is_not(None)
    )
    trouble = connection.execute(troubled.order_by(table.c.created.desc()).limit(1)).one_or_none()
    last = select(func.max(table.c.delivered), func.max(table.c.created)).where(
        *of_pair, table.c.state == DELIVERED
    )
    delivered, created = connection.execute(last).one()
    failing = trouble is not None and (created is None or trouble.created > created)
    return Doing(
        receiver,
        channel,
        counts.get(WAITING, 0),
        counts.get(DELIVERED, 0),
        counts.get(FAILED, 0),
        failing,
        None if trouble is None else trouble.error,
        delivered,
    )


def _trim(connection: Connection, before: int) -> int:
    old = select(table.c.id).where(table.c.created < before, table.c.state != WAITING).limit(_GO_AT_ONCE)
    ids = list(connection.execute(old).scalars())
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        connection.execute(delete(table).where(table.c.id.in_(part)))
    return len(ids)


def _row(row: Row[Any]) -> NotificationRow:
    return NotificationRow(**row._mapping)  # noqa: SLF001 - the public name of this attribute begins with _


_INSERT = {
    "sqlite": sqlite.insert(table).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(table).on_conflict_do_nothing(),
}
_BEGIN = update(table).where(table.c.id == bindparam("b_id"), table.c.begun.is_(None))
_BEGIN = _BEGIN.values(begun=bindparam("b_at"))
_NOTIFIED = (
    update(alerts)
    .where(
        alerts.c.notified.is_(None),
        alerts.c.id.in_(
            select(notification_alerts.c.alert).where(notification_alerts.c.telling == bindparam("b_telling"))
        ),
    )
    .values(notified=bindparam("b_at"))
)
_OUTCOME = (
    update(table)
    .where(table.c.id == bindparam("b_id"))
    .values(
        state=bindparam("b_state"),
        attempts=bindparam("b_attempts"),
        due=bindparam("b_due"),
        error=bindparam("b_error"),
        delivered=bindparam("b_delivered"),
    )
)
