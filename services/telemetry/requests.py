"""Requests with an idempotency key: the same one again gets the answer of the first time.

What is remembered is part of the journey's state: a key is noted in the journal with the messages of its
request, so that a restart comes to the same answers.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from services.telemetry.verdicts import MOST_LISTED

_PART = 500
"""Readings of one request that go through the journey at once: others wait no longer than that takes."""
_KEPT_FOR = 86_400_000
_MOST = 10_000


def fingerprint(body: bytes) -> str:
    """What tells one body from another."""
    return hashlib.sha256(body).hexdigest()[:32]


@dataclass(slots=True)
class _Request:
    device: str
    key: str
    body: str
    parts: int
    answers: list[Mapping[str, Any]] = field(default_factory=list)


class Requests:
    """Answers by device and key, the newest 10,000, for a day. Times are receipt (ms)."""

    def __init__(self) -> None:
        self._open: deque[_Request] = deque()
        self._answered: OrderedDict[tuple[str, str], tuple[int, str, Mapping[str, Any]]] = OrderedDict()

    @property
    def busy(self) -> bool:
        """Whether the messages of a request have not all come by yet."""
        return bool(self._open)

    def begin(self, device: str, key: str, body: str, parts: int) -> None:
        """The next ``parts`` messages that belong to a request belong to this one."""
        self._open.append(_Request(device, key, body, parts))

    def answer(self, received: int, verdict: Mapping[str, Any]) -> None:
        """The verdict of the next message that belongs to a request."""
        if not self._open:
            return
        request = self._open[0]
        request.answers.append(verdict)
        if len(request.answers) == request.parts:
            self._open.popleft()
            self._answered[request.device, request.key] = received, request.body, joined(request.answers)
            self._forget(received)

    def before(self, device: str, key: str) -> tuple[str, Mapping[str, Any]] | None:
        """The fingerprint and the verdict of the request that had this key, None when there was none."""
        found = self._answered.get((device, key))
        return None if found is None else found[1:]

    def dump(self) -> list[list[Any]]:
        """JSON-ready state; to be asked for while nothing is :attr:`busy`."""
        return [[*names, *rest] for names, rest in self._answered.items()]

    def load(self, data: Sequence[Sequence[Any]]) -> None:
        """Take over dumped state."""
        for device, key, received, body, verdict in data:
            self._answered[device, key] = received, body, verdict

    def _forget(self, now: int) -> None:
        while self._answered:
            names, (received, _, _) = next(iter(self._answered.items()))
            if len(self._answered) <= _MOST and received > now - _KEPT_FOR:
                return
            del self._answered[names]


def split(body: bytes, most: int) -> list[bytes]:
    """A long array of readings as several, each but the last of the same length. Anything else stays whole.

    ``most`` is how many readings a payload may hold: one that holds more is refused as a whole.
    """
    try:
        data = orjson.loads(body) if body[:1] in b"[ \t\r\n" else None
    except orjson.JSONDecodeError:
        data = None
    if not isinstance(data, list) or not _PART < len(data) <= most:
        return [body]
    return [orjson.dumps(data[at : at + _PART]) for at in range(0, len(data), _PART)]


def joined(verdicts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The verdicts of the parts of one payload as one, with the indexes of the whole."""
    if len(verdicts) == 1:
        return verdicts[0]
    rejected = [
        {**refusal, "index": refusal["index"] + number * _PART}
        for number, verdict in enumerate(verdicts)
        for refusal in verdict["rejected"]
    ]
    unlisted = sum(verdict.get("unlisted", 0) for verdict in verdicts) + len(rejected[MOST_LISTED:])
    whole = {
        "received": verdicts[0]["received"],
        "accepted": sum(verdict["accepted"] for verdict in verdicts),
        "rejected": rejected[:MOST_LISTED],
    }
    return whole | ({"unlisted": unlisted} if unlisted else {})
