"""Telemetry as one service: the journey's stages as tasks, recovery before them, an ordered end after."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import structlog

from devices import topics
from devices.broker import BrokerAddress
from devices.model import City
from devices.types import ObservationType
from rules.engine import Engine
from rules.model import Transition
from rules.snapshots import SnapshotError
from services.bus.protocol import Bus, DevicesChanged, Listening, Online, Seen
from services.runtime.clock import Clock
from services.runtime.ports import AlertsPort, DeviceDirectory, NotFoundError
from services.store.errors import StoreError
from services.store.timeseries.protocol import Selection, TimeSeriesStore
from services.telemetry import snapshot
from services.telemetry.digest import Digest
from services.telemetry.intake import Intake, JournalThread, Origin
from services.telemetry.interpret import Bounds, Interpreted
from services.telemetry.journal import Batch, Journal, Note
from services.telemetry.journey import Journey
from services.telemetry.ledger import Ledger
from services.telemetry.outlet import Outlet
from services.telemetry.router import Router
from services.telemetry.series import Memory
from services.telemetry.source import Source
from services.telemetry.verdicts import Verdicts, verdict
from services.telemetry.writer import Quarantine, Writer

log = structlog.get_logger(__name__)

_TICK = 0.05
_PRESENCE_EVERY = 1_000
_SNAPSHOT_EVERY = 5_000
_DRAIN_WITHIN = 10.0
_SEGMENT = 32 << 20
"""A journal is freed by whole segments, so a small one has small ones."""
_ALL_TIME = 1 << 50


@dataclass(frozen=True, slots=True)
class Parts:
    """What telemetry stands on. ``data`` is its folder; ``journal`` its bound in bytes.

    ``statuses`` gives the domains as they are now; ``on_write`` and ``on_batch`` hear how long (s) each write
    and each journaled batch took.
    """

    city: City
    catalog: Mapping[str, ObservationType]
    devices: DeviceDirectory
    engine: Engine
    store: TimeSeriesStore
    quarantine: Quarantine
    alerts: AlertsPort
    bus: Bus
    clock: Clock
    broker: BrokerAddress
    client_id: str
    data: Path
    journal: int
    bounds: Bounds
    statuses: Callable[[], Sequence[Mapping[str, Any]]] = tuple
    on_write: Callable[[float], None] = lambda _seconds: None
    on_batch: Callable[[float], None] = lambda _seconds: None


class TelemetryService:
    """Intake, journey and writer of one process; offers :class:`services.runtime.ports.TelemetryPort`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        segment = min(_SEGMENT, parts.journal // 4)
        self._journal = JournalThread(Journal(parts.data / "journal", parts.journal, segment))
        self._alive = parts.data / "alive"
        self._lock = asyncio.Lock()
        self._position = 0
        self._barrier = -1
        self._presence_due = 0
        self._snapshot_due = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._unrecorded: str | None = None
        self.recovered = False

    async def start(self) -> None:
        """Restore the state, go through the journal again, then listen.

        Raises:
            JournalError: the journal can't be used.
        """
        parts = self._parts
        await asyncio.to_thread(parts.data.mkdir, parents=True, exist_ok=True)
        await self._journal.run(self._journal.journal.open)
        saved = await asyncio.to_thread(snapshot.load, parts.data / "state")
        self.memory = Memory()
        self.accounts = Ledger(parts.clock.now())
        if saved is not None:
            self._restore(saved)
        self._build()
        self.writer.saved = self._barrier
        self._tasks.append(asyncio.create_task(self.writer.run(), name="writer"))
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
        if self._unrecorded is not None:
            troubles.append(f"records: {self._unrecorded}")
        if self.recovered and self.intake.blocked:
            troubles.append(f"journal: {self.intake.blocked}")
        return troubles

    @property
    def journal_bytes(self) -> int:
        """Size of the journal on disk."""
        return self._journal.journal.size

    def ledger(self, device: str | None = None) -> Mapping[str, Any]:
        """The contract's ledger."""
        report = self.accounts.report(device)
        if device is None:
            report["broker"] = dict(self.outlet.broker) | {"connected": self.source.listening}
        return report

    async def submit(self, device: str, body: bytes) -> Mapping[str, Any]:
        """Take a payload as if ``device`` had published it; the answer is its verdict."""
        known = self._parts.devices.get(device)
        if known is None:
            raise NotFoundError(f"no device {device!r} is registered")
        topic = topics.device_topic(self._parts.city.id, known, topics.Channel.TELEMETRY)
        answer: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self.intake.offer(topic.encode(), body, origin=Origin(0, 0, answer))
        return await answer

    def _restore(self, saved: snapshot.Snapshot) -> None:
        self.accounts = Ledger.load(orjson.loads(saved.ledger))
        self.memory.load(orjson.loads(saved.memory))
        try:
            self._parts.engine.restore(saved.engine)
        except SnapshotError as error:
            log.warning("the rules' state can't be taken over; they begin anew", reason=str(error))
        self._position = self._barrier = saved.position

    def _build(self) -> None:
        parts = self._parts
        self.outlet = Outlet(
            parts.broker,
            client_id=f"{parts.client_id}-out",
            city=parts.city.id,
            bus=parts.bus,
            statuses=parts.statuses,
        )
        self.router = Router(parts.city, parts.devices, parts.catalog, self.memory)
        self.verdicts = Verdicts(self.outlet.verdict)
        self.journey = Journey(
            self.router, self.memory, parts.engine, self.verdicts, parts.bounds, self._said
        )
        self.writer = Writer(
            parts.store,
            parts.quarantine,
            self._journal,
            self.accounts,
            parts.clock,
            parts.data / "state",
            parts.on_write,
        )
        self.intake = Intake(
            self._journal,
            parts.clock,
            limit=parts.bounds.payload,
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
            journal.next = self._position = max(position, written or 0)
        first = journal.first
        if first > position:
            self._position = position = first
        for note in await self._journal.run(journal.notes, position):
            self.writer.decided.update({(p, i): same for p, i, same in note.data.get("decided", ())})
        records = journal.read(position)
        while chunk := await self._journal.run(lambda: list(islice(records, 20))):
            for record in chunk:
                await self._handle(record, ())
        if journal.last_received:
            self.source.was_deaf_since(max(journal.last_received, await asyncio.to_thread(self._last_alive)))
        self.recovered = True

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
            async with self._lock:
                await self._handle(record, origins)
            self.intake.out.task_done()

    async def _handle(self, record: Batch | Note, origins: Sequence[Origin]) -> None:
        self._position = record.end
        if isinstance(record, Note):
            if deaf := record.data.get("deaf"):
                self._parts.engine.deaf(*deaf)
            return
        started = time.perf_counter()
        digest, transitions, answers = self.journey.take(record)
        self._open_accounts(digest)
        self._parts.on_batch(time.perf_counter() - started)
        await self._announce(transitions)
        await self.writer.put(digest)
        self._reply(record, origins, answers)

    def _open_accounts(self, digest: Digest) -> None:
        for counts in (digest.fresh, digest.duplicates, digest.refused):
            for key, count in counts.items():
                self.accounts.open(key.domain, key.device, count)
        for doubt in digest.doubts:
            self.accounts.open(doubt.key.domain, doubt.key.device, 1)

    async def _announce(self, transitions: Sequence[Transition]) -> None:
        while transitions:
            try:
                await self._parts.alerts.apply(transitions)
            except StoreError as error:
                if self._unrecorded is None:
                    log.warning("alerts can't be recorded; trying again", reason=str(error))
                self._unrecorded = str(error)
                await self._parts.clock.sleep(1.0)
                continue
            if self._unrecorded is not None:
                log.info("alerts are recorded again")
                self._unrecorded = None
            return

    @staticmethod
    def _reply(batch: Batch, origins: Sequence[Origin], answers: Sequence[Interpreted | None]) -> None:
        for message, origin, answer in zip(batch.messages, origins, answers, strict=False):
            if origin.caller is not None and not origin.caller.done() and answer is not None:
                origin.caller.set_result(verdict(message.received, answer))

    async def _tick(self) -> None:
        clock = self._parts.clock
        while True:
            await clock.sleep(_TICK * clock.speed)
            async with self._lock:
                await self._at(clock.now())

    async def _at(self, now: int) -> None:
        """What is due now, apart from readings."""
        self.verdicts.flush(now)
        if self.source.listening and self.intake.out.empty():
            # While nothing can be heard nothing is judged; and timers never overtake a waiting reading.
            await self._announce(self._parts.engine.advance(self.intake.horizon(now)))
        if now >= self._presence_due:
            self._presence_due = now + _PRESENCE_EVERY
            self._publish_presence()
            if self.source.listening:
                await asyncio.to_thread(self._still_alive)
        if now >= self._snapshot_due and self.writer.saved >= self._barrier != self._position:
            self._snapshot_due = now + _SNAPSHOT_EVERY
            await self._save()

    def _publish_presence(self) -> None:
        if self.journey.latest:
            self._parts.bus.publish(Seen(self.journey.latest))
            self.journey.latest = {}

    async def _save(self) -> None:
        self._barrier = self._position
        await self.writer.put(self.journey.barrier(self._position))

    async def _finish(self) -> None:
        """Bring everything that was taken in to its end, and save the state as of then."""
        try:
            async with asyncio.timeout(_DRAIN_WITHIN):
                await self.intake.settled()
                async with self._lock:
                    await self._save()
                await self.writer.settled()
        except TimeoutError:
            log.warning("not all could be finished in time; the rest is taken up again at the next start")

    def _still_alive(self) -> None:
        """Leave a mark of when something could be heard last; without it more counts as not heard."""
        with suppress(OSError):
            self._alive.touch()

    def _last_alive(self) -> int:
        return int(self._alive.stat().st_mtime * 1000) if self._alive.exists() else 0

    def _said(self, device: str, payload: bytes, received: int) -> bool:
        try:
            data = orjson.loads(payload)
        except orjson.JSONDecodeError:
            return False
        if not isinstance(data, dict) or not isinstance(data.get("online"), bool):
            return False
        self._parts.bus.publish(Online(device, data["online"], received))
        return True

    async def _follow_registry(self) -> None:
        async with self._parts.bus.subscribe(DevicesChanged) as changes:
            async for _ in changes:
                self.router.forget()
                self._parts.engine.set_devices(self._parts.devices.all())


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
