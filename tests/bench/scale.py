"""What a message costs with few devices and with many: the whole journey into DuckDB, CPU of all threads.

Each device sends in turn, so that with many of them no device is ever in a cache. First each is heard once,
then the measured readings follow. Snapshots are taken meanwhile as always.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from devices.broker import BrokerAddress
from services.runtime.broker import MosquittoBroker
from simulators.load import LoadSpec, run_load_beside
from tests.bench import setting
from tests.bench.bare import open_session, said_beside
from tests.bench.rig import Tell

FEW = 1_000


async def run(program: str, folder: Path, many: int, tell: Tell) -> dict[str, Any]:
    """Compare 1,000 devices with ``many``."""
    broker = MosquittoBroker(program, folder / "scale-broker", host="127.0.0.1", port=0)
    await broker.start()
    try:
        few, lot = [await _cost(broker, folder, count, many, tell) for count in (FEW, many)]
    finally:
        await broker.stop()
    ratio = lot["cpu_us"] / few["cpu_us"]
    more = (lot["resident_mb"] - few["resident_mb"]) * 2**20 / (many - FEW)
    tell(f"  CPU a message: {ratio:.2f} times that of {FEW:,} devices; {more:,.0f} bytes of memory a device")
    return {str(FEW): few, str(many): lot, "ratio": ratio, "bytes_a_device": more}


async def _cost(broker: MosquittoBroker, folder: Path, devices: int, many: int, tell: Tell) -> dict[str, Any]:
    client = f"scale-{devices}"
    config = await asyncio.to_thread(
        setting.write_setting,
        folder / client,
        f"mqtt://{broker.host}:{broker.port}",
        rules=setting.rules_text(),
        more=setting.SIZED,
        client_id=client,
        count=devices,
    )
    await asyncio.to_thread(open_session, broker.port, f"{client}-smallville")
    target = BrokerAddress(broker.host, broker.port)
    await run_load_beside(LoadSpec(target, setting.load_topics(devices), count=3 * many))
    said = await said_beside(_CONSUMER, str(config), str(many), str(2 * many))
    cost: dict[str, Any] = json.loads(said.splitlines()[-1])
    tell(
        f"  {devices:>9,} devices: {cost['cpu_us']:.1f} µs of CPU a message "
        f"({cost['snapshots_us']:.1f} for snapshots), {cost['rate']:,.0f}/s; "
        f"{cost['resident_mb']:.0f} MB, state of {cost['state_mb']:.1f} MB, start {cost['start_s']:.1f} s; "
        f"{cost['snapshots']} snapshots, each takes the loop for {cost['snapshot_ms']:.0f} ms at most"
    )
    return cost


_CONSUMER = """
import asyncio, sys
from pathlib import Path
from tests.bench.journey import drain_in_two

asyncio.run(drain_in_two(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
"""
