"""What all kinds have in common that compare something made of one device's readings.

Such a kind says how its measure is made and what its evidence calls it; the series here shows it the
readings, compares its answers and keeps the alert.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from devices.model import Observation, Value
from rules import series
from rules.comparison import NEVER_QUIET, Comparison
from rules.ground import Ground
from rules.kinds.interface import Feed, Host, PerDevice, WatchingSeries
from rules.measures.interface import Measure, Timed
from rules.model import Evidence, Severity, Subject
from rules.ruleset import Rule
from rules.series import MOST_READINGS, Phase, Reading


@dataclass(frozen=True, slots=True)
class Measured(PerDevice):
    """A condition that is a measure and a comparison."""

    comparison: Comparison

    @property
    def severities(self) -> tuple[Severity, ...]:
        return self.comparison.severities

    @property
    def remembers(self) -> bool:
        return True

    @property
    @abstractmethod
    def window(self) -> str:
        """What the measure makes of the readings, in words: ``24h mean``."""

    @property
    def timed(self) -> bool:
        """Whether its measure may change while nothing is read."""
        return False

    @property
    def clocked(self) -> bool:
        """Whether time alone, without a reading, can make it true."""
        return self.comparison.drops

    @abstractmethod
    def measure(self, rule: Rule, feed: Feed, ground: Ground) -> Measure:
        """A measure of a device that has seen nothing."""

    def idle(self, rule: Rule) -> Asleep:
        return Asleep(rule, self)

    def awake(self, rule: Rule, feed: Feed, ground: Ground) -> MeasuredSeries:
        return MeasuredSeries(rule, feed.subject, self, self.measure(rule, feed, ground))


class Asleep:
    """Stands for every device of a rule that has sent nothing yet."""

    __slots__ = ("condition", "high", "low", "metric", "rule")

    stateful: ClassVar[bool] = False

    def __init__(self, rule: Rule, condition: Measured) -> None:
        self.rule = rule
        self.condition = condition
        self.metric = None if condition.whole else rule.metric
        self.low, self.high = NEVER_QUIET

    def take(self, host: Host, feed: Feed, observation: Observation, value: Value | None) -> None:
        self._wake(host, feed).take(host, feed, observation, value)

    def fill(self, host: Host, feed: Feed, observation: Observation, value: Value) -> None:
        self._wake(host, feed).fill(host, feed, observation, value)

    def _wake(self, host: Host, feed: Feed) -> MeasuredSeries:
        series = self.condition.awake(self.rule, feed, host.ground)
        feed.replace(self, series)
        return series


class MeasuredSeries(WatchingSeries):
    """One device, its measure, and what the comparison makes of it. ``value`` is the last answer.

    Answers within ``quiet`` leave everything as it is.
    """

    __slots__ = ("condition", "measure", "newest", "quiet", "timed", "value")

    def __init__(self, rule: Rule, subject: Subject, condition: Measured, measure: Measure) -> None:
        super().__init__(rule, subject)
        self.condition = condition
        self.measure = measure
        self.timed = measure if condition.timed and isinstance(measure, Timed) else None
        self.value: Value | None = None
        self.newest: deque[Reading] = deque(maxlen=MOST_READINGS)
        self.quiet = condition.comparison.quiet(-1)
        if condition.whole:
            self.metric = None

    @property
    def blank(self) -> bool:
        return False

    def save(self) -> list[Any]:
        return [*super().save(), self.value, list(self.newest), self.measure.save()]

    def load(self, state: Sequence[Any]) -> None:
        *life, self.value, newest, measure = state
        super().load(life)
        self.newest.extend((time, value) for time, value in newest)
        self.measure.load(measure)
        self.quiet = self.condition.comparison.quiet(self.standing)

    def take(self, host: Host, feed: Feed, observation: Observation, value: Value | None) -> None:  # noqa: ARG002
        assert value is not None
        time = observation.time
        if self.phase is not Phase.INACTIVE or self.standing >= 0:
            self.elapse(host, time - 1)
        self.note(time, value)
        answer = self.measure.take(time, value)
        if answer is not None or self.timed is not None:
            self.weigh(host, time, answer, observation)

    def note(self, time: int, value: Value | None) -> None:
        """Keep a reading for the evidence; one of the same moment is a correction."""
        newest = self.newest
        if newest and newest[-1][0] == time:
            newest[-1] = (time, value)
        else:
            newest.append((time, value))

    def fill(self, host: Host, feed: Feed, observation: Observation, value: Value) -> None:  # noqa: ARG002
        self.measure.fill(observation.time, value)

    def weigh(
        self, host: series.Host, at: int, answer: Value | None, observation: Observation | None
    ) -> None:
        """Compare what the measure answers. Where it can't say anything the condition stays as it is."""
        if answer is not None:
            self.value = answer
            low, high = self.quiet
            if not (answer.__class__ is float and low <= answer <= high):
                self._compare(host, at, answer, observation)
        if self.timed is not None:
            host.arm(self)

    def _compare(self, host: series.Host, at: int, answer: Value, observation: Observation | None) -> None:
        if self.timed is not None and self.timed.as_of is not None:
            at = self.timed.as_of
        step = self.condition.comparison.step(answer, self.standing)
        if step >= 0:
            self.found(host, at, step, observation)
        elif self.alive:
            self.cleared(host, at, observation)
        self.quiet = self.condition.comparison.quiet(self.standing)
        host.arm(self)

    def due(self, host: series.Host) -> int | None:
        due, asked = super().due(host), self._asked_at()
        if asked is None:
            return due
        return asked if due is None else min(due, asked)

    def ring(self, host: series.Host, at: int) -> None:
        if super().due(host) == at:
            super().ring(host, at)
            return
        assert self.timed is not None
        self.weigh(host, at, self.timed.at(at), None)

    def _asked_at(self) -> int | None:
        waits = self.timed is not None and (self.standing >= 0 or self.condition.clocked)
        if self.timed is None or not waits or not self.newest:  # old readings alone start no clock
            return None
        return self.timed.leaves_at()

    def threshold(self, value: Value | None) -> Value | None:
        return self.condition.comparison.threshold(self.shown, value)

    def evidence(self) -> Evidence:
        shown = tuple({"time": time, "value": value} for time, value in self.newest)
        return Evidence(
            self.rule.metric,
            self.value,
            self.threshold(self.value),
            self.condition.window,
            shown,
            self.details(),
        )

    def details(self) -> Mapping[str, Any]:
        """The arithmetic behind the value."""
        return self.measure.details()
