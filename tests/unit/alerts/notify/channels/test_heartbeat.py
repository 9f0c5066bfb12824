"""Heartbeats on a clock that is told: in time, tried again, never piling up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.alerts.notify.channel import NotTakenError, RefusedError
from services.alerts.notify.heartbeat import Beat, Heartbeat, MqttBeats
from services.runtime.clock import ManualClock

MINUTE = 60_000
Health = tuple[bool, Sequence[str]]


@dataclass
class Watcher:
    """Takes beats, or fails as ``fails`` says, or hangs while ``hangs``."""

    clock: ManualClock
    name: str = "watcher"
    fails: Exception | None = None
    hangs: bool = False
    tries: list[int] = field(default_factory=list)
    beats: list[Beat] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def send(self, beat: Beat) -> None:
        self.tries.append(self.clock.now())
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.hangs:
                await asyncio.Event().wait()
            if self.fails is not None:
                raise self.fails
        finally:
            self.at_once -= 1
        self.beats.append(beat)


@asynccontextmanager
async def beating(heart: Heartbeat) -> AsyncIterator[None]:
    task = asyncio.create_task(heart.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def well() -> Health:
    return True, ()


async def test_beats_at_once_and_then_every_so_often() -> None:
    clock = ManualClock()
    start, watcher = clock.now(), Watcher(clock)
    heart = Heartbeat(clock, MINUTE, [watcher], well)
    async with beating(heart):
        await clock.advance(180)
    assert [beat.at - start for beat in watcher.beats] == [0, MINUTE, 2 * MINUTE, 3 * MINUTE]
    assert watcher.beats[0].as_dict() == {
        "at": "2026-01-04T17:00:00.000Z",
        "ok": True,
        "troubles": [],
        "every": 60,
    }
    assert heart.pulses["watcher"].beats == 4
    assert heart.pulses["watcher"].last == start + 3 * MINUTE


async def test_one_that_is_not_well_beats_and_says_so() -> None:
    clock = ManualClock()
    watcher = Watcher(clock)
    health: list[Health] = [(False, ["the broker is away"])]
    async with beating(Heartbeat(clock, MINUTE, [watcher], lambda: health[0])):
        await clock.advance(1)
        health[0] = (True, ())
        await clock.advance(60)
    assert [(beat.ok, beat.troubles) for beat in watcher.beats] == [
        (False, ("the broker is away",)),
        (True, ()),
    ]


async def test_health_that_can_not_be_told_is_no_health() -> None:
    clock = ManualClock()
    watcher = Watcher(clock)

    def broken() -> Health:
        raise KeyError("x")

    async with beating(Heartbeat(clock, MINUTE, [watcher], broken)):
        await clock.advance(60)
    assert [beat.ok for beat in watcher.beats] == [False, False]
    assert watcher.beats[0].troubles == ("its health can't be told: KeyError",)


async def test_failed_beat_is_tried_again_soon_and_counted() -> None:
    clock = ManualClock()
    start = clock.now()
    watcher = Watcher(clock, fails=NotTakenError("busy"))
    heart = Heartbeat(clock, MINUTE, [watcher], well)
    async with beating(heart):
        await clock.advance(4)
        tried = len(watcher.tries)
        assert 3 <= tried <= 5
        assert heart.pulses["watcher"].failures == tried
        assert heart.pulses["watcher"].error == "busy"
        watcher.fails = None
        await clock.advance(6)
    assert len(watcher.beats) == 1
    assert watcher.beats[0].at > start
    assert heart.pulses["watcher"].error is None


async def test_failing_for_hours_never_piles_up_and_keeps_the_pace() -> None:
    clock = ManualClock()
    start = clock.now()
    watcher = Watcher(clock, fails=RefusedError("404"))
    async with beating(Heartbeat(clock, MINUTE, [watcher], well)):
        await clock.advance(3_600)
        watcher.fails = None
        await clock.advance(60)
    assert watcher.most_at_once == 1
    assert len(watcher.tries) < 61 * 9
    assert {start + minute * MINUTE for minute in range(61)} <= set(watcher.tries)
    assert len(watcher.beats) >= 1


async def test_watcher_that_hangs_delays_neither_others_nor_its_own_next_beat() -> None:
    clock = ManualClock()
    stuck, other = Watcher(clock, "stuck", hangs=True), Watcher(clock, "other")
    heart = Heartbeat(clock, MINUTE, [stuck, other], well)
    async with beating(heart):
        await clock.advance(300)
        assert len(other.beats) == 6
        assert len(stuck.tries) == 6
        assert stuck.most_at_once == 1
        assert heart.pulses["stuck"].error == "no answer within 60 s"
        stuck.hangs = False
        await clock.advance(60)
    assert len(stuck.beats) == 1
    assert stuck.at_once == 0


async def test_sender_that_breaks_is_one_that_failed() -> None:
    clock = ManualClock()
    watcher = Watcher(clock, fails=ZeroDivisionError("secret"))
    heart = Heartbeat(clock, MINUTE, [watcher], well)
    async with beating(heart):
        await clock.advance(30)
        assert heart.pulses["watcher"].error == "ZeroDivisionError"
        watcher.fails = None
        await clock.advance(60)
    assert watcher.beats


async def test_clock_that_is_set_back_delays_no_beat() -> None:
    clock = ManualClock()
    watcher = Watcher(clock)
    async with beating(Heartbeat(clock, MINUTE, [watcher], well)):
        await clock.advance(1)
        clock.set(clock.now() - 3_600_000)
        await clock.advance(180)
    assert len(watcher.beats) == 4


async def test_without_watchers_there_is_nothing_to_do() -> None:
    await Heartbeat(ManualClock(), MINUTE, [], well).run()


async def test_broker_that_has_not_the_beat() -> None:
    published: list[str] = []

    async def publish(topic: str, _payload: bytes) -> bool:
        published.append(topic)
        return len(published) > 1

    clock = ManualClock()
    heart = Heartbeat(clock, MINUTE, [MqttBeats(publish, "nakhon/v1/c/_heartbeat")], well)
    async with beating(heart):
        await clock.advance(2)
    assert published == ["nakhon/v1/c/_heartbeat"] * 2
    assert heart.pulses["mqtt"].failures == 1
