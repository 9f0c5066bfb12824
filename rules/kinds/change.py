"""``change``: how far a value has moved within a span."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field

from devices.forms import Form, Interval
from devices.model import Text
from rules.ground import Ground
from rules.kinds.comparing import ComparisonForm, compare, needs_metric, number
from rules.kinds.interface import DEVICE_VARIABLES, Draft, Feed
from rules.kinds.measured import Measured
from rules.kinds.window import hours
from rules.measures.change import Change
from rules.ruleset import Rule


class ChangeSpan(Form):
    """What stands under ``change``."""

    over: Interval = Field(description="The newest reading minus the oldest in (t - over, t].")
    relative: bool = Field(False, description="As a share of the oldest: 0.2 is a fifth up.")


class ChangeForm(ComparisonForm):
    """``when`` of a change."""

    change: ChangeSpan


@dataclass(frozen=True, slots=True)
class Changed(Measured):
    """The condition of one rule."""

    over: int
    relative: bool

    @property
    def variables(self) -> frozenset[str]:
        return DEVICE_VARIABLES | {"value", "threshold", "window"}

    @property
    def title(self) -> Text:
        return Text(
            "{metric} of {name} changed by {value} (limit {threshold})",
            "{metric} ของ {name} เปลี่ยนแปลง {value} (เกณฑ์ {threshold})",
        )

    @property
    def window(self) -> str:
        return f"{hours(self.over)} {'relative ' if self.relative else ''}change"

    def measure(self, rule: Rule, feed: Feed, ground: Ground) -> Change:  # noqa: ARG002 - readings are enough
        return Change(self.over, relative=self.relative)


class ChangeKind:
    """The entry of the table of kinds."""

    form = ChangeForm

    def condition(self, form: ChangeForm, draft: Draft) -> Changed | None:
        metric = needs_metric(draft, number=True)
        if metric is None:
            return None
        made = number(f"the change of {metric.name}", metric.title)
        if metric.range is not None and not form.change.relative:
            width = metric.range[1] - metric.range[0]
            made = number(made.name, metric.title, -width, width)
        comparison = compare(form, draft, made)
        return None if comparison is None else Changed(comparison, form.change.over, form.change.relative)


CHANGE = ChangeKind()
