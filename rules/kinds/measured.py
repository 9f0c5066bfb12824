"""What all kinds have in common that compare something made of one device's readings.

Such a kind says how its measure is made and what its evidence calls it; the series here shows it the
readings, compares its answers and keeps the alert.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from devices.model import Observation, Value
from rules import series
from rules.comparison import NEVER_QUIET, Comparison
from rules.ground import Ground
from rules.kinds.interface import Feed, Host, PerDevice, WatchingSeries
from rules.measures.interface import Measure, Timed
from rules.model import Evidence, Severity, Subject
from rules.ruleset import Rule
from rules.series import newest


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

    A measure that changes while nothing is read is asked right after such a moment, so that a reading of that
    very moment is among those it looks at.
    """

    __slots__ = ("condition", "measure", "timed", "value")

    def __init__(self, rule: Rule, subject: Subject, condition: Measured, measure: Measure) -> None:
        super().__init__(rule, subject)
        self.condition = condition
        self.measure = measure
        self.timed = measure if isinstance(measure, Timed) else None
        self.value: Value | None = None
        if condition.whole:
            self.metric = None

    @property
    def blank(self) -> bool:
        return False

    def save(self) -> list[Any]:
        return [*super().save(), self.value, self.readings, self.measure.save()]

    def load(self, state: Sequence[Any]) -> None:
        *life, self.value, readings, measure = state
        super().load(life)
        self.readings = tuple((time, value) for time, value in readings)
        self.measure.load(measure)

    def take(self, host: Host, feed: Feed, observation: Observation, value: Value | None) -> None:  # noqa: ARG002
        time = observation.time
        if self.alive:
            self.elapse(host, time)
        self.readings = newest(self.readings, time, value)
        assert value is not None
        self.judge(host, time, self.measure.take(time, value), observation)

    def fill(self, host: Host, feed: Feed, observation: Observation, value: Value) -> None:  # noqa: ARG002
        self.measure.fill(observation.time, value)

    def judge(
        self, host: series.Host, at: int, answer: Value | None, observation: Observation | None
    ) -> None:
        """Compare what the measure answers. Where it can't say anything the condition stays as it is."""
        if answer is not None:
            self.value = answer
            if self.timed is not None and self.timed.as_of is not None:
                at = self.timed.as_of
            step = self.condition.comparison.step(answer, self.standing)
            if step >= 0:
                self.found(host, at, step, observation)
            elif self.alive:
                self.cleared(host, at, observation)
        if self.alive or self.timed is not None:
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
        self.judge(host, at - 1, self.timed.at(at - 1), None)

    def _asked_at(self) -> int | None:
        waits = self.timed is not None and (self.standing >= 0 or self.condition.clocked)
        if self.timed is None or not waits or not self.readings:  # old readings alone start no clock
            return None
        moment = self.timed.leaves_at()
        return None if moment is None else moment + 1

    def forget(self) -> None:
        """The newest readings stay: they are few, and the next alert begins with them."""

    def threshold(self, value: Value | None) -> Value | None:
        return self.condition.comparison.threshold(self.shown, value)

    def evidence(self) -> Evidence:
        shown = tuple({"time": time, "value": value} for time, value in self.readings)
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
