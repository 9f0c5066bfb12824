"""Rule files in, checked rules out, or every mistake in them at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from devices.documents import Document, Loc, Parsed, Problem, ProblemsError, dotted, parse, suggestion
from devices.model import City, Domain, Text
from devices.types import Metric, ObservationType
from rules.forms import HeadForm, RuleForm, TestForm
from rules.kinds import KINDS, kind_of
from rules.kinds.interface import Condition, Draft, PerDevice
from rules.reading import keys, read, unknown_key
from rules.ruleset import Heading, Rule, RuleSet, Where
from rules.testcases import RuleTest
from rules.testfiles import rule_test
from rules.texts import VARIABLES, variables


@dataclass(frozen=True, slots=True)
class Context:
    """What rules may speak of. Without a city its zones and services are not checked."""

    catalog: Mapping[str, ObservationType]
    city: City | None = None


def parse_groups(
    documents: Iterable[Document], context: Context, library: Iterable[Document] = ()
) -> RuleSet:
    """The rules of all files, in their order, those of the library first.

    A rule of ``documents`` takes the place of the library's rule of the same id; the library's tests of the
    file that it stood in are left out then.

    Raises:
        ProblemsError: all mistakes of all files.
    """
    problems: list[Problem] = []
    ours = _Files(context, problems)
    for document in documents:
        ours.add(document)
    theirs = _Files(context, problems)
    for document in library:
        theirs.add(document)
    if problems:
        raise ProblemsError(problems)
    tests = [test for test in theirs.tests if ours.rules.keys().isdisjoint(test.rules)]
    return RuleSet({**theirs.rules, **ours.rules}, (*tests, *ours.tests))


class _Files:
    """Rules and tests of several files, whose ids may stand only once."""

    def __init__(self, context: Context, problems: list[Problem]) -> None:
        self.context = context
        self.problems = problems
        self.rules: dict[str, Rule] = {}
        self.tests: list[RuleTest] = []
        self._first: dict[str, str] = {}

    def add(self, document: Document) -> None:
        try:
            parsed = parse(document)
        except ProblemsError as error:
            self.problems += error.problems
            return
        if not isinstance(parsed.data, dict):
            self.problems.append(parsed.problem((), "must be a mapping", allowed=", ".join(keys(HeadForm))))
            return
        self._group(parsed, parsed.data)

    def _group(self, parsed: Parsed, data: Mapping[str, Any]) -> None:
        """Head, rules and tests are read apart, so that a mistake in one hides none in another."""
        group = read(HeadForm, parsed, (), data, self.problems)
        rules, tests = _items(data, "rules"), _items(data, "tests")
        for place, entry in enumerate(rules):
            self._rule(parsed, ("rules", place), entry, group)
        names = [str(entry.get("id")) for entry in rules if isinstance(entry, dict)]
        for place, entry in enumerate(tests):
            form = read(TestForm, parsed, ("tests", place), entry, self.problems)
            if form is not None and group is not None:
                test = rule_test(form, parsed, ("tests", place), group.group, names, self.problems)
                self.tests.append(test)

    def _rule(self, parsed: Parsed, at: Loc, entry: Any, group: HeadForm | None) -> None:
        form = read(RuleForm, parsed, at, entry, self.problems) or self._rest(parsed, at, entry)
        if form is None:
            return
        name = group.group if group else "?"
        domain = group.domain if group else Domain.ENVIRONMENT
        rule = _Reader(self.context, parsed, at, self.problems).rule(form, name, domain)
        place = f"{parsed.document.name}:{parsed.line(at)}"
        first = self._first.setdefault(f"{name}/{form.id}", place) if group else place
        if first != place:
            message = f"{name}/{form.id} stands here a second time; the first is in {first}"
            self.problems.append(parsed.problem((*at, "id"), message, value=form.id))
        elif rule is not None:
            self.rules[rule.id] = rule

    def _rest(self, parsed: Parsed, at: Loc, entry: Any) -> RuleForm | None:
        """The rule without what is wrong in it, so that the rest is checked as well."""
        wrong = {problem.key for problem in self.problems if problem.file == parsed.document.name}
        start = dotted(at)
        rest = {
            key: value
            for key, value in (entry.items() if isinstance(entry, dict) else ())
            if not any(at_key == f"{start}.{key}" or at_key.startswith(f"{start}.{key}.") for at_key in wrong)
        }
        try:
            return RuleForm.model_validate(rest)
        except ValidationError:
            return None


def _items(data: Mapping[str, Any], key: str) -> list[Any]:
    """The list under a key; what is no list was complained about."""
    value = data.get(key)
    return value if isinstance(value, list) else []


def _when(parsed: Parsed, at: Loc, when: Mapping[str, Any], problems: list[Problem]) -> BaseModel | None:
    """The form of the condition, by the kind that its keys say."""
    kind = kind_of(when)
    known = list(dict.fromkeys(key for one in KINDS.values() for key in keys(one.form)))
    strange = [key for key in when if key not in known]
    what = "no condition of this version"
    problems += [unknown_key(parsed, (*at, "when", key), known, what) for key in strange]
    if strange:
        return None
    if kind is None:
        message = "says no condition"
        problems.append(parsed.problem((*at, "when"), message, allowed=", ".join(KINDS)))
        return None
    return read(kind.form, parsed, (*at, "when"), dict(when), problems)


class _Reader:
    """One rule's entry, checked against the catalogue and the city."""

    def __init__(self, context: Context, parsed: Parsed, at: Loc, problems: list[Problem]) -> None:
        self.context = context
        self.parsed = parsed
        self.at = at
        self.problems = problems

    def rule(self, form: RuleForm, group: str, domain: Domain) -> Rule | None:
        before = len(self.problems)
        when = _when(self.parsed, self.at, form.when, self.problems)
        on, metric = self._on(form)
        where = self._where(form)
        condition = None
        if when is not None and (on is not None or form.on is None):
            condition = self._condition(form, when, on, metric)
        title, advice = self._texts(form, condition)
        if condition is None or when is None or len(self.problems) > before:
            return None
        heading = Heading(
            id=f"{group}/{form.id}",
            version=_version(form, when, group, domain),
            domain=domain,
            title=title,
            advice=advice,
            shadow=form.mode == "shadow",
            metric=metric.title if metric else None,
            unit=metric.unit if metric else None,
        )
        return Rule(
            heading=heading,
            group=group,
            on=on.name if on else None,
            metric=metric.name if metric else None,
            where=where,
            condition=condition,
            hold=form.for_,
            keep=form.keep_firing_for,
        )

    def _complain(self, key: str, message: str, *, value: Any = None, allowed: str | None = None) -> None:
        loc = (*self.at, *(int(part) if part.isdigit() else part for part in key.split(".")))
        self.problems.append(self.parsed.problem(loc, message, value=value, allowed=allowed))

    def _on(self, form: RuleForm) -> tuple[ObservationType | None, Metric | None]:
        if form.on is None:
            return None, None
        name, dot, metric_name = form.on.partition(".")
        on = self.context.catalog.get(name)
        if on is None:
            types = ", ".join(sorted(self.context.catalog))
            message = f"no observation type {name}{suggestion(name, self.context.catalog)}"
            self._complain("on", message, value=form.on, allowed=types)
            return None, None
        metric = on.metrics.get(metric_name)
        if dot and metric is None:
            message = f"{name} has no metric {metric_name}{suggestion(metric_name, on.metrics)}"
            self._complain("on", message, value=form.on, allowed=", ".join(on.metrics))
            return None, None
        return on, metric

    def _where(self, form: RuleForm) -> Where:
        where, city = form.where, self.context.city
        if city is not None:
            self._known("zones", where.zones, city.zones, "zone")
            self._known("services", where.services, city.services, "service")
        return Where(frozenset(where.zones), where.devices, where.labels, frozenset(where.services))

    def _known(self, key: str, names: Iterable[str], known: Mapping[str, Any], what: str) -> None:
        for place, name in enumerate(names):
            if name not in known:
                message = f"the city has no {what} {name}{suggestion(name, known)}"
                self._complain(f"where.{key}.{place}", message, value=name, allowed=", ".join(known))

    def _condition(
        self, form: RuleForm, when: BaseModel, on: ObservationType | None, metric: Metric | None
    ) -> Condition | None:
        kind = kind_of(form.when)
        assert kind is not None
        draft = Draft(
            self.parsed,
            self.at,
            on,
            metric,
            form.severity,
            form.levels.limits(),
            self.problems,
        )
        condition = kind.condition(when, draft)
        if isinstance(condition, PerDevice) and metric is None:
            draft.complain("on", "needs a metric: Type.metric")
            return None
        return condition

    def _texts(self, form: RuleForm, condition: Condition | None) -> tuple[Text, Text | None]:
        allowed = condition.variables if condition else frozenset(VARIABLES)
        for key in ("title", "advice"):
            wording = getattr(form, key)
            for language in ("en", "th"):
                self._template(f"{key}.{language}", getattr(wording, language, None), allowed)
        default = condition.title if condition else Text("", "")
        return form.title.text() if form.title else default, form.advice.text() if form.advice else None

    def _template(self, key: str, template: str | None, allowed: frozenset[str]) -> None:
        try:
            named = variables(template or "")
        except ValueError as error:
            self._complain(key, str(error), value=template)
            return
        for name in dict.fromkeys(named):
            if name not in allowed:
                message = f"no variable {{{name}}} here{suggestion(name, allowed)}"
                self._complain(key, message, value=template, allowed=", ".join(sorted(allowed)))


def _version(form: RuleForm, when: BaseModel, group: str, domain: Domain) -> str:
    """The digest of all that a rule says. What is left out counts as its default, comments and tests do not.

    Defaults are left out of the digest, so that a key which a later version brings changes nobody's.
    """
    said = form.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"when"})
    content = {
        "group": group,
        "domain": domain.value,
        **said,
        "when": when.model_dump(mode="json", by_alias=True, exclude_defaults=True),
    }
    digest = hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return f"sha256:{digest}"
