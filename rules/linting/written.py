"""A rule beside what its author wrote, so that a remark can name the line."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import orjson

from devices.documents import Document, Loc, Parsed, Problem, ProblemsError, parse
from devices.spans import parse_span
from rules.model import Severity
from rules.ruleset import Rule, RuleSet

MEASURES = ("window", "change", "deviation", "anomaly")
"""The keys of ``when`` that say what is compared, when it is not the reading itself."""

COMPARISONS = ("above", "below", "outside", "equals", "in")
CLEARS = ("clear_below", "clear_above", "clear_within")

_NAMING_RULES = frozenset({"sequence", "all", "any", "not"})
"""Conditions that name rules, of their own group when they say none."""

_LIMITS = ("above", "below")


def span_of(value: object) -> int | None:
    """A span of the file in ms; None when it is left out or is none."""
    try:
        return parse_span(value)
    except ValueError:
        return None


def plain(value: Any) -> bytes:
    """What a part of a file says, written one way: 60m as 1h, 10 as 10.0, keys in order."""
    return orjson.dumps(_normal(value), option=orjson.OPT_SORT_KEYS)


def _normal(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _normal(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_normal(inner) for inner in value]
    if isinstance(value, str) and span_of(value) is not None:
        return span_of(value)
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@dataclass(frozen=True, slots=True)
class Part:
    """One condition in a rule: the whole ``when``, or that of a quorum's devices.

    ``at`` is where it stands in the rule's entry, ``levels`` the limits of its severities.
    """

    at: Loc
    when: Mapping[str, Any]
    levels: Mapping[str, float] = field(default_factory=dict)

    @property
    def measure(self) -> str | None:
        """The key of its measure; None when it compares the reading itself, or is a state."""
        return next((key for key in MEASURES if key in self.when), None)

    @property
    def comparison(self) -> str | None:
        """The key of its comparison; None for a state."""
        return next((key for key in COMPARISONS if key in self.when), None)

    def inside(self, key: str) -> Mapping[str, Any]:
        """What stands under a key that holds a mapping."""
        value = self.when.get(key)
        return value if isinstance(value, Mapping) else {}

    def limits(self) -> Iterator[tuple[Loc, float]]:
        """Every limit of ``above`` or ``below``, the levels' too, and where it stands."""
        key = self.comparison
        if key in _LIMITS:
            first = float(self.when[key])
            if first not in self.levels.values():
                yield (*self.at, key), first
            yield from ((("levels", severity), limit) for severity, limit in self.levels.items())


@dataclass(frozen=True, slots=True)
class Written:
    """One rule, the entry of its file, and where that stands. ``own``: the findings are to be told of it."""

    rule: Rule
    entry: Mapping[str, Any]
    parsed: Parsed
    at: Loc
    own: bool = True

    @property
    def place(self) -> str:
        """``file:line``."""
        return f"{self.parsed.document.name}:{self.parsed.line(self.at)}"

    @property
    def when(self) -> Mapping[str, Any]:
        """Its condition as written."""
        when: Mapping[str, Any] = self.entry["when"]
        return when

    @property
    def whole(self) -> Part:
        """Its condition."""
        return Part(("when",), self.when, self._levels())

    @property
    def parts(self) -> tuple[Part, ...]:
        """Its conditions on one device's readings: the whole one, or that of a quorum's devices."""
        quorum = self.when.get("quorum")
        inner = quorum.get("of") if isinstance(quorum, Mapping) else None
        if isinstance(inner, Mapping):
            return (Part(("when", "quorum", "of"), inner),)
        return (self.whole,)

    @property
    def severity(self) -> str:
        """As written, or the default."""
        return str(self.entry.get("severity", Severity.WARNING.value))

    @property
    def measure(self) -> Hashable:
        """What it looks at, and when, limits and devices aside: rules that differ here never overlap."""
        rule = self.rule
        compared = (*COMPARISONS, *CLEARS)
        rest = plain({key: value for key, value in self.when.items() if key not in compared})
        group = None if _NAMING_RULES.isdisjoint(self.when) else rule.group
        return rule.on, rule.metric, rule.heading.shadow, rule.lateness, rule.schedule, rest, group

    def problem(self, at: Loc, message: str, value: Any = None, allowed: str | None = None) -> Problem:
        """A problem with a key of the entry, on its line."""
        return self.parsed.problem((*self.at, *at), message, value=value, allowed=allowed)

    def _levels(self) -> Mapping[str, float]:
        levels = self.entry.get("levels") or {}
        return {severity: float(limit) for severity, limit in levels.items() if limit is not None}


def written(
    ruleset: RuleSet, documents: Iterable[Document], others: Iterable[Document] = ()
) -> tuple[Written, ...]:
    """Every rule of the set that stands in one of the documents, in the order of the set.

    ``others`` are files of which nothing is to be told: the packs, beside a city's own rules. Where both have
    a rule of an id, the set holds that of ``documents``.
    """
    found = {**_entries(others, own=False), **_entries(documents, own=True)}
    return tuple(
        Written(rule, entry, parsed, at, own)
        for rule in ruleset
        if rule.id in found
        for entry, parsed, at, own in (found[rule.id],)
    )


_Entry: TypeAlias = tuple[Mapping[str, Any], Parsed, Loc, bool]


def _entries(documents: Iterable[Document], *, own: bool) -> dict[str, _Entry]:
    found: dict[str, _Entry] = {}
    for document in documents:
        try:
            parsed = parse(document)
        except ProblemsError:
            continue
        data = parsed.data if isinstance(parsed.data, dict) else {}
        for place, entry in enumerate(data.get("rules") or ()):
            if isinstance(entry, dict):
                found[f"{data.get('group')}/{entry.get('id')}"] = (entry, parsed, ("rules", place), own)
    return found
