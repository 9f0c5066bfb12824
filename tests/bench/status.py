"""What statuses cost: a city of 10,000 services and 200,000 devices, in a process of its own.

Measured is CPU time of one core: the start, rounds (a second each) of ordinary traffic with a few devices
that fall silent and a few alerts, a storm in which 20,000 devices fall silent within one second, and what it
takes to tell the bus. Memory is what the course of the statuses and the survey of the data hold for each
device once all was told; the devices themselves are the registry's.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from devices.model import City, Device, Domain, Objective, SmartService, Text, Zone
from rules.model import Severity
from services.bus.memory import MemoryBus
from services.runtime.quality import DeviceQuality
from services.status.announcing import Announcer
from services.status.course import Course, Moved
from services.status.facts import Alerted, Fact, Heard
from services.status.feeding import MOST, SurveyRound
from services.status.policy.model import default_policy
from tests.bench.processes import memory
from tests.bench.rig import Tell

SERVICES, DEVICES, ZONES = 10_000, 200_000, 50
STORM = 20_000
GOAL_ROUND = 1.0
GOAL_BYTES = 600
START = 1_767_546_000_000
_INTERVAL = 200_000
_ROUNDS = 30
_DAY = 86_400_000


def run(tell: Tell) -> dict[str, Any]:
    """Measure it all."""
    said = subprocess.run(
        [sys.executable, "-m", __name__], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    found: dict[str, Any] = json.loads(said)
    tell(f"  {SERVICES:,} services, {DEVICES:,} devices, CPU time (goal: {GOAL_ROUND:.0f} s a round)")
    tell(f"    start: {found['start_s']:.1f} s, in a thread")
    for name in ("round", "storm"):
        one = found[name]
        tell(
            f"    {one['meaning']:<66} {one['mean_s'] * 1000:7.1f} ms (at most {one['max_s'] * 1000:,.0f}), "
            f"{one['tell_s'] * 1000:,.0f} ms more to tell the bus"
        )
    tell(
        f"    memory: {found['bytes_course']:,.0f} bytes a device (goal: {GOAL_BYTES}), "
        f"{found['bytes_survey']:,.0f} more once the data of all is known"
    )
    return found


def city() -> City:
    """Services of two zones each; one in ten needs another."""
    zones = {
        f"z{n:02d}": Zone(f"z{n:02d}", Text(f"Zone {n}", f"โซน {n}"), center=(100.5, 13.7), radius=500.0)
        for n in range(ZONES)
    }
    services = (_service(number) for number in range(SERVICES))
    return City("bench", Text("Bench", "ทดสอบ"), "Asia/Bangkok", zones, {one.id: one for one in services})


def _service(number: int) -> SmartService:
    return SmartService(
        f"s{number:05d}",
        list(Domain)[number % len(Domain)],
        Text(f"Service {number}", f"บริการ {number}"),
        (),
        ("T",),
        Objective(0.99, 30 * _DAY),
        services=(f"s{number - 1:05d}",) if number % 10 == 9 else (),
    )


def devices() -> list[Device]:
    """The services' devices, in turn."""
    return [
        Device(
            f"d-{number:06d}",
            ("T",),
            f"z{(2 * (number % SERVICES) + number // SERVICES % 2) % ZONES:02d}",
            Domain.ENVIRONMENT,
            _INTERVAL,
            service=f"s{number % SERVICES:05d}",
        )
        for number in range(DEVICES)
    ]


class Traffic:
    """Every device once in its interval, spread evenly, but for some that have died."""

    def __init__(self, fleet: Sequence[Device]) -> None:
        self._fleet = fleet
        self._next = 0
        self.dead: set[str] = set()

    def second(self, start: int) -> Iterator[Heard]:
        """What is heard within a second."""
        many = DEVICES * 1_000 // _INTERVAL
        for place in range(many):
            device = self._fleet[self._next]
            self._next = (self._next + 1) % DEVICES
            if device.id not in self.dead:
                yield Heard(start + place * 1_000 // many, device.id)


class Stage:
    """The course under measurement."""

    def __init__(self) -> None:
        self.fleet = devices()
        self.city = city()
        self.traffic = Traffic(self.fleet)
        self.bus = MemoryBus()
        self.announcer = Announcer(self.city, self.bus, lambda _service, _now: None)
        self.now = START
        before = resident()
        began = time.thread_time()
        self.course = Course(self.city, default_policy(), self.fleet, START)
        spread = _INTERVAL / DEVICES
        self.course.take(
            *(Heard(START - _INTERVAL + int(n * spread), one.id) for n, one in enumerate(self.fleet))
        )
        moved = self.course.until(START)
        self.start_s = time.thread_time() - began
        self.announcer.moved(moved)
        del moved
        while self.announcer.waiting:
            self.announcer.tell(self.course, START)
        self.bytes_course = (resident() - before) / DEVICES

    def second(self, *facts: Fact) -> tuple[float, float]:
        """A second passes. CPU seconds of the round, and of telling the bus."""
        there = [*self.traffic.second(self.now), *facts]
        self.now += 1_000
        began = time.thread_time()
        self.course.take(*there)
        moved: Moved = self.course.until(self.now)
        looked = time.thread_time()
        self.announcer.moved(moved)
        self.announcer.tell(self.course, self.now)
        return looked - began, time.thread_time() - looked

    def rounds(self) -> list[tuple[float, float]]:
        """Ordinary traffic: each second ten more devices have died a while ago, and ten alerts move."""
        self.traffic.dead = {device.id for device in self.fleet[7 :: DEVICES // 10_000]}
        for _ in range(3 * _INTERVAL // 1_000):
            self.second()
        return [self.second(*self._alerts(number)) for number in range(_ROUNDS)]

    def _alerts(self, number: int) -> Iterator[Alerted]:
        for place in range(10):
            device = self.fleet[(number * 10 + place) * 37]
            severity = Severity.MAJOR if place % 2 else Severity.WARNING
            yield Alerted(
                self.now + 100 * place,
                f"{number}-{place}",
                severity,
                "bench/r",
                "environment",
                device.zone,
                device.id,
                device.service,
            )

    def storm(self) -> tuple[float, float]:
        """One in ten was heard within one second, and never again: their patience ends within one second."""
        struck = self.fleet[3 :: DEVICES // STORM]
        last = self.now
        self.second(*(Heard(last + place * 1_000 // STORM, one.id) for place, one in enumerate(struck)))
        self.traffic.dead |= {device.id for device in struck}
        while self.now < last + 3 * _INTERVAL:
            self.second()
        return self.second()

    def survey(self) -> float:
        """Bytes a device once the data of all is known."""
        before = resident()
        known = SurveyRound()
        known.ask = lambda device: DeviceQuality(START, 432, 432 - int(device[-1]))
        for _ in range(DEVICES // MOST):
            known.look(self.course, self.now)
        return (resident() - before) / DEVICES


def resident() -> float:
    """Anonymous memory of this process, bytes, after what is free was given back."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return memory(os.getpid())[1] * 2**20


def settle() -> None:
    """What is there after the start stays, as in the application."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def measure() -> dict[str, Any]:
    """The figures."""
    stage = Stage()
    settle()
    rounds = stage.rounds()
    storm = stage.storm()
    return {
        "start_s": stage.start_s,
        "round": _figures("a second of 1,000 readings, 10 devices silent, 10 alerts", rounds),
        "storm": _figures(f"a second in which {STORM:,} devices fall silent", [storm]),
        "bytes_course": stage.bytes_course,
        "bytes_survey": stage.survey(),
    }


def _figures(meaning: str, seconds: Sequence[tuple[float, float]]) -> dict[str, Any]:
    looks = [look for look, _ in seconds]
    return {
        "meaning": meaning,
        "mean_s": sum(looks) / len(looks),
        "max_s": max(looks),
        "tell_s": sum(told for _, told in seconds) / len(seconds),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
