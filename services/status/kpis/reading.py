"""The indicators of a city: Nakhon's own catalogue, and what its ``kpis.yaml`` has besides and otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from devices.calendar import Holidays
from devices.catalog import Catalog
from devices.city import CityFolder
from devices.documents import Document, Loc, Parsed, Problem, ProblemsError, build, parse, suggestion
from devices.forms import Form
from devices.metrics import Metric, MetricType
from devices.model import Domain
from rules.indices.derivation import derived_metrics
from rules.indices.tables import Tables
from services.status.kpis import compiling, forms
from services.status.kpis.compiling import Compiler
from services.status.kpis.factors import FACTORS, Factors
from services.status.kpis.model import ConstantValue, Kpi


@dataclass(frozen=True, slots=True)
class Kpis:
    """The indicators of a city by id, domain by domain, and the dated factors that they are computed with."""

    by_id: Mapping[str, Kpi]
    factors: Factors


def builtin_forms() -> list[forms.KpiForm]:
    """Nakhon's own, domain by domain, in the order of their files. Read from the package: keep the answer."""
    folder = resources.files("services.status.kpis.catalogue")
    found: list[forms.KpiForm] = []
    for domain in Domain:
        name = f"{domain.value}.yaml"
        text = (folder / name).read_text(encoding="utf-8")
        found += build(
            forms.CatalogueForm, parse(Document(f"services/status/kpis/catalogue/{name}", text))
        ).kpis
    return found


def read_kpis(folder: CityFolder, own_catalogue: Sequence[forms.KpiForm] | None = None) -> Kpis:
    """The indicators of a city; ``own_catalogue`` is Nakhon's own when left out. Reads files.

    Raises:
        ProblemsError: all mistakes in its ``kpis.yaml``, or in its own emission factors.
    """
    factors = Factors(Tables.of(folder.indices).emissions)
    own, parsed = forms.KpisForm(), None
    if folder.kpis is not None:
        parsed = parse(folder.kpis)
        own = build(forms.KpisForm, parsed, data=parsed.data or {})
    listed_forms = builtin_forms() if own_catalogue is None else own_catalogue
    builtin = {form.id: form for form in listed_forms}
    if parsed is not None:
        problems = list(_problems(own, parsed, builtin, folder))
        if problems:
            raise ProblemsError(problems)
    listed = [
        compiling.changed(form, own.change[form.id]) if form.id in own.change else form
        for form in (*builtin.values(), *own.kpis)
        if form.id not in own.off
    ]
    compiler = Compiler(
        folder.city.timezone, Holidays.of(folder.holidays), _constants(own), factors.as_text()
    )
    order = list(Domain)
    made = sorted((compiler.kpi(form) for form in listed), key=lambda kpi: order.index(kpi.domain))
    return Kpis({kpi.id: kpi for kpi in made}, factors)


def _constants(own: forms.KpisForm) -> compiling.Constants:
    return {
        name: tuple(
            ConstantValue(one.since, one.value, one.zones) for one in sorted(given, key=lambda one: one.since)
        )
        for name, given in own.constants.items()
    }


def _problems(
    own: forms.KpisForm, parsed: Parsed, builtin: Mapping[str, forms.KpiForm], folder: CityFolder
) -> Iterator[Problem]:
    yield from _of_ids(own, parsed, builtin)
    yield from _of_changes(own, parsed, builtin)
    yield from _of_constants(own, parsed, [*builtin.values(), *own.kpis], folder)
    for place, form in enumerate(own.kpis):
        yield from Check(parsed, ("kpis", place), folder.catalog).problems(form)


def _of_ids(own: forms.KpisForm, parsed: Parsed, builtin: Mapping[str, forms.KpiForm]) -> Iterator[Problem]:
    for place, name in enumerate(own.off):
        if name not in builtin:
            yield parsed.problem(
                ("off", place), f"no indicator {name!r}{suggestion(name, builtin)}", value=name
            )
    seen: set[str] = set()
    for place, form in enumerate(own.kpis):
        if form.id in builtin:
            why = f"{form.id!r} is one of Nakhon's own; change it under change, or switch it off"
            yield parsed.problem(("kpis", place, "id"), why, value=form.id)
        elif form.id in seen:
            yield parsed.problem(
                ("kpis", place, "id"), f"{form.id!r} stands here a second time", value=form.id
            )
        seen.add(form.id)


def _of_changes(
    own: forms.KpisForm, parsed: Parsed, builtin: Mapping[str, forms.KpiForm]
) -> Iterator[Problem]:
    for name, change in own.change.items():
        loc: Loc = ("change", name)
        if name not in builtin:
            yield parsed.problem(loc, f"no indicator {name!r}{suggestion(name, builtin)}", value=name)
            continue
        if name in own.off:
            yield parsed.problem(loc, "is switched off below; leave one of the two out")
        known = compiling.limited_metrics(builtin[name])
        for metric in change.limits:
            if metric not in known:
                why = f"{name} has no limit of {metric!r}{suggestion(metric, known)}"
                allowed = ", ".join(sorted(known)) or None
                yield parsed.problem((*loc, "limits", metric), why, allowed=allowed)
        if builtin[name].direction is forms.Direction.BAND and change.target is not None:
            yield parsed.problem((*loc, "target"), "this indicator has a band, no target")


def _of_constants(
    own: forms.KpisForm, parsed: Parsed, listed: Iterable[forms.KpiForm], folder: CityFolder
) -> Iterator[Problem]:
    known = {term.constant for form in listed for term in terms(form.compute) if term.constant}
    for name, given in own.constants.items():
        if name not in known:
            why = f"no indicator uses a constant {name!r}{suggestion(name, known)}"
            yield parsed.problem(("constants", name), why, allowed=", ".join(sorted(known)))
        for place, one in enumerate(given):
            for zone in set(one.zones) - set(folder.city.zones):
                why = f"no zone {zone!r}{suggestion(zone, folder.city.zones)}"
                yield parsed.problem(("constants", name, place, "zones", zone), why, value=zone)


def terms(form: forms.ComputeForm) -> list[forms.TermForm]:
    """The terms of a ratio or a total."""
    if form.ratio:
        return [*form.ratio.of, *form.ratio.to]
    return form.total.of if form.total else []


class Check:
    """What of an indicator does not fit the types that there are."""

    def __init__(self, parsed: Parsed, at: Loc, catalog: Catalog) -> None:
        self._parsed, self._at, self._catalog = parsed, at, catalog

    def problems(self, form: forms.KpiForm) -> Iterator[Problem]:
        """Unknown types and metrics, numbers asked of texts, values that never come."""
        for name in forms.COMPUTATIONS:
            part = getattr(form.compute, name)
            if part is not None:
                yield from self._of_part(part, ("compute", name))

    def _of_part(self, part: Form, loc: Loc) -> Iterator[Problem]:
        if isinstance(part, forms.OfReadings):
            yield from self._of_readings(part, loc)
        elif isinstance(part, forms.RatioForm | forms.TotalForm):
            sides = ("of", "to") if isinstance(part, forms.RatioForm) else ("of",)
            for side in sides:
                listed: list[forms.TermForm] = getattr(part, side)
                for place, term in enumerate(listed):
                    yield from self._of_term(term, (*loc, side, place))
        else:
            yield from self._of_metric(getattr(part, "of"), (*loc, "of"))  # noqa: B009 - all of these have it

    def _of_term(self, term: forms.TermForm, loc: Loc) -> Iterator[Problem]:
        for name in ("sum", "rise", "level"):
            if (text := getattr(term, name)) is not None:
                yield from self._of_metric(text, (*loc, name), counter=name == "rise")
        if term.level is not None and (metrics := self._metrics(term.level.partition(".")[0])):
            yield from self._of_conditions(term.level.partition(".")[0], metrics, term.given, (*loc, "given"))
        if term.time is not None:
            yield from self._of_readings(term.time, (*loc, "time"))
        if term.label is not None:
            yield from self._of_metric(term.label.of, (*loc, "label", "of"))
        if term.factor is not None and term.factor not in FACTORS:
            why = f"no factor {term.factor!r}{suggestion(term.factor, FACTORS)}"
            yield self._problem((*loc, "factor"), why, allowed=", ".join(FACTORS))

    def _of_readings(self, form: forms.OfReadings, loc: Loc) -> Iterator[Problem]:
        metrics = self._metrics(form.of)
        if metrics is None:
            yield self._unknown_type(form.of, (*loc, "of"))
            return
        if isinstance(form, forms.MeanForm):
            yield from self._number(form.of, form.metric, metrics, (*loc, "metric"))
        for side in ("given", "met"):
            yield from self._of_conditions(form.of, metrics, getattr(form, side, {}), (*loc, side))

    def _of_conditions(
        self, type_: str, metrics: Mapping[str, Metric], conditions: forms.Conditions, loc: Loc
    ) -> Iterator[Problem]:
        for name, condition in conditions.items():
            if name not in metrics:
                yield self._unknown_metric(type_, name, metrics, (*loc, name))
            else:
                yield from self._of_condition(metrics[name], condition, (*loc, name))

    def _of_condition(
        self, metric: Metric, form: forms.AmongForm | forms.CompareForm, loc: Loc
    ) -> Iterator[Problem]:
        bounds = [name for name in forms.BOUNDS if getattr(form, name, None) is not None]
        if bounds and metric.type is not MetricType.NUMBER:
            yield self._problem((*loc, bounds[0]), f"{metric.name} is no number", allowed=metric.allowed)
        given = form.among if isinstance(form, forms.AmongForm) else form.is_not
        for value in given if isinstance(given, list) else [given]:
            if value is not None and not _may_be(metric, value):
                near = suggestion(str(value), metric.values)
                yield self._problem(
                    loc, f"{metric.name} is never {value!r}{near}", value=value, allowed=metric.allowed
                )

    def _of_metric(self, text: str, loc: Loc, *, counter: bool = False) -> Iterator[Problem]:
        type_, _, name = text.partition(".")
        metrics = self._metrics(type_)
        if metrics is None:
            yield self._unknown_type(type_, loc)
            return
        yield from self._number(type_, name, metrics, loc)
        if counter and name in metrics and not metrics[name].counter:
            counters = ", ".join(metric.name for metric in metrics.values() if metric.counter)
            yield self._problem(loc, f"{name} is no counter", allowed=counters or None)

    def _number(self, type_: str, name: str, metrics: Mapping[str, Metric], loc: Loc) -> Iterator[Problem]:
        if name not in metrics:
            yield self._unknown_metric(type_, name, metrics, loc)
        elif metrics[name].type is not MetricType.NUMBER:
            yield self._problem(loc, f"{name} is no number", allowed=metrics[name].allowed)

    def _metrics(self, type_: str) -> Mapping[str, Metric] | None:
        if type_ not in self._catalog:
            return None
        kind = self._catalog[type_]
        return {**derived_metrics(kind), **kind.metrics}

    def _unknown_type(self, type_: str, loc: Loc) -> Problem:
        return self._problem(
            loc, f"no observation type {type_!r}{suggestion(type_, self._catalog)}", value=type_
        )

    def _unknown_metric(self, type_: str, name: str, metrics: Mapping[str, Metric], loc: Loc) -> Problem:
        why = f"{type_} has no metric {name!r}{suggestion(name, metrics)}"
        return self._problem(loc, why, value=name, allowed=", ".join(metrics))

    def _problem(self, loc: Loc, message: str, **more: object) -> Problem:
        allowed = more.get("allowed")
        return self._parsed.problem(
            (*self._at, *loc), message, value=more.get("value"), allowed=str(allowed) if allowed else None
        )


def _may_be(metric: Metric, value: forms.Scalar) -> bool:
    if isinstance(value, bool):
        return metric.type is MetricType.BOOLEAN
    if isinstance(value, str):
        return metric.type is MetricType.STRING and (not metric.values or value in metric.values)
    return metric.type is MetricType.NUMBER
