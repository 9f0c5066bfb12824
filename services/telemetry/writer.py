"""The end of the journey: digests into the stores, in order, then onto the ledger.

While a store is away the writer waits and tries again; what comes in meanwhile waits in the backlog. Every
digest is on the ledger only once all of it is kept.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import orjson
import structlog

from devices.model import Observation, Values
from devices.refusal import Code
from rules.indices import derived_metrics
from services.runtime.clock import Clock
from services.store.errors import StoreError, StoreUnavailableError
from services.store.records.quarantine_entry import BY_STORE, QuarantineEntry
from services.store.timeseries.protocol import Identity, PartialWriteError, TimeSeriesStore
from services.telemetry import snapshot
from services.telemetry.backlog import Backlog
from services.telemetry.digest import Barrier, Digest
from services.telemetry.doubts import Doubts, Notes, Place
from services.telemetry.ledger import Key, Ledger, Outcome

log = structlog.get_logger(__name__)

Result = TypeVar("Result")
_GROUP = 5_000
_GATHER = 0.02
"""At least so long (s) lies between the beginnings of two writes."""
_PATIENCE = (0.5, 30.0)


class Quarantine(Protocol):
    """Where refused items are kept. Adding or marking one again changes nothing."""

    async def add(self, entries: Sequence[QuarantineEntry]) -> None: ...

    async def mark_replayed(self, ids: Sequence[str], at: int) -> None: ...


class Writer:
    """Takes digests and barriers in order, and keeps them."""

    def __init__(
        self,
        store: TimeSeriesStore,
        quarantine: Quarantine,
        notes: Notes,
        ledger: Ledger,
        clock: Clock,
        snapshot_path: Path,
        backlog: Backlog,
        on_write: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        self._store = store
        self._quarantine = quarantine
        self._notes = notes
        self._ledger = ledger
        self._clock = clock
        self._path = snapshot_path
        self._on_write = on_write
        self._written = -1
        self.backlog = backlog
        self.doubts = Doubts(self._existing, notes)
        self.behind: str | None = None
        """What the store says while it is away."""
        self.saved = -1
        """Position of the newest snapshot."""
        self.saving = False
        """Whether a snapshot is under way."""
        self._aside: asyncio.Task[None] | None = None
        backlog.on_drop = self._dropped
        backlog.on_loss = ledger.write_off

    async def put(self, digest: Digest) -> None:
        """Hand over the next digest; from now on it is on the ledger."""
        await self.backlog.room()
        self._ledger.open(digest.counts)
        self.backlog.put(digest)

    async def save(self, barrier: Barrier) -> None:
        """Save the state as of now, once a restart would find everything before it.

        What is waiting on disk is found there; what waits in memory has to be in the stores first.
        """
        self.saving = True
        if self.backlog.spilled:
            state, sequence = self._state(barrier), self.backlog.sequence
            self._aside = asyncio.create_task(self._save_aside(state, sequence, self.backlog.done))
        else:
            await self.backlog.room()
            self.backlog.put(barrier)

    async def run(self) -> None:
        """Write until cancelled."""
        self._written = await self._keep_trying("open", self._open)
        while True:
            item = await self.backlog.group(_GROUP, self._alike)
            begun = time.monotonic()
            if isinstance(item, Barrier):
                await self._save(self._state(item), self.backlog.done)
            else:
                await self._keep(item)
            self.backlog.finish(item)
            # However much waits to be written, what comes in has its turn. A write costs the same for one
            # reading as for hundreds, so that some time has to pass between two of them.
            spare = max(0.0, _GATHER - (time.monotonic() - begun))
            await self._clock.sleep(spare * self._clock.speed if isinstance(item, list) else 0)

    async def close(self) -> None:
        """Let go of what runs beside."""
        if self._aside is not None:
            self._aside.cancel()
            await asyncio.gather(self._aside, return_exceptions=True)

    async def settled(self) -> None:
        """Return once all that waits is in the stores, or on disk with the state that knows of it."""
        if self._aside is not None:
            await asyncio.wait([self._aside])
        if not self.backlog.spilled:
            await self.backlog.settled()

    def _alike(self, one: Digest, other: Digest) -> bool:
        """What a former run wrote is never written together with what it did not."""
        return (one.end <= self._written) == (other.end <= self._written)

    async def _keep(self, group: list[Digest]) -> None:
        quarantined = [entry for digest in group for entry in digest.quarantined]
        if quarantined:
            await self._keep_trying("quarantine", lambda: self._quarantine.add(quarantined))
        rows = [observation for digest in group for observation in digest.observations]
        doubts = [doubt for digest in group for doubt in digest.doubts]
        duplicate = await self.doubts.duplicates(doubts, rows) if doubts else set()
        rows += [doubt.row for doubt in doubts if (doubt.position, doubt.index) not in duplicate]
        refused: Counter[Key] = Counter()
        if rows:
            # What a former run wrote the store passes over; but it names again what it refused of it.
            refused = await self._write(rows, group[-1].end, group)
        await self._release(group)
        for digest in group:
            self._account(digest, duplicate)
        for key, count in refused.items():
            # What the store itself refused was counted as stored just now.
            self._ledger.recount(key, count)
        self.doubts.forget(doubts)

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

    async def _existing(self, identities: Sequence[Identity]) -> Mapping[Identity, Values]:
        return await self._keep_trying("ask", lambda: self._store.existing(identities))

    async def _release(self, group: list[Digest]) -> None:
        ids = [released.id for digest in group for released in digest.released]
        if ids:
            now = self._clock.now()
            await self._keep_trying("quarantine", lambda: self._quarantine.mark_replayed(ids, now))

    def _account(self, digest: Digest, duplicate: set[Place]) -> None:
        ledger = self._ledger
        ledger.close(Outcome.STORED, digest.fresh)
        ledger.close(Outcome.DUPLICATE, digest.duplicates)
        ledger.close(Outcome.QUARANTINED, digest.refused)
        for doubt in digest.doubts:
            same = (doubt.position, doubt.index) in duplicate
            ledger.close(Outcome.DUPLICATE if same else Outcome.STORED, {doubt.key: 1})
        for released in digest.released:
            ledger.release(released.key)

    def _state(self, barrier: Barrier) -> snapshot.Snapshot:
        """All there is to know at this moment; nothing in here may wait."""
        progress = {
            "sequence": self.backlog.sequence if self.backlog.spilled else self.backlog.done,
            "done": self.backlog.done,
            "decided": self.doubts.dump(),
        }
        ledger = self._ledger.dump(pending=self.backlog.spilled)
        return snapshot.Snapshot(
            barrier.position, orjson.dumps(ledger), barrier.memory, barrier.engine, orjson.dumps(progress)
        )

    async def _save_aside(self, state: snapshot.Snapshot, sequence: int, done: int) -> None:
        await self.backlog.kept(sequence)
        await self._save(state, done)

    async def _save(self, state: snapshot.Snapshot, done: int) -> None:
        await self._keep_trying("save", lambda: asyncio.to_thread(snapshot.save, self._path, state))
        self.saved = state.position
        self.saving = False
        await self._notes.trim(state.position)
        await self.backlog.forget(done)

    def _dropped(self) -> None:
        self.saving = False

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
                    log.warning("the store is away; readings wait for it", wanted=what, reason=str(error))
                self.behind = str(error)
                asked = error.retry_after if isinstance(error, StoreUnavailableError) else None
                await self._clock.sleep(asked or pause * random.uniform(0.5, 1.0))  # noqa: S311
                pause = min(pause * 2, _PATIENCE[1])
                continue
            if self.behind is not None:
                log.info("the store is back", store=self._store.name)
                self.behind = None
            return result


def _keys(group: list[Digest]) -> dict[str, Key]:
    """The account of every device in a group."""
    keys = {key.device: key for digest in group for key in digest.fresh if key.device is not None}
    return keys | {doubt.observation.device: doubt.key for digest in group for doubt in digest.doubts}


def _refused_by_store(end: int, number: int, observation: Observation, reason: str) -> QuarantineEntry:
    derived = derived_metrics(observation.type)
    measured = {name: value for name, value in observation.values.items() if name not in derived}
    payload = orjson.dumps({"ts": observation.time, "type": observation.type, "values": measured})
    return QuarantineEntry(
        end,
        BY_STORE + number,
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
