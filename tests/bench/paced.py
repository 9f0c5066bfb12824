"""What can be held for a minute: publisher, broker, Nakhon and store all on this machine, at a steady rate.

The rate is raised until a backlog grows; the largest that held is tried for the whole minute. Then, at a
rate of its own, the time from a PUBLISH to the moment at which a query shows the reading.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.runtime.broker import MosquittoBroker
from tests.bench import markers
from tests.bench.bare import queue_and_drain
from tests.bench.figures import curve, growing, shares
from tests.bench.rig import Rig, Tell, Watch, ended, rig

_BARE_READINGS = 60_000
_STEPS = (0.25, 0.35, 0.45, 0.55, 0.65, 0.8, 1.0, 1.25, 1.5, 1.75, 2.0)
_TRIAL = 8.0
_WARM_UP = 3.0
_LATENCY_RATE = 10_000.0
_STEP_BACK = 0.9
_PATIENCE = 60.0


async def run(
    program: str, folder: Path, store: str, rates: Sequence[float], seconds: float, tell: Tell
) -> dict[str, Any]:
    """Measure into ``store``; ``rates`` (messages a second) empty: shares of the bare loop's."""
    broker = MosquittoBroker(program, folder / "paced-broker", host="127.0.0.1", port=0)
    await broker.start()
    try:
        bare = await queue_and_drain(broker.port, _BARE_READINGS)
        tell(f"bare paho loop: {bare:,.0f} readings/s")
        rates = rates or [round(bare * step, -2) for step in _STEPS]
        return await asyncio.to_thread(_measure, broker, folder / "paced", store, bare, rates, seconds, tell)
    finally:
        await broker.stop()


def _measure(
    broker: MosquittoBroker,
    folder: Path,
    store: str,
    bare: float,
    rates: Sequence[float],
    seconds: float,
    tell: Tell,
) -> dict[str, Any]:
    with rig(broker, folder, store, devices=markers.DEVICES) as city:
        trials, held = _search(city, rates, tell)
        whole = _hold(city, held, seconds, tell)
        ratio = whole["rate"] / bare
        tell(f"  held into {store}: {whole['rate']:,.0f} messages/s, {ratio:.2f} of the bare loop")
        latency = _latency(city, min(_LATENCY_RATE, 0.7 * whole["rate"]), seconds, tell)
    return {
        "store": store,
        "bare": bare,
        "held": whole["rate"],
        "ratio": ratio,
        "trials": trials,
        "whole": whole,
        "latency": latency,
    }


def _search(city: Rig, rates: Sequence[float], tell: Tell) -> tuple[list[dict[str, Any]], float]:
    """Raise the rate until a backlog grows."""
    trials: list[dict[str, Any]] = []
    held = min(rates) * _STEP_BACK
    for rate in sorted(rates):
        trial = pace(city, rate, _TRIAL, tell)
        trials.append(trial)
        if not trial["holds"]:
            break
        held = rate
    return trials, held


def _hold(city: Rig, rate: float, seconds: float, tell: Tell) -> dict[str, Any]:
    """The whole time at this rate, or at the next lower one that can be held so long."""
    while True:
        tell(f"{rate:,.0f} messages/s for {seconds:.0f} s ...")
        whole = pace(city, rate, seconds, tell)
        if whole["holds"] or rate < 500:
            return whole
        rate = round(rate * _STEP_BACK, -2)


def pace(city: Rig, rate: float, seconds: float, tell: Tell) -> dict[str, Any]:
    """One rate for so long: whether it was held, the backlog, and what each process cost."""
    before = city.ledger()
    publisher = city.publish(rate=rate, seconds=seconds + _WARM_UP)
    watch = Watch(city, [publisher], every=0.5)
    time.sleep(_WARM_UP)
    meter = city.meter([publisher])
    time.sleep(max(0.0, seconds - 0.5))
    cpu = meter.read()
    report = publisher.wait()
    samples = [sample for sample in watch.close() if sample.at > _WARM_UP]
    recovery = city.settle(report["acknowledged"], _PATIENCE, before)
    after = city.ledger()
    refused = after["quarantined"] - before["quarantined"]
    reached = report["rate"]
    holds = reached > 0.98 * rate and not growing(samples, rate) and not refused
    tell(
        f"  {rate:>8,.0f}/s asked, {reached:>8,.0f}/s published, {'held' if holds else 'NOT held'}; "
        f"backlog {curve(samples)}; CPU {shares(cpu)}"
    )
    return {
        "rate": rate,
        "published": reached,
        "holds": holds,
        "acknowledged": report["acknowledged"],
        "ended": ended(after) - ended(before),
        "refused": refused,
        "backlog": [sample.backlog for sample in samples],
        "settled_after": recovery,
        "puback_p99_ms": report["latency_p99"],
        "cpu": cpu,
    }


def _latency(city: Rig, rate: float, seconds: float, tell: Tell) -> dict[str, Any]:
    """Publish to readable, with nothing else at work and at this rate."""
    alone = markers.publish_to_readable(city, min(5.0, seconds))
    tell(f"  publish to readable, nothing else at work: {alone}")
    publisher = city.publish(rate=rate, seconds=seconds + _WARM_UP + 1)
    time.sleep(_WARM_UP)
    meter = city.meter([publisher])
    delays = markers.publish_to_readable(city, seconds)
    cpu = meter.read()
    publisher.wait()
    tell(f"  publish to readable at {rate:,.0f} messages/s: {delays}; CPU {shares(cpu)}")
    return {"rate": rate, "alone": alone.as_dict(), "delays": delays.as_dict(), "cpu": cpu}
