"""The status service on the bus, under a clock that a test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from devices.model import Device, Domain
from services.bus.memory import MemoryBus, MemorySubscription
from services.bus.protocol import AlertChanged, DevicesChanged, Listening, Seen, StatusChanged
from services.runtime.clock import ManualClock
from services.runtime.ports import OpenAlert
from services.status import StatusService
from services.status.objectives.book import Objectives
from services.status.policy.model import default_policy
from services.status.service import BEAT_EVERY
from services.store.errors import StoreUnavailableError
from tests.unit.status.statuscity import CITY, MINUTE, START, Directory, counter, heard, opened, spot

POLICY = default_policy()
CLOCK = ZoneInfo(CITY.timezone)
"""Read from its file before a loop runs."""
TWELVE = [counter(n) for n in range(1, 13)]


class OpenAlerts:
    """What the status asks the alerts for."""

    def __init__(self) -> None:
        self.items: list[OpenAlert] = []

    def open_alerts(self) -> Sequence[OpenAlert]:
        return self.items


class Memory:
    """What outlives a restart."""

    def __init__(self) -> None:
        self.state: Mapping[str, Any] | None = None
        self.beaten: int | None = None
        self.fail = False

    async def load(self) -> Mapping[str, Any] | None:
        if self.fail:
            raise StoreUnavailableError("away")
        return None if self.state is None else {**self.state, "beat": self.beaten}

    async def beat(self, at: int) -> None:
        if self.fail:
            raise StoreUnavailableError("away")
        self.beaten = at

    def copy(self) -> Memory:
        """As it is now, which is all that a kill leaves."""
        left = Memory()
        left.state, left.beaten = self.state, self.beaten
        return left

    async def save(self, state: Mapping[str, Any]) -> None:
        if self.fail:
            raise StoreUnavailableError("away")
        self.state = state


class Scene:
    """A status service and everything around it."""

    def __init__(
        self, devices: Sequence[Device], memory: Memory | None = None, now: int = START, **more: Any
    ) -> None:
        self.clock = ManualClock(now)
        self.bus = MemoryBus()
        self.devices = Directory(devices)
        self.alerts = OpenAlerts()
        parts: Any = (CITY, self.devices, self.bus, self.clock, self.alerts)
        self.objectives = Objectives(CITY)
        self.service = StatusService(
            *parts,
            policy=POLICY,
            memory=memory,
            objective_of=self.objectives.document,
            told=self.objectives.take,
            **more,
        )
        self.told: list[Mapping[str, Any]] = []
        self._subscription: MemorySubscription | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Scene]:
        async with self.bus.subscribe(StatusChanged) as self._subscription:
            await self.service.start()
            try:
                yield self
            finally:
                await self.service.stop()

    async def hear(self, devices: Sequence[Device], *, seconds: float = 1.0) -> None:
        now = self.clock.now()
        self.bus.publish(Seen({device.id: heard(device, now) for device in devices}))
        await self.clock.advance(seconds)

    async def raise_alert(self, **fields: Any) -> None:
        self.alerts.items.append(opened(**fields))
        self.bus.publish(AlertChanged("firing", {"id": self.alerts.items[-1].id}))
        await self.clock.advance(1.0)

    def mobility(self) -> Any:
        return next(domain for domain in self.service.domains() if domain["domain"] == "mobility")

    def traffic(self) -> Any:
        return self.mobility()["services"][0]

    async def changes(self) -> list[str]:
        """The statuses of mobility that were announced since the last call."""
        assert self._subscription is not None
        found = []
        while len(self._subscription):
            event: Any = await anext(self._subscription)
            if event.domain["domain"] == "mobility":
                found.append(event.domain["status"])
        return found


def test_all_seven_are_there_and_unknown_before_anything_is_heard() -> None:
    domains = Scene(TWELVE).service.domains()

    assert [domain["domain"] for domain in domains] == list(Domain)
    assert {domain["status"] for domain in domains} == {"unknown"}
    energy = next(domain for domain in domains if domain["domain"] == "energy")
    assert energy["reason"]["en"] == "no service is defined"
    assert energy["services"] == []


async def test_a_domain_in_the_contracts_shape() -> None:
    async with Scene(TWELVE).running() as scene:
        await scene.hear(TWELVE)
        await scene.clock.advance(2 * MINUTE / 1000)
        await scene.hear(TWELVE[:8], seconds=60)
        await scene.clock.advance(42)

        reason = {
            "en": "Traffic counts: 4 of 12 sensors silent in Yothi",
            "th": "ปริมาณจราจร: เซ็นเซอร์ 4 จาก 12 ตัวไม่ส่งข้อมูล ที่โยธี",
        }
        stands = {"status": "degraded", "since": "2026-01-04T17:03:00.001Z", "reason": reason}
        traffic = scene.traffic()
        objective = traffic.pop("objective")
        assert traffic == {
            "id": "traffic-counts",
            "name": {"en": "Traffic counts", "th": "ปริมาณจราจร"},
            "domain": "mobility",
            "criticality": "normal",
            "owner": None,
            **stands,
            "rule": "silence",
            "counted": True,
            "zones": [{"zone": "yothi", **stands, "devices": 12, "reporting": 8}],
            "evidence": {
                "devices": 12,
                "reporting": 8,
                "silent": 4,
                "awaited": 0,
                "freshness": 102,
                "interval": 60.0,
                "open_alerts": 0,
                "alerts": {"critical": 0, "major": 0, "minor": 0, "warning": 0},
                "probe": None,
                "quality": None,
                "needs": [],
                "kpis": [],
                "maintenance": None,
                "closed_until": None,
            },
        }
        attained = {"target": 0.99, "window": "1d", "attained": 0.807179, "budget_left": -18.2821}
        assert objective.items() >= attained.items()  # operational for 180.001 of 223 s


async def test_it_goes_from_unknown_to_operational_to_silent() -> None:
    async with Scene([*TWELVE, spot(1)]).running() as scene:
        assert scene.traffic()["status"] == "unknown"
        await scene.hear(TWELVE[:5])
        assert scene.traffic()["status"] == "unknown"  # five of twelve are not enough to call it well
        await scene.hear(TWELVE)
        assert scene.traffic()["status"] == "operational"
        assert scene.mobility()["status"] == "unknown"  # parking was not heard yet

        await scene.hear([spot(1)])
        assert scene.mobility()["status"] == "operational"

        await scene.clock.advance(3 * 60)
        assert scene.traffic()["status"] == "unknown"
        assert "nothing heard from its 12 sensors since 5 Jan 2026 00:00" in scene.traffic()["reason"]["en"]
        assert scene.mobility()["status"] == "unknown"


async def test_passing_time_alone_is_not_a_change() -> None:
    async with Scene(TWELVE).running() as scene:
        await scene.hear(TWELVE)
        await scene.changes()

        for _ in range(10):
            await scene.hear(TWELVE, seconds=10)

        assert await scene.changes() == []
        assert scene.traffic()["evidence"]["freshness"] == 10


async def test_each_change_is_announced_once_and_at_most_once_a_second() -> None:
    async with Scene(TWELVE).running() as scene:
        await scene.changes()
        for device in TWELVE:
            scene.bus.publish(Seen({device.id: heard(device, scene.clock.now())}))
        await scene.clock.advance(1.0)

        assert len(await scene.changes()) == 1
        assert scene.traffic()["status"] == "operational"


async def test_a_count_that_moves_is_a_change() -> None:
    async with Scene([*TWELVE]).running() as scene:
        await scene.hear(TWELVE[:10])
        await scene.changes()

        await scene.hear(TWELVE[10:11])

        assert len(await scene.changes()) == 1
        assert scene.traffic()["evidence"]["reporting"] == 11


async def test_a_major_alert_degrades_its_service_until_it_ends() -> None:
    async with Scene(TWELVE).running() as scene:
        await scene.hear(TWELVE)
        await scene.raise_alert(severity="major")
        assert scene.traffic()["status"] == "degraded"
        assert scene.traffic()["evidence"]["open_alerts"] == 1
        assert scene.traffic()["reason"]["en"] == (
            "Traffic counts: 1 major alert open in Yothi; all 12 sensors reporting"
        )

        ended = scene.alerts.items.pop()
        scene.bus.publish(AlertChanged("resolved", {"id": ended.id}))
        await scene.clock.advance(1.0)

        assert scene.traffic()["status"] == "operational"


async def test_devices_come_change_and_go() -> None:
    async with Scene(TWELVE).running() as scene:
        await scene.hear(TWELVE)
        scene.devices.devices["tf-13"] = counter(13)
        scene.devices.devices["tf-01"] = replace(counter(1), enabled=False)
        del scene.devices.devices["tf-02"]
        scene.bus.publish(DevicesChanged(("tf-13", "tf-01", "tf-02")))
        await scene.clock.advance(1.0)

        evidence = scene.traffic()["evidence"]
        assert (evidence["devices"], evidence["reporting"]) == (11, 10)
        assert scene.traffic()["reason"]["en"].endswith("10 of 11 sensors reporting, 1 not heard yet")


async def test_what_was_heard_before_the_start_counts_if_it_is_recent() -> None:
    scene = Scene([*TWELVE, spot(1)])
    recent = [heard(device, START - MINUTE) for device in TWELVE]
    scene.service.prime([*recent, heard(spot(1), START - 60 * MINUTE)])
    async with scene.running():
        assert scene.traffic()["status"] == "operational"
        parking = scene.mobility()["services"][1]

    assert parking["status"] == "unknown"
    assert parking["evidence"]["freshness"] == 3600
    assert "since 4 Jan 2026 23:00" in parking["reason"]["en"]


async def test_nothing_is_lost_when_more_happens_than_the_queue_holds() -> None:
    async with Scene(TWELVE).running() as scene:
        await scene.hear(TWELVE)
        scene.devices.devices["tf-13"] = counter(13)
        scene.alerts.items.append(opened())
        scene.bus.publish(DevicesChanged(("tf-13",)))
        for _ in range(1_500):
            scene.bus.publish(Seen({}))
        await scene.clock.advance(1.0)

        assert scene.traffic()["evidence"]["devices"] == 13
        assert scene.traffic()["evidence"]["open_alerts"] == 1


async def test_a_status_that_comes_back_after_a_restart_holds_since_before_it() -> None:
    memory = Memory()
    async with Scene(TWELVE, memory).running() as scene:
        await scene.hear(TWELVE, seconds=600)
        await scene.hear(TWELVE, seconds=600)
        since = scene.traffic()["since"]
        await scene.hear(TWELVE)
        again_since = scene.traffic()["since"]
    assert since != again_since  # it was silent in between

    async with Scene(TWELVE, memory, START + 3_000_000).running() as scene:
        # From the end of the first run on nothing could be heard.
        assert scene.traffic()["since"] == "2026-01-04T17:20:00.500Z"
        await scene.hear(TWELVE)
        assert scene.traffic()["since"] == again_since
        assert scene.traffic()["objective"]["attained"] is not None


async def test_after_a_kill_nothing_is_known_from_the_last_beat_on() -> None:
    memory = Memory()
    async with Scene(TWELVE, memory).running() as scene:
        await scene.hear(TWELVE, seconds=38)
        left = memory.copy()

    async with Scene(TWELVE, left, START + 3_000_000).running() as scene:
        assert scene.traffic()["status"] == "unknown"
        since = datetime.fromisoformat(scene.traffic()["since"]).timestamp() * 1000
        assert START + 38_000 - BEAT_EVERY - 1_500 <= since < START + 38_000


async def test_another_status_after_a_restart_holds_since_then() -> None:
    memory = Memory()
    async with Scene(TWELVE, memory).running() as scene:
        await scene.hear(TWELVE)

    async with Scene(TWELVE, memory, START + 60 * MINUTE).running() as scene:
        await scene.raise_alert()
        await scene.hear(TWELVE)

        assert scene.traffic()["status"] == "degraded"
        assert scene.traffic()["since"] == "2026-01-04T18:00:01.000Z"


@pytest.mark.parametrize("state", [None, {}, {"services": {"gone": {}}}, {"services": {"parking": {}}}])
async def test_a_memory_that_holds_nothing_of_use_is_no_trouble(state: Any) -> None:
    memory = Memory()
    memory.state = state
    async with Scene(TWELVE, memory).running() as scene:
        await scene.hear(TWELVE)

        assert scene.traffic()["status"] == "operational"


async def test_a_memory_that_is_away_is_no_trouble() -> None:
    memory = Memory()
    memory.fail = True
    async with Scene(TWELVE, memory).running() as scene:
        await scene.hear(TWELVE, seconds=90)

        assert scene.traffic()["status"] == "operational"
        memory.fail = False
        await scene.clock.advance(60)
        assert memory.state is not None


async def test_the_objective_counts_from_the_first_reading_on() -> None:
    async with Scene(TWELVE).running() as scene:
        await scene.clock.advance(600)
        assert scene.traffic()["objective"]["attained"] is None

        for _ in range(10):
            await scene.hear(TWELVE, seconds=60)

        assert scene.traffic()["objective"]["attained"] == 1.0
        assert scene.traffic()["objective"]["budget_left"] == 1.0
        assert scene.mobility()["services"][1]["objective"] is None


async def test_the_time_in_which_it_is_too_early_to_tell_is_not_counted() -> None:
    async with Scene(TWELVE).running() as scene:
        await scene.hear(TWELVE[:3], seconds=60)
        assert scene.traffic()["status"] == "unknown"
        await scene.hear(TWELVE, seconds=60)
        assert scene.traffic()["objective"]["attained"] == 1.0

        await scene.clock.advance(360)

        assert scene.traffic()["status"] == "unknown"  # silence later on is another matter
        assert scene.traffic()["objective"]["attained"] == pytest.approx(180.001 / 420, abs=1e-6)


async def test_every_domain_has_one_status_in_the_metrics() -> None:
    async with Scene(TWELVE).running() as scene:
        await scene.hear(TWELVE)
        samples = dict(scene.service.samples())

    assert len(samples) == 7 * 5
    assert sum(samples.values()) == 7
    assert samples["energy", "unknown"] == 1.0


async def test_while_the_broker_is_away_nothing_is_known_and_nothing_is_charged() -> None:
    async with Scene(TWELVE).running() as scene:
        await scene.hear(TWELVE)
        assert scene.traffic()["status"] == "operational"
        scene.bus.publish(Listening(scene.clock.now()))
        await scene.clock.advance(5)
        assert scene.traffic()["status"] == "operational", "a moment's absence is no news"

        await scene.clock.advance(20 * 60)
        traffic = scene.traffic()
        assert traffic["status"] == "unknown"
        assert "the MQTT broker is away" in traffic["reason"]["en"]
        assert "โบรกเกอร์" in traffic["reason"]["th"]
        assert traffic["objective"]["attained"] == 1

        scene.bus.publish(Listening(None))
        await scene.hear(TWELVE[:8], seconds=2)
        assert scene.traffic()["status"] == "operational", "the others have their time again"
        await scene.clock.advance(20)
        for _ in range(5):
            await scene.hear(TWELVE[:8], seconds=60)
        assert scene.traffic()["status"] == "degraded"
