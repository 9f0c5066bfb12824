"""From what stands in an ``alerting.yaml`` to the policy that it means, part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from devices.calendar.forms import ScheduleForm
from devices.calendar.schedule import Schedule
from devices.calendar.windows import KEYS, ScheduleError, Windows
from devices.documents import Loc, suggestion
from devices.model import Text
from devices.spans import format_span
from devices.topics import LEVEL, LEVEL_RULE
from rules.forms import WordingForm
from rules.reading import read
from services.alerts.policy import forms
from services.alerts.policy.model import (
    Deadlines,
    Dependency,
    FloodLimits,
    Gathering,
    Inhibition,
    Policy,
    Recurrence,
    Recurring,
    Route,
    Step,
)
from services.alerts.policy.names import Known, check_keys, check_label, check_match
from services.alerts.policy.notes import Notes


class _Named(Protocol):
    @property
    def id(self) -> str: ...


Form = TypeVar("Form", bound=BaseModel)
Built = TypeVar("Built", bound=_Named)


@dataclass(slots=True)
class Reader:
    """Reads one file. A mistake in one part hides none in another."""

    known: Known
    notes: Notes
    intervals: dict[str, Schedule] = field(default_factory=dict)
    receivers: dict[str, Text] = field(default_factory=dict)

    def policy(self, data: Mapping[str, Any]) -> Policy:
        """What it means; to be used only when nothing was noted as a problem."""
        head = read(forms.HeadForm, self.notes.parsed, (), data, self.notes.problems) or self._rest(data)
        self.intervals = dict(self._intervals(data.get("intervals")))
        self.receivers = dict(self._receivers(data.get("receivers")))
        return Policy(
            recurrence=_recurrence(head),
            gathering=self._gathering(head.incidents),
            dependencies=self._each("depends", data, forms.DependsForm, self._dependency),
            inhibitions=self._each("inhibit", data, forms.InhibitForm, self._inhibition),
            maintenance=self._each("maintenance", data, forms.MaintenanceForm, self._maintenance),
            flood=_flood(head.flood),
            routes=self._each("routes", data, forms.RouteForm, self._route),
            receivers=self.receivers,
            deadlines=_deadlines(head.deadlines),
        )

    def _rest(self, data: Mapping[str, Any]) -> forms.HeadForm:
        """The head without the sections that are wrong, so that what hangs on the others is checked too."""
        wrong = {problem.key.partition(".")[0] for problem in self.notes.problems}
        kept = {key: data[key] for key in forms.HeadForm.model_fields if key in data and key not in wrong}
        return forms.HeadForm.model_validate(kept)

    def _entries(self, section: str, value: Any) -> Iterator[tuple[str, Any]]:
        """The entries of a mapping from names to forms."""
        if value is not None and not isinstance(value, Mapping):
            self.notes.problem((section,), "must be a mapping of names to values")
            return
        for name, entry in (value or {}).items():
            if LEVEL.fullmatch(name) is None:
                self.notes.problem((section, name), f"the name must be {LEVEL_RULE}", value=name)
            yield name, entry

    def _intervals(self, value: Any) -> Iterator[tuple[str, Schedule]]:
        for name, entry in self._entries("intervals", value):
            form = read(ScheduleForm, self.notes.parsed, ("intervals", name), entry, self.notes.problems)
            yield name, self._schedule(form or _ALWAYS)

    def _receivers(self, value: Any) -> Iterator[tuple[str, Text]]:
        for name, entry in self._entries("receivers", value):
            form = None
            if entry is not None:
                at: Loc = ("receivers", name)
                form = read(WordingForm, self.notes.parsed, at, entry, self.notes.problems)
            yield name, form.text() if form else Text(name, name)

    def _each(
        self, section: str, data: Mapping[str, Any], form: type[Form], build: Callable[[Form, Loc], Built]
    ) -> tuple[Built, ...]:
        """Every entry of a list; its id may stand only once."""
        listed = data.get(section)
        if listed is not None and not isinstance(listed, list):
            self.notes.problem((section,), "must be a list")
            return ()
        found: dict[str, tuple[Built, int]] = {}
        for place, entry in enumerate(listed or ()):
            at: Loc = (section, place)
            made = read(form, self.notes.parsed, at, entry, self.notes.problems)
            if made is None:
                continue
            built = build(made, at)
            if built.id in found:
                line = self.notes.parsed.line((section, found[built.id][1], "id"))
                message = f"{built.id} stands here a second time; the first is on line {line}"
                self.notes.problem((*at, "id"), message, value=built.id)
            found.setdefault(built.id, (built, place))
        return tuple(built for built, _ in found.values())

    def _gathering(self, form: forms.IncidentsForm | None) -> Gathering:
        if form is None:
            return Gathering()
        check_keys(form.by, ("incidents", "by"), self.known, self.notes)
        if "incident" in form.by:
            self.notes.problem(("incidents", "by"), "an incident can't be gathered by incident")
        return Gathering(form.by, form.within, form.reopen)

    def _dependency(self, form: forms.DependsForm, at: Loc) -> Dependency:
        for name, match in (("cause", form.cause), ("effects", form.effects)):
            self._something(match, (*at, name))
        if form.label is not None:
            check_label(form.label, (*at, "label"), self.known, self.notes)
            self._linked(form.label, (*at, "label"))
        check_keys(form.equal, (*at, "equal"), self.known, self.notes)
        cause, effects = form.cause.matcher(), form.effects.matcher()
        return Dependency(form.id, cause, effects, form.label, form.equal, form.within, form.quiet)

    def _linked(self, label: str, at: Loc) -> None:
        """A label that links devices must name some."""
        values = (self.known.labels or {}).get(label)
        if values and self.known.device_ids is not None and self.known.device_ids.isdisjoint(values):
            shown = ", ".join(sorted(values)[:3])
            message = f"no device is called what the label {label} says ({shown} …), so nothing is linked"
            self.notes.warning(at, message, value=label)

    def _inhibition(self, form: forms.InhibitForm, at: Loc) -> Inhibition:
        for name, match in (("source", form.source), ("target", form.target)):
            self._something(match, (*at, name))
        check_keys(form.equal, (*at, "equal"), self.known, self.notes)
        reason = form.reason.text() if form.reason else None
        return Inhibition(form.id, form.source.matcher(), form.target.matcher(), form.equal, reason)

    def _something(self, form: forms.MatchForm, at: Loc) -> None:
        if form.matcher().anything:
            self.notes.problem(at, "means every alert; say which", allowed=", ".join(type(form).model_fields))
        check_match(form, at, self.known, self.notes)

    def _maintenance(self, form: forms.MaintenanceForm, at: Loc) -> Recurring:
        check_match(form.match, (*at, "match"), self.known, self.notes)
        schedule = {key: getattr(form, key) for key in KEYS if getattr(form, key)}
        schedule.setdefault("timezone", self.known.context.timezone)
        try:
            Windows.of(schedule, self.known.context.timezone)
        except ScheduleError as error:
            for key, message in error.mistakes.items():
                self.notes.problem((*at, key), message, value=schedule.get(key))
        return Recurring(form.id, form.title.text(), form.match.matcher(), schedule, form.reason)

    def _route(self, form: forms.RouteForm, at: Loc) -> Route:
        check_match(form.match, (*at, "match"), self.known, self.notes)
        check_keys(form.group.by, (*at, "group", "by"), self.known, self.notes)
        return Route(
            form.id,
            form.match.matcher(),
            self._steps(form, at),
            during=self._hours(form.during, (*at, "during")),
            mute=self._hours(form.mute, (*at, "mute")),
            group_by=form.group.by,
            group_wait=form.group.wait,
            group_interval=form.group.interval,
            repeat=form.repeat,
            resolved=form.resolved,
            continues=form.continue_,
        )

    def _steps(self, form: forms.RouteForm, at: Loc) -> tuple[Step, ...]:
        if form.notify:
            self._named(form.notify, (*at, "notify"))
            return (Step(0, form.notify),)
        before = -1
        for place, step in enumerate(form.steps):
            here = (*at, "steps", place)
            self._named(step.notify, (*here, "notify"))
            if place == 0 and step.after:
                text = f"the first step has none, not {format_span(step.after)}; group.wait delays it"
                self.notes.problem((*here, "after"), text, value=step.after)
            elif step.after <= before:
                text = f"must be later than the step before it ({format_span(before)})"
                value = format_span(step.after)
                self.notes.problem((*here, "after"), f"{text}, not {value}", value=value)
            before = max(before, step.after)
        return tuple(Step(step.after, step.notify) for step in form.steps)

    def _named(self, receivers: tuple[str, ...], at: Loc) -> None:
        for place, name in enumerate(receivers):
            if name not in self.receivers:
                here = (*at, place) if (*at, place) in self.notes.parsed.lines else at
                message = f"no receiver {name!r}{suggestion(name, self.receivers)}"
                allowed = ", ".join(self.receivers) or "none yet: name them under receivers"
                self.notes.problem(here, message, value=name, allowed=allowed)

    def _hours(self, value: Any, at: Loc) -> Schedule | None:
        """A schedule that stands in place, or one of the intervals."""
        if value is None:
            return None
        if not isinstance(value, str):
            form = read(ScheduleForm, self.notes.parsed, at, value, self.notes.problems)
            return self._schedule(form) if form else None
        if value not in self.intervals:
            message = f"no interval {value!r}{suggestion(value, self.intervals)}"
            allowed = ", ".join(self.intervals) or "none yet: name them under intervals"
            self.notes.problem(at, message, value=value, allowed=allowed)
        return self.intervals.get(value)

    def _schedule(self, form: ScheduleForm) -> Schedule:
        return Schedule(form, self.known.context.timezone, self.known.context.holidays)


_ALWAYS = ScheduleForm.model_validate({"hours": "00:00-24:00"})


def _recurrence(head: forms.HeadForm) -> Recurrence:
    reopen = head.reopen.within if head.reopen else 0
    flapping = head.flapping
    if flapping is None:
        return Recurrence(reopen)
    return Recurrence(reopen, flapping.firings, flapping.within, flapping.calm)


def _flood(form: forms.FloodForm | None) -> FloodLimits:
    return FloodLimits(form.alerts, form.within, form.ends_below) if form else FloodLimits()


def _deadlines(form: forms.DeadlinesForm | None) -> Deadlines:
    usual = Deadlines()
    if form is None:
        return usual
    delivered = form.delivered.spans() if form.delivered else {}
    acknowledged = form.acknowledged.spans() if form.acknowledged else {}
    return Deadlines({**usual.delivered, **delivered}, {**usual.acknowledged, **acknowledged})
