"""What a series has taught, and how a reading is held against it.

``view`` changes nothing, ``learn`` takes a viewed reading in. A correction is therefore only another view.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import sqrt
from statistics import fmean, median
from typing import Any, NamedTuple

from rules.measures.anomaly.drift import Drift
from rules.measures.anomaly.experts import Experts, Trust
from rules.measures.anomaly.memory import DAY, SPARSELY, memory
from rules.measures.anomaly.profile import Baselines
from rules.measures.anomaly.settings import AnomalySettings, Season
from rules.measures.anomaly.spread import GAUSSIAN, Spread, Tail

Local = Callable[[int], tuple[int, int]]
"""A time (ms) in the city: the minute of its day (0 to 1439) and the weekday (0 is Monday)."""

_WEEK = 7 * DAY
_KNOWN_AFTER: Mapping[Season, int] = {
    Season.NONE: 0,
    Season.DAILY: 3 * DAY,
    Season.WEEKLY: 9 * DAY,
    Season.AUTO: 9 * DAY,
}
"""How long a series is watched before its rhythm is known, and a slow departure is told from it."""

_DRIFT_READINGS = 200
_EXCESSES = 30
_FIRST_EXCESSES = 12
_HELD = DAY
_WANDER_FLOOR = 0.15
_SETTLED = 0.5
_FADE = 0.97
_GAP = 1.5
_LONGEST_GAP = 1000.0
_LEAST_RUN = 10
_BREAK = 3
_RECENT = 0.2
_WEIGH_EVERY = 4
_PACE_EVERY = 32
_ROBUST = 1.1829
"""Mean of |x| over its median, Gaussian."""


class View(NamedTuple):
    """A reading held against the model.

    ``ratio`` is its deviation over the limit: beyond 1, which is outside ``low`` to ``high``, is anomalous.
    ``fade`` is what a gap before it left of the newest levels, ``wander`` the spread of the smoothed error.
    """

    time: int
    value: float
    minute: int
    weekday: int
    fade: float
    baselines: tuple[float, ...]
    baseline: float
    expected: float
    spread: float
    wander: float
    low: float
    high: float
    ratio: float


class Model:
    """The state of one series after its warm-up.

    ``run`` counts anomalous readings without a break since ``run_since``, ``aside`` is how far from the
    baseline they lie; ``muted`` that a lasting departure was accepted and is no drift any more. ``quantum``
    is the smallest step ever seen. ``pace`` is the usual time between readings (ms), reckoned from ``mark``.
    """

    __slots__ = (
        "aside",
        "baselines",
        "drift",
        "experts",
        "first",
        "interval",
        "local",
        "mark",
        "memory",
        "muted",
        "newest",
        "pace",
        "quantum",
        "readings",
        "run",
        "run_since",
        "settings",
        "spread",
        "tail",
        "trust",
        "value",
    )

    def __init__(
        self, settings: AnomalySettings, local: Local, interval: int, pace: float, start: float, size: float
    ) -> None:
        """``start`` is a typical value, ``size`` a typical |error|."""
        self.settings = settings
        self.local = local
        self.interval = interval
        self.baselines = Baselines(settings.season, pace, start)
        self.experts = Experts(self.baselines.count, start)
        self.trust = Trust(self.baselines.count)
        self.spread = Spread(size)
        self.tail = Tail()
        self.drift = Drift(size)
        self.pace = pace
        self.memory = memory(pace, self.baselines.bins)
        self.readings = self.first = self.newest = self.mark = 0
        self.value = start
        self.quantum = 0.0
        self.run = self.run_since = 0
        self.aside = 0.0
        self.muted = False

    def view(self, time: int, value: float) -> View:
        """Hold a reading against what is known."""
        minute, weekday = self.local(time)
        baselines = self.baselines.at(minute, weekday)
        steps = self._steps(time)
        fade = 1.0 if steps == 1.0 else _FADE ** (steps - 1.0)
        expected = self.experts.expect(baselines, fade)
        baseline = self.trust.blend(baselines)
        spread = max(self.spread.at(minute // 60), self._floor(expected))
        if steps > 1.0:
            spread = max(spread, min(spread * sqrt(steps), GAUSSIAN * self.drift.mean))
        wander = max(GAUSSIAN * self.drift.wander, _WANDER_FLOOR * spread)
        limit = self.tail.limit * spread / self.settings.sensitivity
        low, high = expected - limit, expected + limit
        ratio = abs(value - expected) / limit
        if self.muted:
            low, high = min(low, baseline - limit), max(high, baseline + limit)
            ratio = min(ratio, abs(value - baseline) / limit, 1.0 if low <= value <= high else ratio)
        elif self.readings >= _DRIFT_READINGS and self._rhythm_known():
            low, high, drifting = self._drifting(value, baseline, spread, wander, (low, high))
            ratio = max(ratio, drifting)
            expected = max(low, min(high, expected))
        return View(
            time,
            value,
            minute,
            weekday,
            fade,
            baselines,
            baseline,
            expected,
            spread,
            wander,
            low,
            high,
            ratio,
        )

    def _steps(self, time: int) -> float:
        """The time since the newest reading, in intervals; 1 unless readings are missing."""
        gap = time - self.newest
        beat = max(self.pace, self.interval)
        return 1.0 if gap <= _GAP * beat or not self.readings else min(gap / beat, _LONGEST_GAP)

    def _floor(self, expected: float) -> float:
        """The least spread: a third of the smallest step ever seen, or a trifle while nothing ever moved."""
        size = abs(expected)
        return max(self.quantum / 3, 1e-9 * size) if self.quantum else max(0.002 * size, 1e-9)

    def _rhythm_known(self) -> bool:
        return self.newest - self.first >= _KNOWN_AFTER[self.settings.season]

    def _drifting(
        self, value: float, baseline: float, spread: float, wander: float, band: tuple[float, float]
    ) -> tuple[float, float, float]:
        """The band with the drift's limits, and how far the drift went over what is allowed."""
        rate = self.memory.drift_rate
        allowed = self.drift.limit() * wander / self.settings.sensitivity
        under, over = self.drift.bounds(rate, allowed, spread)
        low, high = max(band[0], baseline - under), min(band[1], baseline + over)
        error = value - baseline
        if low > high:
            low = high = baseline
        if abs(error) <= spread:
            return low, high, 0.0
        smoothed = self.drift.next(error, rate)
        return low, high, (smoothed if error > 0 else -smoothed) / allowed

    def learn(self, view: View) -> None:
        """Take in a reading; it must have been viewed last."""
        error = abs(view.value - view.expected)
        ordinary = view.ratio <= 1.0
        if ordinary or not self.run:
            self.tail.learn(error / view.spread, _EXCESSES if self._rhythm_known() else _FIRST_EXCESSES)
        self.spread.learn(error, view.minute // 60, view.spread, self.memory, ordinary)
        seen = self.newest - self.first >= DAY or self.settings.season is Season.NONE
        self.drift.learn(view.value - view.baseline, view.wander, self.memory, ordinary, seen)
        if self.muted:
            self.muted = abs(self.drift.smoothed) > _SETTLED * self.drift.limit() * view.wander
        self._learn_ordinary(view) if ordinary else self._learn_anomalous(view)
        self._note(view)

    def _learn_ordinary(self, view: View) -> None:
        weigh = self.readings % _WEIGH_EVERY == 0
        self.experts.learn(view.value, view.baselines, view.fade, self.memory.experts, weigh)
        if self.readings % SPARSELY == 0:
            self.trust.learn(view.value, view.baselines, self.memory.trust)
        if not self.muted or view.time - self.run_since >= self._matured(_HELD):
            self.baselines.learn(view.value, view.minute, view.weekday, self.memory)
        if self.run:
            self.run = max(0, self.run - _BREAK)

    def _learn_anomalous(self, view: View) -> None:
        """The levels follow by one spread at most, the baselines not at all; a run that lasts is normal.

        The baselines wait for a day more: a fault of a day would otherwise be expected again a week later.
        """
        away = max(-view.spread, min(view.spread, view.value - view.expected))
        self.experts.follow(view.expected + away, view.baselines, view.fade)
        aside = view.value - view.baseline
        if self.run == 0:
            self.run_since, self.aside = view.time, aside
        self.run += 1
        self.aside += _RECENT * (aside - self.aside)
        if self.run >= _LEAST_RUN and view.time - self.run_since >= self._matured(self.settings.settle):
            self.experts.stand(view.baseline + self.aside, view.baselines)
            self.muted = True
            self.run = 0

    def _matured(self, span: int) -> float:
        """A span (ms) for a model that has seen a week; a younger one gives way sooner."""
        return span * min(1.0, (self.newest - self.first) / _WEEK)

    def _note(self, view: View) -> None:
        step = abs(view.value - self.value)
        if step > 1e-9 * abs(view.value) and (step < self.quantum or not self.quantum):
            self.quantum = step
        if not self.readings:
            self.first = self.mark = view.time
        self.readings += 1
        self.newest, self.value = view.time, view.value
        if self.readings % _PACE_EVERY == 0:
            self._keep_pace(view.time)

    def _keep_pace(self, time: int) -> None:
        gap = (time - self.mark) / _PACE_EVERY
        self.mark = time
        self.pace += (min(gap, 3 * self.pace) - self.pace) / 4
        self.memory = memory(self.pace, self.baselines.bins)

    def save(self) -> Any:
        own = [self.readings, self.first, self.newest, self.mark, self.pace, self.value, self.quantum]
        run = [self.run, self.run_since, self.aside, self.muted]
        tables = [self.baselines.save(), self.experts.save(), self.trust.save()]
        return [own, run, *tables, self.spread.save(), self.tail.save(), self.drift.save()]

    def load(self, state: Any) -> None:
        own, run, baselines, experts, trust, spread, tail, drift = state
        self.readings, self.first, self.newest, self.mark, self.pace, self.value, self.quantum = own
        self.run, self.run_since, self.aside, self.muted = run
        self.baselines.load(baselines)
        self.experts.load(experts)
        self.trust.load(trust)
        self.spread.load(spread)
        self.tail.load(tail)
        self.drift.load(drift)
        self.memory = memory(self.pace, self.baselines.bins)


def begin(
    settings: AnomalySettings, local: Local, interval: int, readings: Sequence[tuple[int, float]]
) -> Model:
    """A model of the readings of the warm-up, robust against outliers among them."""
    values = [value for _, value in readings]
    gaps = [after[0] - before[0] for before, after in pairwise(readings)]
    steps = [abs(after - before) for before, after in pairwise(values)]
    size = _ROBUST * (median(steps) or fmean(steps))
    model = Model(settings, local, interval, max(1.0, median(gaps)), median(values), size)
    for time, value in readings:
        model.learn(model.view(time, value))
    return model
