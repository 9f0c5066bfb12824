"""Traffic and public transport: travel time index, congestion, level of service, headways."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, FiniteFloat

from devices.forms import Form
from rules.indices.scales import Level, LevelForm, Scale, rising


class MobilityForm(Form):
    """``mobility.yaml``."""

    level_of_service: Annotated[tuple[LevelForm[str], ...], AfterValidator(rising)]
    most_travel_time_index: FiniteFloat = Field(gt=1)
    headway_tolerance: FiniteFloat = Field(gt=0, lt=1)


class Mobility:
    """The limits of traffic and public transport."""

    def __init__(self, form: MobilityForm) -> None:
        self.form = form
        self._service = Scale(form.level_of_service)

    def travel_time_index(self, speed: float, free_flow: float) -> float:
        """Travel time over that of free flow, from speeds (km/h); standing traffic has the most there is."""
        most = self.form.most_travel_time_index
        return min(most, free_flow / speed) if speed > 0 else most

    def level_of_service(self, speed: float, free_flow: float) -> Level[str]:
        """A to F, from the share of the free-flow speed that is left."""
        return self._service.of(speed / free_flow * 100.0)

    def keeps_headway(self, headway: float, scheduled: float) -> bool:
        """Whether a headway is within the tolerance of the schedule, its ends included."""
        return abs(headway - scheduled) <= self.form.headway_tolerance * scheduled


def congestion(travel_time_index: float) -> float:
    """By how much a journey takes longer than in free flow, %; below 0 it is faster."""
    return (travel_time_index - 1.0) * 100.0
