"""``window``: an aggregate over the readings of a span compares so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from pydantic import Field

from devices.forms import Form, Interval
from devices.model import Text
from devices.spans import format_span
from devices.types import Metric, MetricType
from rules.ground import DAY, Ground
from rules.kinds.comparing import ComparisonForm, compare, needs_metric, number
from rules.kinds.interface import DEVICE_VARIABLES, Draft, Feed
from rules.kinds.measured import Measured
from rules.measures.buckets import Buckets
from rules.measures.interface import Measure
from rules.measures.tumbling import TumblingWindow
from rules.measures.windows import FALLING, Window
from rules.ruleset import Rule

_Agg = Literal["mean", "min", "max", "sum", "count", "median", "p90", "p95", "stddev", "rate"]
_WITHIN_RANGE = frozenset({"mean", "min", "max", "median", "p90", "p95"})
_HOUR = 3_600_000

WORDS: dict[str, Text] = {
    "mean": Text("mean", "ค่าเฉลี่ย"),
    "min": Text("minimum", "ค่าต่ำสุด"),
    "max": Text("maximum", "ค่าสูงสุด"),
    "sum": Text("sum", "ผลรวม"),
    "count": Text("number of readings", "จำนวนค่าที่วัดได้"),
    "median": Text("median", "ค่ามัธยฐาน"),
    "p90": Text("90th percentile", "เปอร์เซ็นไทล์ที่ 90"),
    "p95": Text("95th percentile", "เปอร์เซ็นไทล์ที่ 95"),
    "stddev": Text("standard deviation", "ส่วนเบี่ยงเบนมาตรฐาน"),
    "rate": Text("rate", "อัตราการเปลี่ยนแปลง"),
}


class WindowSpan(Form):
    """What stands under ``window``."""

    agg: _Agg = Field(description="How the readings of the span become one value.")
    over: Interval = Field(description="How far back it reaches: (t - over, t].")
    coverage: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of the expected readings that must be there; else nothing changes.",
    )
    tumbling: bool = Field(
        False, description="Whole spans of city time one after the other, each judged when it is over."
    )
    per: Interval = Field("1h", validate_default=True, description="rate: the change in so long.")


class WindowForm(ComparisonForm):
    """``when`` of a window."""

    window: WindowSpan


@dataclass(frozen=True, slots=True)
class Windowed(Measured):
    """The condition of one rule. ``counter``: the metric only rises, but when it starts again from 0."""

    agg: str
    over: int
    coverage: float
    per: int
    tumbling: bool
    counter: bool

    @property
    def variables(self) -> frozenset[str]:
        return DEVICE_VARIABLES | {"value", "threshold", "window"}

    @property
    def on_scale(self) -> bool:
        return self.agg in _WITHIN_RANGE

    @property
    def title(self) -> Text:
        words = WORDS[self.agg]
        return Text(
            f"{{metric}} of {{name}}: {words.en} of {{window}} at {{value}} (limit {{threshold}})",
            f"{{metric}} ของ {{name}}: {words.th} {{window}} อยู่ที่ {{value}} (เกณฑ์ {{threshold}})",
        )

    @property
    def window(self) -> str:
        per = f" per {hours(self.per)}" if self.agg == "rate" else ""
        return f"{hours(self.over)} {self.agg}{per}"

    @property
    def timed(self) -> bool:
        return self.tumbling or (self.agg in FALLING and not self.coverage)

    @property
    def clocked(self) -> bool:
        return self.tumbling or self.comparison.drops

    def measure(self, rule: Rule, feed: Feed, ground: Ground) -> Measure:  # noqa: ARG002 - the feed says it all
        make: Callable[..., Measure] = Window
        if self.tumbling:
            make = partial(TumblingWindow, align=Buckets(self.over, ground.city.timezone))
        interval = feed.device.interval
        return make(self.agg, self.over, self.coverage, interval, per=self.per, counter=self.counter)


class WindowKind:
    """The entry of the table of kinds."""

    form = WindowForm

    def condition(self, form: WindowForm, draft: Draft) -> Windowed | None:
        span = form.window
        metric = needs_metric(draft, number=span.agg != "count")
        if metric is None:
            return None
        if span.tumbling and span.over > DAY and span.over % DAY:
            draft.complain("when.window.over", "beyond a day, tumbling spans are whole days")
            return None
        if "per" in span.model_fields_set and span.agg != "rate":
            draft.complain("when.window.per", f"has a meaning with agg: rate only, not with {span.agg}")
        comparison = compare(form, draft, _aggregated(metric, span))
        if comparison is None:
            return None
        return Windowed(
            comparison, span.agg, span.over, span.coverage, span.per, span.tumbling, metric.counter
        )


WINDOW = WindowKind()


def _aggregated(metric: Metric, span: WindowSpan) -> Metric:
    """What the aggregate can be."""
    if span.agg in _WITHIN_RANGE and metric.type is MetricType.NUMBER:
        return metric
    name = f"the {span.agg} of {metric.name}"
    if span.agg == "stddev" and metric.range is not None:
        return number(name, metric.title, 0, (metric.range[1] - metric.range[0]) / 2)
    return number(name, metric.title)


def hours(span: int) -> str:
    """A span as people say it: ``24h`` and ``72h``, not ``1d`` and ``3d``."""
    return f"{span // _HOUR}h" if span % _HOUR == 0 and span <= 72 * _HOUR else format_span(span)
