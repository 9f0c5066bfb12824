"""Wrong tokens, counted per peer: a token bucket of their own for each."""

from __future__ import annotations

from collections import OrderedDict

_MOST_PEERS = 10_000


class Throttle:
    """``burst`` failures at once, and ``per_second`` of them in the long run. Time is an argument (ms).

    Only failures are counted: who shows a right token is never kept waiting.
    """

    def __init__(self, *, burst: int = 100, per_second: float = 1.0) -> None:
        self._burst = burst
        self._per_ms = per_second / 1000
        self._peers: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def failed(self, peer: str, now: int) -> float:
        """Count a failure. Answers 0, or the seconds after which the peer may try again."""
        left, at = self._peers.pop(peer, (float(self._burst), now))
        left = min(self._burst, left + max(0, now - at) * self._per_ms)
        wait = 0.0 if left >= 1 else (1 - left) / self._per_ms / 1000
        self._peers[peer] = (left - 1 if left >= 1 else left, now)
        while len(self._peers) > _MOST_PEERS:
            self._peers.popitem(last=False)
        return wait
