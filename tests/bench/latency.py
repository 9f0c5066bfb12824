"""Sensor to alert beside a steady stream of other readings; ``soak`` is the same for long, with more seen."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from services.runtime.broker import MosquittoBroker
from tests.bench import probe
from tests.bench.bare import queue_and_drain
from tests.bench.figures import curve, growing, shares
from tests.bench.rig import Sample, Tell, Watch, rig

_BARE_READINGS = 60_000
_WARM_UP = 2.0
_PATIENCE = 60.0


async def run(
    program: str, folder: Path, store: str, rate: float, seconds: float, tell: Tell
) -> dict[str, Any]:
    """Measure for ``seconds`` at ``rate`` messages a second into ``store``."""
    broker = MosquittoBroker(program, folder / "latency-broker", host="127.0.0.1", port=0)
    await broker.start()
    try:
        bare = await queue_and_drain(broker.port, _BARE_READINGS)
        place = folder / f"latency-{rate:.0f}-{seconds:.0f}"
        figures = await asyncio.to_thread(_measure, broker, place, store, rate, seconds, tell)
        tell(f"  the load is {rate / bare:.2f} of what the bare paho loop takes ({bare:,.0f}/s)")
        return {"bare": bare, "ratio": rate / bare, **figures}
    finally:
        await broker.stop()


def _measure(
    broker: MosquittoBroker, folder: Path, store: str, rate: float, seconds: float, tell: Tell
) -> dict[str, Any]:
    with rig(broker, folder, store, extra_rule=probe.RULE, devices=probe.DEVICES) as city:
        tell(
            f"{rate:,.0f} messages/s into {store} for {seconds:.0f} s, and {1 / probe.EVERY:.0f} alerts/s ..."
        )
        before = city.ledger()
        prober = probe.Probe(broker.port)
        publisher = city.publish(rate=rate, seconds=seconds + _WARM_UP)
        watch = Watch(city, [publisher], every=max(1.0, seconds / 120))
        time.sleep(_WARM_UP)
        meter, started = city.meter([publisher]), time.perf_counter()
        prober.play(seconds)
        cpu = meter.read()
        report = publisher.wait()
        samples = watch.close()
        crossings = prober.close()
        settled = city.settle(report["acknowledged"], _PATIENCE, before)
        refused = city.ledger()["quarantined"] - before["quarantined"]
    measured = probe.delays(crossings, started)
    tell(f"  sensor to alert: {measured}")
    tell(f"  backlog {curve(samples)}; all ended {settled:.1f} s after the last message; {refused} refused")
    tell(f"  Nakhon's memory, MB: {_memory(samples)}; CPU {shares(cpu)}")
    return {
        "store": store,
        "rate": rate,
        "published": report["rate"],
        "sensor_to_alert": measured.as_dict(),
        "grows": growing(samples, rate),
        "backlog": [sample.backlog for sample in samples],
        "resident_mb": [round(sample.resident) for sample in samples],
        "settled_after": settled,
        "refused": refused,
        "cpu": cpu,
    }


def _memory(samples: list[Sample]) -> str:
    step = max(1, len(samples) // 10)
    return " ".join(f"{sample.resident:.0f}" for sample in samples[::step])
