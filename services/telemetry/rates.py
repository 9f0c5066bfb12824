"""Who sends more than its share: rates per device and per zone, and of strangers together.

A rate is kept by one number, the moment at which everything sent so far would have been sent at that rate
(generic cell rate algorithm, ITU-T I.371): it may run ahead of the time by as much as may come at once.
Keeping it costs the same whether it is enforced or not, so that whoever floods has no credit left when
others have to wait.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from services.telemetry.router import Route


class Enforced(StrEnum):
    """When what is over its rate is refused: while others would have to wait, always, never."""

    BUSY = "busy"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Rates:
    """Messages a second, and how many may come at once, of a device and of a zone."""

    device_rate: float = 50
    device_burst: int = 10_000
    zone_rate: float = 5_000
    zone_burst: int = 200_000
    enforced: Enforced = Enforced.BUSY

    def told(self) -> str:
        """The device's allowance, as a verdict cites it."""
        return f"at most {self.device_rate:g} messages a second, {self.device_burst} at once"


class _Bucket:
    __slots__ = ("ahead", "credit", "each", "zone")

    def __init__(self, rate: float, burst: int, zone: _Bucket | None) -> None:
        self.each = 1000 / rate
        self.credit = burst * self.each
        self.ahead = 0.0
        self.zone = zone

    def beyond(self, now: int, used: float) -> bool:
        """All credit is used; whether a message now is one too many."""
        if used <= self.credit + self.each:
            return True
        # More than can be used: the clock was set back, and with it everybody begins anew.
        self.ahead = now + self.each
        return False


class RateLimiter:
    """Buckets of devices by topic, of zones, and one of everybody who is not registered.

    A device with a safety type never has to stand back for its zone.
    """

    def __init__(self, rates: Rates, route: Callable[[bytes], Route]) -> None:
        self.rates = rates
        self._route = route
        self._known: dict[bytes, _Bucket] = {}
        self._zones: dict[str, _Bucket] = {}
        self._strangers = _Bucket(rates.device_rate, rates.device_burst, None)

    def forget(self) -> None:
        """The registry changed: find out anew who is who. Zones keep their account."""
        self._known.clear()

    def over(self, topic: bytes, now: int) -> bool:
        """Take a message into account that came at ``now`` (ms); whether it is over a rate."""
        # Every message passes here, so nothing is called while all is well.
        bucket: _Bucket | None = self._known.get(topic) or self._find(topic)
        over = False
        while bucket is not None:
            used = bucket.ahead - now
            if used <= 0:
                bucket.ahead = now + bucket.each
            elif used <= bucket.credit:
                bucket.ahead += bucket.each
            elif bucket.beyond(now, used):
                over = True
                break
            bucket = bucket.zone
        return over

    def enforced(self, busy: bool) -> bool:
        """Whether what is over is refused now."""
        return self.rates.enforced is Enforced.ALWAYS or (busy and self.rates.enforced is Enforced.BUSY)

    def _find(self, topic: bytes) -> _Bucket:
        route = self._route(topic)
        if route.device is None:
            return self._strangers
        rates = self.rates
        zone = None
        if not any(kind.safety for kind in route.types.values()):
            zone = self._zones.get(route.zone)
            if zone is None:
                zone = self._zones[route.zone] = _Bucket(rates.zone_rate, rates.zone_burst, None)
        bucket = self._known[topic] = _Bucket(rates.device_rate, rates.device_burst, zone)
        return bucket
