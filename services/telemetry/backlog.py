"""What waits between the journey and the stores: in memory while it is little, on disk when it is much.

Digests are numbered in the order in which they are put. Once ``limit`` readings wait, all that waits is
written to files of its own, and so is what follows, until the stores have caught up: rules never wait for a
store, and memory stays bounded. While it is so, the state of the journey can be saved although much is not
stored yet, since a restart finds it here.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from itertools import islice

import structlog

from services.runtime.clock import Clock
from services.telemetry import digest as digests
from services.telemetry.digest import Barrier, Digest
from services.telemetry.framing import Entry, Record
from services.telemetry.journal import JournalError
from services.telemetry.journalthread import JournalThread
from services.telemetry.ledger import Key

log = structlog.get_logger(__name__)

_READ = 20_000
"""Readings that are read from disk at once."""
_CHUNK = 64
_AGAIN = 0.5


class Backlog:
    """Digests in order, and barriers among them. One task puts, one takes, :meth:`run` moves them to disk."""

    def __init__(self, files: JournalThread, clock: Clock, *, limit: int) -> None:
        self._files = files
        self._clock = clock
        self._limit = limit
        self._ready: deque[Digest | Barrier] = deque()
        self._readings = 0
        self._outgoing: deque[Digest] = deque()
        self._leaving = 0
        self._kept = 0
        self._read = 0
        self._records: Iterator[Record] = iter(())
        self._arrived = asyncio.Event()
        self._to_disk = asyncio.Event()
        self._on_disk = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._empty = asyncio.Event()
        self._empty.set()
        self.sequence = 0
        """How many digests were ever put."""
        self.done = 0
        """How many of them were ever taken to their end."""
        self.spilled = False
        """Whether what is put goes to disk."""
        self.on_drop: Callable[[], None] = lambda: None
        """Called when a barrier will not come to its turn."""
        self._lost = 0
        self.on_loss: Callable[[], None] = lambda: None
        """Called when all has come to its end but for what the disk has lost."""

    async def resume(self, *, sequence: int, done: int) -> Mapping[Key, int] | None:
        """Go on where a former run stood, before anything is put; what it put later comes again.

        When the disk has lost some of it, the answer is what there is, by account.
        """
        await self._files.run(self._files.journal.cut_from, sequence)
        left = await self._files.run(self._left, done) if done < sequence else None
        self.sequence = self._kept = sequence
        self.done = self._read = done
        self.spilled = done < sequence
        if self.spilled:
            self._arrived.set()
            self._empty.clear()
        return left

    async def salvage(self, before: int) -> Mapping[Key, int]:
        """The state of a former run is gone: take up all that waits on disk, and answer what it is.

        What ends after ``before``, a position of the journal, comes again from there.
        """
        sequence, left = await self._files.run(self._salvaged, before)
        await self.resume(sequence=sequence, done=min(sequence, self._files.journal.first))
        return left

    def _salvaged(self, before: int) -> tuple[int, Mapping[Key, int]]:
        """The number after the last digest that is to be taken up. On the files' thread."""
        journal = self._files.journal
        sequence = journal.first
        left: Counter[Key] = Counter()
        for record in journal.read(sequence):
            if isinstance(record, Entry):
                digest = digests.decode(record.body)
                if digest.end > before:
                    break
                sequence = record.end
                left.update(digest.counts)
        return sequence, left

    def _left(self, done: int) -> Mapping[Key, int] | None:
        """What waits on disk, if that is not all that should. On the files' thread."""
        journal = self._files.journal
        start = max(done, journal.first)
        if sum(1 for record in journal.read(start)) == journal.next - done:
            return None
        left: Counter[Key] = Counter()
        for record in journal.read(start):
            if isinstance(record, Entry):
                left.update(digests.decode(record.body).counts)
        log.error("the disk has lost some of what waited for the store", left=left.total())
        return left

    async def room(self) -> None:
        """Return when there is room for more: always, but while the disk refuses what memory can't hold."""
        await self._room.wait()

    def put(self, item: Digest | Barrier) -> None:
        """Hand over the next one."""
        self._empty.clear()
        self._arrived.set()
        if isinstance(item, Barrier):
            self._ready.append(item)
            return
        self.sequence += 1
        if self.spilled:
            self._leave(item)
            return
        self._ready.append(item)
        self._readings += item.weight
        if self._readings >= self._limit:
            self.spill()

    async def group(self, most: int, together: Callable[[Digest, Digest], bool]) -> Barrier | list[Digest]:
        """What comes next: a barrier, or digests of about ``most`` readings that belong together.

        They stay until :meth:`finish`. Waits while there is nothing.
        """
        while not self._ready:
            await self._arrived.wait()
            if not self._ready and not await self._fill():
                self._arrived.clear()
                self._empty.set()
        head = self._ready[0]
        if isinstance(head, Barrier):
            return head
        found: list[Digest] = []
        size = 0
        for item in self._ready:
            if isinstance(item, Barrier) or size >= most or (found and not together(found[0], item)):
                break
            found.append(item)
            size += item.weight
        return found

    def finish(self, item: Barrier | list[Digest]) -> None:
        """What :meth:`group` gave has come to its end."""
        if isinstance(item, Barrier):
            if self._ready and self._ready[0] is item:
                self._ready.popleft()
        else:
            for digest in item:
                self._ready.popleft()
                self._readings -= digest.weight
            self.done += len(item)
        if not self._ready and not self.spilled:
            self._arrived.clear()
            self._empty.set()

    async def settled(self) -> None:
        """Return once nothing waits."""
        await self._empty.wait()

    async def kept(self, sequence: int) -> None:
        """Return once every digest before ``sequence`` is on disk, or at its end."""
        while max(self._kept, self.done) < sequence:
            self._on_disk.clear()
            await self._on_disk.wait()

    async def forget(self, done: int) -> None:
        """No restart will ask for digests before ``done`` any more."""
        if self.spilled:
            await self._files.trim(done)
        elif self._files.journal.size:
            await self._files.run(self._clear)

    async def run(self) -> None:
        """Move what has to leave memory to disk, until cancelled."""
        while True:
            await self._to_disk.wait()
            self._to_disk.clear()
            while self._outgoing:
                leaving = list(islice(self._outgoing, _CHUNK))
                await self._insist(leaving)
                for digest in leaving:
                    self._outgoing.popleft()
                    self._leaving -= digest.weight
                self._kept = self._files.journal.next
                self._on_disk.set()
                if self._leaving < self._limit:
                    self._room.set()

    def spill(self) -> None:
        """From now on everything waits on disk, what waits in memory too."""
        if self.spilled:
            return
        log.warning("the time-series store is behind; readings wait on disk", readings=self._readings)
        self.spilled = True
        digests_only = [item for item in self._ready if isinstance(item, Digest)]
        if len(digests_only) != len(self._ready):
            self._ready = deque(digests_only)
            self.on_drop()
        first = self.sequence - len(digests_only)
        self._kept = max(self._kept, first)
        self._read = self.sequence
        for digest in islice(digests_only, self._kept - first, None):
            self._leave(digest)

    def _leave(self, digest: Digest) -> None:
        self._outgoing.append(digest)
        self._leaving += digest.weight
        self._to_disk.set()
        if self._leaving >= 2 * self._limit:
            self._room.clear()

    async def _insist(self, leaving: list[Digest]) -> None:
        told = False
        while True:
            try:
                await self._files.run(self._append, leaving)
            except JournalError as error:
                if not told:
                    log.warning("what waits for the store can't be put on disk", reason=str(error))
                    told = True
                await self._clock.sleep(_AGAIN)
                continue
            return

    def _append(self, leaving: list[Digest]) -> None:
        """On the files' thread."""
        journal = self._files.journal
        journal.next = max(journal.next, self._kept)
        journal.put([digests.encode(digest) for digest in leaving])

    async def _fill(self) -> bool:
        """Read on from disk. False: all there is has been read."""
        if not self.spilled:
            return False
        if self._read >= self.sequence:
            log.info("the time-series store has caught up")
            self.spilled = False
            if self._lost:
                log.error("the disk has lost some of what waited for the store", batches=self._lost)
                self._lost, self.done = 0, self.sequence
                self.on_loss()
            return False
        await self.kept(self._read + 1)
        found, following = await self._files.run(self._next)
        self._ready.extend(found)
        self._readings += sum(digest.weight for digest in found)
        self._lost += following - self._read - len(found)
        self._read = following
        return True

    def _next(self) -> tuple[list[Digest], int]:
        """The next digests on disk, and the number after them. On the files' thread."""
        found, following = self._collect()
        if not found:
            self._records = self._files.journal.read(max(self._read, self._files.journal.first))
            found, following = self._collect()
        return found, following if found else self._kept

    def _collect(self) -> tuple[list[Digest], int]:
        found: list[Digest] = []
        size, following = 0, self._read
        for record in self._records:
            if record.first < following or not isinstance(record, Entry):
                continue
            found.append(digests.decode(record.body))
            size, following = size + found[-1].weight, record.end
            if size >= _READ:
                break
        return found, following

    def _clear(self) -> None:
        """On the files' thread."""
        journal = self._files.journal
        following = journal.next
        journal.cut_from(0)
        journal.next = following
