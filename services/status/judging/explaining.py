"""How a verdict came about, as a document: what was measured, and what each rule compared and found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypedDict

from devices.model import Text
from devices.spans import format_span
from services.runtime.clock import optional_rfc3339, rfc3339
from services.status.judging.comparing import Found
from services.status.judging.state import State
from services.status.model import Verdict
from services.status.policy.measures import Measured
from services.status.policy.rules import RuleList, Shape, true


class Words(TypedDict):
    """A text in both languages."""

    en: str
    th: str


class ComparisonPart(TypedDict):
    """A comparison: ``{"measure": "silent", "of": [], "op": "above", "limit": 0.5, "clear": 0.4,
    "value": 0.45, "unit": "share", "title": {"en": "silent devices", "th": …}, "holds": true,
    "latched": true}``.

    ``of`` are the severities or statuses that count; ``latched``: it holds only because it held before and
    has not come back to ``clear``. ``value`` is null where there is nothing to measure.
    """

    measure: str
    of: list[str]
    op: str
    limit: Measured
    clear: float | None
    value: Measured
    unit: str
    title: Words
    holds: bool
    latched: bool


class JoinedPart(TypedDict):
    """Conditions put together: ``{"join": "all", "holds": false, "parts": […]}``; all, any or not."""

    join: str
    holds: bool
    parts: list[ComparisonPart | JoinedPart]


class RulePart(TypedDict):
    """One rule, in its order.

    ``state``: ``holds``; ``waiting`` (its condition does, since ``since``, and will have long enough at
    ``until``); ``kept`` (its condition does no more, and it holds on until ``until``); ``blocked`` (it would
    hold, but for ``unless``); ``off``. ``decided``: it is the first that holds.
    """

    id: str
    status: str
    decided: bool
    state: str
    since: str | None
    until: str | None
    counted: bool
    wait: str
    keep: str
    when: ComparisonPart | JoinedPart
    unless: ComparisonPart | JoinedPart | None


class MeasurePart(TypedDict):
    """A measure that some rule looks at, with what it is now (null: nothing to measure)."""

    measure: str
    of: list[str]
    unit: str
    title: Words
    value: Measured


class Explanation(TypedDict):
    """How a service, or its part in a zone, came by its status at a moment.

    ``{"at": "2026-11-21T05:00:00.000Z", "status": "degraded", "rule": "silence", "counted": true,
    "reason": {"en": "Traffic counts: 4 of 12 sensors silent in Yothi", "th": …}, "due": null, "set": "city",
    "measures": [{"measure": "silent", "of": [], "unit": "share", "title": {…}, "value": 0.333}, …],
    "rules": [{"id": "silence", "status": "degraded", "decided": true, "state": "holds", "since": null,
    "until": null, "counted": true, "wait": "0s", "keep": "0s", "when": {"measure": "silent", …},
    "unless": null}, …]}``

    ``rule`` is ``well`` when no rule holds. ``due`` is when time alone could change it, ``set`` the list of
    rules by which it is judged, ``wait`` what files write as ``for``. Times are RFC 3339, shares 0 to 1.
    """

    at: str
    status: str
    rule: str
    reason: Words
    counted: bool
    due: str | None
    set: str
    measures: list[MeasurePart]
    rules: list[RulePart]


class ZoneExplanation(Explanation):
    """Of a service's part in one zone, with the evidence as the service's document shows it."""

    zone: str
    since: str
    evidence: dict[str, object]


class ServiceExplanation(Explanation):
    """``GET services/{id}/explain``: :class:`Explanation` of the service, with ``id``, ``name``, ``domain``,
    ``criticality``, since when the status holds and its evidence, and under ``zones`` the same of its part in
    each zone.
    """

    id: str
    name: Words
    domain: str
    criticality: str
    since: str
    evidence: dict[str, object]
    zones: list[ZoneExplanation]


class Outcome(NamedTuple):
    """What a look found: each measure, what was compared, the places of the rules that hold.

    ``state`` is what it left behind, ``due`` when to look again.
    """

    values: Sequence[Measured]
    found: Found
    held: Sequence[int]
    state: State
    due: int | None


def explanation(rules: RuleList, verdict: Verdict, at: int, outcome: Outcome) -> Explanation:
    """The document of a look."""
    writer = _Writer(rules, outcome)
    return Explanation(
        at=rfc3339(at),
        status=verdict.status.value,
        rule=verdict.rule,
        reason=_words(verdict.reason),
        counted=verdict.counted,
        due=optional_rfc3339(outcome.due),
        set=rules.name,
        measures=writer.measures(),
        rules=[writer.rule(number) for number in range(len(rules.rules))],
    )


class _Writer(NamedTuple):
    rules: RuleList
    outcome: Outcome

    def measures(self) -> list[MeasurePart]:
        return [
            MeasurePart(
                measure=asked.name,
                of=list(asked.only),
                unit=asked.measure.unit.value,
                title=_words(asked.measure.title),
                value=_plain(value),
            )
            for asked, value in zip(self.rules.asked, self.outcome.values, strict=True)
        ]

    def rule(self, number: int) -> RulePart:
        rule = self.rules.rules[number]
        when, unless = self.rules.shapes[number]
        state, since, until = self._state(number)
        return RulePart(
            id=rule.id,
            status=rule.status.value,
            decided=list(self.outcome.held[:1]) == [number],
            state=state,
            since=optional_rfc3339(since),
            until=optional_rfc3339(until),
            counted=rule.counted,
            wait=format_span(rule.hold),
            keep=format_span(rule.keep),
            when=self._part(when),
            unless=None if unless is None else self._part(unless),
        )

    def _state(self, number: int) -> tuple[str, int | None, int | None]:
        """The word for how a rule is, since when its condition holds, and when that will turn."""
        found, state = self.outcome.found, self.outcome.state
        since, until = state.since.get(number), state.until.get(number)
        if number in self.outcome.held:
            return ("holds" if until is None else "kept"), since, until
        if number in state.held or (number in found.blocked and self._met(number)):
            return "blocked", since, until
        if since is not None:
            return "waiting", since, since + self.rules.rules[number].hold
        return "off", None, None

    def _met(self, number: int) -> bool:
        return true(self.rules.shapes[number][0], self.outcome.found.truths)

    def _part(self, shape: Shape) -> ComparisonPart | JoinedPart:
        if isinstance(shape, int):
            return self._comparison(shape)
        join, parts = shape
        holds = true(shape, self.outcome.found.truths)
        return JoinedPart(join=join.value, holds=holds, parts=[self._part(part) for part in parts])

    def _comparison(self, number: int) -> ComparisonPart:
        one, truth = self.rules.leaves[number], self.outcome.found.truths[number]
        value, measure = self.outcome.values[self.rules.places[number]], one.asked.measure
        return ComparisonPart(
            measure=one.asked.name,
            of=list(one.asked.only),
            op=one.op.value,
            limit=one.limit,
            clear=one.clear,
            value=_plain(value),
            unit=measure.unit.value,
            title=_words(measure.title),
            holds=truth,
            latched=truth and value is not None and not one.op.compare(value, one.limit),
        )


def _words(text: Text) -> Words:
    return Words(en=text.en, th=text.th)


def _plain(value: Measured) -> Measured:
    """Shares and ages as far as anybody reads them."""
    return round(value, 4) if isinstance(value, float) else value
