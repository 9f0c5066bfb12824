"""The writer keeps everything once, in order, however long a store is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.model import Observation
from services.runtime.clock import ManualClock
from services.store.errors import StoreUnavailableError
from services.store.records.quarantine import QuarantineEntry
from services.store.timeseries.protocol import Identity
from services.telemetry import snapshot
from services.telemetry.backlog import Backlog
from services.telemetry.digest import Barrier, Digest, Doubt, Released, decode, encode
from services.telemetry.journal import Journal
from services.telemetry.journalthread import JournalThread
from services.telemetry.ledger import Key, Ledger, Outcome
from services.telemetry.writer import Writer
from tests.support.memorystore import MemoryStore

KEY = Key("environment", "aq-01")


class Kept:
    """Quarantine and journal notes, kept in lists."""

    def __init__(self) -> None:
        self.entries: dict[tuple[int, int], QuarantineEntry] = {}
        self.notes: list[Mapping[str, Any]] = []
        self.trimmed: list[int] = []
        self.replayed: dict[str, int] = {}

    async def add(self, entries: Sequence[QuarantineEntry]) -> None:
        self.entries.update({(entry.position, entry.index): entry for entry in entries})

    async def note(self, data: Mapping[str, Any]) -> None:
        self.notes.append(data)

    async def mark_replayed(self, ids: Sequence[str], at: int) -> None:
        self.replayed.update(dict.fromkeys(ids, at))

    async def trim(self, before: int) -> None:
        self.trimmed.append(before)


def reading(time: int, value: float = 1.0, device: str = "aq-01") -> Observation:
    return Observation(time, device, "north", "AirQualityObserved", {"pm25": value}, time)


class Desk:
    """A writer, what it writes to, and digests to give it, opened on the ledger as the service does."""

    def __init__(
        self, tmp_path: Path, *, keeps_position: bool = False, limit: int = 200_000, segment: int = 1 << 20
    ) -> None:
        self.store = MemoryStore(keeps_position=keeps_position)
        self.kept = Kept()
        self.ledger = Ledger(0)
        self.clock = ManualClock()
        self.path = tmp_path / "state"
        self.files = JournalThread(Journal(tmp_path / "backlog", 1 << 30, segment))
        self.backlog = Backlog(self.files, self.clock, limit=limit)
        self.writer = Writer(
            self.store,  # type: ignore[arg-type]
            self.kept,
            self.kept,
            self.ledger,
            self.clock,
            self.path,
            self.backlog,
        )

    async def give(
        self, end: int, *, new: Sequence[Observation] = (), doubtful: Sequence[Observation] = ()
    ) -> None:
        digest = Digest(end, list(new), [Doubt(end - 1, i, KEY, o) for i, o in enumerate(doubtful)])
        digest.fresh = {KEY: len(new)} if new else {}
        await self.writer.put(digest)

    @asynccontextmanager
    async def writing(self, *, sequence: int = 0, done: int = 0) -> AsyncIterator[None]:
        await self.files.run(self.files.journal.open)
        left = await self.backlog.resume(sequence=sequence, done=done)
        if left is not None:
            self.ledger.write_off()
            self.ledger.open(left)
        tasks = [asyncio.create_task(work) for work in (self.writer.run(), self.backlog.run())]
        await self.clock.advance(0)
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.writer.close()
        await self.files.close()

    async def until_settled(self) -> None:
        """Let time pass until nothing waits."""
        settled = asyncio.create_task(self.writer.backlog.settled())
        async with asyncio.timeout(20):
            while not settled.done():
                await self.clock.advance(1)
                await asyncio.to_thread(self.path.exists)  # the threads of the files have their turn
        while self.writer.saving:
            await asyncio.to_thread(self.path.exists)
            await self.clock.advance(0)

    def take_up(self, saved: snapshot.Snapshot) -> None:
        """Go on as the service does after a restart."""
        ledger = Ledger.load(orjson.loads(saved.ledger))
        self.ledger.domains.update(ledger.domains)
        self.ledger.devices.update(ledger.devices)
        self.writer.doubts.learn(orjson.loads(saved.writer)["decided"])

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


async def test_a_copy_of_a_reading_that_is_written_with_it_is_a_duplicate(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    async with desk.writing():
        desk.store.fail = StoreUnavailableError("away")
        await desk.give(1, new=[reading(5), reading(6)])
        await desk.give(2, doubtful=[reading(5), reading(5, 2.0)])
        desk.store.fail = None
        await desk.until_settled()
    assert desk.counts() == (3, 1, 0, 0)
    assert desk.store.rows[Identity("aq-01", "AirQualityObserved", 5)] == {"pm25": 2.0}


async def test_what_a_damaged_disk_lost_is_not_pending_for_ever(tmp_path: Path) -> None:
    desk = Desk(tmp_path, limit=10)
    async with desk.writing():
        desk.store.fail = StoreUnavailableError("away")
        for end in range(1, 41):
            await desk.give(end, new=[reading(end)])
        await desk.writer.save(Barrier(40, b"memory", b"engine"))
        async with asyncio.timeout(10):
            await desk.writer.settled()
    saved = await asyncio.to_thread(snapshot.load, desk.path)
    assert saved is not None
    (path,) = await asyncio.to_thread(lambda: list((tmp_path / "backlog").glob("*.journal")))
    data = bytearray(await asyncio.to_thread(path.read_bytes))
    data[len(data) // 2] ^= 0xFF
    await asyncio.to_thread(path.write_bytes, data)
    again = Desk(tmp_path, limit=10)
    again.take_up(saved)
    async with again.writing(sequence=40, done=0):
        assert again.ledger.report()["received"] == 39
        await again.until_settled()
        await again.give(41, new=[reading(41)])
        await again.until_settled()
    assert again.counts() == (40, 0, 0, 0)
    assert again.backlog.done == 41


async def test_a_doubt_that_was_settled_before_a_crash_is_not_asked_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.store.rows[Identity("aq-01", "AirQualityObserved", 5)] = {"pm25": 1.0}
    desk.writer.doubts.learn([[0, 0, False]])
    async with desk.writing():
        await desk.give(1, doubtful=[reading(5)])
        await desk.clock.advance(0)
    assert desk.store.asked == []
    assert desk.counts() == (1, 0, 0, 0)


async def test_what_a_former_run_wrote_is_counted_but_not_written_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path, keeps_position=True)
    desk.store.position = 2
    async with desk.writing():
        for end in range(1, 5):
            await desk.give(end, new=[reading(end)])
        await desk.until_settled()
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
        await desk.until_settled()
    assert desk.counts() == (1, 0, 1, 0)
    (entry,) = desk.kept.entries.values()
    assert "field type conflict" in str(entry.expected)


async def test_the_state_is_saved_only_when_all_before_it_is_kept(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    async with desk.writing():
        desk.store.fail = StoreUnavailableError("away")
        await desk.give(3, new=[reading(1)])
        await desk.writer.save(Barrier(3, b"memory", b"engine"))
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
    assert b'"aq-01":[1,0,0,0]' in saved.ledger
    assert desk.kept.trimmed == [3]


async def test_a_store_that_is_away_for_long_makes_nobody_wait(tmp_path: Path) -> None:
    desk = Desk(tmp_path, limit=100)
    async with desk.writing():
        desk.store.fail = StoreUnavailableError("away")
        for end in range(1, 501):
            await desk.give(end, new=[reading(end)])
        assert desk.backlog.spilled
        await desk.backlog.kept(500)
        assert desk.files.journal.size > 0
        assert desk.counts() == (0, 0, 0, 500)
        desk.store.fail = None
        await desk.until_settled()
    assert desk.counts() == (500, 0, 0, 0)
    assert [time for _, _, time in sorted(desk.store.rows)] == list(range(1, 501))
    assert [position for _, position in desk.store.writes] == sorted(p for _, p in desk.store.writes)


async def test_what_comes_while_the_backlog_drains_goes_after_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path, limit=50)
    async with desk.writing():
        desk.store.fail = StoreUnavailableError("away")
        for end in range(1, 101):
            await desk.give(end, new=[reading(end)])
        desk.store.fail = None
        for end in range(101, 301):
            await desk.give(end, new=[reading(end)])
            await desk.clock.advance(0.01)
        await desk.until_settled()
        assert not desk.backlog.spilled
        await desk.give(301, new=[reading(301)])
        await desk.until_settled()
        await desk.writer.save(Barrier(301, b"memory", b"engine"))
        await desk.until_settled()
        assert desk.files.journal.size == 0
    assert desk.counts() == (301, 0, 0, 0)
    positions = [position for _, position in desk.store.writes]
    assert positions == sorted(positions)


async def test_a_backlog_of_many_files_is_let_go_of_behind_the_drain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.telemetry.backlog._READ", 7)
    monkeypatch.setattr("services.telemetry.writer._GROUP", 5)
    desk = Desk(tmp_path, limit=20, segment=2_000)
    async with desk.writing():
        desk.store.fail = StoreUnavailableError("away")
        for end in range(1, 301):
            await desk.give(end, new=[reading(end)])
        await desk.backlog.kept(300)
        most = desk.files.journal.size
        desk.store.fail = None
        end = 300
        while desk.ledger.pending > 20:
            end += 1
            await desk.give(end, new=[reading(end)])
            await desk.clock.advance(0.1)
            if not desk.writer.saving:
                await desk.writer.save(Barrier(end, b"memory", b"engine"))
            await asyncio.to_thread(desk.path.exists)
        assert desk.files.journal.size < most / 2
        await desk.until_settled()
    assert desk.counts() == (end, 0, 0, 0)
    assert [time for _, _, time in sorted(desk.store.rows)] == list(range(1, end + 1))


async def test_the_state_can_be_saved_while_much_waits_on_disk(tmp_path: Path) -> None:
    desk = Desk(tmp_path, limit=10)
    async with desk.writing():
        await desk.give(1, new=[reading(1)])
        await desk.until_settled()
        desk.store.fail = StoreUnavailableError("away")
        for end in range(2, 41):
            await desk.give(end, new=[reading(end)])
        await desk.writer.save(Barrier(40, b"memory", b"engine"))
        async with asyncio.timeout(10):
            await desk.writer.settled()
        assert desk.writer.saved == 40
        assert desk.kept.trimmed == [40]
        await desk.give(41, new=[reading(41)])
        await desk.backlog.kept(41)
    again = Desk(tmp_path, limit=10)
    saved = await asyncio.to_thread(snapshot.load, desk.path)
    assert saved is not None
    again.take_up(saved)
    assert again.counts() == (1, 0, 0, 39)
    async with again.writing(sequence=40, done=1):
        await again.give(41, new=[reading(41)])
        await again.until_settled()
    assert again.counts() == (41, 0, 0, 0)
    assert [time for _, _, time in sorted(again.store.rows)] == list(range(2, 42))


async def test_a_doubt_settled_before_the_state_was_saved_is_not_asked_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path, limit=1)
    async with desk.writing():
        desk.store.fail_write = StoreUnavailableError("full")
        await desk.give(1, doubtful=[reading(5)])
        await desk.clock.advance(0)
        assert len(desk.kept.notes) == 1
        await desk.writer.save(Barrier(1, b"memory", b"engine"))
        async with asyncio.timeout(10):
            await desk.writer.settled()
    again = Desk(tmp_path, limit=1)
    again.store.rows[Identity("aq-01", "AirQualityObserved", 5)] = {"pm25": 1.0}
    saved = await asyncio.to_thread(snapshot.load, desk.path)
    assert saved is not None
    again.take_up(saved)
    async with again.writing(sequence=1, done=0):
        await again.until_settled()
    assert again.store.asked == []
    assert again.counts() == (1, 0, 0, 0)


async def test_a_barrier_gives_way_when_everything_goes_to_disk(tmp_path: Path) -> None:
    desk = Desk(tmp_path, limit=5)
    async with desk.writing():
        desk.store.fail = StoreUnavailableError("away")
        await desk.give(1, new=[reading(1)])
        await desk.writer.save(Barrier(1, b"early", b"engine"))
        assert desk.writer.saving
        for end in range(2, 11):
            await desk.give(end, new=[reading(end)])
        assert not desk.writer.saving
        await desk.writer.save(Barrier(10, b"late", b"engine"))
        async with asyncio.timeout(10):
            await desk.writer.settled()
    saved = await asyncio.to_thread(snapshot.load, desk.path)
    assert saved is not None
    assert saved.memory == b"late"


async def test_a_disk_that_refuses_what_waits_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path, limit=10)

    def refuse(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    async with desk.writing():
        desk.store.fail = StoreUnavailableError("away")
        with monkeypatch.context() as patch:
            patch.setattr("services.telemetry.journal.os.fdatasync", refuse)
            for end in range(1, 21):
                await desk.give(end, new=[reading(end)])
            waiting = asyncio.create_task(desk.give(21, new=[reading(21)]))
            await desk.clock.advance(5)
            assert not waiting.done()
        desk.store.fail = None
        while not waiting.done():
            await desk.clock.advance(1)
            await asyncio.to_thread(desk.path.exists)
        await desk.until_settled()
    assert desk.counts() == (21, 0, 0, 0)


async def test_what_was_taken_again_leaves_the_quarantine_once_it_is_stored(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.ledger.open({KEY: 1})
    desk.ledger.close(Outcome.QUARANTINED, {KEY: 1})
    async with desk.writing():
        desk.store.fail = StoreUnavailableError("away")
        digest = Digest(1, [reading(1)], fresh={KEY: 1}, released=[Released("01ENTRY", KEY)])
        await desk.writer.put(digest)
        await desk.clock.advance(1)
        assert desk.kept.replayed == {}
        assert desk.counts() == (0, 0, 1, 1)
        desk.store.fail = None
        await desk.until_settled()
    assert list(desk.kept.replayed) == ["01ENTRY"]
    assert desk.counts() == (1, 0, 0, 0)


finite = st.floats(allow_nan=False, allow_infinity=False)
values = st.dictionaries(st.sampled_from(["pm25", "status"]), finite | st.text() | st.booleans(), min_size=1)
observations = st.builds(
    Observation,
    st.integers(0, 1 << 50),
    st.sampled_from(["aq-01", "aq-02"]),
    st.just("north"),
    st.just("AirQualityObserved"),
    values,
    st.integers(0, 1 << 50),
    st.none() | st.tuples(st.floats(-180, 180), st.floats(-90, 90)),
    st.none() | st.integers(0, 2**63 - 1),
)
keys = st.builds(Key, st.sampled_from(["environment", "unknown"]), st.none() | st.just("aq-01"))
counters = st.dictionaries(keys, st.integers(1, 9))
entries = st.builds(
    QuarantineEntry,
    st.integers(0, 1 << 40),
    st.integers(0, 1 << 10),
    st.integers(0, 1 << 50),
    st.text(),
    st.sampled_from(["out_of_range", "malformed_json"]),
    st.binary(),
    st.none() | st.text(),
    st.none() | st.text(),
    st.none() | st.integers(-5, 5) | st.text() | st.lists(st.booleans()),
)


@given(
    st.builds(
        Digest,
        st.integers(0, 1 << 40),
        st.lists(observations, max_size=3),
        st.lists(st.builds(Doubt, st.integers(0, 9), st.integers(0, 9), keys, observations), max_size=2),
        st.lists(entries, max_size=2),
        counters,
        counters,
        counters,
        st.lists(st.builds(Released, st.text(), keys), max_size=2),
    )
)
def test_a_digest_comes_back_from_disk_as_it_was(digest: Digest) -> None:
    assert decode(encode(digest)) == digest
