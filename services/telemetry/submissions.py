"""Payloads that come with a request: split when they are long, taken once for each idempotency key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.runtime.clock import Clock
from services.runtime.ports import BusyError, ConflictError, QuarantinedItem
from services.telemetry.framing import HTTP, KEYED
from services.telemetry.intake import Intake, Origin
from services.telemetry.replaying import as_data
from services.telemetry.requests import Requests, fingerprint, joined, split

Verdict = Mapping[str, Any]


class Submissions:
    """The way in for callers who wait for their verdict. ``most`` readings may be in a payload.

    ``topic`` gives the topic under which a device's payload is journaled.
    """

    def __init__(
        self,
        intake: Intake,
        requests: Requests,
        clock: Clock,
        topic: Callable[[str], bytes],
        *,
        most: int,
    ) -> None:
        self._intake = intake
        self._requests = requests
        self._clock = clock
        self._topic = topic
        self._most = most
        self._under_way: dict[tuple[str, str], tuple[str, asyncio.Future[Verdict]]] = {}

    async def submit(self, device: str, body: bytes, key: str | None) -> Verdict:
        """Take a payload; the same key again is answered, not taken.

        Raises:
            ConflictError: the same key came with another payload.
            BusyError: nothing can be taken in now.
        """
        if key is None:
            self._must_have_room()
            return await self._take(device, body, None)
        before = self._before(device, key)
        if before is None:
            self._must_have_room()
            answer = asyncio.ensure_future(self._take(device, body, key))
            self._under_way[device, key] = before = fingerprint(body), answer
            answer.add_done_callback(lambda _: self._under_way.pop((device, key), None))
        if before[0] != fingerprint(body):
            raise ConflictError("this idempotency key came with another payload before; take a new one")
        # Whoever asked first may have left; the others still want to know.
        return await asyncio.shield(before[1])

    async def replay(self, item: QuarantinedItem) -> Verdict:
        """Take a refused item again, through the journal as everything.

        Raises:
            BusyError: nothing can be taken in now.
        """
        self._must_have_room()
        answer: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._intake.note({"again": as_data(item), "at": self._clock.now()}, answer)
        return await answer

    def _before(self, device: str, key: str) -> tuple[str, asyncio.Future[Verdict]] | None:
        """The request that came with this key; it may still be under way."""
        if (under_way := self._under_way.get((device, key))) is not None:
            return under_way
        if (found := self._requests.before(device, key)) is None:
            return None
        answer: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        answer.set_result(found[1])
        return found[0], answer

    def _must_have_room(self) -> None:
        if self._intake.blocked is not None:
            raise BusyError(self._intake.blocked)
        if self._intake.crowded:
            raise BusyError("more comes in than can be taken at once", retry_after=2)

    async def _take(self, device: str, body: bytes, key: str | None) -> Verdict:
        parts = split(body, self._most)
        flags = HTTP
        if key is not None:
            flags |= KEYED
            self._intake.note({"request": [device, key, fingerprint(body), len(parts)]})
        return joined(await asyncio.gather(*self._offered(self._topic(device), parts, flags)))

    def _offered(self, topic: bytes, parts: Sequence[bytes], flags: int) -> list[asyncio.Future[Verdict]]:
        loop = asyncio.get_running_loop()
        answers: list[asyncio.Future[Verdict]] = []
        for part in parts:
            answers.append(loop.create_future())
            self._intake.offer(topic, part, flags=flags, origin=Origin(0, 0, answers[-1]))
        return answers
