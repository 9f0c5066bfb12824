"""The clock of Nakhon's machine jumps by an hour; readings keep their own time.

The tests share a Nakhon and its clock. Which records it has is of no account here.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.altered import MachineClock
from tests.support.process import until
from tests.support.town import Town

pytestmark = pytest.mark.real

HOUR, MINUTE = 3_600_000, 61_000


@pytest.fixture(scope="module")
def machine_clock(tmp_path_factory: pytest.TempPathFactory) -> MachineClock:
    return MachineClock(tmp_path_factory.mktemp("clock") / "clock")


@pytest.fixture(scope="module")
def module_town(
    machine_clock: MachineClock, mosquitto_path: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("clock-town") / "town"
    env = {"NAKHON_TEST_CLOCK": str(machine_clock.file)}
    with Town(folder, mosquitto_path, module="tests.support.altered", env=env) as town:
        yield town


@pytest.fixture
def clock_town(module_town: Town, machine_clock: MachineClock) -> Iterator[Town]:
    """The town; afterwards its clock is right, and has been for a minute."""
    yield module_town
    machine_clock.set_wrong(0)
    if module_town.nakhon.process_ended():
        module_town.nakhon.start()
    module_town.nakhon.get("/api/v1/ledger")


def test_a_device_without_a_clock(clock_town: Town, machine_clock: MachineClock) -> None:
    with clock_town.auditor(2) as auditor:
        sensor = auditor.sensors[0]
        for number, wrong in enumerate((0, -HOUR, 0)):
            machine_clock.set_wrong(wrong)
            for _ in range(10):
                auditor.unclocked(sensor, float(number))
            auditor.received(10 * (number + 1))
        auditor.settled()
        rows = clock_town.nakhon.all(f"/api/v1/observations?device={sensor.id}")
        assert [row["values"]["pm25"] for row in rows] == [0.0] * 10 + [1.0] * 10 + [2.0] * 10, (
            "each has a moment of its own, in the order in which they came"
        )
        assert not auditor.watch.wrong


def test_back_and_forward(clock_town: Town, machine_clock: MachineClock) -> None:
    """Set back, time goes on as if it had not been; nothing that is measured meanwhile is from the future."""
    state = clock_town.data / "state"
    with clock_town.auditor() as auditor:
        auditor.stream(50)
        auditor.received()
        machine_clock.set_wrong(-HOUR)
        auditor.stream(50)
        auditor.alarm(auditor.sensors[0])
        auditor.received()
        before = state.stat().st_mtime_ns if state.exists() else 0
        until(lambda: state.exists() and state.stat().st_mtime_ns > before, "its state is still saved", 12)
        machine_clock.set_wrong(0)
        auditor.stream(50)
        auditor.alarm(auditor.sensors[2])
        auditor.audit()


def test_forward_and_back(clock_town: Town, machine_clock: MachineClock) -> None:
    """An hour ahead readings are an hour old; a minute after the clock is right again all is as before."""
    with clock_town.auditor() as auditor:
        auditor.stream(50)
        auditor.received()
        machine_clock.set_wrong(HOUR)
        auditor.stream(50)
        auditor.received()
        machine_clock.set_wrong(0)
        auditor.stream(50)
        auditor.received()
        machine_clock.let_pass(MINUTE)
        auditor.stream(50)
        auditor.received()
        auditor.alarm(auditor.sensors[0])
        auditor.audit()


def test_restart_after_the_clock_was_wrong(clock_town: Town, machine_clock: MachineClock) -> None:
    with clock_town.auditor() as auditor:
        machine_clock.set_wrong(HOUR)
        auditor.stream(50)
        auditor.received()
        clock_town.nakhon.kill()
        machine_clock.set_wrong(0)
        clock_town.nakhon.start()
        auditor.stream(50)
        auditor.alarm(auditor.sensors[0], patience=5)
        auditor.audit(redelivered=True)
