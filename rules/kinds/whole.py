"""What the kinds have in common that look at whole readings, and see whether something holds."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Protocol

from devices.model import Observation, Value
from rules.ground import Ground
from rules.kinds.interface import Feed, Host
from rules.kinds.measured import Measured, MeasuredSeries
from rules.measures.interface import Measure
from rules.model import Subject
from rules.ruleset import Rule


class Sight(Measure, Protocol):
    """A measure of whole readings."""

    def see(self, observation: Observation) -> bool | None:
        """Whether it holds as of a reading; None where that does not say."""


@dataclass(frozen=True, slots=True)
class Whole(Measured):
    """A condition on whole readings."""

    @property
    def whole(self) -> bool:
        return True

    @property
    def remembers(self) -> bool:
        return False

    @abstractmethod
    def measure(self, rule: Rule, feed: Feed, ground: Ground) -> Sight:
        """A measure of a device that has seen nothing."""

    def awake(self, rule: Rule, feed: Feed, ground: Ground) -> MeasuredSeries:
        return WholeSeries(rule, feed.subject, self, self.measure(rule, feed, ground))


class WholeSeries(MeasuredSeries):
    """One device whose readings are looked at whole."""

    __slots__ = ("sight",)

    def __init__(self, rule: Rule, subject: Subject, condition: Whole, sight: Sight) -> None:
        super().__init__(rule, subject, condition, sight)
        self.sight = sight

    def take(self, host: Host, feed: Feed, observation: Observation, value: Value | None) -> None:  # noqa: ARG002
        holds = self.sight.see(observation)
        if holds is None:
            return
        if self.alive:
            self.elapse(host, observation.time - 1)
        self.note(observation.time, holds)
        self.weigh(host, observation.time, holds, observation)
