"""Alerts are recorded in order, however long that takes, and nobody else waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from rules.model import Severity, Subject
from services.runtime.clock import ManualClock
from services.store.errors import StoreUnavailableError
from services.telemetry.announcer import Announcer


class Said(NamedTuple):
    """As much of a transition as matters here."""

    number: int
    severity: Severity = Severity.MAJOR
    device: str = "aq-01"
    rule: str = "air/pm25"

    @property
    def subject(self) -> Subject:
        return Subject("north", self.device)


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
        await announcer.put([Said(number)])  # type: ignore[list-item]
    await clock.advance(3)
    assert not announcer.idle
    assert announcer.trouble == "PostgreSQL is away"
    alerts.fail = False
    await clock.advance(2)
    await announcer.settled()
    assert [one.number for one in alerts.applied] == [0, 1, 2, 3, 4]
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
    await announcer.put(list(map(Said, range(100_500))))  # type: ignore[arg-type]
    more = asyncio.create_task(announcer.put([Said(100_500)]))  # type: ignore[list-item]
    await clock.advance(2)
    assert not more.done()
    alerts.fail = False
    await clock.advance(2)
    await more
    await announcer.settled()
    assert len(alerts.applied) == 100_501
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def order_of(*said: Said) -> list[int]:
    """In which order these are recorded when all of them wait."""
    alerts, clock = Alerts(), ManualClock()
    announcer = Announcer(alerts, clock)  # type: ignore[arg-type]
    await announcer.put(said)  # type: ignore[arg-type]
    task = asyncio.create_task(announcer.run())
    await announcer.settled()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return [one.number for one in alerts.applied]


async def test_what_is_critical_does_not_wait_behind_a_storm() -> None:
    storm = [Said(number, device=f"lamp-{number}") for number in range(1_200)]
    order = await order_of(*storm, Said(9_999, Severity.CRITICAL, "fire"))
    assert order.index(9_999) == 0
    assert sorted(order) == [*range(1_200), 9_999]


async def test_the_steps_of_one_alert_stay_in_order() -> None:
    worse = Said(2, Severity.CRITICAL)
    assert await order_of(Said(0, device="other"), Said(1), worse, Said(3)) == [0, 1, 2, 3]
    fire = [Said(1, Severity.CRITICAL), Said(2, Severity.CRITICAL), Said(3), Said(4, Severity.CRITICAL)]
    assert await order_of(Said(0, device="other"), *fire) == [1, 2, 0, 3, 4]
