"""``status.yaml`` in, its rules out, or every mistake in it at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from devices.city import CityFolder
from devices.documents import Document, Loc, Parsed, Problem, ProblemsError, parse, suggestion
from devices.model import City
from devices.topics import LEVEL, LEVEL_RULE
from rules.reading import keys, read
from services.status.policy.conditions import ConditionReader
from services.status.policy.forms import RollUpForm, RuleForm, StatusForm, UseForm
from services.status.policy.rules import RollUp, RuleList, StatusRule

MOST_RULES = 200
"""In one set: more nobody reads."""

_DEFAULT = Path(__file__).with_name("default.yaml")


class Written(NamedTuple):
    """What a file says, what it leaves out filled in."""

    silent_after: float
    sets: Mapping[str, RuleList]
    domains: RollUp
    zones: RollUp


_NOTHING = Written(3.0, {}, RollUp({}), RollUp({}))


def default() -> Written:
    """What comes with Nakhon."""
    return read_document(Document(_DEFAULT.name, _DEFAULT.read_text(encoding="utf-8")), _NOTHING)


def of_folder(folder: CityFolder) -> Written:
    """What a city decided, over the default.

    Raises:
        ProblemsError: all mistakes.
    """
    problems: list[Problem] = []
    written = default()
    sets = set(written.sets)
    if folder.status is not None:
        sets.update(_names(folder.status))
        try:
            written = read_document(folder.status, written)
        except ProblemsError as error:
            problems += error.problems
    problems += _unknown_sets(folder.city, sorted(sets))
    if problems:
        raise ProblemsError(problems)
    return written


def read_document(document: Document, base: Written) -> Written:
    """What one file says, over ``base``.

    Raises:
        ProblemsError: all mistakes in it.
    """
    parsed = parse(document)
    if parsed.data is None:
        return base
    reader = _Reader(parsed, base)
    written = reader.read()
    if reader.problems:
        raise ProblemsError(reader.problems)
    return written


@dataclass(slots=True)
class _Item:
    """An entry of a list that was read well, and where it stands."""

    rule: StatusRule
    at: Loc
    before: str | None


@dataclass(slots=True)
class _Reader:
    parsed: Parsed
    base: Written
    problems: list[Problem] = field(default_factory=list)
    _read: dict[str, tuple[StatusRule, ...]] = field(default_factory=dict)
    _reading: list[str] = field(default_factory=list)
    _listed: Mapping[str, Any] = field(default_factory=dict)

    def read(self) -> Written:
        """What the file means; to be used only when nothing was noted as a problem."""
        data = self.parsed.data
        if not isinstance(data, Mapping):
            self._note((), "must be a mapping", allowed=", ".join(keys(StatusForm)))
            return self.base
        form = read(StatusForm, self.parsed, (), data, self.problems)
        self._listed = self._entries(data.get("sets"))
        own = {name: self._set(name) for name in self._listed}
        sets = {**self.base.sets, **{name: RuleList(name, rules) for name, rules in own.items()}}
        if form is None:
            return self.base
        after = self.base.silent_after if form.silent_after is None else form.silent_after
        return Written(
            after, sets, _roll_up(form.domains, self.base.domains), _roll_up(form.zones, self.base.zones)
        )

    def _entries(self, sets: Any) -> Mapping[str, Any]:
        if sets is None:
            return {}
        if not isinstance(sets, Mapping):
            self._note(("sets",), "must be a mapping of names to lists of rules")
            return {}
        for name in sets:
            if LEVEL.fullmatch(name) is None:
                self._note(("sets", name), f"the name must be {LEVEL_RULE}", name)
        return sets

    def _set(self, name: str) -> tuple[StatusRule, ...]:
        """The rules of a set of this file, those that it uses included."""
        if name not in self._read:
            self._reading.append(name)
            self._read[name] = self._rules(("sets", name), self._listed[name])
            self._reading.pop()
        return self._read[name]

    def _rules(self, at: Loc, listed: Any) -> tuple[StatusRule, ...]:
        if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_RULES:
            self._note(at, f"must be a list of 1 to {MOST_RULES} rules")
            return ()
        used: dict[str, StatusRule] | None = None
        place = 0
        items: list[_Item] = []
        for number, entry in enumerate(listed):
            here = (*at, number)
            if isinstance(entry, Mapping) and "use" in entry:
                if used is not None:
                    self._note(here, "a set can use one other set")
                used, place = {rule.id: rule for rule in self._used(here, entry)}, len(items)
            elif (item := self._item(here, entry)) is not None:
                items.append(item)
        self._once(items)
        return self._put_together(items, used, place)

    def _used(self, at: Loc, entry: Mapping[str, Any]) -> Sequence[StatusRule]:
        form = read(UseForm, self.parsed, at, entry, self.problems)
        if form is None:
            return ()
        own = self._reading[-1]
        known = [name for name in {**self._listed, **self.base.sets} if name not in self._reading]
        if own in self.base.sets:
            known.append(own)
        if form.use == own and own in self.base.sets:
            return self.base.sets[own].rules
        if form.use in self._reading:
            self._note((*at, "use"), "makes a circle", form.use, ", ".join(known))
            return ()
        if form.use in self._listed:
            return self._set(form.use)
        if form.use in self.base.sets:
            return self.base.sets[form.use].rules
        self._note(
            (*at, "use"), f"no set {form.use!r}{suggestion(form.use, known)}", form.use, ", ".join(known)
        )
        return ()

    def _item(self, at: Loc, entry: Any) -> _Item | None:
        form = read(RuleForm, self.parsed, at, entry, self.problems)
        conditions = ConditionReader(self.parsed, self.problems)
        when = unless = None
        if isinstance(entry, Mapping) and "when" in entry:
            when = conditions.condition((*at, "when"), entry["when"])
        if isinstance(entry, Mapping) and entry.get("unless") is not None:
            unless = conditions.condition((*at, "unless"), entry["unless"])
        if form is None or when is None:
            return None
        reason = form.reason.text() if form.reason else None
        rule = StatusRule(form.id, form.status, when, unless, form.for_, form.keep, form.counted, reason)
        return _Item(rule, at, form.before)

    def _once(self, items: Iterable[_Item]) -> None:
        first: dict[str, Loc] = {}
        for item in items:
            if item.rule.id in first:
                line = self.parsed.line((*first[item.rule.id], "id"))
                text = f"{item.rule.id} stands here a second time; the first is on line {line}"
                self._note((*item.at, "id"), text, item.rule.id)
            first.setdefault(item.rule.id, item.at)

    def _put_together(
        self, items: Sequence[_Item], used: dict[str, StatusRule] | None, place: int
    ) -> tuple[StatusRule, ...]:
        """The list with the used set at its place, own rules in place of those with the same id."""
        known = used or {}
        inside = {item.rule.id: item.rule for item in items if item.rule.id in known and item.before is None}
        front: dict[str, list[StatusRule]] = {}
        for item in items:
            if item.before is not None and item.before not in known:
                text = f"no rule {item.before!r} in the used set{suggestion(item.before, known)}"
                self._note((*item.at, "before"), text, item.before, ", ".join(known) or "beside use only")
            elif item.before is not None:
                front.setdefault(item.before, []).append(item.rule)
        moved = {rule.id for rules in front.values() for rule in rules}
        middle: list[StatusRule] = []
        for name, rule in known.items():
            middle += front.get(name, [])
            middle += [inside.get(name, rule)] if name not in moved else []
        rest = [
            (n, item.rule)
            for n, item in enumerate(items)
            if item.rule.id not in inside | dict.fromkeys(moved)
        ]
        before, after = [r for n, r in rest if n < place], [r for n, r in rest if n >= place]
        return (*before, *middle, *after)

    def _note(self, at: Loc, message: str, value: Any = None, allowed: str | None = None) -> None:
        self.problems.append(self.parsed.problem(at, message, value=value, allowed=allowed))


def _roll_up(form: RollUpForm | None, base: RollUp) -> RollUp:
    return base if form is None else RollUp({**base.at_most, **form.at_most()})


def _names(document: Document) -> Iterable[str]:
    """The sets that a file means to have, whatever else is wrong with it."""
    try:
        data = parse(document).data
    except ProblemsError:
        return ()
    sets = data.get("sets") if isinstance(data, Mapping) else None
    return sets if isinstance(sets, Mapping) else ()


def _unknown_sets(city: City, known: Sequence[str]) -> list[Problem]:
    return [
        Problem(
            "city.yaml",
            0,
            f"services.{service.id}.rules",
            f"no set of status rules {service.rules!r}{suggestion(service.rules, known)}",
            service.rules,
            ", ".join(known),
        )
        for service in city.services.values()
        if service.rules is not None and service.rules not in known
    ]
