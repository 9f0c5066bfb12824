"""Alerts are recorded in order, however long that takes, and nobody else waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from services.runtime.clock import ManualClock
from services.store.errors import StoreUnavailableError
from services.telemetry.announcer import Announcer


class Alerts:
    """Keeps what it is told, unless it is told to fail."""

    def __init__(self) -> None:
        self.fail = False
        self.applied: list[Any] = []

    async def apply(self, transitions: Sequence[Any]) -> None:
        if self.fail:
            raise StoreUnavailableError("PostgreSQL is away")
        self.applied += transitions


async def test_what_can_not_be_recorded_is_recorded_later_in_order() -> None:
    alerts, clock = Alerts(), ManualClock()
    announcer = Announcer(alerts, clock)  # type: ignore[arg-type]
    task = asyncio.create_task(announcer.run())
    alerts.fail = True
    for number in range(5):
        await announcer.put([number])  # type: ignore[list-item]
    await clock.advance(3)
    assert not announcer.idle
    assert announcer.trouble == "PostgreSQL is away"
    alerts.fail = False
    await clock.advance(2)
    await announcer.settled()
    assert alerts.applied == [0, 1, 2, 3, 4]
    assert announcer.idle
    assert announcer.trouble is None
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_nothing_to_say_is_nothing_to_wait_for() -> None:
    announcer = Announcer(Alerts(), ManualClock())  # type: ignore[arg-type]
    await announcer.put([])
    assert announcer.idle


async def test_what_waits_is_bounded() -> None:
    alerts, clock = Alerts(), ManualClock()
    announcer = Announcer(alerts, clock)  # type: ignore[arg-type]
    task = asyncio.create_task(announcer.run())
    alerts.fail = True
    await announcer.put(list(range(100_000)))  # type: ignore[arg-type]
    more = asyncio.create_task(announcer.put([100_000]))  # type: ignore[list-item]
    await clock.advance(2)
    assert not more.done()
    alerts.fail = False
    await clock.advance(2)
    await more
    await announcer.settled()
    assert len(alerts.applied) == 100_001
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
