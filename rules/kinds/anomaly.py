"""``anomaly``: how unusual a reading is, from what the device sent before."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import model_validator

from devices.model import Observation, Text, Value
from rules.ground import Ground
from rules.kinds.comparing import ComparisonForm, compare, needs_metric, number
from rules.kinds.interface import DEVICE_VARIABLES, Draft, Feed, Host
from rules.kinds.measured import Measured, MeasuredSeries
from rules.measures.anomaly.detector import Anomaly
from rules.measures.anomaly.settings import AnomalyForm, AnomalySettings
from rules.ruleset import Rule

_ABOVE = 0.9
_RANGE = (0.0, 1.0)


class AnomalousForm(ComparisonForm):
    """``when`` of an anomaly: a comparison of its score, above 0.9 when none is given."""

    anomaly: AnomalyForm

    @model_validator(mode="before")
    @classmethod
    def _above_by_default(cls, data: object) -> object:
        if isinstance(data, dict) and data.keys() <= {"anomaly", "clear_below"}:
            return {**data, "above": _ABOVE}
        return data


@dataclass(frozen=True, slots=True)
class Anomalous(Measured):
    """The condition of one rule. ``bounds`` are the metric's own."""

    settings: AnomalySettings
    bounds: tuple[float | None, float | None]

    @property
    def variables(self) -> frozenset[str]:
        return DEVICE_VARIABLES | {"value", "threshold", "expected", "low", "high", "reading"}

    @property
    def title(self) -> Text:
        return Text(
            "{metric} of {name} is unusual: {reading} {unit}, expected {expected}",
            "{metric} ของ {name} ผิดปกติ: {reading} {unit} (คาดไว้ {expected})",
        )

    @property
    def window(self) -> str:
        return "anomaly score"

    @property
    def remembers(self) -> bool:
        return True

    def measure(self, rule: Rule, feed: Feed, ground: Ground) -> Anomaly:  # noqa: ARG002 - the feed says it all
        low, high = self.bounds
        return Anomaly(feed.device.interval, ground.local, self.settings, low=low, high=high)

    def awake(self, rule: Rule, feed: Feed, ground: Ground) -> MeasuredSeries:
        return AnomalousSeries(rule, feed.subject, self, self.measure(rule, feed, ground))


class AnomalousSeries(MeasuredSeries):
    """One device and its detector."""

    __slots__ = ()

    def take(self, host: Host, feed: Feed, observation: Observation, value: Value | None) -> None:
        super().take(host, feed, observation, value)
        assert isinstance(self.measure, Anomaly)
        if self.measure.judged is not None:
            host.judged(self.rule, feed.device.id, self.measure.judged)


class AnomalyKind:
    """The entry of the table of kinds."""

    form = AnomalousForm

    def condition(self, form: AnomalousForm, draft: Draft) -> Anomalous | None:
        metric = needs_metric(draft, number=True)
        if metric is None:
            return None
        comparison = compare(form, draft, number("the score", metric.title, *_RANGE))
        if comparison is None:
            return None
        return Anomalous(comparison, form.anomaly.settings(), metric.range or (None, None))


ANOMALY = AnomalyKind()
