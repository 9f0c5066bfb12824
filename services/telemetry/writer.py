"""The end of the journey: digests into the stores, in order, then onto the ledger.

While a store is away the writer waits and tries again; what comes in meanwhile queues, bounded, and the
journal keeps what does not fit. Every digest is on the ledger only once all of it is kept.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import orjson
import structlog

from devices.model import Observation, Value
from devices.refusal import Code
from services.runtime.clock import Clock
from services.store.errors import StoreError, StoreUnavailableError
from services.store.records.quarantine import QuarantineEntry
from services.store.timeseries.protocol import Identity, PartialWriteError, TimeSeriesStore
from services.telemetry import snapshot
from services.telemetry.digest import Barrier, Digest, Doubt, Key
from services.telemetry.ledger import Ledger, Outcome

log = structlog.get_logger(__name__)

Result = TypeVar("Result")
_GROUP = 5_000
_WAITING = 200_000
_PATIENCE = (0.5, 30.0)
_BY_STORE = 1 << 19
"""Indexes from here on are of readings that the store itself refused; no message holds so many."""


class Quarantine(Protocol):
    """Where refused items are kept. Adding one again changes nothing."""

    async def add(self, entries: Sequence[QuarantineEntry]) -> None: ...


class Notes(Protocol):
    """The journal, for what the store answered."""

    async def note(self, data: Mapping[str, Any]) -> None: ...

    async def trim(self, before: int) -> None: ...


class Writer:
    """Takes digests and barriers in order, and keeps them.

    ``decided`` are the answers of a former run to doubts that are met again: (position, index) to whether
    it was a duplicate.
    """

    def __init__(
        self,
        store: TimeSeriesStore,
        quarantine: Quarantine,
        notes: Notes,
        ledger: Ledger,
        clock: Clock,
        snapshot_path: Path,
        on_write: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        self._store = store
        self._quarantine = quarantine
        self._notes = notes
        self._ledger = ledger
        self._clock = clock
        self._path = snapshot_path
        self._on_write = on_write
        self._queue: deque[Digest | Barrier] = deque()
        self._waiting = 0
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._written = -1
        self.decided: dict[tuple[int, int], bool] = {}
        self.behind: str | None = None
        """What the store says while it is away."""
        self.saved = -1
        """Position of the newest snapshot."""

    async def put(self, item: Digest | Barrier) -> None:
        """Hand over the next digest or barrier; waits while too much is waiting."""
        await self._room.wait()
        self._queue.append(item)
        self._empty.clear()
        if isinstance(item, Digest):
            self._waiting += item.size + len(item.quarantined)
            if self._waiting >= _WAITING:
                self._room.clear()
        self._arrived.set()

    async def run(self) -> None:
        """Write until cancelled."""
        self._written = await self._keep_trying("open", self._open)
        while True:
            await self._arrived.wait()
            await self.drain()

    async def drain(self) -> None:
        """Write all that waits now."""
        while self._queue:
            if isinstance(head := self._queue[0], Barrier):
                await self._save(head)
                self._queue.popleft()
                continue
            group = self._group()
            await self._keep(group)
            for digest in group:
                self._queue.popleft()
                self._waiting -= digest.size + len(digest.quarantined)
            self._room.set()
        self._arrived.clear()
        self._empty.set()

    async def settled(self) -> None:
        """Return once nothing waits."""
        await self._empty.wait()

    def _group(self) -> list[Digest]:
        """Digests from the head on that are written together: never across what a former run wrote."""
        group: list[Digest] = []
        size = 0
        for item in self._queue:
            if isinstance(item, Barrier) or size >= _GROUP:
                break
            if group and (group[0].end <= self._written) != (item.end <= self._written):
                break
            group.append(item)
            size += item.size
        return group

    async def _keep(self, group: list[Digest]) -> None:
        quarantined = [entry for digest in group for entry in digest.quarantined]
        if quarantined:
            await self._keep_trying("quarantine", lambda: self._quarantine.add(quarantined))
        doubts = [doubt for digest in group for doubt in digest.doubts]
        duplicate = await self._decide(doubts) if doubts else set()
        rows = [observation for digest in group for observation in digest.observations]
        rows += [doubt.observation for doubt in doubts if (doubt.position, doubt.index) not in duplicate]
        end = group[-1].end
        refused: Counter[Key] = Counter()
        if rows:
            # What a former run wrote the store passes over; but it names again what it refused of it.
            refused = await self._write(rows, end, group)
        for digest in group:
            self._account(digest, duplicate)
        for key, count in refused.items():
            # What the store itself refused was counted as stored just now.
            self._recount(key, count)

    async def _write(self, rows: list[Observation], end: int, group: list[Digest]) -> Counter[Key]:
        refused: Counter[Key] = Counter()
        try:
            await self._keep_trying("write", lambda: self._timed_write(rows, end))
        except PartialWriteError as error:
            keys = _keys(group)
            entries = []
            for number, (observation, reason) in enumerate(error.refused):
                key = keys[observation.device]
                refused[key] += 1
                entries.append(_refused_by_store(end, number, observation, reason))
            log.warning("the store refused readings; they are in quarantine", count=len(entries))
            await self._keep_trying("quarantine", lambda: self._quarantine.add(entries))
        return refused

    async def _timed_write(self, rows: list[Observation], end: int) -> None:
        started = time.perf_counter()
        await self._store.write(rows, end)
        self._on_write(time.perf_counter() - started)

    async def _decide(self, doubts: list[Doubt]) -> set[tuple[int, int]]:
        """Which of these are duplicates. What the store said is noted before anything is written."""
        open_doubts = [doubt for doubt in doubts if (doubt.position, doubt.index) not in self.decided]
        if open_doubts:
            identities = list({_identity(doubt.observation) for doubt in open_doubts})
            stored = await self._keep_trying("ask", lambda: self._store.existing(identities))
            known: dict[Identity, dict[str, Value]] = {key: dict(stored[key]) for key in stored}
            for doubt in open_doubts:
                values = known.setdefault(_identity(doubt.observation), {})
                same = doubt.observation.values.items() <= values.items()
                self.decided[doubt.position, doubt.index] = same
                values.update(doubt.observation.values)
            answers = [[d.position, d.index, self.decided[d.position, d.index]] for d in open_doubts]
            await self._notes.note({"decided": answers})
        return {(d.position, d.index) for d in doubts if self.decided.pop((d.position, d.index))}

    def _account(self, digest: Digest, duplicate: set[tuple[int, int]]) -> None:
        for key, count in digest.fresh.items():
            self._ledger.close(Outcome.STORED, key.domain, key.device, count)
        for key, count in digest.duplicates.items():
            self._ledger.close(Outcome.DUPLICATE, key.domain, key.device, count)
        for key, count in digest.refused.items():
            self._ledger.close(Outcome.QUARANTINED, key.domain, key.device, count)
        for doubt in digest.doubts:
            same = (doubt.position, doubt.index) in duplicate
            outcome = Outcome.DUPLICATE if same else Outcome.STORED
            self._ledger.close(outcome, doubt.key.domain, doubt.key.device, 1)

    def _recount(self, key: Key, count: int) -> None:
        accounts = [self._ledger.domains[key.domain]]
        if key.device is not None:
            accounts.append(self._ledger.devices[key.device])
        for account in accounts:
            account.stored -= count
            account.quarantined += count

    async def _save(self, barrier: Barrier) -> None:
        ledger = orjson.dumps(self._ledger.dump())
        state = snapshot.Snapshot(barrier.position, ledger, barrier.memory, barrier.engine)
        await self._keep_trying("save", lambda: asyncio.to_thread(snapshot.save, self._path, state))
        self.saved = barrier.position
        await self._notes.trim(barrier.position)

    async def _open(self) -> int:
        await self._store.open()
        position = await self._store.written()
        return -1 if position is None else position

    async def _keep_trying(self, what: str, attempt: Callable[[], Awaitable[Result]]) -> Result:
        """The result of ``attempt``, however long the store is away; waits ever longer, with jitter."""
        pause = _PATIENCE[0]
        while True:
            try:
                result = await attempt()
            except PartialWriteError:
                self.behind = None
                raise
            except (StoreError, OSError) as error:
                if self.behind is None:
                    log.warning(
                        "the store is away; readings wait in the journal", wanted=what, reason=str(error)
                    )
                self.behind = str(error)
                asked = error.retry_after if isinstance(error, StoreUnavailableError) else None
                await self._clock.sleep(asked or pause * random.uniform(0.5, 1.0))  # noqa: S311
                pause = min(pause * 2, _PATIENCE[1])
                continue
            if self.behind is not None:
                log.info("the store is back", store=self._store.name)
                self.behind = None
            return result


def _identity(observation: Observation) -> Identity:
    return Identity(observation.device, observation.type, observation.time)


def _keys(group: list[Digest]) -> dict[str, Key]:
    """The account of every device in a group."""
    keys = {key.device: key for digest in group for key in digest.fresh if key.device is not None}
    return keys | {doubt.observation.device: doubt.key for digest in group for doubt in digest.doubts}


def _refused_by_store(end: int, number: int, observation: Observation, reason: str) -> QuarantineEntry:
    payload = orjson.dumps({"ts": observation.time, "values": dict(observation.values)})
    return QuarantineEntry(
        end,
        _BY_STORE + number,
        observation.received,
        "",
        Code.WRONG_TYPE,
        payload,
        observation.device,
        "values",
        None,
        f"what the store takes: {reason}",
        observation.type,
    )
