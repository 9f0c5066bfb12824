"""All that follows the alerts, put together: in which order it decides, what it loads, whom it tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from devices.model import City
from services.alerts.board import Board
from services.alerts.book import Book
from services.alerts.dispatch.book import CaseBook
from services.alerts.dispatch.dispatcher import Dispatcher
from services.alerts.document import document
from services.alerts.floods.book import FloodBook, flood_document
from services.alerts.incidents.book import PLAN, IncidentBook
from services.alerts.incidents.document import document as incident_document
from services.alerts.notify.backoff import Backoff
from services.alerts.notify.channel import Channel
from services.alerts.notify.limits import Limits
from services.alerts.notify.sender import OnOutcome, Sender
from services.alerts.policy.model import Policy
from services.alerts.recurrence import Recurrences
from services.alerts.routing.router import Router
from services.alerts.suppression.book import SuppressionBook
from services.bus.protocol import Bus, FloodChanged, IncidentChanged, SuppressionChanged
from services.runtime.clock import Clock
from services.store.records import Records
from services.store.records.alerts import Changes


def _uncounted(_receiver: str, _channel: str, _outcome: str) -> None:
    """Nobody counts."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How people are reached: the channels by (receiver, channel id), and what each receiver can bear."""

    channels: Mapping[tuple[str, str], Channel] = field(default_factory=dict)
    limits: Mapping[str, Limits] = field(default_factory=dict)
    retry: Backoff = field(default_factory=Backoff)
    on_outcome: OnOutcome = _uncounted

    def of(self, receiver: str) -> Sequence[str]:
        """The ids of a receiver's channels."""
        return [channel for name, channel in self.channels if name == receiver]


class Books:
    """Recurrences, incidents, suppression, floods and cases of one city.

    Args:
        is_absence: whether the condition of a rule is that nothing is heard.
    """

    def __init__(
        self,
        records: Records,
        bus: Bus,
        clock: Clock,
        city: City,
        board: Board,
        policy: Policy,
        reach: Reach,
        is_absence: Callable[[str], bool],
    ) -> None:
        self._records = records
        self._bus = bus
        self.recurrences = Recurrences(policy.recurrence)
        self.incidents = IncidentBook(
            policy.gathering,
            policy.dependencies,
            city,
            board,
            is_absence=is_absence,
            remembers=self.recurrences.span,
        )
        self.suppression = SuppressionBook(policy, city, board, quiet=self.incidents.quiet)
        self.floods = FloodBook(policy.flood)
        self.router = Router(policy.routes)
        routes = {route.id: route for route in policy.routes}
        self.cases = CaseBook(self.router.routes_for, routes, reach.of, board, city.id)
        self.sender = Sender(
            records.notifications,
            reach.channels,
            clock,
            limits=reach.limits,
            retry=reach.retry,
            random=Random(),  # noqa: S311 - spreads what is tried again, guards nothing
            on_outcome=reach.on_outcome,
        )
        self.dispatcher = Dispatcher(
            self.cases,
            records.cases,
            self.sender,
            documents=self._documents,
            incidents=self._incidents,
        )

    @property
    def in_order(self) -> tuple[Book, ...]:
        """As they decide: where an alert belongs, whether anybody is told, whether too many come, who is."""
        return (self.incidents, self.suppression, self.floods, self.cases)

    async def load(self, now: int) -> None:
        """Take over what the store holds, once the board has the open alerts."""
        records = self._records
        self.recurrences.load(await records.alerts.recent(self.recurrences.span))
        recent = await records.incidents.recent(now - self.incidents.remembers)
        self.incidents.load([*await records.incidents.open(), *recent])
        self.suppression.load(await records.silences.live(now), await records.maintenance.live(), now)
        self.floods.load(await records.floods.open(), now)
        await self.dispatcher.load(now)

    def took(self, changes: Changes, now: int) -> None:
        """Alerts were changed: remember what may come back, and tell of what changed beside them."""
        self.recurrences.take(changes, now)
        for change, record in changes.plans[PLAN].changed:
            self._bus.publish(IncidentChanged(change, incident_document(record), record.changes))
        self.tell(now)

    def tell(self, now: int) -> None:
        """Floods, silences and maintenance that began, changed or ended."""
        for flood in self.floods.changed():
            self._bus.publish(FloodChanged(flood_document(flood)))
        for kind, told in self.suppression.turned(now):
            self._bus.publish(SuppressionChanged(kind, told))

    async def _documents(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        return {record.id: document(record) for record in await self._records.alerts.some(ids)}

    async def _incidents(self, ids: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
        found = (self.incidents.get(incident) for incident in ids)
        return {record.id: incident_document(record) for record in found if record is not None}
