"""Sends what waits in the outbox, every channel by itself, until it has arrived or is given up.

It is written that a notice may have been sent before it is: after a crash it goes out again under the same
key, and never in a digest, which would be told under another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from random import Random

import structlog

from services.alerts.notify.backoff import Backoff
from services.alerts.notify.channel import Channel
from services.alerts.notify.courier import Courier, Parts
from services.alerts.notify.limits import Limits
from services.alerts.notify.marks import Marks
from services.alerts.notify.outbox import Entry
from services.runtime.clock import Clock
from services.store.errors import StoreError
from services.store.records.notifications import FAILED, Attempted, NotificationRecords, NotificationRow

OnOutcome = Callable[[str, str, str], None]
_RETRY_SECONDS = 1.0
_KEPT_WHOLE = 200
"""So many notices of a channel are held in memory; of the others only that they wait."""

_log = structlog.get_logger(__name__)


def _uncounted(_receiver: str, _channel: str, _outcome: str) -> None:
    """Nobody counts."""


class Sender:
    """The outbox at work.

    Args:
        channels: by receiver and channel id.
        limits: by receiver; they hold for each of its channels. Who is not named has none.
        random: jitters what is tried again.
        on_outcome: called with (receiver, channel, outcome) for each attempt: delivered, retried, failed;
            and digested for each notice that another tells in its place.
        timeout: seconds, of the machine's, that an attempt may take.
    """

    def __init__(
        self,
        records: NotificationRecords,
        channels: Mapping[tuple[str, str], Channel],
        clock: Clock,
        *,
        limits: Mapping[str, Limits] | None = None,
        retry: Backoff | None = None,
        random: Random,
        on_outcome: OnOutcome = _uncounted,
        timeout: float = 30.0,
    ) -> None:
        self._records = records
        self._clock = clock
        self._on_outcome = on_outcome
        self._known: set[str] = set()
        self._gone: set[str] = set()
        self._marks = Marks(records, clock, self._forget)
        parts = Parts(
            records=records,
            clock=clock,
            marks=self._marks,
            backoff=retry or Backoff(),
            random=random,
            on_outcome=on_outcome,
            timeout=timeout,
            remember=self._known.add,
            forget=self._forget,
        )
        given = limits or {}
        self._couriers = {
            (receiver, name): Courier(receiver, name, channel, parts, given.get(receiver, Limits()))
            for (receiver, name), channel in channels.items()
        }
        self._stale = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to send; what waits in the store is taken up as soon as that answers."""
        self._marks.start()
        for courier in self._couriers.values():
            courier.start()
        self._stale.set()
        self._task = asyncio.create_task(self._reread(), name="notifications: read what waits")

    async def stop(self) -> None:
        """Let what is under way arrive, for a moment; the rest waits in the store."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        await asyncio.gather(*(courier.stop() for courier in self._couriers.values()))
        await self._marks.stop()

    def add(self, rows: Iterable[NotificationRow]) -> None:
        """These have been written, with their bodies: send them."""
        by_courier: dict[tuple[str, str], list[NotificationRow]] = {}
        for row in rows:
            if row.id not in self._known:
                self._known.add(row.id)
                by_courier.setdefault((row.receiver, row.channel), []).append(row)
        for key, found in by_courier.items():
            self._hand_over(key, found)

    def wake(self) -> None:
        """Look into the store: nobody knows what it holds."""
        self._stale.set()

    def waiting(self) -> Mapping[tuple[str, str], int]:
        """How many notices wait for each channel."""
        return {key: courier.waiting for key, courier in self._couriers.items()}

    def limited(self) -> Sequence[tuple[str, str]]:
        """The channels on which more waits than may be told."""
        return [key for key, courier in self._couriers.items() if courier.limited]

    def _hand_over(self, key: tuple[str, str], rows: Sequence[NotificationRow]) -> None:
        courier = self._couriers.get(key)
        if courier is None:
            self._refuse(rows)
            return
        room = max(0, _KEPT_WHOLE - courier.waiting)
        courier.add([Entry.of(row, whole=number < room) for number, row in enumerate(rows)])

    def _refuse(self, rows: Sequence[NotificationRow]) -> None:
        now = self._clock.now()
        for row in rows:
            text = f"{row.receiver} has no channel {row.channel}: see notify.receivers in nakhon.yaml"
            self._marks.note(Attempted(row.id, FAILED, row.attempts, now, now, text))
            self._on_outcome(row.receiver, row.channel, FAILED)

    def _forget(self, notification: str) -> None:
        self._known.discard(notification)
        self._gone.add(notification)

    async def _reread(self) -> None:
        troubled = False
        while True:
            await self._stale.wait()
            self._stale.clear()
            self._gone.clear()
            try:
                rows = await self._records.waiting()
                self.add(row for row in rows if row.id not in self._gone)
                troubled = False
            except StoreError as error:
                if not troubled:
                    _log.warning("what waits to be sent can't be read", reason=str(error))
                troubled = True
                await self._clock.sleep(_RETRY_SECONDS)
                self._stale.set()
