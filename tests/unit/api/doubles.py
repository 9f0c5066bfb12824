"""The parts behind the API, in memory: small, and honest about what their ports promise."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from statistics import fmean, median
from types import SimpleNamespace
from typing import Any

from devices.documents import Problem, ProblemsError
from devices.model import City, Device, Domain, Observation
from devices.spans import format_span
from devices.topics import Channel, device_topic
from rules.model import Severity, Transition
from services.runtime.clock import Clock, rfc3339
from services.runtime.ports import ConflictError, NotFoundError, OpenAlert, Page, Principal, QuarantinedItem
from services.store.records.quarantine import (
    Cause,
    CauseGroup,
    QuarantineEntry,
    QuarantineFilter,
    Refused,
)
from services.store.records.quarantine_cause import cause_of, name_of
from services.store.records.quarantine_entry import refused_of, row_of
from services.store.records.tokens import NewToken, Token
from services.store.timeseries.grid import pieces
from services.store.timeseries.protocol import Aggregate, Bucket, Identity, Selection

EVERYTHING = QuarantineFilter()
TIMES = ("taken", "received", "fired", "persisted", "delivered", "notified", "acknowledged")


class Devices:
    """A registry."""

    def __init__(self, city: City, devices: Iterable[Device]) -> None:
        self._city = city
        self._devices = {device.id: device for device in devices}
        self.last_seen: dict[str, int] = {}

    def get(self, device_id: str) -> Device | None:
        return self._devices.get(device_id)

    def all(self) -> Sequence[Device]:
        return list(self._devices.values())

    def describe(self, device: Device) -> Mapping[str, Any]:
        seen = self.last_seen.get(device.id)
        return {
            "id": device.id,
            "types": list(device.types),
            "name": device.name,
            "domain": device.domain.value,
            "zone": device.zone,
            "service": self._city.service_of(device),
            "location": device.location,
            "interval": format_span(device.interval),
            "labels": dict(device.labels),
            "enabled": device.enabled,
            "topic": device_topic(self._city.id, device, Channel.TELEMETRY),
            "last_seen": None if seen is None else rfc3339(seen),
            "online": None if seen is None else True,
        }

    async def put(self, devices: Sequence[Device]) -> None:
        self._devices.update({device.id: device for device in devices})


def alert(number: int, **fields: Any) -> dict[str, Any]:
    """An alert in the contract's shape; a higher number is a newer one."""
    return {
        "id": f"01J0000000000000000000{number:04d}",
        "number": 2,
        "fingerprint": f"{number:016x}",
        "rule": "air/pm25-high",
        "rule_version": "sha256:1",
        "domain": "environment",
        "zone": "north",
        "device": "aq-01",
        "service": "air-quality",
        "labels": {"site": "school"},
        "severity": "major",
        "state": "firing",
        "starts_at": "2026-01-05T00:00:00.000Z",
        "ends_at": None,
        "acknowledged": None,
        "assigned_to": None,
        "suppressed": None,
        "incident": None,
        "cause": None,
        "occurrences": 1,
        "flapping": False,
        "held_until": None,
        "closed_by": None,
        "title": {"en": "PM2.5 high", "th": "ฝุ่น PM2.5 สูง"},
        "advice": None,
        "evidence": {"metric": "pm25", "value": 81.2, "window": None, "threshold": 75.0, "readings": []},
        "times": dict.fromkeys(TIMES, None),
        **fields,
    }


def rule(name: str, **fields: Any) -> dict[str, Any]:
    """A rule as the API tells it."""
    group = name.partition("/")[0]
    return {
        "id": name,
        "group": group,
        "domain": "environment",
        "version": "sha256:1",
        "source": {"file": f"rules/{group}.yaml", "line": 4, "pack": None},
        "on": "AirQualityObserved",
        "metric": "pm25",
        "kind": "above",
        "when": {"above": 75},
        "levels": None,
        "severity": "warning",
        "for": "0s",
        "keep_firing_for": "0s",
        "schedule": None,
        "where": {},
        "lateness": "0s",
        "mode": "live",
        "against": None,
        "title": {"en": "PM2.5 high", "th": "ฝุ่น PM2.5 สูง"},
        "advice": None,
        "alerts": {"pending": 0, "firing": 1},
        "group_evaluations": 12,
        **fields,
    }


class Alerts:
    """Alerts and what operators do to them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.items: dict[str, dict[str, Any]] = {}
        self.histories: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self.notifications: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self.compared: list[tuple[str, str, int, int]] = []

    def put(self, *items: dict[str, Any]) -> None:
        """There are these alerts."""
        self.items.update({item["id"]: item for item in items})

    async def apply(self, transitions: Sequence[Transition]) -> None:
        raise AssertionError("the API applies no transitions")

    async def settle(self, alive: Collection[str]) -> int:
        raise AssertionError("the API ends no alerts")

    async def alerts(self, *, filters: Mapping[str, Sequence[str]], limit: int, cursor: str | None) -> Page:
        return paged(self.items, filters, limit, cursor)

    async def alert(self, alert_id: str) -> Mapping[str, Any]:
        if alert_id not in self.items:
            raise NotFoundError(f"no alert {alert_id}")
        return {
            **self.items[alert_id],
            "explanation": {"en": "pm25 = 81.2 > 75 (major)", "th": "pm25 = 81.2 > 75 (รุนแรง)"},
            "history": self.histories[alert_id],
            "notifications": self.notifications[alert_id],
        }

    async def acknowledge(
        self, alert_id: str, *, by: str, note: str, number: int | None = None
    ) -> Mapping[str, Any]:
        before = (await self.alert(alert_id))["acknowledged"]
        if before is not None:
            raise ConflictError(f"alert {alert_id} was acknowledged by {before['by']}")
        given = {"by": by, "at": rfc3339(self._clock.now()), "note": note}
        return await self._told(alert_id, "acknowledged", by, note, number, acknowledged=given)

    async def acknowledge_many(
        self, alert_ids: Sequence[str], *, by: str, note: str
    ) -> Sequence[Mapping[str, Any]]:
        found = []
        for alert_id in alert_ids:
            detail = None
            try:
                await self.acknowledge(alert_id, by=by, note=note)
            except (NotFoundError, ConflictError) as error:
                detail = str(error)
            found.append({"id": alert_id, "ok": detail is None, "detail": detail})
        return found

    async def unacknowledge(
        self, alert_id: str, *, by: str, note: str, number: int | None = None
    ) -> Mapping[str, Any]:
        if (await self.alert(alert_id))["acknowledged"] is None:
            raise ConflictError(f"alert {alert_id} is not acknowledged")
        return await self._told(alert_id, "unacknowledged", by, note, number, acknowledged=None)

    async def comment(
        self, alert_id: str, *, by: str, note: str, number: int | None = None
    ) -> Mapping[str, Any]:
        return await self._told(alert_id, "commented", by, note, number)

    async def assign(
        self, alert_id: str, *, by: str, to: str | None, number: int | None = None
    ) -> Mapping[str, Any]:
        return await self._told(alert_id, "assigned", by, None, number, assigned_to=to)

    async def close(
        self, alert_id: str, *, by: str, note: str, number: int | None = None
    ) -> Mapping[str, Any]:
        ended = {"state": "resolved", "ends_at": rfc3339(self._clock.now()), "closed_by": by}
        return await self._told(alert_id, "closed", by, note, number, **ended)

    async def compare(self, shadow: str, live: str, *, start: int, end: int) -> Mapping[str, Any]:
        self.compared.append((shadow, live, start, end))
        times = {"alert": "01J", "severity": "major", "fired": rfc3339(start), "ends_at": None}
        where = {"zone": "north", "device": "aq-01", "service": None}
        return {
            "start": rfc3339(start),
            "end": rfc3339(end),
            "fired": {"shadow": 2, "live": 1},
            "firing_seconds": {"shadow": 60.5, "live": 30.0},
            "counts": {"both": 1, "only_shadow": 1, "only_live": 0},
            "both": [{**where, "earlier_seconds": 2.5, "shadow": times, "live": times}],
            "only_shadow": [{**where, **times}],
            "only_live": [],
        }

    def open_alerts(self) -> Sequence[OpenAlert]:
        return [_open(item) for item in self.items.values() if item["state"] == "firing"]

    async def _told(
        self, alert_id: str, change: str, by: str, note: str | None, number: int | None, **fields: Any
    ) -> Mapping[str, Any]:
        await self.alert(alert_id)
        taken(self.items[alert_id], number, self.histories[alert_id])
        self.items[alert_id] |= {**fields, "number": self.items[alert_id]["number"] + 1}
        done = step(self.items[alert_id]["number"], self._clock.now(), change, by, note)
        self.histories[alert_id].append(done)
        return await self.alert(alert_id)


def taken(item: Mapping[str, Any], number: int | None, history: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a step of an operator who saw another one as the last."""
    if number is not None and number != item["number"]:
        by = f": {history[-1]['change']} by {history[-1]['by']}" if history else ""
        raise ConflictError(f"step {item['number']} came after {number}{by}")


def step(number: int, at: int, change: str, by: str | None, note: str | None) -> dict[str, Any]:
    """A line of a log book."""
    return {
        "number": number,
        "at": rfc3339(at),
        "change": change,
        "by": by,
        "actor": {"kind": "rule" if by is None else "operator", "name": by},
        "text": {"en": f"{change} by {by}", "th": f"{change} โดย {by}"},
        "note": note,
    }


def paged(
    items: Mapping[str, dict[str, Any]],
    filters: Mapping[str, Sequence[str]],
    limit: int,
    cursor: str | None,
) -> Page:
    """A page of these, newest first; a boolean asks whether there is any."""
    if cursor is not None and not cursor.isalnum():
        raise ValueError("no cursor of this list")
    found = [
        item
        for key, item in sorted(items.items(), reverse=True)
        if all(_meets_filter(item.get(name), values) for name, values in filters.items())
        and (cursor is None or key < cursor)
    ]
    return Page(found[:limit], found[limit - 1]["id"] if len(found) > limit else None)


def _meets_filter(value: Any, wanted: Sequence[str]) -> bool:
    if set(wanted) <= {"true", "false"}:
        return str(bool(value)).lower() in wanted
    return value in wanted


def _open(item: Mapping[str, Any]) -> OpenAlert:
    return OpenAlert(
        id=item["id"],
        fingerprint=item["fingerprint"],
        rule=item["rule"],
        domain=item["domain"],
        zone=item["zone"] or "",
        device=item["device"],
        service=item["service"],
        severity=Severity(item["severity"]),
        firing=True,
        shadow=False,
        starts_at=0,
        fired=0,
        labels=item["labels"],
        suppressed=item["suppressed"] is not None,
        acknowledged=item["acknowledged"] is not None,
    )


def domain_status(domain: Domain, status: str = "unknown") -> dict[str, Any]:
    """A domain's status in the contract's shape."""
    since = "2026-01-05T00:00:00.000Z"
    reason = {"en": "all 2 sensors reporting", "th": "เซ็นเซอร์ทั้ง 2 ตัวส่งข้อมูลปกติ"}
    service = {
        "id": "air-quality",
        "name": {"en": "Air quality", "th": "คุณภาพอากาศ"},
        "status": status,
        "since": since,
        "reason": reason,
        "evidence": {
            "devices": 2,
            "reporting": 2,
            "freshness": 12,
            "open_alerts": 0,
            "probe": None,
            "quality": {"completeness": 0.98, "refused": 0, "stuck": 1, "clock": 0, "gaps": 0},
        },
        "objective": {"target": 0.995, "window": "30d", "attained": None, "budget_left": None},
    }
    return {
        "domain": domain.value,
        "title": {"en": domain.value, "th": domain.value},
        "status": status,
        "since": since,
        "reason": reason,
        "services": [service] if domain is Domain.ENVIRONMENT else [],
    }


class RuleFiles:
    """Rule files that are as they should be, unless told otherwise."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.asked: list[str] = []

    def state(self) -> Mapping[str, Any]:
        return {
            "loaded_at": "2026-01-05T00:00:00.000Z",
            "digest": "sha256:1",
            "rules": 3,
            "packs": [],
            "files": ["rules/air.yaml"],
            "problems": [],
            "last": {"at": "2026-01-05T00:00:00.000Z", "by": "rita", "outcome": "loaded", **CHANGES},
        }

    async def reload(self, by: str) -> Mapping[str, Any]:
        self.asked.append(by)
        if self.problems:
            raise ProblemsError(self.problems)
        return CHANGES


CHANGES = {"kept": ["air/silent"], "changed": ["air/pm25-high"], "added": ["power/voltage"], "removed": []}


class Statuses:
    """The seven domains."""

    def domains(self) -> Sequence[Mapping[str, Any]]:
        return [domain_status(domain) for domain in Domain]


class Telemetry:
    """Intake that accepts whatever a registered device sends, and of the quarantine what holds "good"."""

    def __init__(self, devices: Devices, clock: Clock) -> None:
        self._devices = devices
        self._clock = clock
        self.taken: list[tuple[str, bytes]] = []
        self.keys: dict[tuple[str, str], bytes] = {}
        self.replayed: list[QuarantinedItem] = []
        self.replay_takes: asyncio.Event | None = None
        self.fail: Exception | None = None

    def ledger(self, device: str | None = None) -> Mapping[str, Any]:
        counts = {
            "since": rfc3339(0),
            "received": 5,
            "stored": 3,
            "duplicate": 1,
            "quarantined": 1,
            "pending": 0,
        }
        return counts if device else counts | {"domains": {}, "broker": {"connected": True}}

    async def submit(self, device: str, body: bytes, *, key: str | None = None) -> Mapping[str, Any]:
        if self.fail is not None:
            raise self.fail
        if key is not None and self.keys.setdefault((device, key), body) != body:
            raise ConflictError("this idempotency key came with another payload before; take a new one")
        if self._devices.get(device) is None:
            return self._verdict(refusal("unknown_device", device))
        self.taken.append((device, body))
        return self._verdict()

    async def replay(self, entry: QuarantinedItem) -> Mapping[str, Any]:
        if self.fail is not None:
            raise self.fail
        if self.replay_takes is not None:
            await self.replay_takes.wait()
        self.replayed.append(entry)
        return self._verdict(*([] if b"good" in entry.payload else [refusal(entry.code, None)]))

    def _verdict(self, *rejected: Mapping[str, Any]) -> Mapping[str, Any]:
        return {
            "received": rfc3339(self._clock.now()),
            "accepted": 0 if rejected else 1,
            "rejected": list(rejected),
        }


def refusal(code: str, value: Any) -> Mapping[str, Any]:
    """Why one reading was refused, in the contract's shape."""
    return {
        "index": 0,
        "code": code,
        "path": "device",
        "value": value,
        "expected": "something else",
        "contract": None,
        "also": [],
    }


_FUNCTIONS: Mapping[Aggregate, Callable[[Sequence[float]], float]] = {
    Aggregate.MEAN: fmean,
    Aggregate.MIN: min,
    Aggregate.MAX: max,
    Aggregate.SUM: sum,
    Aggregate.COUNT: len,
    Aggregate.MEDIAN: median,
    Aggregate.LAST: lambda values: values[-1],
}


class Series:
    """Readings: what a time-series store promises to who reads."""

    name = "memory"
    shareable = False

    def __init__(self) -> None:
        self.rows: list[Observation] = []
        self.fail: Exception | None = None

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def ping(self) -> None: ...

    async def written(self) -> int | None:
        return None

    async def write(self, observations: Sequence[Observation], position: int) -> None:
        self.rows = sorted([*self.rows, *observations], key=_order)

    async def existing(self, identities: Sequence[Identity]) -> Mapping[Identity, Any]:
        raise AssertionError("the API asks for no identities")

    async def readings(
        self, selection: Selection, *, limit: int, after: Identity | None = None, newest_first: bool = False
    ) -> list[Observation]:
        found = self._selected(selection)
        if newest_first:
            found.reverse()
        if after is not None:
            place = (after.time, after.device, after.type)
            found = [o for o in found if (_order(o) < place if newest_first else _order(o) > place)]
        return found[:limit]

    async def aggregate(
        self, selection: Selection, *, every: int, agg: Aggregate, timezone: str, by_zone: bool = False
    ) -> list[Bucket]:
        values: defaultdict[tuple[int, str, str, str], list[float]] = defaultdict(list)
        grid = pieces(selection.start, selection.end, every, timezone)
        for row in self._selected(selection):
            start = next(piece.bucket(row.time) for piece in grid if piece.start <= row.time < piece.end)
            for metric, value in row.values.items():
                if isinstance(value, float) and (not selection.metrics or metric in selection.metrics):
                    values[start, "" if by_zone else row.device, row.zone, metric].append(value)
        return sorted(
            Bucket(time, device or None, zone, metric, float(_FUNCTIONS[agg](numbers)), len(numbers))
            for (time, device, zone, metric), numbers in values.items()
        )

    async def latest(self, selection: Selection) -> list[Observation]:
        newest = {(row.device, row.type): row for row in self._selected(selection)}
        return list(newest.values())

    async def replay(
        self, selection: Selection, *, batch: int = 10_000
    ) -> AsyncIterator[list[Observation]]:  # pragma: no cover - the API replays nothing
        yield self._selected(selection)[:batch]

    async def count(self) -> int:
        return len(self.rows)

    def _selected(self, selection: Selection) -> list[Observation]:
        if self.fail is not None:
            raise self.fail
        return [row for row in self.rows if _meets(row, selection)]


def _order(row: Observation) -> tuple[int, str, str]:
    return row.time, row.device, row.type


def _meets(row: Observation, selection: Selection) -> bool:
    return (
        selection.start <= row.time < selection.end
        and (not selection.devices or row.device in selection.devices)
        and (not selection.zones or row.zone in selection.zones)
        and (not selection.types or row.type in selection.types)
        and (not selection.metrics or not set(row.values).isdisjoint(selection.metrics))
    )


class Tokens:
    """Access tokens. ``secret-viewer`` and so on are those that a test begins with."""

    def __init__(self, roles: Iterable[str]) -> None:
        self._tokens: dict[str, Token] = {}
        self.fail: Exception | None = None
        for role in roles:
            self._tokens[f"secret-{role}"] = Token(f"id-{role}", f"a {role}", role, 0, None, None, None)

    async def authenticate(self, secret: str, *, now: int) -> Principal | None:
        if self.fail is not None:
            raise self.fail
        token = self._tokens.get(secret)
        return Principal(token.name, token.role) if token is not None and token.valid(now) else None

    async def add(self, name: str, role: str, *, now: int, days: float | None = None) -> NewToken:
        secret = f"secret-{len(self._tokens)}"
        expires = None if days is None else now + round(days * 86_400_000)
        token = Token(f"id-{len(self._tokens)}", name, role, now, expires, None, None)
        self._tokens[secret] = token
        return NewToken(token, secret)

    async def all(self) -> Sequence[Token]:
        return sorted(self._tokens.values(), key=lambda token: (-token.created, token.id))

    async def revoke(self, token_id: str, *, now: int) -> bool:
        for secret, token in self._tokens.items():
            if token.id == token_id and token.revoked is None:
                revoked = Token(token.id, token.name, token.role, token.created, token.expires, now, None)
                self._tokens[secret] = revoked
                return True
        return False


class Quarantine:
    """Refused readings; of filters it knows devices, codes, topic, ids, time and whether it was replayed."""

    def __init__(self) -> None:
        self.entries: list[QuarantineEntry] = []
        self.replayed: dict[str, int] = {}
        self.asked: list[QuarantineFilter] = []
        self.fail: Exception | None = None

    async def page(
        self,
        *,
        limit: int,
        cursor: str | None = None,
        where: QuarantineFilter = EVERYTHING,
        oldest_first: bool = False,
        shown: int | None = None,
    ) -> tuple[list[Refused], str | None]:
        if self.fail is not None:
            raise self.fail
        self.asked.append(where)
        found = [
            entry
            for entry in sorted(self.entries, key=lambda entry: entry.id, reverse=not oldest_first)
            if (cursor is None or (entry.id > cursor if oldest_first else entry.id < cursor))
            and self._meant(entry, where)
        ]
        following = found[limit - 1].id if len(found) > limit else None
        return [self._refused(entry, shown) for entry in found[:limit]], following

    async def get(self, entry_id: str) -> Refused | None:
        return next((self._refused(entry) for entry in self.entries if entry.id == entry_id), None)

    async def causes(
        self, *, limit: int, after: tuple[int, int] | None = None, where: QuarantineFilter = EVERYTHING
    ) -> tuple[Sequence[CauseGroup], tuple[int, int] | None]:
        self.asked.append(where)
        groups: defaultdict[Cause, list[QuarantineEntry]] = defaultdict(list)
        for entry in self.entries:
            if self._meant(entry, where):
                cause = cause_of(str(entry.code), entry.path, entry.contract, entry.expected)
                groups[cause].append(entry)
        found = sorted(
            (_group(cause, entries) for cause, entries in groups.items()),
            key=lambda group: (-group.place[0], group.place[1]),
        )
        if after is not None:
            found = [group for group in found if (-group.place[0], group.place[1]) > (-after[0], after[1])]
        return found[:limit], found[limit - 1].place if len(found) > limit else None

    async def count(self, where: QuarantineFilter = EVERYTHING, *, after: str | None = None) -> int:
        return sum(self._meant(e, where) and (after is None or e.id > after) for e in self.entries)

    def _meant(self, entry: QuarantineEntry, where: QuarantineFilter) -> bool:
        return (
            (not where.devices or entry.device in where.devices)
            and (not where.codes or entry.code in where.codes)
            and (not where.ids or entry.id in where.ids)
            and (where.topic is None or entry.topic.startswith(where.topic))
            and (where.start is None or entry.received >= where.start)
            and (where.end is None or entry.received < where.end)
            and (where.replayed is None or where.replayed == (entry.id in self.replayed))
        )

    def _refused(self, entry: QuarantineEntry, shown: int | None = None) -> Refused:
        row = {**row_of(entry), "replayed": self.replayed.get(entry.id)}
        return refused_of(SimpleNamespace(**row), entry.payload, shown=shown)  # type: ignore[arg-type]


def _group(cause: Cause, entries: Sequence[QuarantineEntry]) -> CauseGroup:
    count = sum(1 + entry.more for entry in entries)
    devices = sorted({entry.device for entry in entries if entry.device is not None})
    body = {
        "cause": name_of(cause.key),
        "code": cause.code,
        "path": cause.path,
        "contract": cause.contract,
        "expected": cause.expected,
        "count": count,
        "devices": len(devices),
        "some_devices": devices[:4],
        "first": rfc3339(min(entry.received for entry in entries)),
        "last": rfc3339(max(entry.received for entry in entries)),
        "example": max(entry.id for entry in entries),
    }
    return CauseGroup(body, (count, cause.key))
