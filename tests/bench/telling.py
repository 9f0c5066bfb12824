"""From the firing of an alert to the webhook that hears of it, at fifty alerts a second.

Every alert is a message of its own, at once. The time runs from the moment for which the alert counts (when
the reading was taken) to its arrival, so that the broker, the journal, the rules, the records and the sending
are all in it.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from services.runtime.broker import MosquittoBroker
from tests.bench import setting, storm
from tests.bench.figures import Delays
from tests.bench.hook import Receiver, receiver
from tests.bench.rig import Tell, rig

_PATIENCE = 60.0

ALERTING = """
receivers: {duty-officer: {en: Duty officer, th: เจ้าหน้าที่เวร}}
routes:
  - id: each
    match: {rules: ["bench/storm"]}
    notify: [duty-officer]
    group: {by: [alert], wait: 0s, interval: 0s}
    repeat: 0
"""


async def run(program: str, folder: Path, rate: float, seconds: float, tell: Tell) -> dict[str, Any]:
    """``rate`` alerts a second for so many ``seconds``."""
    broker = MosquittoBroker(program, folder / "telling-broker", host="127.0.0.1", port=0)
    await broker.start()
    try:
        return await asyncio.to_thread(_measure, broker, folder / "telling", rate, seconds, tell)
    finally:
        await broker.stop()


def _measure(
    broker: MosquittoBroker, folder: Path, rate: float, seconds: float, tell: Tell
) -> dict[str, Any]:
    alerts = round(rate * seconds)
    with (
        receiver() as told,
        rig(
            broker,
            folder,
            "duckdb",
            more=setting.SIZED + storm.notify(told.url),
            extra_rule=storm.RULE,
            count=alerts,
            files={"alerting.yaml": ALERTING},
        ),
    ):
        tell(f"{rate:.0f} alerts/s for {seconds:.0f} s, each a message to a webhook ...")
        storm.cross_all(broker, alerts, seconds)
        _wait(told, alerts)
    delays = Delays(list(told.delays), alerts - len(told.delays))
    tell(f"  fired to delivered: {delays}")
    return {"rate": rate, "alerts": alerts, **delays.as_dict()}


def _wait(told: Receiver, alerts: int) -> None:
    deadline = time.perf_counter() + _PATIENCE
    while len(told.delays) < alerts and time.perf_counter() < deadline:
        time.sleep(0.1)
