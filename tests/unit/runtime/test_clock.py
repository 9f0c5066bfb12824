"""The clock follows the machine's, but not everywhere it jumps."""

from __future__ import annotations

import asyncio

from services.runtime.clock import ManualClock, SystemClock


class Machine:
    """A machine whose clocks move as told."""

    def __init__(self) -> None:
        self.wall = 1_700_000_000.0
        self.steady = 50.0

    def clock(self, speed: float = 1.0) -> SystemClock:
        return SystemClock(speed, wall=lambda: self.wall, steady=lambda: self.steady)

    def passes(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


def test_it_is_the_wall_clock_and_follows_its_corrections() -> None:
    machine = Machine()
    clock = machine.clock()
    for _ in range(100):
        machine.passes(10)
        machine.wall += 0.4
        assert clock.now() == int(machine.wall * 1000)
    assert clock.steps == 0


def test_a_step_forward_is_followed_at_once_and_counted() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += 3_600
    assert clock.now() == int(machine.wall * 1000)
    assert clock.steps == 1


def test_a_step_back_is_believed_only_when_it_lasts() -> None:
    machine = Machine()
    clock = machine.clock()
    before = clock.now()
    machine.wall -= 3_600
    machine.passes(1)
    assert clock.now() == before + 1_000
    machine.passes(58)
    assert clock.now() == before + 59_000
    assert clock.steps == 0
    machine.passes(3)
    assert clock.now() == int(machine.wall * 1000)
    assert clock.steps == 1


def test_a_jump_back_that_does_not_last_never_was() -> None:
    machine = Machine()
    clock = machine.clock()
    before = clock.now()
    machine.wall -= 3_600
    machine.passes(30)
    clock.now()
    machine.wall += 3_600
    machine.passes(1)
    assert clock.now() == before + 31_000
    machine.wall -= 7_200
    machine.passes(40)
    assert clock.now() == before + 71_000
    assert clock.steps == 0


def test_a_fast_clock_is_steady() -> None:
    machine = Machine()
    clock = machine.clock(60)
    before = clock.now()
    machine.wall += 5_000
    machine.steady += 1
    assert clock.now() == before + 60_000
    assert clock.steps == 0


async def test_whoever_sleeps_when_the_clock_is_set_sleeps_as_long_as_meant() -> None:
    clock = ManualClock()
    sleeper = asyncio.create_task(clock.sleep(10))
    await clock.advance(4)
    clock.set(clock.now() - 3_600_000)
    await clock.advance(5)
    assert not sleeper.done()
    await clock.advance(1)
    assert sleeper.done()
    assert clock.steps == 1
