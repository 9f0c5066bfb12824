"""Looks at the evidence of one service, or of its part in a zone, and says how it is by its rules. Pure.

What a judge remembers is what its rules' hysteresis needs: which comparisons are latched, since when a
condition holds, until when a rule is kept. It is asked in order of time, at every change of evidence and at
:meth:`Judge.due`; asking it more often never changes what it answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from devices.model import Text
from services.status.judging.comparing import Found, compare
from services.status.judging.explaining import Explanation, Outcome, explanation
from services.status.judging.passing import crossing
from services.status.judging.speaking import Decision, Speaker
from services.status.judging.state import State
from services.status.model import Evidence, Verdict
from services.status.policy.measures import Figures, Measured
from services.status.policy.rules import WELL, RuleList


class Judge:
    """Judges one thing by one list of rules. ``name`` is what reasons begin with."""

    __slots__ = ("_due", "_name", "_rules", "_speaker", "_state")

    def __init__(self, rules: RuleList, name: Text, speaker: Speaker) -> None:
        self._rules = rules
        self._name = name
        self._speaker = speaker
        self._state = State()
        self._due: int | None = None

    def look(self, evidence: Evidence, at: int) -> Verdict:
        """How it is, with this evidence at this moment (ms), which is no earlier than the last one."""
        seen = self._look(evidence, at, self._state)
        self._due = seen.due
        return seen.verdict

    def due(self) -> int | None:
        """The next moment (ms) at which time alone could change the verdict, with the evidence seen last."""
        return self._due

    def dump(self) -> dict[str, Any]:
        """What it remembers, JSON-ready; empty for as long as no hysteresis is at work."""
        return self._state.dump(self._rules)

    def load(self, saved: Mapping[str, Any]) -> None:
        """Remember what :meth:`dump` gave, as far as the rules are still the same. Then look."""
        self._state = State.load(self._rules, saved)
        self._due = None

    def explain(self, evidence: Evidence, at: int) -> Explanation:
        """How the verdict comes about, rule by rule. Changes nothing."""
        state = self._state.copy()
        seen = self._look(evidence, at, state)
        outcome = Outcome(seen.values, seen.found, seen.held, state, seen.due)
        return explanation(self._rules, seen.verdict, at, outcome)

    def _look(self, evidence: Evidence, at: int, state: State) -> _Seen:
        rules, figures = self._rules, Figures(evidence, at)
        values = tuple([read(figures, only) for read, only in rules.reads])
        found = compare(rules, values, state.latched)
        state.latched = found.latched
        held = _held(rules, found, state, at) if rules.timed else found.held
        due = _due(rules, figures, found, state) if rules.passing or state.timing else None
        decision = found.decision
        if held != found.held:
            until = state.until.get(held[0])
            decision = Decision.of(rules, held, found.truths)._replace(until=until)
        return _Seen(self._verdict(decision, figures), values, found, held, due)

    def _verdict(self, decision: Decision, figures: Figures) -> Verdict:
        rule = decision.rule
        reason = self._speaker.reason(self._name, decision, figures)
        counted = figures.evidence.closed_until is None and (rule is None or rule.counted)
        return Verdict(decision.status, WELL if rule is None else rule.id, reason, counted)


class _Seen(NamedTuple):
    """What a look found: the verdict, each measure, what was compared, the rules that hold, when to look."""

    verdict: Verdict
    values: tuple[Measured, ...]
    found: Found
    held: tuple[int, ...]
    due: int | None


def _held(rules: RuleList, found: Found, state: State, at: int) -> tuple[int, ...]:
    """The places of the rules that hold, those that take or leave time among them."""
    if not state.timing and not found.begun:
        return found.held
    timed = [
        number
        for number in rules.timed
        if state.timed(number, rules.rules[number], met=number in found.begun, at=at)
        and number not in found.blocked
    ]
    return tuple(sorted([*found.held, *timed])) if timed else found.held


def _due(rules: RuleList, figures: Figures, found: Found, state: State) -> int | None:
    moments = state.moments(rules)
    for number in rules.passing:
        moment = crossing(rules.leaves[number], figures, holds=found.truths[number])
        if moment is not None:
            moments.append(moment)
    return min(moments, default=None)
