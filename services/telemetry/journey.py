"""The middle of the journey: a journaled batch becomes a digest and transitions, in one pass.

Everything here is computed from the journal's records and the state alone, so that reading them again after
a crash gives the same digests and transitions. Time comes in with the records: a batch counts at the moment
its newest message was received.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

import orjson

from devices import topics
from devices.codecs.status import decode_status
from devices.model import Observation
from devices.refusal import Code, Refusal, shortened
from rules.engine import Engine
from rules.model import Transition
from services.runtime.ports import QuarantinedItem
from services.store.records.quarantine import QuarantineEntry
from services.telemetry.digest import Barrier, Digest, Doubt, Released
from services.telemetry.framing import HTTP, REPLAYED, SHED, Batch, Message
from services.telemetry.interpret import Bounds, Interpreted, interpret
from services.telemetry.ledger import Key
from services.telemetry.recent import Recent
from services.telemetry.requests import Requests
from services.telemetry.router import Route, Router
from services.telemetry.series import Memory, Newness
from services.telemetry.verdicts import Verdicts

Status = Callable[[str, bool, int], None]
"""Called with a device, whether it said that it is online, and when."""


class Journey:
    """Router, memory and rules of one process, fed batch by batch."""

    def __init__(
        self,
        router: Router,
        memory: Memory,
        engine: Engine,
        verdicts: Verdicts,
        bounds: Bounds,
        status: Status,
    ) -> None:
        self._router = router
        self._memory = memory
        self._engine = engine
        self._verdicts = verdicts
        self._bounds = bounds
        self._status = status
        self._shed: dict[Key, int] = {}
        self._released: dict[str, None] = {}
        self.deaf_until = 0
        """Until when (ms) nothing could be heard, the last time that was so."""
        self.requests = Requests()
        """Answers to requests with an idempotency key."""
        self.recent = Recent(engine.horizon)

    def take(self, batch: Batch) -> tuple[Digest, Sequence[Transition], list[Interpreted | None]]:
        """One batch: what is to be kept, what the rules say, and what each message held."""
        digest = Digest(batch.end)
        now = batch.messages[-1].received
        evaluate: list[Observation] = []
        answers: list[Interpreted | None] = []
        for position, message in enumerate(batch.messages, batch.first):
            answers.append(self._message(position, message, digest, evaluate, now))
        return digest, self._judged(digest, evaluate, now), answers

    def _judged(self, digest: Digest, readings: Sequence[Observation], now: int) -> Sequence[Transition]:
        """What the rules say as of now, with readings; what follows from those is stored with them."""
        engine = self._engine
        queued, others = self._queued(readings, now)
        if queued:
            # Time comes to each of them before it goes past it: what it ends is not told to be wrong first.
            transitions = engine.play(queued)
            now = engine.now
        else:
            transitions = engine.advance(now)
        if others:
            transitions += engine.observe(others, now)
        if derived := engine.take_derived():
            digest.add_derived(derived)
        return transitions

    def _queued(
        self, readings: Sequence[Observation], now: int
    ) -> tuple[Sequence[Observation], Sequence[Observation]]:
        """Readings that waited in the broker while nobody heard and may still raise an alert; the others."""
        since = max(self._engine.now, now - self._engine.horizon)
        if self.deaf_until <= since:
            return (), readings
        queued = [one for one in readings if since < one.time <= self.deaf_until]
        queued.sort(key=_TIME)
        return queued, [one for one in readings if not since < one.time <= self.deaf_until]

    def again(
        self, position: int, item: QuarantinedItem, now: int
    ) -> tuple[Digest, Sequence[Transition], Interpreted] | None:
        """Take an item of the quarantine once more, as of when it was received.

        If anything of it is accepted, it leaves the quarantine; else nothing has happened. None when it
        has left already.
        """
        if item.id in self._released:
            return None
        digest = Digest(position + 1)
        route = self._router.route(item.topic.encode() or self._router.of_device(item.device or ""))
        message = Message(
            route.topic.encode(), item.payload, item.received, HTTP | REPLAYED, len(item.payload)
        )
        only = None if item.code in _OF_MESSAGES else item.index
        if route.asked is not None:
            interpreted = Interpreted(refusals=[route.asked])
        else:
            interpreted = interpret(route, message, self._bounds, only=only)
        evaluate: list[Observation] = []
        if interpreted.observations:
            self._sort(position, message, route, interpreted, digest, evaluate)
            digest.released.append(Released(item.id, self._router.account(item.topic, item.device)))
            self._released[item.id] = None
            if len(self._released) > _MOST_RELEASED:
                del self._released[next(iter(self._released))]
        return digest, self._judged(digest, evaluate, now), interpreted

    def barrier(self, position: int) -> Barrier:
        """The state as of now, when everything up to ``position`` was taken."""
        memory = {
            "series": self._memory.dump(),
            "extras": {name: sorted(extras) for name, extras in self._memory.extras.items()},
            "requests": self.requests.dump(),
            "released": list(self._released),
            "deaf_until": self.deaf_until,
            "late": self.recent.dump(),
        }
        return Barrier(position, orjson.dumps(memory), self._engine.snapshot())

    def restore(self, memory: bytes) -> None:
        """Take over the memory of a barrier."""
        data = orjson.loads(memory)
        if "series" not in data:
            # As the first version wrote it: nothing but the series.
            self._memory.load(data)
            return
        self._memory.load(data["series"])
        self._memory.extras.update({name: set(extras) for name, extras in data["extras"].items()})
        self.requests.load(data["requests"])
        self._released = dict.fromkeys(data["released"])
        self.deaf_until = data.get("deaf_until", 0)
        self.recent.load(data.get("late", {}))

    def _message(
        self, position: int, message: Message, digest: Digest, evaluate: list[Observation], now: int
    ) -> Interpreted | None:
        route = self._router.route(message.topic)
        if route.channel != "telemetry" and route.refusal is None:
            senseless = self._aside(route, message)
            if senseless is None:
                return None
            interpreted = Interpreted(refusals=[senseless])
        elif route.asked is not None and not message.flags & HTTP:
            interpreted = Interpreted(refusals=[route.asked])
        else:
            interpreted = interpret(route, message, self._bounds)
        self._sort(position, message, route, interpreted, digest, evaluate)
        self._verdicts.offer(route, message.received, interpreted, now)
        return interpreted

    def _sort(
        self,
        position: int,
        message: Message,
        route: Route,
        interpreted: Interpreted,
        digest: Digest,
        evaluate: list[Observation],
    ) -> None:
        """Put each item where it belongs."""
        key = route.key
        fresh, duplicates, recent = digest.fresh, digest.duplicates, self.recent
        interval = 0 if route.device is None else route.device.interval
        for index, observation, newness in interpreted.observations:
            if newness is Newness.NEW:
                recent.newer(observation, interval)
                digest.observations.append(observation)
                fresh[key] = fresh.get(key, 0) + 1
            elif newness is Newness.DUPLICATE:
                duplicates[key] = duplicates.get(key, 0) + 1
                continue
            else:
                recent.older(observation, interval)
                digest.doubts.append(Doubt(position, index, key, observation))
            evaluate.append(observation)
        if interpreted.refusals:
            self._refuse(position, message, route, interpreted, digest)

    def _aside(self, route: Route, message: Message) -> Refusal | None:
        """What is no telemetry: a device's word on itself, or an event. A refusal when it makes no sense."""
        if route.channel != topics.Channel.STATUS:
            return None
        assert route.device is not None
        said = decode_status(message.payload)
        if isinstance(said, Refusal):
            return said
        self._status(route.device.id, said, message.received)
        return None

    def _refuse(
        self, position: int, message: Message, route: Route, interpreted: Interpreted, digest: Digest
    ) -> None:
        self._blame(route, message, interpreted.refusals)
        key = route.key
        digest.refused[key] = digest.refused.get(key, 0) + len(interpreted.refusals)
        more = 0
        if message.flags & SHED:
            # Of what is refused for its rate only samples are kept, with how many each stands for.
            if not message.payload and message.size:
                self._shed[key] = self._shed.get(key, 0) + 1
                return
            more = self._shed.pop(key, 0)
        digest.quarantined += [
            _entry(position, message, route, refusal, more) for refusal in interpreted.refusals
        ]

    @staticmethod
    def _blame(route: Route, message: Message, refusals: Sequence[Refusal]) -> None:
        """What is refused says something of the device that sent it."""
        if route.device is None or route.default is None or route.new_series is None:
            return
        quality = route.new_series(route.device.id, route.default.name).quality
        if quality is None:
            return
        for refusal in refusals:
            claimed = refusal.value if refusal.code in _OF_TIME else None
            quality.refused(message.received, claimed)


_MOST_RELEASED = 100_000
"""So many items that left the quarantine are remembered: its records tell only once they are stored."""
_TIME = attrgetter("time")
_OF_TIME = frozenset({Code.FUTURE_TIME, Code.TOO_OLD})
_OF_MESSAGES = frozenset(
    {
        Code.MALFORMED_JSON,
        Code.BAD_TOPIC,
        Code.UNKNOWN_DEVICE,
        Code.DEVICE_DISABLED,
        Code.WRONG_ZONE,
        Code.TOO_LARGE,
        Code.RATE_LIMITED,
    }
)
"""Codes with which a message is refused as one, however many readings it holds."""


def _entry(position: int, message: Message, route: Route, refusal: Refusal, more: int) -> QuarantineEntry:
    return QuarantineEntry(
        position,
        refusal.index,
        message.received,
        route.topic,
        refusal.code,
        message.payload,
        route.device_id,
        refusal.path,
        shortened(refusal.value),
        refusal.expected,
        refusal.contract,
        message.size,
        more,
    )
