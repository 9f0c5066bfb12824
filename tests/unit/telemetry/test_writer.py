"""The writer keeps everything once, in order, however long a store is away."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from devices.model import Observation
from services.runtime.clock import ManualClock
from services.store.errors import StoreUnavailableError
from services.store.records.quarantine import QuarantineEntry
from services.store.timeseries.protocol import Identity
from services.telemetry import snapshot
from services.telemetry.digest import Barrier, Digest, Doubt, Key
from services.telemetry.ledger import Ledger
from services.telemetry.writer import Writer
from tests.support.memorystore import MemoryStore

KEY = Key("environment", "aq-01")


class Kept:
    """Quarantine and journal notes, kept in lists."""

    def __init__(self) -> None:
        self.entries: dict[tuple[int, int], QuarantineEntry] = {}
        self.notes: list[Mapping[str, Any]] = []
        self.trimmed: list[int] = []

    async def add(self, entries: Sequence[QuarantineEntry]) -> None:
        self.entries.update({(entry.position, entry.index): entry for entry in entries})

    async def note(self, data: Mapping[str, Any]) -> None:
        self.notes.append(data)

    async def trim(self, before: int) -> None:
        self.trimmed.append(before)


def reading(time: int, value: float = 1.0, device: str = "aq-01") -> Observation:
    return Observation(time, device, "north", "AirQualityObserved", {"pm25": value}, time)


class Desk:
    """A writer, what it writes to, and digests to give it, opened on the ledger as the service does."""

    def __init__(self, tmp_path: Path, *, keeps_position: bool = False) -> None:
        self.store = MemoryStore(keeps_position=keeps_position)
        self.kept = Kept()
        self.ledger = Ledger(0)
        self.clock = ManualClock()
        self.path = tmp_path / "state"
        self.writer = Writer(self.store, self.kept, self.kept, self.ledger, self.clock, self.path)  # type: ignore[arg-type]

    async def give(
        self, end: int, *, new: Sequence[Observation] = (), doubtful: Sequence[Observation] = ()
    ) -> None:
        digest = Digest(end, list(new), [Doubt(end - 1, i, KEY, o) for i, o in enumerate(doubtful)])
        digest.fresh = Counter({KEY: len(new)} if new else {})
        self.ledger.open(*KEY, len(new) + len(doubtful))
        await self.writer.put(digest)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.writer.run())
        await self.clock.advance(0)
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def counts(self) -> tuple[int, int, int, int]:
        report = self.ledger.report()
        return report["stored"], report["duplicate"], report["quarantined"], report["pending"]


async def test_an_outage_ends_with_everything_written_in_order(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    async with desk.writing():
        desk.store.fail = StoreUnavailableError("InfluxDB is away")
        for end in range(1, 6):
            await desk.give(end, new=[reading(end)])
        await desk.clock.advance(60)
        assert desk.writer.behind == "InfluxDB is away"
        assert desk.counts() == (0, 0, 0, 5)
        desk.store.fail = None
        await desk.clock.advance(60)
        assert desk.counts() == (5, 0, 0, 0)
        assert desk.writer.behind is None
        assert [position for _, position in desk.store.writes] == sorted(p for _, p in desk.store.writes)


async def test_waits_as_long_as_the_store_asks(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    async with desk.writing():
        desk.store.fail = StoreUnavailableError("too many requests", retry_after=100)
        await desk.give(1, new=[reading(1)])
        await desk.clock.advance(1)
        desk.store.fail = None
        await desk.clock.advance(98)
        assert desk.counts()[0] == 0
        await desk.clock.advance(2)
        assert desk.counts()[0] == 1


async def test_only_the_store_settles_a_doubt_and_its_answer_is_noted_first(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.store.rows[Identity("aq-01", "AirQualityObserved", 5)] = {"pm25": 1.0}
    async with desk.writing():
        await desk.give(1, doubtful=[reading(5), reading(5, 2.0), reading(6), reading(6)])
        await desk.clock.advance(0)
    assert desk.counts() == (2, 2, 0, 0)
    assert desk.kept.notes == [{"decided": [[0, 0, True], [0, 1, False], [0, 2, False], [0, 3, True]]}]
    assert desk.store.rows[Identity("aq-01", "AirQualityObserved", 5)] == {"pm25": 2.0}


async def test_a_doubt_that_was_settled_before_a_crash_is_not_asked_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.store.rows[Identity("aq-01", "AirQualityObserved", 5)] = {"pm25": 1.0}
    desk.writer.decided = {(0, 0): False}
    async with desk.writing():
        await desk.give(1, doubtful=[reading(5)])
        await desk.clock.advance(0)
    assert desk.store.asked == []
    assert desk.counts() == (1, 0, 0, 0)


async def test_what_a_former_run_wrote_is_counted_but_not_written_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path, keeps_position=True)
    desk.store.position = 2
    for end in range(1, 5):
        await desk.give(end, new=[reading(end)])
    async with desk.writing():
        await desk.clock.advance(0)
    assert desk.store.writes == [(2, 4)]
    assert desk.counts() == (4, 0, 0, 0)


async def test_readings_that_the_store_refuses_go_to_quarantine_and_hold_nothing_up(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.store.refuse = {"aq-01"}
    async with desk.writing():
        await desk.give(1, new=[reading(1)])
        await desk.clock.advance(0)
        desk.store.refuse = set()
        await desk.give(2, new=[reading(2)])
        await desk.clock.advance(0)
    assert desk.counts() == (1, 0, 1, 0)
    (entry,) = desk.kept.entries.values()
    assert "field type conflict" in str(entry.expected)


async def test_the_state_is_saved_only_when_all_before_it_is_kept(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    async with desk.writing():
        desk.store.fail = StoreUnavailableError("away")
        await desk.give(3, new=[reading(1)])
        await desk.writer.put(Barrier(3, b"memory", b"engine"))
        await desk.give(4, new=[reading(2)])
        await desk.clock.advance(5)
        assert await asyncio.to_thread(snapshot.load, desk.path) is None
        desk.store.fail = None
        await desk.clock.advance(60)
        async with asyncio.timeout(10):
            await desk.writer.settled()
        saved = await asyncio.to_thread(snapshot.load, desk.path)
    assert saved is not None
    assert (saved.position, saved.engine) == (3, b"engine")
    assert b'"aq-01":[1,0,0]' in saved.ledger
    assert desk.kept.trimmed == [3]


async def test_the_queue_is_bounded(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.store.fail = StoreUnavailableError("away")
    async with desk.writing():
        await desk.give(1, new=[reading(n) for n in range(200_000)])
        waiting = asyncio.create_task(desk.give(2, new=[reading(300_000)]))
        await desk.clock.advance(1)
        assert not waiting.done()
        desk.store.fail = None
        await desk.clock.advance(60)
        await waiting
        await desk.clock.advance(0)
    assert desk.counts() == (200_001, 0, 0, 0)
