"""Far more than can be done, for minutes, and then nothing: what it costs, what is lost, how it recovers.

Publishers send as fast as the broker acknowledges; broker, publishers and Nakhon share the cores, so how many
times over Nakhon is loaded comes out of the run and is printed with it. Limits are as shipped.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho

from services.runtime.broker import MosquittoBroker
from tests.bench import setting
from tests.bench.figures import shares
from tests.bench.rig import Rig, Sample, Tell, Watch, rig

_PATIENCE = 1_800.0
_DROPPED = "$SYS/broker/publish/messages/dropped"
_SYS_INTERVAL = 5.0


async def run(
    program: str, folder: Path, store: str, publishers: int, seconds: float, tell: Tell
) -> dict[str, Any]:
    """Overload with so many publishers for ``seconds``, then wait until all has ended."""
    broker = MosquittoBroker(program, folder / "overload-broker", host="127.0.0.1", port=0)
    await broker.start()
    try:
        return await asyncio.to_thread(
            _measure, broker, folder / "overload", store, publishers, seconds, tell
        )
    finally:
        await broker.stop()


def _measure(
    broker: MosquittoBroker, folder: Path, store: str, count: int, seconds: float, tell: Tell
) -> dict[str, Any]:
    with rig(broker, folder, store, more="", count=setting.DEVICES * count) as city:
        tell(f"{count} publishers flat out for {seconds:.0f} s into {store} ...")
        before = city.ledger()
        dropped = _Dropped(broker.port)
        publishers = [
            city.publish(rate=None, seconds=seconds, first=1 + number * setting.DEVICES)
            for number in range(count)
        ]
        watch = Watch(city, publishers)
        meter = city.meter(publishers)
        time.sleep(seconds)
        cpu = meter.read()
        reports = [publisher.wait() for publisher in publishers]
        acknowledged = sum(report["acknowledged"] for report in reports)
        during = watch.samples[-1]
        tell(f"  {during.at:.0f} s: {acknowledged:,} acknowledged by the broker; CPU {shares(cpu)}")
        recovery = _recover(city, before, acknowledged, dropped)
        samples = watch.close()
        ledger, lost = city.ledger(), dropped.close()
        stored = _stored(city)
        warnings = _warnings(city.nakhon.log())
    return _report(before, ledger, acknowledged, lost, stored, during, samples, recovery, cpu, warnings, tell)


def _recover(city: Rig, before: dict[str, Any], acknowledged: int, dropped: _Dropped) -> float:
    """Seconds from the publishers' end until everything that the broker did not drop has ended."""
    started = time.perf_counter()
    while time.perf_counter() - started < _PATIENCE:
        ledger = city.ledger()
        if (
            _distinct(ledger, before) >= acknowledged - dropped.count
            and not ledger["pending"]
            and city.api().get("/readyz")
        ):
            return time.perf_counter() - started
        time.sleep(0.5)
    return float("inf")


def _distinct(ledger: dict[str, Any], before: dict[str, Any]) -> int:
    """Items received since then, redeliveries apart: no two readings of the load are the same."""
    received, duplicate = (int(ledger[name] - before[name]) for name in ("received", "duplicate"))
    return received - duplicate


def _stored(city: Rig) -> int:
    """How many readings the store itself counts."""
    path = (
        "/api/v1/observations?zone=north&type=AirQualityObserved&metric=pm25&every=1d&agg=count&limit=10000"
    )
    count: int = 0
    cursor = ""
    while True:
        page = city.api().get(path + cursor)
        if page is None:
            return -1
        count += sum(item["count"] for item in page["items"])
        if page["next"] is None:
            return count
        cursor = f"&cursor={page['next']}"


class _Dropped:
    """What the broker says that it dropped, by its own count."""

    def __init__(self, port: int) -> None:
        self.count = 0
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2)  # type: ignore[attr-defined]
        self._client.on_message = self._heard
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        heard = threading.Event()
        self._client.on_subscribe = lambda *_: heard.set()
        self._client.subscribe(_DROPPED)
        heard.wait(10)

    def close(self) -> int:
        """The last count, once the broker had time to tell it."""
        time.sleep(_SYS_INTERVAL + 1)
        self._client.disconnect()
        self._client.loop_stop()
        return self.count

    def _heard(self, _client: Any, _userdata: Any, message: Any) -> None:
        self.count = int(message.payload)


def _warnings(log: str) -> dict[str, int]:
    """What Nakhon warned of, and how often."""
    lines = (json.loads(line) for line in log.splitlines() if line.startswith("{"))
    return dict(Counter(line["event"] for line in lines if line["level"] in ("warning", "error")))


def _report(
    before: dict[str, Any],
    ledger: dict[str, Any],
    acknowledged: int,
    dropped: int,
    stored: int,
    during: Sample,
    samples: list[Sample],
    recovery: float,
    cpu: dict[str, float],
    warnings: dict[str, int],
    tell: Tell,
) -> dict[str, Any]:
    counts = {
        name: ledger[name] - before[name] for name in ("received", "stored", "duplicate", "quarantined")
    }
    offered, done = acknowledged / during.at, during.ended / during.at
    peak = max(samples, key=lambda sample: sample.resident)
    missing = acknowledged - dropped - _distinct(ledger, before)
    tell(
        f"  offered {offered:,.0f}/s, ended {done:,.0f}/s meanwhile: {offered / max(done, 1):.1f} times over"
    )
    tell(f"  the broker dropped {dropped:,}; Nakhon received {counts['received']:,}, {missing:,} missing")
    tell(f"  {counts}; the store counts {stored:,}; pending {ledger['pending']}")
    tell(f"  recovered {recovery:.1f} s after the last message")
    tell(f"  warnings: {warnings or 'none'}")
    tell(f"  Nakhon's memory at its peak: {peak.resident:.0f} MB, {peak.anonymous:.0f} MB of it its own")
    return {
        "acknowledged_by_broker": acknowledged,
        "dropped_by_broker": dropped,
        "missing": missing,
        "offered": offered,
        "ended": done,
        "times": offered / max(done, 1),
        **counts,
        "pending": ledger["pending"],
        "store_counts": stored,
        "recovery_s": recovery,
        "peak_resident_mb": peak.resident,
        "peak_anonymous_mb": max(sample.anonymous for sample in samples),
        "memory_mb": [round(sample.resident) for sample in samples[:: max(1, len(samples) // 60)]],
        "cpu": cpu,
        "warnings": warnings,
    }
