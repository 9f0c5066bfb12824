"""How fast queued readings are taken in: by C, by a bare paho loop, by the whole journey into each store.

200,000 readings wait in the broker, once for each consumer, in persistent sessions. Each consumer's clock
runs from its connecting to its last message; the journey's until the last one is stored.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from devices.broker import BrokerAddress
from devices.topics import SUBSCRIPTION
from services.runtime.broker import MosquittoBroker
from simulators.load import LoadSpec, run_load_beside
from tests.bench import setting
from tests.bench.bare import CLIENT, bare_rate, beside, open_session

Tell = Callable[[str], None]


async def run(program: str, folder: Path, readings: int, tell: Tell) -> dict[str, Any]:
    """Queue, drain with every consumer, compare with the bare loop."""
    broker = MosquittoBroker(program, folder / "drain-broker", host="127.0.0.1", port=0)
    await broker.start()
    try:
        stores = setting.stores()
        journeys = {name: f"bench-{name}" for name in stores}
        for client_id in ["sub", CLIENT, *(f"{name}-smallville" for name in journeys.values())]:
            await asyncio.to_thread(open_session, broker.port, client_id)
        tell(f"queueing {readings:,} readings for {2 + len(stores)} consumers ...")
        target = BrokerAddress(broker.host, broker.port)
        await run_load_beside(LoadSpec(target, setting.load_topics(), count=readings))
        rates = {"mosquitto_sub": await _mosquitto_sub(broker.port, readings)}
        rates["bare paho loop"] = await bare_rate(broker.port, readings)
        for name, more in stores.items():
            config = setting.write_setting(
                folder / f"drain-{name}",
                f"mqtt://{broker.host}:{broker.port}",
                rules=setting.rules_text(),
                more=more,
                client_id=journeys[name],
            )
            rates[f"journey into {name}"] = await beside(_JOURNEY, str(config), str(readings))
    finally:
        await broker.stop()
    bare = rates["bare paho loop"]
    for name, rate in rates.items():
        tell(f"  {name:<24} {rate:>10,.0f} readings/s   {rate / bare:5.2f} of the bare loop")
    return {"readings": readings, "rates": rates, "ratios": {name: r / bare for name, r in rates.items()}}


async def _mosquitto_sub(port: int, readings: int) -> float:
    started = time.perf_counter()
    arguments = f"-q 1 -c -i sub -p {port} -t {SUBSCRIPTION} -C {readings}".split()
    process = await asyncio.create_subprocess_exec(
        "mosquitto_sub", *arguments, stdout=asyncio.subprocess.DEVNULL
    )
    await process.wait()
    return readings / (time.perf_counter() - started)


_JOURNEY = """
import asyncio, sys
from pathlib import Path
from tests.bench.journey import drain

asyncio.run(drain(Path(sys.argv[1]), int(sys.argv[2])))
"""
