"""The services of a ``city.yaml`` as they are written, and the smart services in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, PlainValidator

from devices.calendar.forms import ScheduleForm
from devices.calendar.holidays import Holidays
from devices.calendar.schedule import Schedule
from devices.calendar.windows import KEYS, Windows
from devices.forms import Form, Id, Interval, TextForm, text_or
from devices.model import Criticality, Domain, Objective, PlannedWork, SmartService
from devices.spans import Written


class Degraded(StrEnum):
    """What time in which a service is degraded is to its objective."""

    BAD = "bad"
    GOOD = "good"


class Maintained(StrEnum):
    """What time of planned work is to an objective."""

    EXCLUDED = "excluded"
    COUNTED = "counted"


def _as_it_is(value: object) -> object:
    """What Windows.of reads, and tells the mistakes of."""
    return value


_Start = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?$",
        examples=["2026-01-05T01:00"],
    ),
]
_LeftOut = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?$")]
_Rule = Annotated[str, Field(min_length=1, examples=["FREQ=WEEKLY;BYDAY=MO"])]


class WorkForm(Form):
    """Planned work on a service, once or again and again (RFC 5545)."""

    id: Id = Field(description="Unique in the city.")
    title: TextForm | None = Field(None, description="What is done; its id when left out.")
    start: Annotated[Any, PlainValidator(_as_it_is, json_schema_input_type=_Start)] = Field(
        description="The first time, on the city's clock: 2026-01-05T01:00."
    )
    duration: Annotated[Any, PlainValidator(_as_it_is, json_schema_input_type=Written)] = Field(
        description="How long it takes each time."
    )
    rrule: Annotated[Any, PlainValidator(_as_it_is, json_schema_input_type=_Rule | None)] = Field(
        None, description="When again (RFC 5545): FREQ=WEEKLY;BYDAY=MO. Once when left out."
    )
    exdates: Annotated[Any, PlainValidator(_as_it_is, json_schema_input_type=list[_LeftOut])] = Field(
        (), description="Days, or starts, at which it does not take place."
    )
    timezone: Annotated[Any, PlainValidator(_as_it_is, json_schema_input_type=str | None)] = Field(
        None, description="IANA name of another clock than the city's."
    )
    reason: str = Field("", description="Why, for those who look.")

    def work(self, timezone: str) -> PlannedWork:
        """The work; ``timezone`` is the city's.

        Raises:
            ScheduleError: the schedule has mistakes.
        """
        windows = Windows.of(schedule(self.model_dump()), timezone)
        return PlannedWork(self.id, text_or(self.title, self.id), windows, self.reason)


def schedule(entry: Mapping[str, object]) -> dict[str, object]:
    """What of planned work says when it is."""
    return {key: entry[key] for key in KEYS if key in entry}


class NeedsForm(Form):
    """What a service stands on."""

    types: tuple[str, ...] = Field((), description="Observation types whose devices the service needs.")
    services: tuple[str, ...] = Field((), description="Ids of other services that it can't do without.")
    probes: tuple[str, ...] = Field((), description="Ids of probes that ask after it.")


class ObjectiveForm(Form):
    """How good a service means to be."""

    target: float = Field(gt=0, le=1, description="Share of time operational, 0 to 1.")
    window: Interval = Field(description="Rolling window over which it counts: 30d.")
    degraded: Degraded = Field(
        Degraded.BAD, description="Whether time in which it is degraded counts as good or bad."
    )
    maintenance: Maintained = Field(
        Maintained.EXCLUDED,
        description="excluded: time of planned work is left out. counted: it counts as bad.",
    )

    def objective(self) -> Objective:
        degraded = self.degraded is Degraded.GOOD
        return Objective(self.target, self.window, degraded, self.maintenance is Maintained.COUNTED)


class ServiceForm(Form):
    """One smart service of the city."""

    id: Id
    domain: Domain
    name: TextForm | None = None
    zones: tuple[str, ...] = Field((), description="Zones that it serves; all when left out.")
    criticality: Criticality = Field(
        Criticality.NORMAL, description="How much hangs on it: it weighs on its domain accordingly."
    )
    owner: TextForm | None = Field(None, description="The agency that answers for it.")
    needs: NeedsForm = NeedsForm()
    interval: Interval | None = Field(
        None, description="How often its devices are expected to report; as each says when left out."
    )
    hours: ScheduleForm | None = Field(
        None, description="When it has to be there, on the city's clock; always when left out."
    )
    maintenance: tuple[WorkForm, ...] = Field((), description="Work that is planned on it.")
    rules: str | None = Field(
        None, min_length=1, description="Set of rules in status.yaml that its status follows."
    )
    objective: ObjectiveForm | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """What of a city its services go by: its clock, its holidays, and the probes that ask after each."""

    timezone: str
    holidays: Holidays
    probes: Mapping[str, Sequence[str]]
    _schedules: dict[ScheduleForm, Schedule] = field(default_factory=dict, init=False)

    def schedule(self, form: ScheduleForm | None) -> Schedule | None:
        """The hours that a form says; those that many services keep are one, and remember their days once."""
        if form is None:
            return None
        if form not in self._schedules:
            self._schedules[form] = Schedule(form, self.timezone, self.holidays)
        return self._schedules[form]


def smart_service(form: ServiceForm, setting: Setting) -> SmartService:
    """The service that a form describes, with every probe that asks after it.

    Raises:
        ScheduleError: planned work whose schedule has mistakes.
    """
    return SmartService(
        form.id,
        form.domain,
        text_or(form.name, form.id),
        form.zones,
        form.needs.types,
        form.objective.objective() if form.objective else None,
        form.criticality,
        form.owner.text() if form.owner else None,
        tuple(dict.fromkeys(form.needs.services)),
        tuple(dict.fromkeys((*form.needs.probes, *setting.probes.get(form.id, ())))),
        form.interval,
        setting.schedule(form.hours),
        tuple(work.work(setting.timezone) for work in form.maintenance),
        form.rules,
    )
