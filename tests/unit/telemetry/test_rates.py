"""Who floods has no credit left when others have to wait."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.model import Device, Domain
from services.runtime.clock import ManualClock
from services.telemetry.framing import SHED, Batch
from services.telemetry.intake import Intake, Origin
from services.telemetry.journal import Journal
from services.telemetry.journalthread import JournalThread
from services.telemetry.rates import Enforced, RateLimiter, Rates
from services.telemetry.router import Route
from tests.support.smallcity import small_city, topic

NOW = 1_767_546_000_000
CATALOG = small_city().catalog


def route(raw: bytes) -> Route:
    """Any device but ``ghost``; flood gauges are ``fl-…``."""
    text = raw.decode()
    name = text.split("/")[-2]
    if name == "ghost":
        return Route(text, "telemetry")
    kind = CATALOG["FloodMonitoring" if name.startswith("fl-") else "AirQualityObserved"]
    device = Device(name, (kind.name,), "north", Domain.ENVIRONMENT, 60_000)
    return Route(text, "telemetry", "environment", device, "north", MappingProxyType({kind.name: kind}))


def limiter(**rates: float) -> RateLimiter:
    few = {"device_rate": 10, "device_burst": 20, "zone_rate": 1_000, "zone_burst": 1_000}
    return RateLimiter(Rates(**(few | rates)), route)  # type: ignore[arg-type]


def over(rates: RateLimiter, device: str, times: list[int]) -> list[bool]:
    return [rates.over(topic(device).encode(), time) for time in times]


def test_a_burst_is_let_through_and_the_rate_after_it() -> None:
    rates = limiter()
    assert over(rates, "aq-01", [NOW] * 25) == [False] * 21 + [True] * 4
    assert over(rates, "aq-01", [NOW + 100, NOW + 100, NOW + 200]) == [False, True, False]
    assert over(rates, "aq-01", [NOW + 10_000] * 21) == [False] * 21


def test_one_device_does_not_use_up_what_is_anothers() -> None:
    rates = limiter()
    over(rates, "aq-01", [NOW] * 1_000)
    assert over(rates, "aq-02", [NOW] * 20) == [False] * 20


def test_a_zone_has_a_rate_that_its_safety_devices_need_not_mind() -> None:
    rates = limiter(zone_burst=5, zone_rate=1)
    answers = [over(rates, f"aq-{number}", [NOW]) for number in range(10)]
    assert answers.count([True]) == 4
    assert over(rates, "fl-01", [NOW] * 5) == [False] * 5


def test_strangers_share_one_rate_and_are_not_remembered() -> None:
    rates = limiter()
    over(rates, "ghost", [NOW] * 30)
    assert rates._known == {}
    assert over(rates, "ghost", [NOW]) == [True]


def test_a_clock_that_was_set_back_gives_nobody_endless_credit_nor_debt() -> None:
    rates = limiter()
    over(rates, "aq-01", [NOW] * 10)
    back = NOW - 3_600_000
    assert over(rates, "aq-01", [back] * 25) == [False] * 21 + [True] * 4


@pytest.mark.parametrize(
    ("enforced", "busy", "expected"),
    [("busy", True, True), ("busy", False, False), ("always", False, True), ("never", True, False)],
)
def test_when_it_is_enforced(enforced: str, busy: bool, expected: bool) -> None:
    rates = RateLimiter(Rates(enforced=Enforced(enforced)), route)
    assert rates.enforced(busy) is expected


@given(st.lists(st.integers(0, 400), max_size=200))
def test_no_more_passes_than_burst_and_rate_allow(gaps: list[int]) -> None:
    rates, now, passed = limiter(), NOW, 0
    for gap in gaps:
        now += gap
        passed += not rates.over(topic("aq-01").encode(), now)
    assert passed <= 21 + (now - NOW) / 100 + 1


async def test_what_is_shed_is_journaled_without_its_payload_but_for_samples(tmp_path: Path) -> None:
    files = JournalThread(Journal(tmp_path, 1 << 30))
    await files.run(files.journal.open)
    rates = limiter(enforced=Enforced.ALWAYS)  # type: ignore[arg-type]
    intake = Intake(files, ManualClock(NOW), limit=1_000, limiter=rates)
    for _ in range(221):
        intake.offer(topic("aq-01").encode(), b'{"pm25": 1}', origin=Origin(0, 0))
    await intake.drain()
    batch, _ = intake.out.get_nowait()
    assert isinstance(batch, Batch)
    shed = [message for message in batch.messages if message.flags & SHED]
    assert len(shed) == 200
    assert sum(bool(message.payload) for message in shed) == 2
    assert {message.size for message in shed} == {11}
    await files.close()


async def test_while_nobody_waits_nothing_is_shed(tmp_path: Path) -> None:
    files = JournalThread(Journal(tmp_path, 1 << 30))
    await files.run(files.journal.open)
    intake = Intake(files, ManualClock(NOW), limit=1_000, limiter=limiter())
    drain = asyncio.create_task(intake.run())
    for _ in range(50):
        for _ in range(20):
            intake.offer(topic("aq-01").encode(), b'{"pm25": 1}', origin=Origin(0, 0))
        batch, _ = await intake.out.get()
        assert isinstance(batch, Batch)
        assert not any(message.flags & SHED for message in batch.messages)
        intake.out.task_done()
    drain.cancel()
    await asyncio.gather(drain, return_exceptions=True)
    await files.close()
