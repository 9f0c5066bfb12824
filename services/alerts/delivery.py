"""Announcing what was persisted: on the bus at once, marked as delivered shortly after.

Between the two a crash makes the announcement come again at the next start: at least once, each with the
number that lets a hearer recognise it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import structlog

from services.alerts.document import delivered
from services.bus.protocol import AlertChanged, Bus
from services.runtime.clock import Clock
from services.store.errors import StoreError
from services.store.records.alerts import AlertRecords, Announcement

OnDelivered = Callable[[str, float], None]
_RETRY_SECONDS = 1.0

_log = structlog.get_logger(__name__)


class Delivery:
    """Publishes announcements in order, and marks them in batches on a task of its own."""

    def __init__(self, records: AlertRecords, bus: Bus, clock: Clock, on_delivered: OnDelivered) -> None:
        self._records = records
        self._bus = bus
        self._clock = clock
        self._on_delivered = on_delivered
        self._unmarked: list[Announcement] = []
        self._firsts: dict[str, int] = {}
        self._work = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to mark."""
        self._task = asyncio.create_task(self._mark_for_ever(), name="alerts: mark deliveries")

    async def stop(self) -> None:
        """Mark what is left; what the store does not take now is announced again at the next start."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        await self.flush()

    def announce(self, announcements: Sequence[Announcement], firsts: Mapping[str, int]) -> None:
        """Publish these, in order, ``times.delivered`` filled in.

        ``firsts`` is what :meth:`firsts` said before the announcements were read or written.
        """
        for item in announcements:
            self._publish(item, firsts)
        self._unmarked.extend(announcements)
        self._work.set()

    def _publish(self, item: Announcement, firsts: Mapping[str, int]) -> None:
        body = item.body
        now = self._clock.now()
        first = item.change == "firing" and body["times"]["delivered"] is None
        if first:
            self._firsts.setdefault(item.alert, now)
        at = self._firsts.get(item.alert, firsts.get(item.alert))
        if body["times"]["delivered"] is None and at is not None:
            body = delivered(body, at)
        self._bus.publish(AlertChanged(item.change, body, item.number))
        if first and item.received is not None:
            self._on_delivered(body["domain"], max(0, now - item.received) / 1000)

    async def flush(self) -> None:
        """Mark what was announced up to now. A store that fails is tried again later, not waited for."""
        items, firsts = list(self._unmarked), dict(self._firsts)
        if not items:
            return
        try:
            await self._records.delivered(items, firsts)
        except StoreError as error:
            _log.warning("alerts were announced, but are not marked as such yet", reason=str(error))
            return
        del self._unmarked[: len(items)]  # not before: a cancelled flush leaves them to the next one
        for alert in firsts:
            self._firsts.pop(alert, None)

    def firsts(self) -> dict[str, int]:
        """When the firing of an alert was announced (ms), where the store does not know it yet.

        Asked before reading from the store, it is complete together with what is then read.
        """
        return dict(self._firsts)

    def pending(self) -> set[tuple[str, int]]:
        """The (alert, number) of what was announced and is not marked yet."""
        return {(item.alert, item.number) for item in self._unmarked}

    async def _mark_for_ever(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            await self.flush()
            if self._unmarked and not self._work.is_set():
                await self._clock.sleep(_RETRY_SECONDS)
                self._work.set()
