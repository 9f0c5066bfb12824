"""``deviation``: how far a reading is from those of the other devices of its zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from devices.forms import Form
from devices.model import Observation, Text, Value
from rules.ground import Ground
from rules.kinds.comparing import ComparisonForm, compare, needs_metric, number
from rules.kinds.interface import DEVICE_VARIABLES, Draft, Feed, Host
from rules.kinds.measured import Measured, MeasuredSeries
from rules.measures.deviation import Deviation
from rules.measures.interface import Measure
from rules.model import Subject
from rules.ruleset import Rule

_Agg = Literal["median", "mean", "min", "max"]


class DeviationFrom(Form):
    """What stands under ``deviation``."""

    agg: _Agg = Field("median", description="How the others' newest readings become one value.")
    min_devices: int = Field(3, ge=1, description="So many others at least must have reported lately.")


class DeviationForm(ComparisonForm):
    """``when`` of a deviation."""

    deviation: DeviationFrom


@dataclass(frozen=True, slots=True)
class Deviating(Measured):
    """The condition of one rule."""

    agg: str
    min_devices: int

    @property
    def variables(self) -> frozenset[str]:
        return DEVICE_VARIABLES | {"value", "threshold", "expected"}

    @property
    def title(self) -> Text:
        return Text(
            "{metric} of {name} differs from its neighbours in {zone} by {value} {unit}",
            "{metric} ของ {name} ต่างจากอุปกรณ์อื่นใน{zone} {value} {unit}",
        )

    @property
    def window(self) -> str:
        return f"minus the {self.agg} of the zone's other devices"

    def measure(self, rule: Rule, feed: Feed, ground: Ground) -> Deviation:
        device = feed.device
        board = ground.board(rule.id, device.zone)
        return Deviation(board, device.id, device.interval, agg=self.agg, min_devices=self.min_devices)

    def awake(self, rule: Rule, feed: Feed, ground: Ground) -> MeasuredSeries:
        return DeviatingSeries(rule, feed.subject, self, self.measure(rule, feed, ground))


class DeviatingSeries(MeasuredSeries):
    """One device among those of its zone, judged when all readings of a moment are known.

    ``told`` is when the newest reading was taken and received (ms).
    """

    __slots__ = ("told",)

    def __init__(self, rule: Rule, subject: Subject, condition: Measured, measure: Measure) -> None:
        super().__init__(rule, subject, condition, measure)
        self.told: tuple[int, int] | None = None

    def save(self) -> list[Any]:
        return [*super().save(), self.told]

    def load(self, state: Sequence[Any]) -> None:
        *rest, told = state
        super().load(rest)
        self.told = None if told is None else (told[0], told[1])

    def take(self, host: Host, feed: Feed, observation: Observation, value: Value | None) -> None:  # noqa: ARG002
        assert value is not None
        assert isinstance(self.measure, Deviation)
        if self.alive:
            self.elapse(host, observation.time - 1)
        self.note(observation.time, value)
        self.told = (observation.time, observation.received)
        self.measure.note(observation.time, value)
        host.ask(self, observation.time)

    def judge(self, host: Host, at: int) -> None:
        """Compare with the neighbours as of a moment that is over."""
        assert isinstance(self.measure, Deviation)
        assert self.told is not None
        taken, received = self.told
        zone, device, _ = self.subject
        reading = Observation(taken, device or "", zone, self.rule.on or "", {}, received)
        self.weigh(host, at, self.measure.answer(at), reading)


class DeviationKind:
    """The entry of the table of kinds."""

    form = DeviationForm

    def condition(self, form: DeviationForm, draft: Draft) -> Deviating | None:
        metric = needs_metric(draft, number=True)
        if metric is None:
            return None
        made = number(f"the deviation of {metric.name}", metric.title)
        if metric.range is not None:
            width = metric.range[1] - metric.range[0]
            made = number(made.name, metric.title, -width, width)
        comparison = compare(form, draft, made)
        said = form.deviation
        return None if comparison is None else Deviating(comparison, said.agg, said.min_devices)


DEVIATION = DeviationKind()
