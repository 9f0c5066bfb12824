"""``above``, ``below``, ``outside``, ``equals``, ``in``: one reading's value held against limits.

With ``levels`` one alert moves its severity. ``for`` belongs to entering the first level; a step between
levels tells at once, up as well as down, since an operator who already has the alert should see it as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from devices.model import Observation, Text, Value
from rules import series
from rules.comparison import NEVER_QUIET, Comparison
from rules.ground import Ground
from rules.kinds.comparing import ComparisonForm, compare, needs_metric
from rules.kinds.interface import DEVICE_VARIABLES, Draft, Feed, Host, PerDevice, WatchingSeries
from rules.model import Severity, Subject
from rules.ruleset import Rule
from rules.series import Phase, newest

VARIABLES = DEVICE_VARIABLES | {"value", "threshold"}


class ThresholdForm(ComparisonForm):
    """``when`` of a threshold: a comparison of the reading's own value."""


@dataclass(frozen=True, slots=True)
class Threshold(PerDevice):
    """The condition of one rule."""

    comparison: Comparison

    @property
    def severities(self) -> tuple[Severity, ...]:
        return self.comparison.severities

    @property
    def variables(self) -> frozenset[str]:
        return VARIABLES

    @property
    def on_scale(self) -> bool:
        return True

    @property
    def title(self) -> Text:
        return Text(
            "{metric} of {name} at {value} {unit} (limit {threshold})",
            "{metric} ของ {name} อยู่ที่ {value} {unit} (เกณฑ์ {threshold})",
        )

    def idle(self, rule: Rule) -> Idle:
        return Idle(rule, self.comparison)

    def awake(self, rule: Rule, feed: Feed, ground: Ground) -> ThresholdSeries:  # noqa: ARG002 - it needs no ground
        return ThresholdSeries(rule, feed.subject, self.comparison)


class Idle:
    """Stands for every device of a rule whose condition was never true: they share this one object."""

    __slots__ = ("comparison", "high", "low", "metric", "rule")

    stateful: ClassVar[bool] = False

    def __init__(self, rule: Rule, comparison: Comparison) -> None:
        assert rule.metric is not None
        self.rule = rule
        self.comparison = comparison
        self.metric: str | None = rule.metric
        self.low, self.high = comparison.quiet(-1)

    def take(self, host: Host, feed: Feed, observation: Observation, value: Value | None) -> None:
        if value is None or self.comparison.step(value, -1) < 0:
            return
        series = ThresholdSeries(self.rule, feed.subject, self.comparison)
        feed.replace(self, series)
        series.take(host, feed, observation, value)

    def fill(self, host: Host, feed: Feed, observation: Observation, value: Value) -> None:
        """What is over says nothing of now."""


class ThresholdSeries(WatchingSeries):
    """One device that passed the limit at least once."""

    __slots__ = ("comparison",)

    def __init__(self, rule: Rule, subject: Subject, comparison: Comparison) -> None:
        super().__init__(rule, subject)
        self.comparison = comparison
        self._set_band()

    def load(self, state: Sequence[Any]) -> None:
        super().load(state)
        self._set_band()

    def threshold(self, value: Value | None) -> Value | None:
        return self.comparison.threshold(self.shown, value)

    def ring(self, host: series.Host, at: int) -> None:
        super().ring(host, at)
        self._set_band()

    def take(self, host: Host, feed: Feed, observation: Observation, value: Value | None) -> None:  # noqa: ARG002
        if value is None:
            return
        time = observation.time
        if self.alive:
            self.elapse(host, time - 1)
        self.readings = newest(self.readings, time, value)
        step = self.comparison.step(value, self.standing)
        if step >= 0:
            self.found(host, time, step, observation)
        else:
            self.cleared(host, time, observation)
            if self.phase is Phase.INACTIVE:
                self.readings = ()
        self._set_band()
        host.arm(self)

    def _set_band(self) -> None:
        """While it is pending every reading is evidence; otherwise what changes nothing may pass by."""
        pending = self.phase is Phase.PENDING
        self.low, self.high = NEVER_QUIET if pending else self.comparison.quiet(self.standing)


class ThresholdKind:
    """The entry of the table of kinds."""

    form = ThresholdForm

    def condition(self, form: ThresholdForm, draft: Draft) -> Threshold | None:
        metric = needs_metric(draft)
        comparison = compare(form, draft, metric) if metric is not None else None
        return None if comparison is None else Threshold(comparison)


THRESHOLD = ThresholdKind()
