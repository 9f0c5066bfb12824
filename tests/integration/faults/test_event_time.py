"""A reading counts at the time it was taken, whatever way and in whatever order it comes."""

from __future__ import annotations

import time

import pytest

from tests.support.process import until
from tests.support.town import Town

pytestmark = pytest.mark.real

MANY = 30
SECOND, MINUTE, DAY = 1_000, 60_000, 86_400_000


def now() -> int:
    return int(time.time() * 1000)


def latest(town: Town, device: str) -> dict[str, float]:
    items = town.nakhon.get(f"/api/v1/observations/latest?device={device}")["items"]
    values: dict[str, float] = items[0]["values"]
    return values


def test_out_of_order(town: Town) -> None:
    with town.auditor(4) as auditor:
        for sensor in auditor.sensors:
            start = now()
            for offset in (0, -5, -3, -4, -1, -2):
                auditor.publish(sensor, float(-offset), at=start + offset * SECOND)
        auditor.audit()
        for sensor in auditor.sensors:
            assert latest(town, sensor.id) == {sensor.metric: 0.0}, "an older reading overwrites nothing"


def test_late_is_stored_and_raises_no_alert(town: Town) -> None:
    with town.auditor(4) as auditor:
        sensor = auditor.sensors[0]
        auditor.publish(sensor, 99.0, at=now() - 30 * MINUTE)
        auditor.publish(sensor, 98.0, at=now() - 300 * DAY)
        auditor.publish(sensor, 97.0, at=now() - 800 * DAY, end="too_old")
        auditor.alarm(auditor.sensors[2])
        auditor.audit()
        assert {alert["device"] for _, alert in auditor.alerts} == {auditor.sensors[2].id}


def test_early(town: Town) -> None:
    with town.auditor(2) as auditor:
        sensor = auditor.sensors[0]
        auditor.publish(sensor, at=now() + 50 * SECOND)
        auditor.publish(sensor, at=now() + 90 * SECOND, end="future_time")
        auditor.audit()


def test_duplicate_merge_and_correction(town: Town) -> None:
    with town.auditor(2) as auditor:
        sensor, moment = auditor.sensors[0], now() - 5 * SECOND
        auditor.publish(sensor, at=moment, values={"pm25": 10.0})
        auditor.publish(sensor, at=moment, values={"pm25": 10.0}, end="duplicate")
        auditor.publish(sensor, at=moment, values={"temperature": 30.0})
        auditor.publish(sensor, at=moment, values={"pm25": 11.0})
        auditor.publish(sensor, at=moment, values={"pm25": 11.0, "temperature": 30.0}, end="duplicate")
        # The same again, of a moment that is no longer the newest: only the store can tell.
        auditor.publish(sensor, at=moment + SECOND, values={"pm25": 1.0})
        auditor.publish(sensor, at=moment, values={"pm25": 11.0}, end="duplicate")
        auditor.publish(sensor, at=moment, values={"pm25": 12.0})
        auditor.publish(sensor, at=moment, values={"pm25": 12.0}, end="duplicate")
        found = auditor.audit()
        assert found.rows[sensor.id, moment] == {"pm25": 12.0, "temperature": 30.0}


def test_duplicates_are_known_after_kill_9(town: Town) -> None:
    with town.auditor(6) as auditor:
        first = auditor.stream(60)
        auditor.received()
        auditor.settled()
        town.restart()
        for sent in first:
            auditor.publish(sent.sensor, at=sent.time, values=sent.values, end="duplicate")
        auditor.audit(redelivered=True)


def test_an_older_reading_does_not_end_an_alert(town: Town) -> None:
    with town.auditor(2) as auditor:
        sensor = auditor.sensors[0]
        auditor.publish(sensor, 99.0)
        until(lambda: bool(auditor.alerts), "it fires")
        auditor.publish(sensor, 1.0, at=now() - 20 * SECOND)
        auditor.audit()
        assert [alert["state"] for alert in town.nakhon.all(f"/api/v1/alerts?device={sensor.id}")] == [
            "firing"
        ]
        auditor.publish(sensor, 1.0)
        until(lambda: town.nakhon.all(f"/api/v1/alerts?device={sensor.id}&state=resolved"), "it ends")


def test_a_device_without_a_clock(town: Town) -> None:
    """Each reading has the moment at which it came; only ``seq`` lets a redelivery be recognised."""
    with town.auditor(4) as auditor:
        plain, numbered = auditor.sensors[0], auditor.sensors[2]
        for sensor in (plain, numbered):
            town.network.hold(there=True, back=False)
            for number in range(MANY):
                auditor.unclocked(sensor, float(number), number if sensor is numbered else None)
            wanted = MANY if sensor is plain else 3 * MANY
            auditor.received(wanted)
            town.network.reset()
            town.network.mend()
            auditor.received(wanted + MANY)
        auditor.settled()
        accounts = [town.nakhon.get(f"/api/v1/ledger?device={s.id}") for s in (plain, numbered)]
        assert (accounts[0]["stored"], accounts[0]["duplicate"]) == (2 * MANY, 0)
        assert (accounts[1]["stored"], accounts[1]["duplicate"]) == (MANY, MANY)
        rows = town.nakhon.all(f"/api/v1/observations?device={numbered.id}")
        assert [row["values"]["pm25"] for row in rows] == list(range(MANY)), "in the order in which they came"
        assert not auditor.watch.wrong
