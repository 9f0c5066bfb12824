"""The time-series store fails in every way that InfluxDB can; nothing is lost, and rules do not notice."""

from __future__ import annotations

import threading

import pytest

from tests.support import influx_faults
from tests.support.influx_faults import FaultyInflux
from tests.support.process import until
from tests.support.proxy import Proxy
from tests.support.town import Town

pytestmark = pytest.mark.real


@pytest.fixture
def influx(influx_town: Town) -> FaultyInflux:
    assert influx_town.influx is not None
    return influx_town.influx


@pytest.fixture
def way(influx_town: Town) -> Proxy:
    """The network between Nakhon and InfluxDB."""
    assert influx_town.store is not None
    return influx_town.store


def test_away_rules_go_on_and_all_is_written_in_order_on_return(
    influx_town: Town, influx: FaultyInflux, way: Proxy
) -> None:
    with influx_town.auditor(12) as auditor:
        before = auditor.alarm(auditor.sensors[0])
        seen = len(influx.arrived)
        way.cut()
        auditor.stream(600, over=1.0)
        auditor.received()
        during = auditor.alarm(auditor.sensors[2])
        assert len(influx.arrived) <= seen + 2, "InfluxDB is away"
        assert auditor.moved()["pending"] >= 600
        way.mend()
        found = auditor.audit()
        print(f"sensor to alert: {before * 1000:.0f} ms, while the store is away {during * 1000:.0f} ms")
        assert found.ledger == {
            "received": 604,
            "stored": 604,
            "duplicate": 0,
            "quarantined": 0,
            "pending": 0,
        }
        written: dict[str, list[int]] = {}
        for _, point in influx.arrived[seen:]:
            written.setdefault(point.device, []).append(point.time)
        assert all(times == sorted(times) for times in written.values()), "the drain is in order"


def test_live_readings_do_not_wait_for_the_drain(influx_town: Town, influx: FaultyInflux, way: Proxy) -> None:
    with influx_town.auditor(12) as auditor:
        way.cut()
        auditor.stream(3_000)
        auditor.received()
        influx.plan = influx_faults.slowly(0.3)
        way.mend()
        until(lambda: auditor.moved()["stored"] > 0, "the drain has begun")
        raised = auditor.alarm(auditor.sensors[0])
        pending = auditor.moved()["pending"]
        print(f"sensor to alert while {pending} readings wait: {raised * 1000:.0f} ms")
        auditor.audit()


@pytest.mark.parametrize("count", [500, 3_000], ids=["waiting in memory", "waiting on disk"])
def test_kill_9_in_the_middle_of_an_outage(
    influx_town: Town, influx: FaultyInflux, way: Proxy, count: int
) -> None:
    with influx_town.auditor(12) as auditor:
        auditor.stream(200)
        way.cut()
        auditor.stream(count)
        auditor.received()
        took = influx_town.restart()
        print(f"ready {took:.1f} s after the kill, the store still away")
        auditor.received()
        auditor.alarm(auditor.sensors[0])
        auditor.stream(200)
        way.mend()
        auditor.audit(redelivered=True)


def test_half_open_connection_to_the_store(influx_town: Town, influx: FaultyInflux, way: Proxy) -> None:
    with influx_town.auditor() as auditor:
        auditor.stream(50)
        way.hold()
        auditor.stream(200)
        auditor.received()
        auditor.alarm(auditor.sensors[0])
        assert auditor.moved()["pending"] >= 200, "nothing gets through"
        way.mend()
        auditor.audit()


def test_answers_that_get_lost(influx_town: Town, influx: FaultyInflux) -> None:
    influx.plan = influx_faults.losing_answers(2)
    with influx_town.auditor() as auditor:
        auditor.stream(200)
        auditor.audit()
    mine = {sensor.id for sensor in auditor.sensors}
    assert max(count for point, count in influx.writes.items() if point.device in mine) > 1


def test_connection_broken_in_mid_body(influx_town: Town, influx: FaultyInflux) -> None:
    with influx_town.auditor() as auditor:
        influx.halt_body = 100
        auditor.stream(200)
        auditor.received()
        auditor.alarm(auditor.sensors[0])
        assert auditor.moved()["pending"] > 0
        influx.mend()
        auditor.audit()


def test_slow(influx_town: Town, influx: FaultyInflux) -> None:
    influx.plan = influx_faults.slowly(0.4)
    with influx_town.auditor() as auditor:
        auditor.stream(500, over=1.0)
        raised = auditor.alarm(auditor.sensors[0])
        print(f"sensor to alert while each write takes 400 ms: {raised * 1000:.0f} ms")
        auditor.audit()


def test_hanging(influx_town: Town, influx: FaultyInflux) -> None:
    let_go = threading.Event()
    influx.plan = influx_faults.hanging(let_go)
    with influx_town.auditor() as auditor:
        auditor.stream(300)
        auditor.received()
        auditor.alarm(auditor.sensors[0])
        assert auditor.moved()["stored"] == 0
        influx.mend()
        let_go.set()
        auditor.audit()


def test_some_points_refused(influx_town: Town, influx: FaultyInflux) -> None:
    with influx_town.auditor() as auditor:
        bad, *good = auditor.sensors
        influx.plan = influx_faults.refusing(f"device={bad.id},")
        for _ in range(20):
            for sensor in good:
                auditor.publish(sensor)
            auditor.publish(bad, end="wrong_type")
        auditor.audit()
        entries = influx_town.nakhon.all(f"/api/v1/quarantine?device={bad.id}")
        assert all("field type conflict" in entry["expected"] for entry in entries)
        assert all(entry["payload"] for entry in entries)


def test_a_body_too_large_is_sent_in_parts(influx_town: Town, influx: FaultyInflux, way: Proxy) -> None:
    with influx_town.auditor() as auditor:
        way.cut()
        auditor.stream(1_000)
        auditor.received()
        influx.plan = influx_faults.at_most(10_000)
        seen = len(influx.requests)
        way.mend()
        auditor.audit()
        answers = [status for _, status in influx.requests[seen:]]
        assert 413 in answers
        assert answers[-1] == 204


def test_too_many_requests_are_asked_for_later(influx_town: Town, influx: FaultyInflux) -> None:
    with influx_town.auditor() as auditor:
        seen = len(influx.requests)
        influx.plan = influx_faults.says(429, "too many requests", Retry_After="1")
        auditor.stream(100)
        auditor.received()
        until(lambda: len(influx.requests) > seen + 1, "it was tried again")
        influx.mend()
        auditor.audit()
        refused = [at for at, status in influx.requests[seen:] if status == 429]
        after = next(at for at, _ in influx.requests[seen + 1 :])
        assert after - refused[0] >= 1.0, "not before it was asked to"


def test_unavailable(influx_town: Town, influx: FaultyInflux) -> None:
    with influx_town.auditor() as auditor:
        influx.plan = influx_faults.says(503, "starting up")
        auditor.stream(200)
        auditor.received()
        auditor.alarm(auditor.sensors[0])
        assert auditor.moved()["stored"] == 0
        influx.mend()
        auditor.audit()


def test_token_revoked_and_given_back(influx_town: Town, influx: FaultyInflux) -> None:
    with influx_town.auditor() as auditor:
        auditor.stream(50)
        auditor.received()
        auditor.settled()
        influx.token = "another"
        auditor.stream(200)
        auditor.received()
        auditor.alarm(auditor.sensors[0])
        assert auditor.moved()["stored"] == 50
        influx.token = influx_faults.TOKEN
        auditor.audit()


def test_redelivered_while_away_is_counted_as_duplicate(
    influx_town: Town, influx: FaultyInflux, way: Proxy
) -> None:
    with influx_town.auditor() as auditor:
        way.cut()
        influx_town.network.hold(there=True, back=False)
        auditor.stream(100)
        auditor.received()
        influx_town.network.reset()
        influx_town.network.mend()
        auditor.received(200)
        way.mend()
        found = auditor.audit(redelivered=True)
        assert (found.ledger["stored"], found.ledger["duplicate"]) == (100, 100)


def test_damage_to_what_waits_on_disk_loses_a_batch_only(
    influx_town: Town, influx: FaultyInflux, way: Proxy
) -> None:
    state = influx_town.data / "state"
    with influx_town.auditor(12) as auditor:
        way.cut()
        made = auditor.stream(3_000)
        auditor.received()
        seen = state.stat().st_mtime_ns if state.exists() else 0
        until(lambda: state.exists() and state.stat().st_mtime_ns > seen, "the state is saved meanwhile")
        influx_town.nakhon.kill()
        (damaged,) = (influx_town.data / "backlog").glob("*.journal")
        content = bytearray(damaged.read_bytes())
        content[content.index(str(made[2_000].time).encode())] ^= 0x10
        damaged.write_bytes(content)
        auditor.watch.forget()
        influx_town.nakhon.start()
        way.mend()
        lost = auditor.audit_but_for(made)
        assert 0 < len(lost) <= 1_000
