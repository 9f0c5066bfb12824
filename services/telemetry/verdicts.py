"""What a sender hears of what it sent: at most one verdict a second, the rest counted."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from services.runtime.clock import rfc3339
from services.telemetry.interpret import Interpreted
from services.telemetry.router import Route

_EVERY = 1_000
MOST_LISTED = 100
"""Refusals that a verdict lists; the rest it counts."""
_SENDERS = 50_000

Publish = Callable[[str, bytes], None]


def verdict(received: int, interpreted: Interpreted) -> dict[str, Any]:
    """The contract's verdict of one message. Of a long array the first 100 refusals are listed."""
    refused = interpreted.refusals
    answer: dict[str, Any] = {
        "received": rfc3339(received),
        "accepted": len(interpreted.observations),
        "rejected": [refusal.as_dict() for refusal in refused[:MOST_LISTED]],
    }
    if len(refused) > MOST_LISTED:
        answer["unlisted"] = len(refused) - MOST_LISTED
    return answer


@dataclass(slots=True)
class _Sender:
    sent: int
    held: dict[str, Any] | None = None
    coalesced: int = 0


class Verdicts:
    """Publishes verdicts through ``publish(topic, payload)``.

    Within a second of the last one, the newest is held back and those before it are counted; the held one
    goes out with that count when the second is over.
    """

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._senders: OrderedDict[str, _Sender] = OrderedDict()
        self._holding: set[str] = set()

    def offer(self, route: Route, received: int, interpreted: Interpreted, now: int) -> None:
        """Tell the sender, if there is anything to tell and a topic to tell it on."""
        if route.verdict is None or not (interpreted.refusals or interpreted.ack):
            return
        answer = verdict(received, interpreted)
        sender = self._senders.get(route.verdict)
        if sender is None or not 0 <= now - sender.sent < _EVERY:
            self._send(route.verdict, answer, sender.coalesced if sender else 0, now)
            return
        sender.coalesced += sender.held is not None
        sender.held = answer
        self._holding.add(route.verdict)

    def flush(self, now: int) -> None:
        """Send what was held back for a second."""
        for topic in [t for t in self._holding if not 0 <= now - self._senders[t].sent < _EVERY]:
            sender = self._senders[topic]
            if sender.held is not None:
                self._send(topic, sender.held, sender.coalesced, now)

    def _send(self, topic: str, answer: dict[str, Any], coalesced: int, now: int) -> None:
        if coalesced:
            answer["coalesced"] = coalesced
        self._holding.discard(topic)
        self._senders[topic] = _Sender(now)
        self._senders.move_to_end(topic)
        while len(self._senders) > _SENDERS:
            forgotten, _ = self._senders.popitem(last=False)
            self._holding.discard(forgotten)
        self._publish(topic, orjson.dumps(answer))
