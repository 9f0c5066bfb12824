"""What the state of a million series takes: memory of a process of its own, and the snapshot of it.

Every sensor passed its limit once, so that every rule has a series of its own for it. Counted are the feeds
and the series, not the registry (the devices themselves), which is there without any rule.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from devices.model import Device, Observation
from rules.engine import Engine
from tests.bench import rulecity
from tests.bench.processes import memory
from tests.bench.rig import Tell
from tests.bench.rulecity import MINUTE

SHAPES = (1, 4)
"""Series a sensor."""
GOAL = 1_024
_STAGES: Mapping[str, float] = {
    "every sensor heard, nothing ever wrong": 20.0,
    "every series firing": 500.0,
    "every limit passed once, all clear again": 20.0,
}


def run(series: int, tell: Tell) -> dict[str, Any]:
    """A million series, of as many sensors and of a quarter of them, each in a process of its own."""
    figures = {}
    for each in SHAPES:
        command = [sys.executable, "-m", __name__, str(series // each), str(each)]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        figures[str(each)] = found = json.loads(said)
        tell(
            f"  {found['series']:,} series of {series // each:,} sensors (goal: at most {GOAL:,} bytes each)"
        )
        _tell(found, tell)
    return figures


def _tell(found: Mapping[str, Any], tell: Tell) -> None:
    for stage, bytes_each in found["bytes_a_series"].items():
        line = f"    {stage:<42} {bytes_each:5,.0f} bytes a series"
        if saved := found["snapshots"].get(stage):
            line += (
                f"; a snapshot {saved['mb']:.1f} MB, made in {saved['s']:.1f} s, "
                f"taken up in {saved['restore_s']:.1f} s"
            )
        tell(line)


def _resident() -> float:
    """Anonymous memory of this process, bytes, after what is free was given back."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return memory(os.getpid())[1] * 2**20


def _measure(sensors: int, each: int) -> dict[str, Any]:
    ruleset = rulecity.rules(*(f"on: {rulecity.TYPE}.pm25, when: {{above: {100 + n}}}" for n in range(each)))
    series, start = sensors * each, _resident()
    registry = rulecity.devices(sensors)
    bare = _resident()
    engine = rulecity.engine(ruleset, registry)
    held = {"engine, nothing heard": (_resident() - bare) / series}
    snapshots = {}
    for minute, (stage, value) in enumerate(_STAGES.items(), 1):
        _hear(engine, registry, minute, value)
        held[stage] = (_resident() - bare) / series
        snapshots[stage] = _aside(lambda: _snapshot(engine, rulecity.engine(ruleset, registry)))
    return {
        "series": series,
        "sensors": sensors,
        "bytes_a_sensor": (bare - start) / sensors,
        "bytes_a_series": held,
        "snapshots": snapshots,
    }


def _snapshot(engine: Engine, into: Engine) -> dict[str, float]:
    """Take one, and take it up in another engine."""
    began = time.thread_time()
    data = engine.snapshot()
    made = time.thread_time()
    into.restore(data)
    return {"mb": len(data) / 2**20, "s": made - began, "restore_s": time.thread_time() - made}


def _aside(work: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Do it in a copy of this process, whose memory stays as it is."""
    source, sink = os.pipe()
    if os.fork() == 0:
        try:
            os.write(sink, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(sink)
    with os.fdopen(source, "rb") as said:
        found: dict[str, float] = json.loads(said.read())
    os.wait()
    return found


def _hear(engine: Engine, registry: Sequence[Device], minute: int, value: float) -> None:
    """A reading of every sensor. What is told is thrown away, as whoever keeps alerts is another."""
    end = rulecity.START + (minute + 1) * MINUTE
    for some in rulecity.chunks(registry):
        engine.observe([_reading(sensor, end - MINUTE, end, value) for sensor in some], end)
    engine.advance(end)  # it lets go of what it told last


def _reading(sensor: Device, start: int, end: int, value: float) -> Observation:
    """Of some moment of the minute, near a value: no two are alike, which makes them hard to compress."""
    number = int(sensor.id.rpartition("-")[2])
    values = {"pm25": round(value + number * 7 % 997 / 50, 2)}
    return Observation(start + number * 7_919 % MINUTE, sensor.id, sensor.zone, rulecity.TYPE, values, end)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measure(int(sys.argv[1]), int(sys.argv[2]))))
