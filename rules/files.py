"""Rule files in, checked rules out, or every mistake in them at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from devices.calendar.schedule import Schedule
from devices.documents import Document, Loc, Parsed, Problem, ProblemsError, dotted, parse, suggestion
from devices.model import Domain, Text
from devices.types import Metric, ObservationType
from rules.context import Context
from rules.forms import HeadForm, RuleForm, TestForm
from rules.kinds import KINDS, kind_of
from rules.kinds.interface import Condition, Draft, Kind, PerDevice
from rules.linking import Reference, link
from rules.model import RESERVED_GROUPS
from rules.reading import keys, read, unknown_key
from rules.ruleset import Heading, Rule, RuleSet, Where
from rules.testcases import RuleTest
from rules.testfiles import rule_test
from rules.texts import VARIABLES, variables

__all__ = ["Context", "parse_groups"]


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
    rules = link({**theirs.rules, **ours.rules}, {**theirs.references, **ours.references})
    return RuleSet(rules, (*tests, *ours.tests), context)


class _Files:
    """Rules and tests of several files, whose ids may stand only once."""

    def __init__(self, context: Context, problems: list[Problem]) -> None:
        self.context = context
        self.problems = problems
        self.rules: dict[str, Rule] = {}
        self.tests: list[RuleTest] = []
        self.references: dict[str, list[Reference]] = {}
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
        if group is not None and (about := RESERVED_GROUPS.get(group.group)):
            text = f"is the group of the alerts about {about}; choose another name"
            self.problems.append(parsed.problem(("group",), text, value=group.group))
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
        reader = _Reader(self.context, parsed, at, self.problems)
        rule = reader.rule(form, name, domain)
        place = f"{parsed.document.name}:{parsed.line(at)}"
        first = self._first.setdefault(f"{name}/{form.id}", place) if group else place
        if first != place:
            message = f"{name}/{form.id} stands here a second time; the first is in {first}"
            self.problems.append(parsed.problem((*at, "id"), message, value=form.id))
        elif rule is not None:
            self.rules[rule.id] = rule
            self.references[rule.id] = reader.references

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


def _condition(draft: Draft, when: Mapping[str, Any]) -> Condition | None:
    """The condition that stands under a key, by the kind that its keys say."""
    said = _when(draft, when)
    if said is None:
        return None
    kind, form = said
    condition = kind.condition(form, draft)
    if isinstance(condition, PerDevice) and draft.metric is None and not condition.whole:
        draft.complain("on", "needs a metric: Type.metric")
        return None
    return condition


def _when(draft: Draft, when: Mapping[str, Any]) -> tuple[Kind, BaseModel] | None:
    """The kind and its form, read; all that is wrong with it is noted."""
    kind = kind_of(when)
    known = list(dict.fromkeys(key for one in KINDS.values() for key in keys(one.form)))
    at = draft.location("when")
    if strange := [key for key in when if key not in known]:
        what = "no condition of this version"
        draft.problems += [unknown_key(draft.parsed, (*at, key), known, what) for key in strange]
        return None
    if kind is None:
        draft.complain("when", "says no condition", allowed=", ".join(KINDS))
        return None
    form = read(kind.form, draft.parsed, at, dict(when), draft.problems)
    return None if form is None else (kind, form)


class _Reader:
    """One rule's entry, checked against the catalogue and the city."""

    def __init__(self, context: Context, parsed: Parsed, at: Loc, problems: list[Problem]) -> None:
        self.context = context
        self.parsed = parsed
        self.at = at
        self.problems = problems
        self.references: list[Reference] = []

    def rule(self, form: RuleForm, group: str, domain: Domain) -> Rule | None:
        before = len(self.problems)
        on, metric = self._on(form)
        where = self._where(form)
        condition = None
        if on is not None or form.on is None:
            condition = _condition(self._draft(form, group, on, metric), form.when)
        title, advice = self._texts(form, condition)
        self._mode(form)
        if condition is None or len(self.problems) > before:
            return None
        heading = Heading(
            id=f"{group}/{form.id}",
            version=_version(form, self._said(form), group, domain),
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
            schedule=self._schedule(form),
            lateness=form.lateness,
            kind=next(key for key in KINDS if key in form.when),
            document=self._entry,
            source=f"{self.parsed.document.name}:{self.parsed.line(self.at)}",
            against=_whole(form.against, group),
        )

    @property
    def _entry(self) -> Mapping[str, Any]:
        """The rule as its file has it."""
        part = self.parsed.data
        for key in self.at:
            part = part[key]
        return part  # type: ignore[no-any-return]

    def _draft(self, form: RuleForm, group: str, on: ObservationType | None, metric: Metric | None) -> Draft:
        return Draft(
            context=self.context,
            parsed=self.parsed,
            at=self.at,
            group=group,
            rule_id=f"{group}/{form.id}",
            on=on,
            metric=metric,
            severity=form.severity,
            levels=form.levels.limits(),
            problems=self.problems,
            read=_condition,
            references=self.references,
        )

    def _said(self, form: RuleForm) -> Mapping[str, Any]:
        """What ``when`` says, defaults left out, for the rule's version."""
        kind = kind_of(form.when)
        assert kind is not None
        said = kind.form.model_validate(dict(form.when))
        return said.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    def _schedule(self, form: RuleForm) -> Schedule | None:
        if form.schedule is None:
            return None
        return Schedule(form.schedule, self.context.timezone, self.context.holidays)

    def _mode(self, form: RuleForm) -> None:
        if form.against is not None and form.mode != "shadow":
            self._complain("against", "is for rules in shadow mode, to compare them", value=form.against)

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
        metrics = self.context.metrics(on)
        metric = metrics.get(metric_name)
        if dot and metric is None:
            message = f"{name} has no metric {metric_name}{suggestion(metric_name, metrics)}"
            self._complain("on", message, value=form.on, allowed=", ".join(metrics))
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


def _whole(rule: str | None, group: str) -> str | None:
    return rule if rule is None or "/" in rule else f"{group}/{rule}"


def _version(form: RuleForm, when: Mapping[str, Any], group: str, domain: Domain) -> str:
    """The digest of all that a rule says. What is left out counts as its default, comments and tests do not.

    Defaults are left out of the digest, so that a key which a later version brings changes nobody's.
    """
    said = form.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"when"})
    content = {"group": group, "domain": domain.value, **said, "when": when}
    digest = hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return f"sha256:{digest}"
