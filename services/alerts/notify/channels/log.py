"""Writes into Nakhon's log."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from services.alerts.notify.channels.composing import Compose
from services.alerts.notify.notice import Notice

_log = structlog.get_logger("nakhon.notifications")


@dataclass(slots=True)
class Log:
    """One line a notice."""

    compose: Compose
    kind: str = "log"

    async def send(self, notice: Notice) -> None:
        """Log it; see :class:`services.alerts.notify.channel.Channel`."""
        message = self.compose(notice)
        _log.info(
            "notification",
            notification=notice.id,
            receiver=notice.receiver,
            reason=notice.reason.value,
            severity=notice.severity,
            subject=message.subject,
            firing=notice.firing,
            resolved=notice.resolved,
            link=message.link or None,
        )

    async def close(self) -> None:
        """Nothing to let go."""
