"""How long to wait before something is tried again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

_DOUBLINGS = 30


@dataclass(frozen=True, slots=True)
class Backoff:
    """``first`` (ms) after the first failure, twice as long after each further one, at most ``most``.

    Nothing is tried any more once ``give_up`` (ms) have passed since it was to go out.
    """

    first: int = 5_000
    most: int = 600_000
    give_up: int = 86_400_000

    def delay(self, attempts: int, random: Random, retry_after: float | None = None) -> int:
        """ms to wait after so many failures: jittered over its upper half, and at least what was asked for.

        ``retry_after`` (s) is what the other side asks; beyond ``most`` it is not believed.
        """
        span: int = min(self.most, self.first * 2 ** min(attempts - 1, _DOUBLINGS))
        waits = round(span * (1 + random.random()) / 2)
        asked = 0 if retry_after is None else round(retry_after * 1000)
        return max(waits, min(asked, self.most))
