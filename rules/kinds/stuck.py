"""``stuck``: a value that does not move."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field, FiniteFloat

from devices.forms import Form, Interval
from devices.model import Text
from rules.comparison import AtMost
from rules.ground import Ground
from rules.kinds.comparing import needs_metric, no_levels
from rules.kinds.interface import DEVICE_VARIABLES, Draft, Feed
from rules.kinds.measured import Measured
from rules.kinds.window import hours
from rules.measures.stuck import Stuck
from rules.ruleset import Rule


class StuckSpan(Form):
    """What stands under ``stuck``."""

    over: Interval = Field(description="How long it has not moved: max - min over (t - over, t].")
    tolerance: FiniteFloat = Field(0.0, ge=0, description="So much movement still counts as none.")


class StuckForm(Form):
    """``when`` of a stuck value."""

    stuck: StuckSpan


@dataclass(frozen=True, slots=True)
class StuckValue(Measured):
    """The condition of one rule."""

    over: int
    tolerance: float

    @property
    def variables(self) -> frozenset[str]:
        return DEVICE_VARIABLES | {"value", "threshold", "window"}

    @property
    def title(self) -> Text:
        return Text(
            "{metric} of {name} has not moved for {window}",
            "{metric} ของ {name} ไม่เปลี่ยนแปลงนาน {window}",
        )

    @property
    def window(self) -> str:
        return f"{hours(self.over)} spread"

    def measure(self, rule: Rule, feed: Feed, ground: Ground) -> Stuck:  # noqa: ARG002 - readings are enough
        return Stuck(self.over, feed.device.interval, self.tolerance)


class StuckKind:
    """The entry of the table of kinds."""

    form = StuckForm

    def condition(self, form: StuckForm, draft: Draft) -> StuckValue | None:
        said = form.stuck
        metric = needs_metric(draft)
        no_levels(draft, "stuck")
        if metric is None:
            return None
        return StuckValue(AtMost(said.tolerance, (draft.severity,)), said.over, said.tolerance)


STUCK = StuckKind()
