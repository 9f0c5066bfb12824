"""Telemetry as one service: the journey's stages as tasks, recovery before them, an ordered end after."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson
import structlog

from rules.ruleset import RuleSet
from rules.snapshots import SnapshotError
from services.bus.protocol import DevicesChanged, Listening
from services.runtime.ports import (
    BusyError,
    QuarantinedItem,
)
from services.runtime.quality import DeviceQuality
from services.store.errors import StoreError
from services.store.timeseries.protocol import Selection
from services.telemetry import snapshot
from services.telemetry.announcer import Announcer
from services.telemetry.backlog import Backlog
from services.telemetry.framing import Batch, Note
from services.telemetry.intake import Intake
from services.telemetry.journal import Journal
from services.telemetry.journalthread import JournalThread
from services.telemetry.journey import Journey
from services.telemetry.ledger import Ledger
from services.telemetry.outlet import Outlet
from services.telemetry.parts import Parts
from services.telemetry.pipeline import Pipeline
from services.telemetry.presence import Presence
from services.telemetry.rates import RateLimiter
from services.telemetry.router import Router
from services.telemetry.series import Memory
from services.telemetry.source import Source
from services.telemetry.submissions import Submissions
from services.telemetry.verdicts import Verdicts
from services.telemetry.writer import Writer

if TYPE_CHECKING:
    from rules.engine import Reloaded

log = structlog.get_logger(__name__)

_TICK = 0.05
_PRESENCE_EVERY = 1_000
_SNAPSHOT_EVERY = 5_000
_CATCH_UP = 1_000
"""What waited in the broker comes within this (ms) of hearing again: until then no time passes for rules."""
_DRAIN_WITHIN = 10.0
_SEGMENT = 32 << 20
"""A journal is freed by whole segments, so a small one has small ones."""
_ALL_TIME = 1 << 50
_NOWHERE = (-1, -1)
_COST_OF_SAVING = 30
"""Saving the state may take one part in so many of the time."""


class TelemetryService:
    """Intake, journey and writer of one process; offers :class:`services.runtime.ports.TelemetryPort`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        segment = min(_SEGMENT, parts.journal // 4)
        waiting = Journal(parts.data / "backlog", parts.journal, segment)
        self._waiting = JournalThread(waiting)
        self._journal = JournalThread(
            Journal(parts.data / "journal", parts.journal, segment, beside=lambda: waiting.size)
        )
        self._presence = Presence(parts.bus, parts.data / "alive")
        self._lock = asyncio.Lock()
        self._barrier = _NOWHERE
        """Position and finished digests as of the newest snapshot that was begun."""
        self._presence_due = 0
        self._faults_told: dict[str, int] = {}
        self._snapshot_due = 0
        self._steps = parts.clock.steps
        self._in_hand = False
        self._settled = False
        self._tasks: list[asyncio.Task[None]] = []
        self.recovered = False

    async def start(self) -> None:
        """Restore the state, go through the journal again, then listen.

        Raises:
            JournalError: the journal can't be used.
        """
        parts = self._parts
        await asyncio.to_thread(parts.data.mkdir, parents=True, exist_ok=True)
        await self._journal.run(self._journal.journal.open)
        await self._waiting.run(self._waiting.journal.open)
        saved = await asyncio.to_thread(snapshot.load, parts.data / "state")
        self.accounts = Ledger(parts.clock.now())
        if saved is not None:
            self.accounts = Ledger.load(orjson.loads(saved.ledger))
        self._build()
        await self._restore(saved)
        for name, work in (
            ("writer", self.writer.run()),
            ("backlog", self.backlog.run()),
            ("announcer", self.announcer.run()),
        ):
            self._tasks.append(asyncio.create_task(work, name=name))
        await self._recover(0 if saved is None else saved.position)
        if saved is None:
            await self._prime()
        self._listen()

    async def stop(self) -> None:
        """Stop listening, finish what was taken in, save the state, close. Loses nothing if cut short."""
        if self.recovered:
            self.source.pause()
            await self._finish()
            await self.source.close()
            await self.outlet.close()
        for task in self._tasks:
            await _cancel(task)
        await self.writer.close()
        await self._waiting.close()
        await self._journal.close()

    async def failed(self) -> None:
        """Return (raise) when one of the tasks ends, which none does by itself."""
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    def trouble(self) -> list[str]:
        """Why this service isn't doing all of its work now; empty when it is."""
        troubles = [] if self.recovered else ["going through the journal"]
        if self.recovered and self.source.trouble:
            troubles.append(f"broker: {self.source.trouble}")
        if self.recovered and self.announcer.trouble is not None:
            troubles.append(f"records: {self.announcer.trouble}")
        if self.recovered and self.intake.blocked:
            troubles.append(f"journal: {self.intake.blocked}")
        return troubles

    @property
    def journal_bytes(self) -> int:
        """Size of the journal on disk, and of what waits beside it for the stores."""
        return self._journal.journal.size + self._waiting.journal.size

    @property
    def caught_up(self) -> bool:
        """Whether all that was heard, the last moment apart, is in the time-series store."""
        return self.recovered and self.writer.behind is None and not self.backlog.spilled

    def ledger(self, device: str | None = None) -> Mapping[str, Any]:
        """The contract's ledger."""
        report = self.accounts.report(device)
        if device is None:
            report["broker"] = dict(self.outlet.broker) | {"connected": self.source.listening}
        return report

    def quality(self, device: str) -> DeviceQuality | None:
        """How good the data of a device is, of all its types together."""
        known = self._parts.devices.get(device)
        if known is None or not self.recovered:
            return None
        return self.memory.quality(known, self._parts.clock.now(), self.accounts.since)

    async def submit(self, device: str, body: bytes, *, key: str | None = None) -> Mapping[str, Any]:
        """Take a payload as if ``device`` had published it; the answer is its verdict."""
        self._must_listen()
        return await self.submissions.submit(device, body, key)

    async def replay(self, entry: QuarantinedItem) -> Mapping[str, Any]:
        """Take a refused item again; the answer is its verdict."""
        self._must_listen()
        return await self.submissions.replay(entry)

    async def reload(self, ruleset: RuleSet) -> Reloaded:
        """Put another set of rules into force, between two records of the journal.

        What ends by it is told at once, and the state is saved as soon as it may be: a restart goes on from
        the new set. Whatever the engine raises, the set before stays.
        """
        self._must_listen()
        engine = self._parts.engine
        async with self._lock:
            # Time goes on only where a tick would let it.
            now = self.intake.horizon(self._parts.clock.now()) if self._may_advance() else engine.now
            now = max(now, engine.now)
            reloaded = engine.reload(ruleset)
            await self.announcer.put(engine.advance(now))
            self._barrier = _NOWHERE
            self._snapshot_due = 0
        return reloaded

    def _must_listen(self) -> None:
        if not self.recovered:
            raise BusyError("Nakhon is still going through its journal", retry_after=5)

    async def _restore(self, saved: snapshot.Snapshot | None) -> None:
        """Take up the saved state, in everything that was built; without one, what still waits on disk."""
        if saved is None:
            self.accounts.open(await self.backlog.salvage(self._journal.journal.first))
            return
        self.pipeline.position = self.writer.saved = saved.position
        self.journey.restore(saved.memory)
        progress = orjson.loads(saved.writer)
        self.writer.doubts.learn(progress.get("decided", ()))
        left = await self.backlog.resume(sequence=progress.get("sequence", 0), done=progress.get("done", 0))
        if left is not None:
            self.accounts.write_off()
            self.accounts.open(left)
        self._barrier = saved.position, self.backlog.done
        try:
            self._parts.engine.restore(saved.engine)
        except SnapshotError as error:
            log.warning("the rules' state can't be taken over; they begin anew", reason=str(error))

    def _build(self) -> None:
        parts = self._parts
        self.outlet = Outlet(
            parts.broker,
            client_id=f"{parts.client_id}-out",
            city=parts.city.id,
            bus=parts.bus,
            statuses=parts.statuses,
            services=parts.services,
            now=parts.clock.now,
        )
        self.memory = Memory(parts.catalog)
        self.router = Router(parts.city, parts.devices, parts.catalog, self.memory)
        self.verdicts = Verdicts(self.outlet.verdict)
        self.journey = Journey(
            self.router, self.memory, parts.engine, self.verdicts, parts.bounds, self._presence.said
        )
        self.announcer = Announcer(parts.alerts, parts.clock)
        self.backlog = Backlog(self._waiting, parts.clock, limit=parts.waiting)
        self.writer = Writer(
            parts.store,
            parts.quarantine,
            self._journal,
            self.accounts,
            parts.clock,
            parts.data / "state",
            self.backlog,
            parts.on_write,
        )
        self.pipeline = Pipeline(self.journey, parts.engine, self.announcer, self.writer, parts.on_batch)
        self.limiter = RateLimiter(parts.rates, self.router.route)
        self.intake = Intake(self._journal, parts.clock, limit=parts.bounds.payload, limiter=self.limiter)
        self.submissions = Submissions(
            self.intake,
            self.journey.requests,
            parts.clock,
            self.router.of_device,
            most=parts.bounds.readings,
        )
        self.source = Source(parts.broker, client_id=parts.client_id, intake=self.intake, clock=parts.clock)
        self.intake.acknowledge = self.source.acknowledge
        self.source.hearing = lambda deaf_since: parts.bus.publish(Listening(deaf_since))

    async def _recover(self, position: int) -> None:
        """Read the journal from the saved position as if it came in now; then all is as before the end."""
        journal = self._journal.journal
        written = await self._written()
        if journal.next < max(position, written or 0):
            # The journal was removed, the stores were not: go on counting where they stand.
            log.warning("the journal ends before the stores do; going on after them", journal=journal.next)
            journal.next = self.pipeline.position = max(position, written or 0)
        first = journal.first
        if first > position:
            self.pipeline.position = position = first
        await self._go_through(position)
        if journal.cut:
            log.warning("the journal ended in an unfinished record; it was cut off", bytes=journal.cut)
        if lost := journal.damage:
            log.error(
                "the journal was damaged; what these bytes held is lost", damage=[tuple(d) for d in lost]
            )
        if journal.last_received:
            self.source.was_deaf_since(max(journal.last_received, await self._presence.marked()))
        self.recovered = True

    async def _go_through(self, position: int) -> None:
        journal = self._journal.journal
        for note in await self._journal.run(journal.notes, position):
            self.writer.doubts.learn(note.data.get("decided", ()))
        records = journal.read(position)
        while chunk := await self._journal.run(lambda: list(islice(records, 20))):
            for record in chunk:
                assert isinstance(record, Batch | Note)
                await self.pipeline.handle(record, ())

    async def _written(self) -> int | None:
        try:
            return await self._parts.store.written()
        except StoreError:
            return None

    async def _prime(self) -> None:
        """Without a state of our own, what the store holds tells which readings came before."""
        try:
            self.memory.prime(await self._parts.store.latest(Selection(0, _ALL_TIME)))
        except StoreError as error:
            log.info("the store can't say what it holds", reason=str(error))

    def _listen(self) -> None:
        for name, work in (
            ("intake", self.intake.run()),
            ("consume", self._consume()),
            ("tick", self._tick()),
            ("registry", self._follow_registry()),
            ("outlet", self.outlet.run()),
            ("source", self.source.run()),
        ):
            self._tasks.append(asyncio.create_task(work, name=name))

    async def _consume(self) -> None:
        while True:
            record, origins = await self.intake.out.get()
            self._in_hand = True
            async with self._lock:
                await self.pipeline.handle(record, origins)
            self._in_hand = False
            self.intake.out.task_done()

    async def _tick(self) -> None:
        clock = self._parts.clock
        while True:
            await clock.sleep(_TICK * clock.speed)
            async with self._lock:
                await self._at(clock.now())

    async def _at(self, now: int) -> None:
        """What is due now, apart from readings."""
        if self._parts.clock.steps != self._steps:
            # The clock was set: nothing is due at a moment of the old time.
            self._steps = self._parts.clock.steps
            self._presence_due = self._snapshot_due = now
        self.intake.mind_the_clock()
        self.verdicts.flush(now)
        if self._may_advance():
            await self.announcer.put(self._parts.engine.advance(self.intake.horizon(now)))
        if now >= self._presence_due:
            self._presence_due = now + _PRESENCE_EVERY
            self._tell_faults()
            self._presence.publish(self.journey)
            self._presence.publish_late(self.journey, self.backlog.sequence, self.backlog.done)
            if self.source.listening:
                await self._presence.mark()
        if not self._settled and self.announcer.idle:
            await self._settle()
        if now >= self._snapshot_due and self._may_save():
            started = time.perf_counter()
            await self._save()
            took = int((time.perf_counter() - started) * 1000)
            self._snapshot_due = now + max(_SNAPSHOT_EVERY, _COST_OF_SAVING * took)

    async def _settle(self) -> None:
        """Once after a start: what the rules lost, with their state or by new files, does not stay open."""
        try:
            ended = await self._parts.alerts.settle(self._parts.engine.alive())
        except StoreError:
            return  # the next tick tries again
        self._settled = True
        if ended:
            log.warning("alerts that the rules no longer follow are over", count=ended)

    def _tell_faults(self) -> None:
        """Rules that failed since the last time."""
        faults = {fault.rule: fault for fault in self._parts.engine.faults}
        for rule, fault in faults.items():
            if fault.times > self._faults_told.get(rule, 0):
                log.error("a rule failed", what=str(fault))
        self._faults_told = {rule: fault.times for rule, fault in faults.items()}

    def _may_advance(self) -> bool:
        """While nothing can be heard nothing is judged; and timers never overtake a waiting reading."""
        caught_up = self._parts.clock.now() >= self.journey.deaf_until + _CATCH_UP
        return caught_up and self.source.listening and not self._in_hand and self.intake.quiet

    def _may_save(self) -> bool:
        """Whether something is new, and all that the state stands on is kept elsewhere."""
        return (
            (self.pipeline.position, self.backlog.done) != self._barrier
            and not self.writer.saving
            and self.announcer.idle
            and not self.journey.requests.busy
        )

    async def _save(self) -> None:
        self._barrier = self.pipeline.position, self.backlog.done
        await self.writer.save(self.journey.barrier(self.pipeline.position))

    async def _finish(self) -> None:
        """Bring everything that was taken in to its end, and save the state as of then."""
        try:
            async with asyncio.timeout(_DRAIN_WITHIN):
                await self.intake.settled()
                await self.announcer.settled()
                async with self._lock:
                    if self.writer.behind:
                        # What can't be stored now waits on disk, where the next start finds it.
                        self.backlog.spill()
                    await self._save()
                await self.writer.settled()
        except TimeoutError:
            log.warning("not all could be finished in time; the rest is taken up again at the next start")

    async def _follow_registry(self) -> None:
        async with self._parts.bus.subscribe(DevicesChanged) as changes:
            async for _ in changes:
                self.router.forget()
                self.limiter.forget()
                self._parts.engine.set_devices(self._parts.devices.all())


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
