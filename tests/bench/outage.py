"""The store away while readings go on, then back: what alerts notice of it, and of the drain that follows.

The store answers as one that is away (whichever it is), so what is measured is Nakhon, not a database that
starts. Live readings and their alerts go on at the same rate throughout.
"""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path
from typing import Any

from services.runtime.broker import MosquittoBroker
from tests.bench import probe
from tests.bench.bare import queue_and_drain
from tests.bench.publisher import Publisher
from tests.bench.rig import Rig, Tell, ended, rig

_BARE_READINGS = 60_000
_BEFORE = 15.0
_AFTER = 10.0
_WARM_UP = 2.0
_LONGEST = 300.0
_STEP = 2.0
_CAUGHT_UP = 2.0


async def run(
    program: str, folder: Path, store: str, rate: float, readings: int, tell: Tell
) -> dict[str, Any]:
    """Let ``readings`` pile up at ``rate`` a second while the store is away."""
    broker = MosquittoBroker(program, folder / "outage-broker", host="127.0.0.1", port=0)
    await broker.start()
    try:
        bare = await queue_and_drain(broker.port, _BARE_READINGS)
        figures = await asyncio.to_thread(_measure, broker, folder / "outage", store, rate, readings, tell)
        return {"bare": bare, "ratio": rate / bare, **figures}
    finally:
        await broker.stop()


def _measure(
    broker: MosquittoBroker, folder: Path, store: str, rate: float, readings: int, tell: Tell
) -> dict[str, Any]:
    with rig(
        broker, folder, store, extra_rule=probe.RULE, devices=probe.DEVICES, module="tests.bench.journey"
    ) as city:
        tell(f"{rate:,.0f} messages/s into {store}, which goes away for {readings:,} of them ...")
        before = city.ledger()
        publisher = city.publish(rate=rate, seconds=_LONGEST)
        prober = probe.Probe(broker.port)
        time.sleep(_WARM_UP)
        times = [time.perf_counter()]
        prober.play(_BEFORE)
        times.append(time.perf_counter())
        city.signal(signal.SIGUSR1)
        prober.play(readings / rate)
        waiting = _backlog(city, publisher, before)
        times.append(time.perf_counter())
        city.signal(signal.SIGUSR2)
        _play_until_caught_up(city, publisher, prober, before, rate)
        times.append(time.perf_counter())
        prober.play(_AFTER)
        crossings = prober.close()
        publisher.end()
    drained = times[3] - times[2]
    phases = ("before", "away", "draining", "after")
    spans = zip(phases, times, [*times[1:], float("inf")], strict=True)
    measured = {phase: probe.delays(crossings, since, until) for phase, since, until in spans}
    for phase, delays in measured.items():
        tell(f"  sensor to alert, {phase:<8} {delays}")
    tell(f"  {waiting:,} waited; caught up {drained:.1f} s after the store was back")
    return {
        "store": store,
        "rate": rate,
        "waiting": waiting,
        "drain_s": drained,
        **{phase: delays.as_dict() for phase, delays in measured.items()},
    }


def _play_until_caught_up(
    city: Rig, publisher: Publisher, prober: probe.Probe, before: dict[str, Any], rate: float
) -> None:
    """Go on until what waits is no more than what comes in within two seconds."""
    started = time.perf_counter()
    while time.perf_counter() - started < _LONGEST and publisher.going:
        prober.play(_STEP)
        if _backlog(city, publisher, before) < _CAUGHT_UP * rate:
            return


def _backlog(city: Rig, publisher: Publisher, before: dict[str, Any]) -> int:
    published = publisher.acknowledged
    return published - (ended(city.ledger()) - ended(before))
