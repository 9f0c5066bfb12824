"""From the forms of files to indicators that can be computed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from devices.calendar import Holidays, Schedule, ScheduleForm
from devices.forms import Form
from devices.model import Value
from services.status.kpis import forms
from services.status.kpis.model import (
    Clause,
    Computation,
    Constant,
    ConstantValue,
    Daily,
    Days,
    Kpi,
    LabelSum,
    Level,
    Mean,
    Percentile,
    Quantity,
    Ratio,
    Readings,
    Rise,
    Share,
    Sum,
    Term,
    Time,
    Total,
    Weekday,
    constants_of,
)
from services.store.timeseries.tallying import Test

ENGINE = 1
"""Raised when the same definition begins to give other values."""

MINUTE, HOUR = 60_000, 3_600_000
Constants = Mapping[str, tuple[ConstantValue, ...]]


@dataclass(frozen=True, slots=True)
class Compiler:
    """What forms mean in a city. ``factors`` are those with dates, as text, for digests."""

    timezone: str
    holidays: Holidays
    constants: Constants
    factors: str = ""

    def kpi(self, form: forms.KpiForm) -> Kpi:
        """The indicator that a form describes."""
        compute = self._computation(form.compute)
        used = {name: self.constants.get(name, ()) for name in constants_of(compute)}
        return Kpi(
            form.id,
            form.domain,
            form.title.text(),
            form.formula.text(),
            form.unit,
            form.direction,
            form.target,
            form.band,
            form.goal.text() if form.goal else None,
            form.source,
            form.verified,
            form.coverage,
            compute,
            used,
            self._digest(form, used),
        )

    def _digest(self, form: forms.KpiForm, used: Constants) -> str:
        """Of what changes values; titles, targets and bands do not."""
        said: list[Any] = [ENGINE, form.unit, form.coverage, form.compute.model_dump(mode="json")]
        said += [self.timezone, self.factors, repr(sorted(used.items()))]
        if '"schedule": {' in json.dumps(said):
            said.append([day.isoformat() for day in sorted(self.holidays.days)])
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:24]

    def _computation(self, form: forms.ComputeForm) -> Computation:
        name = next(name for name in forms.COMPUTATIONS if getattr(form, name) is not None)
        make: Callable[[Any], Computation] = getattr(self, f"_{name}")
        return make(getattr(form, name))

    def _share(self, form: forms.ShareForm) -> Share:
        return Share(self._readings(form, form.met), form.weigh == "time", form.silence == "fails")

    def _time(self, form: forms.TimeForm) -> Time:
        unit = MINUTE if form.counted_in == "minutes" else HOUR
        return Time(self._readings(form, form.met), unit, form.each)

    def _mean(self, form: forms.MeanForm) -> Mean:
        return Mean(replace(self._readings(form, {}), value=form.metric))

    def _days(self, form: forms.DaysWithinForm) -> Days:
        bound = next(name for name in forms.BOUNDS if getattr(form, name) is not None)
        return Days(self._daily(form), Test(bound), getattr(form, bound))

    def _daily(self, form: forms.DayForm) -> Daily:
        readings = of_metric(form.of)
        return Daily(replace(readings, decibels=form.agg == "leq", by_device=True), form.agg, form.valid)

    def _percentile(self, form: forms.PercentileForm) -> Percentile:
        type_, _, metric = form.of.partition(".")
        return Percentile(Readings(type_), metric, form.percent / 100)

    def _weekday(self, form: forms.WeekdayForm) -> Weekday:
        return Weekday(replace(of_metric(form.of), by_device=True), form.weeks, form.valid)

    def _ratio(self, form: forms.RatioForm) -> Ratio:
        return Ratio(self._terms(form.of), self._terms(form.to))

    def _total(self, form: forms.TotalForm) -> Total:
        return Total(self._terms(form.of), form.per == "day")

    def _terms(self, terms: Iterable[forms.TermForm]) -> tuple[Term, ...]:
        return tuple(Term(self._quantity(one), one.times, one.factor) for one in terms)

    def _quantity(self, form: forms.TermForm) -> Quantity:
        if form.time is not None:
            return self._time(form.time)
        if form.label is not None:
            readings = replace(of_metric(form.label.of), by_device=True)
            return LabelSum(readings, form.label.label, form.label.valid)
        if form.constant is not None:
            return Constant(form.constant)
        if form.rise is not None:
            return Rise(of_metric(form.rise))
        if form.level is not None:
            return Level(replace(of_metric(form.level), given=clauses(form.given)))
        assert form.sum is not None
        return Sum(of_metric(form.sum))

    def _readings(self, form: forms.OfReadings, met: forms.Conditions) -> Readings:
        return Readings(form.of, clauses(form.given), clauses(met), schedule=self._schedule(form.schedule))

    def _schedule(self, form: ScheduleForm | None) -> Schedule | None:
        return None if form is None else Schedule(form, self.timezone, self.holidays)


def of_metric(text: str) -> Readings:
    """``TYPE.METRIC``."""
    type_, _, metric = text.partition(".")
    return Readings(type_, value=metric)


def clauses(conditions: forms.Conditions) -> tuple[Clause, ...]:
    """Conditions by metric as clauses that must all hold."""
    return tuple(clause for metric, form in conditions.items() for clause in _clauses(metric, form))


def _clauses(metric: str, form: forms.AmongForm | forms.CompareForm) -> Iterator[Clause]:
    if isinstance(form, forms.AmongForm):
        yield Clause(metric, Test.AMONG, _values(form.among), form.optional)
        return
    for name in forms.BOUNDS:
        limit = getattr(form, name)
        if isinstance(limit, forms.LabelLimitForm):
            yield Clause(metric, Test(name), (limit.default,), form.optional, limit.label)
        elif limit is not None:
            yield Clause(metric, Test(name), (limit,), form.optional)
    if form.is_not is not None:
        yield Clause(metric, Test.NOT_AMONG, _values(form.is_not), form.optional)


def _values(given: forms.Scalar | list[forms.Scalar]) -> tuple[Value, ...]:
    listed = given if isinstance(given, list) else [given]
    return tuple(float(one) if isinstance(one, int) and not isinstance(one, bool) else one for one in listed)


def changed(form: forms.KpiForm, change: forms.ChangeForm) -> forms.KpiForm:
    """An indicator as a city has it otherwise."""
    said = forms.given(change)
    plain = {name: value for name, value in said.items() if name != "limits"}
    compute = form.compute.model_copy(
        update={
            name: _limited(part, change.limits)
            for name in forms.COMPUTATIONS
            if (part := getattr(form.compute, name)) is not None
        }
    )
    return form.model_copy(update={**plain, "compute": compute})


def _limited(part: Form, limits: Mapping[str, forms.CompareForm]) -> Form:
    update: dict[str, object] = {}
    for name in ("given", "met"):
        conditions: forms.Conditions | None = getattr(part, name, None)
        if conditions:
            update[name] = {metric: limits.get(metric, one) for metric, one in conditions.items()}
    if isinstance(part, forms.DaysWithinForm) and (limit := limits.get(part.of.partition(".")[2])):
        update |= {name: getattr(limit, name) for name in forms.BOUNDS}
    return part.model_copy(update=update)


def limited_metrics(form: forms.KpiForm) -> set[str]:
    """The metrics whose limits a city may change."""
    for name in forms.COMPUTATIONS:
        part = getattr(form.compute, name)
        if isinstance(part, forms.DaysWithinForm):
            return {part.of.partition(".")[2]}
        if part is not None:
            return {*getattr(part, "given", {}), *getattr(part, "met", {})}
    return set()
