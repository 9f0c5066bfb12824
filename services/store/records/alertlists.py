"""Alerts read in numbers: pages of them, what came back of late, how long each stage took."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, not_, or_, select

from rules.model import Severity, State
from services.store.records.alertdata import FIRES, SLACK, AlertEvent, AlertRecord, Recent, Staged
from services.store.records.tables import alert_history, alerts
from services.store.records.ulid import is_ulid

_NAMED = ("state", "severity", "domain", "zone", "device", "rule", "service")
_BESIDE = ("incident", "assigned_to", "cause")

FILTERS = (*_NAMED, *_BESIDE, "acknowledged", "suppressed")
"""What alerts can be listed by; ``acknowledged`` (as bad as it now is) and ``suppressed``: true or false."""

_OPEN = (State.PENDING.value, State.FIRING.value)
_BOOLEANS = {"true": True, "false": False}
_RANKS = {severity.value: severity.rank for severity in Severity}


def page_query(
    filters: Mapping[str, Sequence[str]], limit: int, cursor: str | None, shadow: bool | None
) -> Select[Any]:
    """Alerts, newest beginning first, one more than ``limit``.

    Raises:
        ValueError: an unknown filter or value of it, or a cursor that is none of ours.
    """
    query = select(alerts).where(*_conditions(filters))
    if shadow is not None:
        query = query.where(alerts.c.shadow == shadow)
    if cursor is not None:
        if not is_ulid(cursor):
            raise ValueError("the cursor is not one that a list of alerts gave out")
        query = query.where(alerts.c.id < cursor)
    return query.order_by(alerts.c.id.desc()).limit(limit + 1)


def _conditions(filters: Mapping[str, Sequence[str]]) -> list[ColumnElement[bool]]:
    unknown = set(filters) - set(FILTERS)
    if unknown:
        names = ", ".join(sorted(unknown))
        raise ValueError(f"alerts can't be filtered by {names} (allowed: {', '.join(FILTERS)})")
    return [_condition(name, values) for name, values in filters.items() if values]


def _condition(name: str, values: Sequence[str]) -> ColumnElement[bool]:
    if name not in _FLAGS:
        return alerts.c[name].in_(list(values))
    strange = set(values) - set(_BOOLEANS)
    if strange:
        raise ValueError(f"{name} can't be {', '.join(sorted(strange))} (allowed: true, false)")
    holds = _FLAGS[name]()
    return or_(*(holds if _BOOLEANS[value] else not_(holds) for value in set(values)))


def _acknowledged() -> ColumnElement[bool]:
    """Somebody has acknowledged it as bad as it now is."""
    given, now = (
        case(_RANKS, value=column, else_=0) for column in (alerts.c.acknowledged_severity, alerts.c.severity)
    )
    return and_(
        alerts.c.acknowledged_at.is_not(None), or_(alerts.c.acknowledged_severity.is_(None), given >= now)
    )


def _suppressed() -> ColumnElement[bool]:
    return alerts.c.suppressed.is_not(None)


_FLAGS: Mapping[str, Callable[[], ColumnElement[bool]]] = {
    "acknowledged": _acknowledged,
    "suppressed": _suppressed,
}


def recent(connection: Connection, span: int) -> Recent:
    """What came and went within the ``span`` (ms) before the newest step of all; held ones in any case."""
    held = select(alerts.c.id, alerts.c.held_until).where(
        alerts.c.state == State.FIRING.value, alerts.c.held_until.is_not(None)
    )
    found = [(row.id, row.held_until) for row in connection.execute(held)]
    newest = [
        connection.execute(select(func.max(column))).scalar_one()
        for column in (alerts.c.fired, alerts.c.ends_at)
    ]
    if not span or newest == [None, None]:
        return Recent(found, (), ())
    since = max(time for time in newest if time is not None) - span - SLACK
    return Recent(found, _ended(connection, since), _fired(connection, since))


def _ended(connection: Connection, since: int) -> list[tuple[str, str, int]]:
    query = select(alerts.c.fingerprint, alerts.c.id, alerts.c.ends_at).where(alerts.c.ends_at >= since)
    return [(row.fingerprint, row.id, row.ends_at) for row in connection.execute(query)]


def _fired(connection: Connection, since: int) -> list[tuple[str, int]]:
    """When alerts fired; of those that came back, every time."""
    once = select(alerts.c.fingerprint, alerts.c.fired.label("at"))
    once = once.where(alerts.c.fired >= since, alerts.c.occurrences == 1)
    lasted = or_(alerts.c.ends_at >= since, alerts.c.state == State.FIRING.value)
    again = select(alerts.c.fingerprint, alert_history.c.at).join_from(
        alerts, alert_history, alert_history.c.alert == alerts.c.id
    )
    again = again.where(
        alerts.c.occurrences > 1,
        lasted,
        alert_history.c.change.in_(sorted(FIRES)),
        alert_history.c.at >= since,
    )
    rows = [*connection.execute(once), *connection.execute(again)]
    return [(row.fingerprint, row.at) for row in rows]


def staged(connection: Connection, start: int, end: int, limit: int) -> list[Staged]:
    """The times of alerts that fired from ``start`` to before ``end`` (ms), the newest ``limit`` of them."""
    table = alerts.c
    query = select(*(table[name] for name in Staged._fields))
    query = query.where(table.fired >= start, table.fired < end, ~table.shadow)
    query = query.order_by(table.fired.desc()).limit(limit)
    return [Staged(*row) for row in connection.execute(query)]


def open_query(shadow: bool | None, after: str, limit: int | None) -> Select[Any]:
    """Pending and firing alerts, oldest beginning first, after an id."""
    still = alerts.c.state.in_(_OPEN)
    query = select(alerts).where(still, alerts.c.id > after).order_by(alerts.c.id).limit(limit)
    return query if shadow is None else query.where(alerts.c.shadow == shadow)


def record_of(row: Row[Any]) -> AlertRecord:
    """A row of the alerts."""
    values = dict(row._mapping)  # noqa: SLF001 - the public name of this attribute begins with _
    for name in ("severity", "highest_severity"):
        values[name] = Severity(values[name])
    return AlertRecord(**values | {"state": State(row.state)})


def event_of(row: Row[Any]) -> AlertEvent:
    """A row of their history."""
    values = dict(row._mapping)  # noqa: SLF001 - as above
    return AlertEvent(**values | {"state": State(row.state), "severity": Severity(row.severity)})
