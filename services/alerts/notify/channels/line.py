"""Pushes to a user, a group or a room by LINE's Messaging API.

See https://developers.line.biz/en/reference/messaging-api/#send-push-message.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

import orjson

from services.alerts.notify.channels.composing import Compose
from services.alerts.notify.channels.http import HttpClient, host_of, judge
from services.alerts.notify.notice import Notice

ADDRESS = "https://api.line.me"
LONGEST = 5_000
"""UTF-16 units that a text message may have."""

_TAKEN_BEFORE = frozenset({409})
_KEYS = uuid.UUID("5b0f3e0a-6f5d-5c58-9a0d-6c6e616b686f")


@dataclass(slots=True)
class Line:
    """``to`` is an id that LINE gave, ``token`` the channel's access token.

    The same notice has the same X-Line-Retry-Key, so that a second try within LINE's day is not shown twice:
    LINE says 409 then.
    """

    http: HttpClient
    compose: Compose
    to: str
    token: str = field(repr=False)
    url: str = ADDRESS
    kind: str = "line"

    async def send(self, notice: Notice) -> None:
        """Push it; see :class:`services.alerts.notify.channel.Channel`."""
        text = self.compose(notice).fitted(LONGEST)
        body = {"to": self.to, "messages": [{"type": "text", "text": text}]}
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {self.token}",
            "X-Line-Retry-Key": retry_key(notice.id),
        }
        url = f"{self.url.rstrip('/')}/v2/bot/message/push"
        answer = await self.http.send("POST", url, headers=headers, body=orjson.dumps(body))
        judge(answer, host_of(self.url), taken=_TAKEN_BEFORE)

    async def close(self) -> None:
        """Connections belong to the client that many channels share."""


def retry_key(notice: str) -> str:
    """The UUID of a notice's id, ever the same."""
    return str(uuid.uuid5(_KEYS, notice))
