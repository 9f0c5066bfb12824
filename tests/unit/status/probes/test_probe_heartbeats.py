"""Heartbeats over MQTT: what counts as heard, and when silence counts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from devices.model import Expected, Probe, ProbeKind, Text
from services.runtime.clock import ManualClock
from services.status.probes.heartbeat import Heartbeats
from services.status.probes.model import Heard, TroubleError

PROBE = Probe(
    "pump", Text("Pump", "ปั๊ม"), ProbeKind.MQTT, "plant/+/alive", "samyan", every=60_000, timeout=10_000
)


class Ear:
    """A listener that hears what a test says."""

    def __init__(self, clock: ManualClock) -> None:
        self.since: int | None = clock.now()
        self.heard: dict[str, Heard] = {}

    def listen(self, topics: str, heard: Heard) -> Callable[[], None]:
        self.heard[topics] = heard
        return lambda: self.heard.pop(topics, None) and None

    def hearing_since(self) -> int | None:
        return self.since

    def say(self, payload: bytes = b"ok", *, retained: bool = False) -> None:
        self.heard["plant/+/alive"]("plant/1/alive", payload, retained)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def ear(clock: ManualClock) -> Ear:
    return Ear(clock)


@pytest.fixture
def heartbeats(clock: ManualClock, ear: Ear) -> Heartbeats:
    made = Heartbeats(clock, ear)
    made.add(PROBE)
    return made


async def found(heartbeats: Heartbeats, probe: Probe = PROBE) -> tuple[bool | None, str]:
    try:
        return (await heartbeats.ask(probe)).up, ""
    except TroubleError as error:
        return error.finding.up, error.text.en


async def test_a_heartbeat_within_the_interval_is_up(
    heartbeats: Heartbeats, ear: Ear, clock: ManualClock
) -> None:
    ear.say()
    await clock.advance(60)
    assert await found(heartbeats) == (True, "")


async def test_silence_for_longer_is_down_and_it_is_said_for_how_long(
    heartbeats: Heartbeats, ear: Ear, clock: ManualClock
) -> None:
    ear.say()
    await clock.advance(90)
    assert await found(heartbeats) == (False, "nothing heard on plant/+/alive for 90 s")


async def test_nothing_is_said_before_it_was_listened_to_for_an_interval(
    heartbeats: Heartbeats, clock: ManualClock
) -> None:
    await clock.advance(60)
    assert (await found(heartbeats))[0] is None
    await clock.advance(1)
    assert (await found(heartbeats))[0] is False


async def test_what_the_broker_had_kept_is_no_heartbeat(
    heartbeats: Heartbeats, ear: Ear, clock: ManualClock
) -> None:
    ear.say(retained=True)
    await clock.advance(61)
    assert (await found(heartbeats))[0] is False


async def test_a_payload_without_what_is_expected_is_no_heartbeat(ear: Ear, clock: ManualClock) -> None:
    heartbeats = Heartbeats(clock, ear)
    probe = Probe(
        "pump", PROBE.name, PROBE.kind, PROBE.target, "samyan", 60_000, 10_000, Expected(payload='"ok"')
    )
    heartbeats.add(probe)
    ear.say(b'{"state": "fault"}')
    await clock.advance(61)
    assert (await found(heartbeats, probe))[0] is False
    ear.say(b'{"state": "ok"}')
    assert (await found(heartbeats, probe))[0] is True


async def test_silence_counts_only_while_nakhon_hears(
    heartbeats: Heartbeats, ear: Ear, clock: ManualClock
) -> None:
    ear.say()
    ear.since = None
    await clock.advance(300)
    assert (await found(heartbeats))[0] is None
    ear.since = clock.now()
    await clock.advance(60)
    assert (await found(heartbeats))[0] is None
    await clock.advance(1)
    assert await found(heartbeats) == (False, "nothing heard on plant/+/alive for 61 s")


async def test_it_is_known_when_silence_will_have_lasted_too_long(
    heartbeats: Heartbeats, ear: Ear, clock: ManualClock
) -> None:
    now = clock.now()
    assert heartbeats.runs_out(PROBE, now) is None
    ear.say()
    assert heartbeats.runs_out(PROBE, now) == now + 60_001
    assert heartbeats.runs_out(PROBE, now + 60_001) is None


async def test_after_the_end_nothing_is_listened_to(heartbeats: Heartbeats, ear: Ear) -> None:
    heartbeats.close()
    assert ear.heard == {}
