"""How much one receiver is told on one channel. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from services.runtime.notifyconfig import Rate

_RESERVED = 4


@dataclass(frozen=True, slots=True)
class Limits:
    """``rate``: what comes beyond it is told together; None is no bound.

    ``digest``: what is not critical is collected for so long (ms) and told together; None is at once.
    """

    rate: Rate | None = None
    digest: int | None = None


class Bucket:
    """A token for each message; ``rate.messages`` of them come in ``rate.per``. Starts full.

    A quarter of them is kept for what is critical.
    """

    def __init__(self, rate: Rate | None, now: int) -> None:
        self._rate = rate
        self._tokens = 0.0 if rate is None else float(rate.messages)
        self._at = now

    def take(self, now: int, *, urgent: bool) -> bool:
        """Whether a message may go out now; it is counted then."""
        if self._rate is None:
            return True
        self._fill(self._rate, now)
        if self._tokens < self._needed(self._rate, urgent):
            return False
        self._tokens -= 1
        return True

    def next(self, now: int, *, urgent: bool) -> int:
        """When (ms) one may."""
        if self._rate is None:
            return now
        self._fill(self._rate, now)
        missing = self._needed(self._rate, urgent) - self._tokens
        return now + max(0, ceil(missing * self._rate.per / self._rate.messages))

    def _fill(self, rate: Rate, now: int) -> None:
        # A clock that was set back brings nothing, and takes nothing.
        came = max(0, now - self._at) * rate.messages / rate.per
        self._tokens = min(float(rate.messages), self._tokens + came)
        self._at = now

    @staticmethod
    def _needed(rate: Rate, urgent: bool) -> float:
        return 1.0 if urgent else 1.0 + rate.messages // _RESERVED
