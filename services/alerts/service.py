"""Alerts: what the rule engine says about them, and what operators do with them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from devices.model import City
from rules.model import OWN_GROUP, Subject, Transition
from services.alerts import comparing
from services.alerts.board import Board
from services.alerts.book import Book
from services.alerts.delivery import OnDelivered
from services.alerts.document import document, full_document
from services.alerts.endings import Ending, VersionOf, ended_by, why
from services.alerts.identity import id_of
from services.alerts.lifecycle import advance, end
from services.alerts.operations import Operation, acknowledging, assigning, closing, commenting
from services.alerts.turn import TOGETHER, Turn
from services.bus.protocol import Bus
from services.runtime.clock import Clock
from services.runtime.ports import DeviceDirectory, NotFoundError, OpenAlert, Page
from services.store.records.alerts import AlertEvent, AlertRecord, AlertRecords, Changes, Known

_MOST_COMPARED = 50_000
_MODES = {"live": False, "shadow": True}


def _unheard(_domain: str, _seconds: float) -> None:
    """Nobody measures."""


class AlertsService:
    """:class:`services.runtime.ports.AlertsPort` over the records database.

    One transaction per batch of transitions persists the alerts, their history and what is to be
    announced; then it is announced, in order. Every method that touches the store may raise
    :class:`~services.store.errors.StoreError`; the same transitions may then be applied again.

    Args:
        on_delivered: called with (domain, seconds from receipt of the reading to the announcement) for
            every alert that a reading made fire.
        version_of: the version of a rule that is in force; with it an alert that ended because its rule
            changed says so.
    """

    def __init__(
        self,
        records: AlertRecords,
        bus: Bus,
        clock: Clock,
        city: City,
        devices: DeviceDirectory,
        *,
        on_delivered: OnDelivered = _unheard,
        version_of: VersionOf | None = None,
        books: Sequence[Book] = (),
    ) -> None:
        self._records = records
        self._clock = clock
        self._city = city
        self._devices = devices
        self._version_of = version_of
        self._board = Board()
        self._turn = Turn(records, bus, clock, self._board, books, on_delivered=on_delivered)

    async def start(self) -> None:
        """Load the open alerts, and announce what a crash left unannounced."""
        await self._turn.start()

    async def stop(self) -> None:
        """Finish what runs."""
        await self._turn.stop()

    async def apply(self, transitions: Sequence[Transition]) -> None:
        """Persist, then announce, in order. The same transitions again change and announce nothing."""
        for start in range(0, len(transitions), TOGETHER):
            await self._apply(transitions[start : start + TOGETHER])

    async def _apply(self, transitions: Sequence[Transition]) -> None:
        identified = [(id_of(transition), transition) for transition in transitions]

        def decide(known: Known, now: int) -> Changes:
            return advance(known, identified, now=now, service_of=self._service_of, why=self._why)

        ids = {alert for alert, _ in identified}
        ids.update(*(self._board.siblings(transition.fingerprint) for transition in transitions))
        await self._turn.change(list(ids), decide)

    async def settle(self, alive: Collection[str]) -> int:
        """End the open alerts that the rules know nothing of, after a restart that lost their state.

        ``alive`` are the fingerprints of those that they do follow; all that they said was applied before.
        Answers how many were ended.
        """
        await self._turn.catch_up()
        strangers = [
            alert for alert in self._board.strangers(alive) if not alert.rule.startswith(f"{OWN_GROUP}/")
        ]

        def decide(known: Known, now: int) -> Changes:
            return end(known, now=now, why=self._why_lost)

        for start in range(0, len(strangers), TOGETHER):
            await self._turn.change([one.id for one in strangers[start : start + TOGETHER]], decide)
        return len(strangers)

    async def alerts(self, *, filters: Mapping[str, Sequence[str]], limit: int, cursor: str | None) -> Page:
        """Alerts, newest first. Filters: state, severity, domain, zone, device, rule, service.

        ``mode`` (live, shadow) is a filter too; without it, shadow alerts are left out.

        Raises:
            ValueError: an unknown filter or mode, or a cursor that is none of ours.
        """
        shadow = _shadow(filters.get("mode", ()))
        others = {name: values for name, values in filters.items() if name != "mode"}
        firsts = self._turn.delivery.firsts()
        found, cursor = await self._records.page(others, limit=limit, cursor=cursor, shadow=shadow)
        return Page(await asyncio.to_thread(_documents, found, firsts), cursor)  # there may be 10,000

    async def alert(self, alert_id: str) -> Mapping[str, Any]:
        """One alert, with its ``history`` and ``highest_severity``.

        Raises:
            NotFoundError: no such alert.
        """
        firsts = self._turn.delivery.firsts()
        found = await self._records.get(alert_id)
        if found is None:
            raise NotFoundError(f"no alert {alert_id}")
        record, history = found
        return full_document(_shown(record, firsts), history)

    async def acknowledge(self, alert_id: str, *, by: str, note: str) -> Mapping[str, Any]:
        """Acknowledge, once.

        Raises:
            NotFoundError: no such alert.
            ConflictError: it is acknowledged already (by whom, when), over, or has not fired yet.
        """
        return await self._operate(alert_id, acknowledging(by, note, self._clock.now()))

    async def comment(self, alert_id: str, *, by: str, note: str) -> Mapping[str, Any]:
        """Write into the alert's history.

        Raises:
            NotFoundError: no such alert.
            ConflictError: it has not fired yet.
        """
        return await self._operate(alert_id, commenting(by, note, self._clock.now()))

    async def assign(self, alert_id: str, *, by: str, to: str | None) -> Mapping[str, Any]:
        """Give the alert to somebody, or to nobody. Raises: as :meth:`comment`."""
        return await self._operate(alert_id, assigning(by, to, self._clock.now()))

    async def close(self, alert_id: str, *, by: str, note: str) -> Mapping[str, Any]:
        """Resolve by hand, with a reason; it stays so, whatever the engine still says about it.

        Raises:
            NotFoundError: no such alert.
            ConflictError: it is over already, or has not fired yet.
        """
        return await self._operate(alert_id, closing(by, note, self._clock.now()))

    def open_alerts(self) -> Sequence[OpenAlert]:
        """All firing alerts, newest first, from memory."""
        return self._board.firing()

    def counts(self) -> Mapping[tuple[str, str, str], int]:
        """How many alerts there are by (domain, severity, state), from memory, for the metrics."""
        return self._board.counts()

    async def compare(self, shadow: str, live: str, *, start: int, end: int) -> Mapping[str, Any]:
        """The alerts of a rule in shadow mode beside those of the live one, over a span (ms)."""
        of_shadow, of_live = [
            await self._records.firings(rule, start=start, end=end, shadow=mode, limit=_MOST_COMPARED)
            for rule, mode in ((shadow, True), (live, False))
        ]
        return comparing.document(of_shadow, of_live, start=start, end=end, now=self._clock.now())

    def by_rule(self) -> Mapping[str, Mapping[str, int]]:
        """How many alerts of each rule are pending and firing, shadow ones too, from memory."""
        return self._board.by_rule()

    async def _operate(self, alert_id: str, operation: Operation) -> Mapping[str, Any]:
        def decide(known: Known, _now: int) -> Changes:
            if alert_id not in known.alerts:
                raise NotFoundError(f"no alert {alert_id}")
            return _changes(operation(known.alerts[alert_id]))

        await self._turn.change([alert_id], decide)
        return await self.alert(alert_id)

    def _why(self, transition: Transition) -> Ending | None:
        return None if self._version_of is None else why(transition, self._version_of)

    def _why_lost(self, record: AlertRecord) -> Ending:
        of_rule = (
            None if self._version_of is None else ended_by(record.rule, record.rule_version, self._version_of)
        )
        return of_rule or Ending.LOST

    def _service_of(self, subject: Subject) -> str | None:
        """The subject's own service, or the one that its device counts for."""
        if subject.service is not None or subject.device is None:
            return subject.service
        device = self._devices.get(subject.device)
        return None if device is None else self._city.service_of(device)


def _shown(record: AlertRecord, firsts: Mapping[str, int]) -> AlertRecord:
    """An alert with the moment of its announcement, even before that is written down."""
    return replace(record, delivered=record.delivered or firsts.get(record.id))


def _documents(records: Sequence[AlertRecord], firsts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [document(_shown(record, firsts)) for record in records]


def _changes(outcome: tuple[AlertRecord, AlertEvent] | None) -> Changes:
    """An operator's step as what to write; none is nothing to write."""
    if outcome is None:
        return Changes()
    record, event = outcome
    return Changes({record.id: record}, {record.id: [event]})


def _shadow(modes: Sequence[str]) -> bool | None:
    """Which modes to list: None is both."""
    unknown = set(modes) - set(_MODES)
    if unknown:
        raise ValueError(f"mode can't be {', '.join(sorted(unknown))} (allowed: live, shadow)")
    wanted = {_MODES[mode] for mode in modes} or {False}
    return None if len(wanted) > 1 else wanted.pop()
