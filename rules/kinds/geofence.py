"""``geofence``: where a device is when it reads. ``for`` is how long it must dwell there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from devices.documents import suggestion
from devices.forms import Form
from devices.model import Observation, Text, Value
from rules.comparison import Member
from rules.ground import Ground
from rules.kinds.comparing import no_levels
from rules.kinds.interface import DEVICE_VARIABLES, Draft, Feed
from rules.kinds.whole import Whole
from rules.ruleset import Rule


class Fence(Form):
    """What stands under ``geofence``."""

    zone: str = Field(description="Id of a zone of the city.")
    is_: Literal["in", "out"] = Field("in", alias="is", description="in the zone, or out of it.")


class GeofenceForm(Form):
    """``when`` of a geofence."""

    geofence: Fence


class Inside:
    """Whether a device is within a zone, as of its newest reading that says where it is."""

    __slots__ = ("_ground", "_position", "_zone")

    def __init__(self, zone: str, ground: Ground) -> None:
        self._zone = zone
        self._ground = ground
        self._position: tuple[float, float] | None = None

    def see(self, observation: Observation) -> bool | None:
        """Where a reading was taken: within, or not; None when it does not say."""
        if observation.location is None:
            return None
        self._position = observation.location
        return self._ground.inside(self._zone, observation.location)

    def take(self, time: int, value: Value) -> Value | None:  # noqa: ARG002 - a value is no place
        """It looks at whole readings."""
        return None

    def fill(self, time: int, value: Value) -> None:
        """Where it was before is of no matter."""

    def details(self) -> Mapping[str, Any]:
        """``geofence``, the zone, and ``location`` [lon, lat]."""
        return {"geofence": self._zone, "location": self._position}

    def save(self) -> Any:
        return self._position

    def load(self, state: Any) -> None:
        self._position = None if state is None else (float(state[0]), float(state[1]))


@dataclass(frozen=True, slots=True)
class Fenced(Whole):
    """The condition of one rule."""

    zone: str
    inside: bool

    @property
    def variables(self) -> frozenset[str]:
        return DEVICE_VARIABLES | {"geofence"}

    @property
    def title(self) -> Text:
        if self.inside:
            return Text("{name} is in {geofence}", "{name} อยู่ใน{geofence}")
        return Text("{name} is outside {geofence}", "{name} อยู่นอก{geofence}")

    @property
    def window(self) -> str:
        return f"{'in' if self.inside else 'out of'} {self.zone}"

    def measure(self, rule: Rule, feed: Feed, ground: Ground) -> Inside:  # noqa: ARG002 - the ground says it all
        return Inside(self.zone, ground)


class GeofenceKind:
    """The entry of the table of kinds."""

    form = GeofenceForm

    def condition(self, form: GeofenceForm, draft: Draft) -> Fenced | None:
        no_levels(draft, "geofence")
        zones = draft.context.city.zones if draft.context.city is not None else None
        fence = form.geofence
        if zones is not None and fence.zone not in zones:
            message = f"the city has no zone {fence.zone}{suggestion(fence.zone, zones)}"
            draft.complain("when.geofence.zone", message, value=fence.zone, allowed=", ".join(zones))
            return None
        inside = fence.is_ == "in"
        return Fenced(Member((inside,), (draft.severity,)), fence.zone, inside)


GEOFENCE = GeofenceKind()
