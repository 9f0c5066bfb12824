"""kill -9 in the midst of alerts: persisted before announced, announced at least once, nothing twice."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from rules.model import State
from services.store.records import Records
from tests.contract.records.conftest import Place

COUNT = 150

APPLY = """
import asyncio, json, os, sys
from pathlib import Path
from dataclasses import replace
from rules.model import Severity, State, Subject
from services.alerts import AlertsService
from services.bus.memory import MemoryBus
from services.bus.protocol import AlertChanged
from services.runtime.clock import SystemClock
from services.store.records import Records
from tests.contract.records.test_alerts_on_databases import CITY, START, Directory, step


class SayingBus(MemoryBus):
    def publish(self, event):
        if not isinstance(event, AlertChanged):
            return super().publish(event)
        line = json.dumps([event.alert["id"], event.number, event.change, event.alert["state"]])
        os.write(1, line.encode() + b"\\n")
        super().publish(event)


async def main(url, data, count):
    records = await Records.open(url or None, Path(data))
    service = AlertsService(records, SayingBus(), SystemClock(), CITY, Directory())
    await service.start()
    for n in range(int(count)):
        pending = step(State.PENDING, n, starts_at=START + n)
        if n % 3 == 0:
            life = [pending, replace(pending, state=State.INACTIVE, at=pending.at + 1)]
        else:
            firing = replace(pending, state=State.FIRING, at=pending.at + 1)
            worse = replace(firing, severity=Severity.CRITICAL, at=pending.at + 2)
            life = [pending, firing, worse, replace(worse, state=State.RESOLVED, at=pending.at + 3)]
        await service.apply(life[:2])
        await service.apply(life[2:])
    await service.stop()
    await records.close()


asyncio.run(main(*sys.argv[1:]))
"""


async def run(place: Place, kill_after: int | None) -> list[list[str | int]]:
    """Apply all transitions from the beginning; what was announced until the end, or until killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", APPLY, place.url or "", str(place.data), str(COUNT),
        stdout=asyncio.subprocess.PIPE, cwd=Path.cwd(),
    )  # fmt: skip
    assert process.stdout is not None
    said = []
    async for line in process.stdout:
        said.append(json.loads(line))
        if kill_after is not None and len(said) == kill_after:
            process.kill()
    assert await process.wait() == (0 if kill_after is None else -9)
    return said


async def test_nothing_is_lost_and_nothing_changes_twice(place: Place) -> None:
    said: list[list[str | int]] = []
    for kill_after in (1, 60, 150):
        said += await run(place, kill_after)
    said += await run(place, None)
    assert await run(place, None) == []

    steps: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for alert, number, change, _state in said:
        if (number, change) not in steps[str(alert)]:
            steps[str(alert)].append((int(number), str(change)))
    lives = sorted(str(sorted(life)) for life in steps.values())
    fired = str([(1, "pending"), (2, "firing"), (3, "severity"), (4, "resolved")])
    passed = str([(1, "pending"), (2, "inactive")])
    assert lives == sorted([fired] * (COUNT - COUNT // 3) + [passed] * (COUNT // 3))
    assert all(life == sorted(life) for life in steps.values())

    records = await Records.open(place.url, place.data)
    found, _ = await records.alerts.page({}, limit=COUNT)
    assert [record.state for record in found] == [State.RESOLVED] * (COUNT - COUNT // 3)
    assert all(record.changes == 4 and record.delivered is not None for record in found)
    assert await records.alerts.unannounced() == []
    await records.close()


@pytest.fixture(autouse=True)
def _asyncpg(asyncpg_reads_its_files: None) -> None:
    """Both databases are opened here."""
