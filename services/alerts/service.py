"""Alerts: what the rule engine says about them, and what operators do with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from devices.model import City
from rules.model import Subject, Transition, is_reserved
from services.alerts import comparing
from services.alerts.board import Board
from services.alerts.books import Books, Reach
from services.alerts.delivery import OnDelivered
from services.alerts.document import document, full_document
from services.alerts.endings import Ending, VersionOf, ended_by, why
from services.alerts.identity import id_of
from services.alerts.lifecycle import advance, end
from services.alerts.minder import Minder
from services.alerts.notify.telling import told_of
from services.alerts.operations import (
    Operation,
    acknowledging,
    assigning,
    closing,
    commenting,
    unacknowledging,
)
from services.alerts.policy.model import Policy
from services.alerts.turn import TOGETHER, Turn
from services.bus.protocol import Bus
from services.runtime.clock import Clock
from services.runtime.ports import ConflictError, DeviceDirectory, NotFoundError, OpenAlert, Page
from services.store.records import Records
from services.store.records.alerts import AlertEvent, AlertRecord, Changes, Known

_MOST_COMPARED = 50_000
_MODES = {"live": False, "shadow": True}


def _unheard(_domain: str, _seconds: float) -> None:
    """Nobody measures."""


def _never(_rule: str) -> bool:
    """No rule is about silence."""
    return False


def _unstaged(_domain: str, _stage: str, _seconds: float) -> None:
    """Nobody measures."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What others want to know, and what only they know.

    Attributes:
        on_delivered: called with (domain, seconds from receipt of the reading to the announcement) for
            every alert that a reading made fire.
        on_stage: called with (domain, stage, seconds) for each stage that an alert has passed.
        version_of: the version of a rule that is in force; with it an alert that ended because its rule
            changed says so.
        is_absence: whether the condition of a rule is that nothing is heard.
    """

    on_delivered: OnDelivered = _unheard
    on_stage: Callable[[str, str, float], None] = _unstaged
    version_of: VersionOf | None = None
    is_absence: Callable[[str], bool] = _never


class AlertsService:
    """:class:`services.runtime.ports.AlertsPort` over the records database.

    One transaction per batch of transitions persists the alerts, their history, what goes with them
    (:class:`~services.alerts.books.Books`) and what is to be announced; then it is announced, in order.
    Every method that touches the store may raise :class:`~services.store.errors.StoreError`; the same
    transitions may then be applied again.

    Args:
        policy: what the city decided about its alerts.
        reach: how people are reached.
    """

    def __init__(
        self,
        records: Records,
        bus: Bus,
        clock: Clock,
        city: City,
        devices: DeviceDirectory,
        *,
        policy: Policy | None = None,
        reach: Reach | None = None,
        hooks: Hooks | None = None,
    ) -> None:
        self._all_records = records
        self._records = records.alerts
        self._clock = clock
        self._city = city
        self._devices = devices
        self._hooks = hooks or Hooks()
        self.policy = policy or Policy()
        self.board = Board()
        self.books = Books(
            records,
            bus,
            clock,
            city,
            self.board,
            self.policy,
            reach or Reach(),
            self._hooks.is_absence,
        )
        self.turn = Turn(
            self._records,
            bus,
            clock,
            self.board,
            self.books.in_order,
            load=self.books.load,
            after=self._changed,
            on_delivered=self._hooks.on_delivered,
        )
        self.minder = Minder(self.turn, self.books, clock)

    async def start(self) -> None:
        """Load the open alerts, announce what a crash left unannounced, and send what waits."""
        await self.turn.start()
        await self.books.sender.start()
        self.minder.start()

    async def stop(self) -> None:
        """Finish what runs."""
        await self.minder.stop()
        await self.turn.stop()
        await self.books.sender.stop()

    @property
    def busy(self) -> bool:
        """Whether anything about alerts is being decided or written."""
        return self.turn.busy or self.minder.busy or self.minder.woken

    async def apply(self, transitions: Sequence[Transition]) -> None:
        """Persist, then announce, in order. The same transitions again change and announce nothing."""
        for start in range(0, len(transitions), TOGETHER):
            await self._apply(transitions[start : start + TOGETHER])

    async def _apply(self, transitions: Sequence[Transition]) -> None:
        identified = [(id_of(transition), transition) for transition in transitions]
        recurrences = self.books.recurrences

        def decide(known: Known, now: int) -> Changes:
            return advance(
                known,
                identified,
                now=now,
                service_of=self._service_of,
                why=self._why,
                recurrence=recurrences.recurrence,
                past=recurrences.past,
            )

        names = {transition.fingerprint for transition in transitions}
        ids = {alert for alert, _ in identified}
        ids.update(*(self.board.siblings(name) for name in names))
        ids.update(recurrences.relatives(names, self._clock.now()))
        await self.turn.change(list(ids), decide)

    async def settle(self, alive: Collection[str]) -> int:
        """End the open alerts that the rules know nothing of, after a restart that lost their state.

        ``alive`` are the fingerprints of those that they do follow; all that they said was applied before.
        Answers how many were ended. Those about Nakhon itself and about objectives are
        not the rules'.
        """
        await self.turn.catch_up()
        strangers = [alert for alert in self.board.strangers(alive) if not is_reserved(alert.rule)]

        def decide(known: Known, now: int) -> Changes:
            return end(known, now=now, why=self._why_lost)

        for start in range(0, len(strangers), TOGETHER):
            await self.turn.change([one.id for one in strangers[start : start + TOGETHER]], decide)
        return len(strangers)

    async def alerts(self, *, filters: Mapping[str, Sequence[str]], limit: int, cursor: str | None) -> Page:
        """Alerts, newest first. Filters: as :class:`~services.runtime.ports.AlertsPort` names them.

        ``mode`` (live, shadow) is a filter too; without it, shadow alerts are left out.

        Raises:
            ValueError: an unknown filter or mode, or a cursor that is none of ours.
        """
        shadow = _shadow(filters.get("mode", ()))
        others = {name: values for name, values in filters.items() if name != "mode"}
        firsts = self.turn.delivery.firsts()
        found, cursor = await self._records.page(others, limit=limit, cursor=cursor, shadow=shadow)
        return Page(await asyncio.to_thread(_documents, found, firsts), cursor)  # there may be 10,000

    async def alert(self, alert_id: str) -> Mapping[str, Any]:
        """One alert, with its ``history``, ``highest_severity`` and ``notifications``.

        Raises:
            NotFoundError: no such alert.
        """
        firsts = self.turn.delivery.firsts()
        found = await self._records.get(alert_id)
        if found is None:
            raise NotFoundError(f"no alert {alert_id}")
        record, history = found
        told = await self._all_records.notifications.of_alert(alert_id)
        return {
            **full_document(_shown(record, firsts), history),
            "notifications": [told_of(row) for row in told],
        }

    async def acknowledge(
        self, alert_id: str, *, by: str, note: str, number: int | None = None
    ) -> Mapping[str, Any]:
        """Acknowledge, once for each severity. ``number``: the last step that the operator saw.

        Raises:
            NotFoundError: no such alert.
            ConflictError: it is acknowledged already (by whom, when), over, has not fired yet, or somebody
                did something since.
        """
        return await self._operate(alert_id, acknowledging(by, note, self._clock.now(), number))

    async def acknowledge_many(
        self, alert_ids: Sequence[str], *, by: str, note: str
    ) -> Sequence[Mapping[str, Any]]:
        """Acknowledge each of them that can be: ``{"id", "ok", "detail"}`` in their order."""
        refused: dict[str, str] = {}
        for start in range(0, len(alert_ids), TOGETHER):
            some = alert_ids[start : start + TOGETHER]
            await self.each(some, acknowledging(by, note, self._clock.now()), refused)
        return [{"id": one, "ok": one not in refused, "detail": refused.get(one)} for one in alert_ids]

    async def unacknowledge(
        self, alert_id: str, *, by: str, note: str, number: int | None = None
    ) -> Mapping[str, Any]:
        """Take the acknowledgement back. Raises: as :meth:`acknowledge`, and when there is none."""
        return await self._operate(alert_id, unacknowledging(by, note, self._clock.now(), number))

    async def comment(
        self, alert_id: str, *, by: str, note: str, number: int | None = None
    ) -> Mapping[str, Any]:
        """Write into the alert's history.

        Raises:
            NotFoundError: no such alert.
            ConflictError: it has not fired yet, or somebody did something since.
        """
        return await self._operate(alert_id, commenting(by, note, self._clock.now(), number))

    async def assign(
        self, alert_id: str, *, by: str, to: str | None, number: int | None = None
    ) -> Mapping[str, Any]:
        """Give the alert to somebody, or to nobody. Raises: as :meth:`comment`."""
        return await self._operate(alert_id, assigning(by, to, self._clock.now(), number))

    async def close(
        self, alert_id: str, *, by: str, note: str, number: int | None = None
    ) -> Mapping[str, Any]:
        """Resolve by hand, with a reason; it stays so, whatever the engine still says about it.

        Raises:
            NotFoundError: no such alert.
            ConflictError: it is over already, has not fired yet, or somebody did something since.
        """
        return await self._operate(alert_id, closing(by, note, self._clock.now(), number))

    def open_alerts(self) -> Sequence[OpenAlert]:
        """All firing alerts, newest first, from memory."""
        return self.board.firing()

    def counts(self) -> Mapping[tuple[str, str, str], int]:
        """How many alerts there are by (domain, severity, state), from memory, for the metrics."""
        return self.board.counts()

    async def compare(self, shadow: str, live: str, *, start: int, end: int) -> Mapping[str, Any]:
        """The alerts of a rule in shadow mode beside those of the live one, over a span (ms)."""
        of_shadow, of_live = [
            await self._records.firings(rule, start=start, end=end, shadow=mode, limit=_MOST_COMPARED)
            for rule, mode in ((shadow, True), (live, False))
        ]
        return comparing.document(of_shadow, of_live, start=start, end=end, now=self._clock.now())

    def by_rule(self) -> Mapping[str, Mapping[str, int]]:
        """How many alerts of each rule are pending and firing, shadow ones too, from memory."""
        return self.board.by_rule()

    async def each(
        self,
        alert_ids: Sequence[str],
        operation: Operation,
        refused: dict[str, str],
        *,
        beside: Callable[[Changes, int], None] | None = None,
    ) -> None:
        """Do the same to some alerts in one transaction; ``refused`` takes why it could not be done to one.

        ``beside`` says what else belongs into the transaction; what it raises undoes all of it.
        """

        def decide(known: Known, now: int) -> Changes:
            changes, said = Changes(), {}
            for alert in alert_ids:
                try:
                    _put(changes, _outcome(known, alert, operation))
                except (NotFoundError, ConflictError) as error:
                    said[alert] = str(error)
            refused.update(said)
            if beside is not None:
                beside(changes, now)
            return changes

        await self.turn.change(alert_ids, decide, people=True)

    async def _operate(self, alert_id: str, operation: Operation) -> Mapping[str, Any]:
        def decide(known: Known, _now: int) -> Changes:
            changes = Changes()
            _put(changes, _outcome(known, alert_id, operation))
            return changes

        await self.turn.change([alert_id], decide, people=True)
        return await self.alert(alert_id)

    def _changed(self, changes: Changes, now: int) -> None:
        self.books.took(changes, now)
        for record in changes.alerts.values():
            for event in changes.events.get(record.id, ()):
                self._stage(record, event)
        self.minder.notice()

    def _stage(self, record: AlertRecord, event: AlertEvent) -> None:
        """Measure what has just come to its end."""
        if record.shadow or record.fired is None:
            return
        if event.change == "firing" and record.persisted is not None:
            took = max(0, record.persisted - record.fired) / 1000
            self._hooks.on_stage(record.domain, "fired_to_persisted", took)
        elif event.change == "acknowledged" and record.first_acknowledged == event.at:
            took = max(0, event.at - (record.delivered or record.fired)) / 1000
            self._hooks.on_stage(record.domain, "delivered_to_acknowledged", took)

    def _why(self, transition: Transition) -> Ending | None:
        version_of = self._hooks.version_of
        return None if version_of is None else why(transition, version_of)

    def _why_lost(self, record: AlertRecord) -> Ending:
        version_of = self._hooks.version_of
        of_rule = None if version_of is None else ended_by(record.rule, record.rule_version, version_of)
        return of_rule or Ending.LOST

    def _service_of(self, subject: Subject) -> str | None:
        """The subject's own service, or the one that its device counts for."""
        if subject.service is not None or subject.device is None:
            return subject.service
        device = self._devices.get(subject.device)
        return None if device is None else self._city.service_of(device)


def _outcome(known: Known, alert_id: str, operation: Operation) -> tuple[AlertRecord, AlertEvent] | None:
    if alert_id not in known.alerts:
        raise NotFoundError(f"no alert {alert_id}")
    return operation(known.alerts[alert_id], known.people.get(alert_id))


def _put(changes: Changes, outcome: tuple[AlertRecord, AlertEvent] | None) -> None:
    """An operator's step as what to write; none is nothing to write."""
    if outcome is not None:
        record, event = outcome
        changes.alerts[record.id] = record
        changes.events.setdefault(record.id, []).append(event)


def _shown(record: AlertRecord, firsts: Mapping[str, int]) -> AlertRecord:
    """An alert with the moment of its announcement, even before that is written down."""
    return replace(record, delivered=record.delivered or firsts.get(record.id))


def _documents(records: Sequence[AlertRecord], firsts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [document(_shown(record, firsts)) for record in records]


def _shadow(modes: Sequence[str]) -> bool | None:
    """Which modes to list: None is both."""
    unknown = set(modes) - set(_MODES)
    if unknown:
        raise ValueError(f"mode can't be {', '.join(sorted(unknown))} (allowed: live, shadow)")
    wanted = {_MODES[mode] for mode in modes} or {False}
    return None if len(wanted) > 1 else wanted.pop()
