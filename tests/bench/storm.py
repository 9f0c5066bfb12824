"""A zone loses power: tens of thousands of alerts within a minute, while others go on as before.

Every sensor of the city crosses a limit once, spread over a minute; twenty times a second a probe crosses
another one, before, during and after. What is measured is what the storm costs: the delay from sensor to
alert, the memory, how many incidents and messages it makes, and how long it takes until all is told.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho

from services.runtime.broker import MosquittoBroker
from tests.bench import probe, processes, setting
from tests.bench.hook import Receiver, receiver
from tests.bench.rig import Rig, Tell, rig

_SPOKEN = 25.0
_BEFORE = 15.0
_AFTER = 15.0
_PATIENCE = 300.0

RULE = """  - id: storm
    on: AirQualityObserved.no2
    where: {devices: ["load-*"]}
    when: {above: 2000}
    severity: major
    title: {en: "No power at {device}", th: "ไฟดับ {device}"}
"""

_FIRE = probe.RULE.replace("    title:", "    severity: critical\n    title:")
"""What goes on beside the storm is critical: it must not wait behind it."""

ALERTING = """
receivers: {duty-officer: {en: Duty officer, th: เจ้าหน้าที่เวร}}
incidents: {by: [zone, service], within: 30m}
routes:
  - id: storm
    match: {rules: ["bench/storm"]}
    notify: [duty-officer]
    group: {by: [incident], wait: 5s, interval: 30s}
"""


def notify(url: str) -> str:
    """The part of a configuration that tells the duty officer over a webhook."""
    channel = f"{{kind: webhook, url: '{url}'}}"
    return f"notify: {{language: en, receivers: {{duty-officer: {{channels: [{channel}]}}}}}}\n"


async def run(program: str, folder: Path, alerts: int, seconds: float, tell: Tell) -> dict[str, Any]:
    """So many ``alerts`` within so many ``seconds``."""
    broker = MosquittoBroker(program, folder / "storm-broker", host="127.0.0.1", port=0)
    await broker.start()
    try:
        return await asyncio.to_thread(_measure, broker, folder / "storm", alerts, seconds, tell)
    finally:
        await broker.stop()


def _measure(
    broker: MosquittoBroker, folder: Path, alerts: int, seconds: float, tell: Tell
) -> dict[str, Any]:
    with (
        receiver() as told,
        rig(
            broker,
            folder,
            "duckdb",
            more=setting.SIZED + notify(told.url),
            extra_rule=_FIRE + RULE,
            devices=probe.DEVICES,
            count=alerts,
            files={"alerting.yaml": ALERTING},
        ) as city,
    ):
        return _storm(city, broker, told, alerts, seconds, tell)


def _storm(
    city: Rig, broker: MosquittoBroker, told: Receiver, alerts: int, seconds: float, tell: Tell
) -> dict[str, Any]:
    tell("all sensors speak once ...")
    cross_all(broker, alerts, _SPOKEN, value=10)
    prober = probe.Probe(broker.port)
    times = [time.perf_counter()]
    prober.play(_BEFORE)
    before = processes.memory(city.pid)[1]
    tell(f"{alerts:,} sensors cross their limit within {seconds:.0f} s ...")
    times.append(time.perf_counter())
    storm = threading.Thread(target=cross_all, args=(broker, alerts, seconds))
    storm.start()
    peak = _Peak(city.pid)
    prober.play(seconds)
    storm.join()
    times.append(time.perf_counter())
    _until_all_fire(city, alerts)
    took = time.perf_counter() - times[1]
    times.append(time.perf_counter())
    prober.play(_AFTER)
    highest = peak.close()
    crossings = prober.close()
    spans = {"before": times[:2], "during": times[1:3], "after": [times[3], float("inf")]}
    delays = {name: probe.delays(crossings, *span) for name, span in spans.items()}
    for name, found in delays.items():
        tell(f"  sensor to alert, {name:<7} {found}")
    api = city.api()
    incidents = api.get("/api/v1/incidents?limit=1000")["items"]
    lists = _listing(city)
    tell(f"  all fire {took - seconds:.1f} s after the last crossed; {len(incidents)} incidents")
    tell(f"  {sum(told.messages.values())} messages: {dict(told.messages)}, {told.bytes:,} bytes")
    tell(f"  memory {before:.0f} MB before, {highest:.0f} MB at most; list of alerts {lists:.0f} ms at worst")
    return {
        "alerts": alerts,
        "late_s": took - seconds,
        "incidents": len(incidents),
        "messages": dict(told.messages),
        "memory_mb": [before, highest],
        "list_ms": lists,
        **{name: found.as_dict() for name, found in delays.items()},
    }


def cross_all(broker: MosquittoBroker, alerts: int, seconds: float, *, value: float = 3000) -> None:
    """Let so many sensors cross their limit, one after the other, within so many seconds."""
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)  # type: ignore[attr-defined]
    client.max_inflight_messages_set(1_000)
    client.connect(broker.host, broker.port)
    client.loop_start()
    started = time.perf_counter()
    for number, topic in enumerate(setting.load_topics(alerts)):
        payload = json.dumps({"ts": time.time_ns() // 1_000_000, "values": {"no2": value}})
        sent = client.publish(topic, payload, qos=1)
        if number % 50 == 0:
            time.sleep(max(0.0, started + number * seconds / alerts - time.perf_counter()))
    sent.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()


def _until_all_fire(city: Rig, alerts: int) -> None:
    api = city.api()
    deadline = time.perf_counter() + _PATIENCE
    while time.perf_counter() < deadline:
        found = api.get("/api/v1/incidents?state=open&limit=1000")
        if found is not None and sum(one["open"] for one in found["items"]) >= alerts:
            return
        time.sleep(0.2)
    raise RuntimeError("the storm did not end")


def _listing(city: Rig) -> float:
    """The slowest of some looks at the open alerts, in ms."""
    api, worst = city.api(), 0.0
    for query in ("state=firing", "state=firing&severity=major&zone=north", "suppressed=false&limit=500"):
        for _ in range(5):
            started = time.perf_counter()
            api.get(f"/api/v1/alerts?{query}")
            worst = max(worst, time.perf_counter() - started)
    return worst * 1_000


class _Peak:
    """The most memory (MB) that a process has of its own, until closed."""

    def __init__(self, pid: int) -> None:
        self._pid, self._most, self._over = pid, 0.0, threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def close(self) -> float:
        self._over.set()
        self._thread.join()
        return self._most

    def _look(self) -> None:
        while not self._over.wait(0.5):
            self._most = max(self._most, processes.memory(self._pid)[1])
