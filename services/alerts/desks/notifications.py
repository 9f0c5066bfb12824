"""What was told to whom, for the operators who must know whether anybody has heard."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from devices.model import Text
from services.alerts.books import Reach
from services.alerts.notify.outbox import kind_of, tests
from services.alerts.notify.telling import notification
from services.alerts.service import AlertsService
from services.runtime.clock import Clock, optional_rfc3339
from services.runtime.ports import ConflictError, NotFoundError, Page
from services.store.records import Records
from services.store.records.notifications import WAITING, Doing

_TEST_SECONDS = 10.0
_LOOKED_AT = 0.2


class NotificationDesk:
    """:class:`services.runtime.operatorports.NotificationsPort`."""

    def __init__(
        self, alerts: AlertsService, records: Records, clock: Clock, reach: Reach, city: str
    ) -> None:
        self._records = records.notifications
        self._sender = alerts.books.sender
        self._titles: Mapping[str, Text] = alerts.policy.receivers
        self._clock = clock
        self._reach = reach
        self._city = city

    async def notifications(
        self, *, filters: Mapping[str, Sequence[str]], limit: int, cursor: str | None
    ) -> Page:
        """Notifications, newest first."""
        found, following = await self._records.page(filters, limit=limit, cursor=cursor)
        return Page([notification(row) for row in found], following)

    async def receivers(self) -> Sequence[Mapping[str, Any]]:
        """Who can be told, over which channels, and how these are doing."""
        doing = {(one.receiver, one.channel): one for one in await self._records.doing()}
        limited = set(self._sender.limited())
        names = sorted({*self._titles, *(name for name, _ in self._reach.channels)})
        return [self._receiver(name, doing, limited) for name in names]

    async def test_receiver(self, name: str, *, by: str) -> Sequence[Mapping[str, Any]]:
        """Tell a receiver over each of its channels that this is a test, and wait a moment."""
        channels = self._reach.of(name)
        if not channels:
            if name in self._titles:
                raise ConflictError(f"nothing says how {name} is reached: add it to notify in nakhon.yaml")
            raise NotFoundError(f"no receiver {name}")
        rows = tests(name, channels, by=by, city=self._city, now=self._clock.now())
        await self._records.put(rows)
        self._sender.add(rows)
        ids = [row.id for row in rows]
        deadline = asyncio.get_running_loop().time() + _TEST_SECONDS
        while True:
            found = await self._records.get(ids)
            if all(row.state != WAITING for row in found) or _over(deadline):
                return [notification(row) for row in found]
            await asyncio.sleep(_LOOKED_AT)

    def _receiver(
        self, name: str, doing: Mapping[tuple[str, str], Doing], limited: set[tuple[str, str]]
    ) -> dict[str, Any]:
        title = self._titles.get(name, Text(name, name))
        channels = [
            _channel(channel, doing.get((name, channel)), limited=(name, channel) in limited)
            for channel in self._reach.of(name)
        ]
        return {"name": name, "title": title.as_dict(), "channels": channels}


def _over(deadline: float) -> bool:
    return asyncio.get_running_loop().time() >= deadline


def _channel(channel: str, doing: Doing | None, *, limited: bool) -> dict[str, Any]:
    state = "ok"
    if doing is not None and doing.failing:
        state = "failing"
    elif limited:
        state = "limited"
    return {
        "id": channel,
        "kind": kind_of(channel),
        "state": state,
        "waiting": 0 if doing is None else doing.waiting,
        "delivered": 0 if doing is None else doing.delivered,
        "failed": 0 if doing is None else doing.failed,
        "last_error": None if doing is None else doing.last_error,
        "last_delivered": None if doing is None else optional_rfc3339(doing.last_delivered),
    }
