"""One journaled record after another: through the journey, to alerts and writer, back to whoever waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from rules.engine import Engine
from services.runtime.ports import ConflictError, QuarantinedItem
from services.telemetry.announcer import Announcer
from services.telemetry.framing import HTTP, KEYED, Batch, Note
from services.telemetry.intake import Origin
from services.telemetry.interpret import Interpreted
from services.telemetry.journey import Journey
from services.telemetry.replaying import from_data
from services.telemetry.verdicts import verdict
from services.telemetry.writer import Writer


class Pipeline:
    """What happens to a record, the same when it comes in and when a restart reads it again.

    ``position`` is where the journey stands; ``on_batch`` hears how long (s) each batch took.
    """

    def __init__(
        self,
        journey: Journey,
        engine: Engine,
        announcer: Announcer,
        writer: Writer,
        on_batch: Callable[[float], None],
    ) -> None:
        self._journey = journey
        self._engine = engine
        self._announcer = announcer
        self._writer = writer
        self._on_batch = on_batch
        self.position = 0

    async def handle(self, record: Batch | Note, origins: Sequence[Origin]) -> None:
        self.position = record.end
        if isinstance(record, Note):
            await self._noted(record, origins)
            return
        started = time.perf_counter()
        digest, transitions, answers = self._journey.take(record)
        self._on_batch(time.perf_counter() - started)
        await self._announcer.put(transitions)
        await self._writer.put(digest)
        self._reply(record, origins, answers)

    async def _noted(self, note: Note, origins: Sequence[Origin]) -> None:
        if deaf := note.data.get("deaf"):
            self._engine.deaf(*deaf)
            self._journey.deaf_until = deaf[1]
        elif request := note.data.get("request"):
            self._journey.requests.begin(*request)
        elif again := note.data.get("again"):
            await self._again(note, from_data(again), origins)

    async def _again(self, note: Note, item: QuarantinedItem, origins: Sequence[Origin]) -> None:
        callers = [one.caller for one in origins if one.caller is not None and not one.caller.done()]
        taken = self._journey.again(note.first, item, note.data["at"])
        if taken is None:
            for caller in callers:
                caller.set_exception(ConflictError(f"the entry {item.id} was replayed already"))
            return
        digest, transitions, interpreted = taken
        if interpreted.observations:
            await self._announcer.put(transitions)
            await self._writer.put(digest)
        for caller in callers:
            caller.set_result(verdict(item.received, interpreted))

    def _reply(self, batch: Batch, origins: Sequence[Origin], answers: Sequence[Interpreted | None]) -> None:
        for place, (message, answer) in enumerate(zip(batch.messages, answers, strict=True)):
            if not message.flags & HTTP or answer is None:
                continue
            told = verdict(message.received, answer)
            if message.flags & KEYED:
                self._journey.requests.answer(message.received, told)
            caller = origins[place].caller if origins else None
            if caller is not None and not caller.done():
                caller.set_result(told)
