"""One way of reaching somebody, and the two ways in which it can fail."""

from __future__ import annotations

from typing import Protocol

from services.alerts.notify.notice import Notice


class NotTakenError(Exception):
    """It was not taken now, and may be later. ``retry_after`` (s) is when the other side asks to be tried."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RefusedError(Exception):
    """It will never be taken so: the address, the secret or the message is wrong. The text says which."""


class Channel(Protocol):
    """Sends notices to one receiver in one way.

    ``kind`` is webhook, alertmanager, line, email, apprise, mqtt or log. Several :meth:`send` may run at
    once. The text of an error names neither secret nor whole address.
    """

    kind: str

    async def send(self, notice: Notice) -> None:
        """Return when the other side has taken it.

        Raises:
            NotTakenError: try again.
            RefusedError: a person must act.
        """

    async def close(self) -> None:
        """Let connections go."""
