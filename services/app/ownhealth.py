"""Nakhon's own troubles: its figures, looked at every second and told to the alerts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from statistics import median
from typing import TYPE_CHECKING, Any

import structlog

from rules.model import Transition
from services.alerts.own import Figure, OwnWatch
from services.store.errors import StoreError

if TYPE_CHECKING:
    from services.app.application import Application

log = structlog.get_logger(__name__)

EVERY = 1.0
LATELY = 10 * 60_000
"""What is counted (refusals, faults, drops) is told of for so long (ms)."""

_AT_ONCE = 200
"""Devices whose clocks are looked at in one second."""

_FEWEST = 10
"""Fewer clocks than this say nothing of ours."""


class OwnHealth:
    """Gathers what a running process knows of itself."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._deaf = _Since()
        self._blocked = _Since()
        self._behind = _Since()
        self._dropped = _Lately()
        self._failed = _Lately()
        self._faults = _Lately()
        self._clocks = Clocks()

    def figures(self, now: int) -> Mapping[str, Figure]:
        """All figures that can be told at ``now`` (ms), by the watch that judges them."""
        telemetry, limits = self._app.telemetry, self._app.config.limits
        if not telemetry.recovered:
            return {}
        return {
            "broker-away": self._broker(now),
            "taking-nothing": self._intake(now),
            "journal-filling": Figure(round(telemetry.journal_bytes / limits.journal, 3)),
            "store-behind": self._store(now),
            "clock-wrong": self._clock(),
            "broker-drops": self._drops(now),
            "notifications-failing": Figure(self._failed.more(self._app.alerting.outcomes.failed, now)),
            "rule-failing": self._rules(now),
        }

    def _broker(self, now: int) -> Figure:
        source = self._app.telemetry.source
        return Figure(self._deaf.seconds(not source.listening, now), _reason(source.trouble))

    def _intake(self, now: int) -> Figure:
        blocked = self._app.telemetry.intake.blocked
        return Figure(self._blocked.seconds(blocked is not None, now), _reason(blocked))

    def _store(self, now: int) -> Figure:
        telemetry = self._app.telemetry
        behind = telemetry.writer.behind
        late = behind is not None or telemetry.backlog.spilled
        said = {**_reason(behind), "pending": telemetry.accounts.pending}
        return Figure(self._behind.seconds(late, now), said)

    def _clock(self) -> Figure:
        jump: float = getattr(self._app.clock, "jump", 0.0)
        if jump:
            return Figure(abs(jump), {"reason": "the clock was set back"})
        offset, clocks = self._clocks.look(self._app)
        return Figure(abs(offset), {"clocks": clocks})

    def _drops(self, now: int) -> Figure:
        return Figure(self._dropped.more(self._app.telemetry.outlet.broker.get("dropped", 0), now))

    def _rules(self, now: int) -> Figure:
        faults = self._app.engine.faults
        newest = {fault.rule: fault.error for fault in islice(faults, 5)}
        return Figure(self._faults.more(sum(fault.times for fault in faults), now), {"rules": newest})


class Clocks:
    """What the clocks of the devices say of ours: when most of them are off the same way, ours is.

    A few devices are looked at each time; what was seen of the others is remembered.
    """

    def __init__(self) -> None:
        self._round: Iterator[Any] = iter(())
        self._offsets: dict[str, float] = {}

    def look(self, app: Application) -> tuple[float, int]:
        """By how much (s) our clock seems to be off, 0 while that can't be told, and by how many clocks."""
        for device in self._next(app):
            quality = app.telemetry.quality(device)
            offset = None if quality is None else quality.clock.offset
            if offset is None:
                self._offsets.pop(device, None)
            else:
                self._offsets[device] = offset if quality is not None and quality.clock.wrong else 0.0
        return self._agreed()

    def _next(self, app: Application) -> Sequence[str]:
        few = [device.id for device in islice(self._round, _AT_ONCE)]
        if not few:
            self._round = iter(list(app.registry.all()))
        return few

    def _agreed(self) -> tuple[float, int]:
        offsets = self._offsets.values()
        for way in (1, -1):
            off = [offset for offset in offsets if offset * way > 0]
            if len(offsets) >= _FEWEST and 2 * len(off) > len(offsets):
                return round(median(off), 1), len(offsets)
        return 0.0, len(offsets)


class _Since:
    """For how long something has been so."""

    def __init__(self) -> None:
        self._since: int | None = None

    def seconds(self, so: bool, now: int) -> float:
        if not so:
            self._since = None
        elif self._since is None:
            self._since = now
        return 0.0 if self._since is None else max(0.0, (now - self._since) / 1000)


class _Lately:
    """By how much a count has grown within :data:`LATELY`."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._grown: deque[tuple[int, int]] = deque()

    def more(self, count: int, now: int) -> float:
        if self._last is not None and count > self._last:
            self._grown.append((now, count - self._last))
        self._last = count
        while self._grown and self._grown[0][0] <= now - LATELY:
            self._grown.popleft()
        return float(sum(number for _, number in self._grown))


def _reason(text: str | None) -> dict[str, str]:
    return {} if text is None else {"reason": text}


async def watch(app: Application, own: OwnWatch) -> None:
    """Look every second, and tell the alerts, until cancelled. What can't be recorded is told again."""
    health = OwnHealth(app)
    waiting: list[Transition] = []
    while True:
        await app.clock.sleep(EVERY)
        now = app.clock.now()
        waiting += own.look(health.figures(now), now)
        if not waiting:
            continue
        try:
            await app.alerts.apply(waiting)
        except StoreError as error:
            log.warning("Nakhon's own troubles can't be recorded now", reason=str(error))
        else:
            waiting.clear()
