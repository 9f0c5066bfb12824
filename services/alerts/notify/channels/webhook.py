"""Posts Nakhon's own JSON to an address, signed when there is a secret."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

from services.alerts.notify.channels.composing import Compose
from services.alerts.notify.channels.http import HttpClient, host_of, judge
from services.alerts.notify.notice import Notice
from services.alerts.notify.payload import encoded
from services.alerts.notify.signing import sign

CONFLICT = frozenset({409})
"""A receiver that keeps the keys it has seen says 409 to one that it knows: it was taken before."""


@dataclass(slots=True)
class Webhook:
    """The same ``Idempotency-Key`` is the same notice; 2xx and 409 say that it was taken.

    A receiver that is still at work on the first copy answers 425 or 503, and is asked again.
    """

    http: HttpClient
    compose: Compose
    now: Callable[[], int]
    url: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None
    kind: str = "webhook"

    async def send(self, notice: Notice) -> None:
        """Post it; see :class:`services.alerts.notify.channel.Channel`."""
        body = encoded(notice, self.compose(notice))
        headers = {"Content-Type": "application/json", "Idempotency-Key": notice.id}
        if self.secret is not None:
            headers |= sign(self.secret, body, self.now())
        answer = await self.http.send("POST", self.url, headers=headers, body=body, tls=self.tls)
        judge(answer, host_of(self.url), taken=CONFLICT)

    async def close(self) -> None:
        """Connections belong to the client that many channels share."""
