"""Publishes Nakhon's own JSON on a topic of its broker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from devices import topics
from services.alerts.notify.channel import NotTakenError
from services.alerts.notify.channels.composing import Compose
from services.alerts.notify.notice import Notice
from services.alerts.notify.payload import encoded

Publish = Callable[[str, bytes], Awaitable[bool]]
"""Publishes on a topic; true once the broker has acknowledged it."""


@dataclass(slots=True)
class Mqtt:
    """``topic`` may hold ``{city}`` and ``{receiver}``."""

    publish: Publish
    compose: Compose
    topic: str
    kind: str = "mqtt"

    def __post_init__(self) -> None:
        """Raises ValueError for a topic on which Nakhon would hear itself."""
        sample = _filled(self.topic, "city", "receiver")
        ours = topics.notifications_topic("city", "receiver").removesuffix("receiver")
        if sample.startswith(f"{topics.ROOT}/") and not (sample.startswith(ours) and topics.is_own(sample)):
            raise ValueError(
                f"{self.topic!r} lies where devices publish: leave {topics.ROOT}/ to them, or write "
                f"{topics.ROOT}/{{city}}/_notifications/{{receiver}}"
            )

    async def send(self, notice: Notice) -> None:
        """Publish it; see :class:`services.alerts.notify.channel.Channel`."""
        body = encoded(notice, self.compose(notice))
        if not await self.publish(_filled(self.topic, notice.city, notice.receiver), body):
            raise NotTakenError("the broker is away, or has not acknowledged the message")

    async def close(self) -> None:
        """The connection is Nakhon's own."""


def _filled(topic: str, city: str, receiver: str) -> str:
    return topic.replace("{city}", city).replace("{receiver}", receiver)
