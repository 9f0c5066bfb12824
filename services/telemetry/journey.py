"""The middle of the journey: a journaled batch becomes a digest and transitions, in one pass.

Everything here is computed from the journal's records and the state alone, so that reading them again after
a crash gives the same digests and transitions. Time comes in with the records: a batch counts at the moment
its newest message was received.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson

from devices.model import Observation
from devices.refusal import Code, Refusal
from rules.engine import Engine
from rules.model import Transition
from services.store.records.quarantine import QuarantineEntry
from services.telemetry.digest import Barrier, Digest, Doubt, Key
from services.telemetry.interpret import Bounds, Interpreted, interpret
from services.telemetry.journal import Batch, Message
from services.telemetry.router import Route, Router
from services.telemetry.series import Memory, Newness
from services.telemetry.verdicts import Verdicts

Status = Callable[[str, bytes, int], bool]
"""Called with a device, what it said on its status channel, and when; False when it made no sense."""


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
        self.latest: dict[str, Observation] = {}
        """The newest reading of each device that was heard since somebody emptied this."""

    def take(self, batch: Batch) -> tuple[Digest, Sequence[Transition], list[Interpreted | None]]:
        """One batch: what is to be kept, what the rules say, and what each message held."""
        digest = Digest(batch.end)
        now = batch.messages[-1].received
        evaluate: list[Observation] = []
        answers: list[Interpreted | None] = []
        for position, message in enumerate(batch.messages, batch.first):
            answers.append(self._message(position, message, digest, evaluate, now))
        transitions = self._engine.advance(now)
        if evaluate:
            transitions = [*transitions, *self._engine.observe(evaluate, now)]
        return digest, transitions, answers

    def barrier(self, position: int) -> Barrier:
        """The state as of now, when everything up to ``position`` was taken."""
        return Barrier(position, orjson.dumps(self._memory.dump()), self._engine.snapshot())

    def _message(
        self, position: int, message: Message, digest: Digest, evaluate: list[Observation], now: int
    ) -> Interpreted | None:
        route = self._router.route(message.topic)
        if route.channel != "telemetry" and route.refusal is None:
            if self._aside(route, message):
                return None
            interpreted = Interpreted(refusals=[_senseless_status()])
        else:
            interpreted = interpret(route, message, self._bounds)
        key = Key(route.domain, route.device_id)
        for index, observation, newness in interpreted.observations:
            if newness is Newness.NEW:
                self.latest[observation.device] = observation
                digest.observations.append(observation)
                digest.fresh[key] += 1
            elif newness is Newness.DUPLICATE:
                digest.duplicates[key] += 1
                continue
            else:
                digest.doubts.append(Doubt(position, index, key, observation))
            evaluate.append(observation)
        if interpreted.refusals:
            self._refuse(position, message, route, interpreted, digest)
        self._verdicts.offer(route, message.received, interpreted, now)
        return interpreted

    def _aside(self, route: Route, message: Message) -> bool:
        """What is no telemetry: a device's word on itself, or an event. False when it makes no sense."""
        if route.channel != "status":
            return True
        assert route.device is not None
        return self._status(route.device.id, message.payload, message.received)

    @staticmethod
    def _refuse(
        position: int, message: Message, route: Route, interpreted: Interpreted, digest: Digest
    ) -> None:
        digest.refused[Key(route.domain, route.device_id)] += len(interpreted.refusals)
        for refusal in interpreted.refusals:
            digest.quarantined.append(
                QuarantineEntry(
                    position,
                    refusal.index,
                    message.received,
                    route.topic,
                    refusal.code,
                    message.payload,
                    route.device_id,
                    refusal.path,
                    refusal.value,
                    refusal.expected,
                    refusal.contract,
                    message.size,
                )
            )


def _senseless_status() -> Refusal:
    expected = '{"online": true, "fw": "1.4.2", "battery": 0.81}'
    return Refusal(0, Code.UNSUPPORTED_PAYLOAD, "", None, expected)
