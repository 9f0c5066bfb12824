"""``when`` of a status rule, as files write it: read into a condition, with every mistake where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from devices.documents import Loc, Parsed, Problem, suggestion
from rules.model import Severity
from rules.reading import read
from services.status.policy.forms import ComparisonForm
from services.status.policy.measures import ALLOWED, MEASURES, Measure, Of, Unit
from services.status.policy.rules import Asked, Comparison, Condition, Join, Joined, Op

OR_WORSE = "+"
DEEPEST = 10
MOST = 50
"""Levels of, and parts in, a condition: more nobody reads."""

MOST_INTERVALS = 100_000
"""How old a newest reading may be asked to be: a year of five-minute readings."""

_OPS = (Op.ABOVE, Op.AT_LEAST, Op.BELOW, Op.AT_MOST)
_SHARE = "0 to 1"


@dataclass(frozen=True, slots=True)
class ConditionReader:
    """Reads conditions of one file; mistakes are noted in ``problems``."""

    parsed: Parsed
    problems: list[Problem]

    def condition(self, at: Loc, data: Any, depth: int = 0) -> Condition | None:
        """What stands at ``at``; None when it can't be made sense of. Of several keys all must hold."""
        if not isinstance(data, Mapping) or not data:
            example = "{silent: {above: 0.5}}"
            self._note(at, f"must be a condition such as {example}", allowed=_names())
            return None
        if depth > DEEPEST:
            self._note(at, f"is nested deeper than {DEEPEST} levels")
            return None
        return self._joined(Join.ALL, [self._part((*at, key), key, data[key], depth) for key in data])

    def _part(self, at: Loc, key: str, data: Any, depth: int) -> Condition | None:
        if key == Join.NOT:
            inner = self.condition(at, data, depth + 1)
            return None if inner is None else Joined(Join.NOT, (inner,))
        if key in set(Join):
            return self._several(Join(key), at, data, depth)
        if key not in MEASURES:
            near = suggestion(key, [*MEASURES, *Join])
            self._note(at, f"unknown measure{near}", allowed=_names())
            return None
        measure = MEASURES[key]
        return (
            self._state(measure, at, data) if measure.unit is Unit.YES_NO else self._number(measure, at, data)
        )

    def _several(self, join: Join, at: Loc, data: Any, depth: int) -> Condition | None:
        if not isinstance(data, list) or not 1 <= len(data) <= MOST:
            self._note(at, f"must be a list of 1 to {MOST} conditions")
            return None
        return self._joined(join, [self.condition((*at, n), part, depth + 1) for n, part in enumerate(data)])

    @staticmethod
    def _joined(join: Join, parts: Sequence[Condition | None]) -> Condition | None:
        good = tuple(part for part in parts if part is not None)
        if len(good) < len(parts):
            return None
        return good[0] if len(good) == 1 else Joined(join, good)

    def _state(self, measure: Measure, at: Loc, data: Any) -> Comparison | None:
        if not isinstance(data, bool):
            self._note(at, "is a state, to be compared with true or false", value=data, allowed="true, false")
            return None
        return Comparison(Asked(measure.name), Op.IS, data)

    def _number(self, measure: Measure, at: Loc, data: Any) -> Comparison | None:
        before = len(self.problems)
        if not isinstance(data, Mapping):
            allowed = ", ".join(_OPS)
            self._note(at, f"must be compared, as in {{{measure.name}: {{above: 0.5}}}}", allowed=allowed)
            return None
        form = read(ComparisonForm, self.parsed, at, data, self.problems)
        if form is None or len(self.problems) > before:
            return None
        only = self._only(measure, form, at)
        op = self._op(form, at)
        if op is None or len(self.problems) > before:
            return None
        limit: float = getattr(form, op.value)
        clear = form.clear_below if op.rising else form.clear_above
        found = Comparison(Asked(measure.name, only), op, limit, clear)
        self._check(measure, found, at)
        return None if len(self.problems) > before else found

    def _op(self, form: ComparisonForm, at: Loc) -> Op | None:
        given = [op for op in _OPS if getattr(form, op.value) is not None]
        if len(given) != 1:
            have = " and ".join(given) if given else "none"
            self._note(at, f"needs exactly one of {', '.join(_OPS)}; it has {have}")
            return None
        wrong = "clear_above" if given[0].rising else "clear_below"
        if getattr(form, wrong) is not None:
            right = "clear_below" if given[0].rising else "clear_above"
            self._note((*at, wrong), f"does not go with {given[0]}", allowed=right)
        return given[0]

    def _only(self, measure: Measure, form: ComparisonForm, at: Loc) -> tuple[str, ...]:
        for key in Of:
            if key is not measure.of and getattr(form, key.value) is not None:
                takers = ", ".join(one.name for one in MEASURES.values() if one.of is key)
                self._note((*at, key.value), f"does not go with {measure.name}, but with {takers}")
        if measure.of is None:
            return ()
        given, allowed = getattr(form, measure.of.value), ALLOWED[measure.of]
        if given is None:
            return allowed
        words = given if isinstance(given, list) else [given]
        at = (*at, measure.of.value)
        chosen = {word for one in words for word in self._words(one, measure.of, allowed, at)}
        if not words:
            self._note(at, "must name at least one", allowed=", ".join(allowed))
        return tuple(word for word in allowed if word in chosen)

    def _words(self, word: object, of: Of, allowed: tuple[str, ...], at: Loc) -> tuple[str, ...]:
        """The words that one stands for: ``major+`` for itself and what is worse."""
        if of is Of.SEVERITY and isinstance(word, str) and word.removesuffix(OR_WORSE) in allowed:
            least = Severity(word.removesuffix(OR_WORSE))
            worse = word.endswith(OR_WORSE)
            return tuple(one for one in Severity if one is least or (worse and one.rank > least.rank))
        if word in allowed:
            return (str(word),)
        near = suggestion(word, allowed) if isinstance(word, str) else ""
        self._note(at, f"unknown {of} {word!r}{near}", value=word, allowed=", ".join(allowed))
        return ()

    def _check(self, measure: Measure, found: Comparison, at: Loc) -> None:
        """Numbers that make no sense for the measure."""
        clear_at = (*at, "clear_below" if found.op.rising else "clear_above")
        wrong_side = found.clear is not None and (
            found.clear > found.limit if found.op.rising else found.clear < found.limit
        )
        if wrong_side:
            side = "at most" if found.op.rising else "at least"
            self._note(clear_at, "is on the wrong side of the limit", found.clear, f"{side} {found.limit:g}")
        numbers = [((*at, found.op.value), found.limit)]
        numbers += [] if found.clear is None else [(clear_at, found.clear)]
        for where, number in numbers:
            self._in_range(measure, where, number)
        self._reachable(measure, found, at)

    def _in_range(self, measure: Measure, at: Loc, number: float) -> None:
        if measure.unit is Unit.SHARE and not 0 <= number <= 1:
            percent = f"; did you mean {number / 100:g}?" if 1 < number <= 100 else ""
            self._note(at, f"{number:g} is no share{percent}", number, _SHARE)
        elif measure.unit is not Unit.DAYS and number < 0:
            self._note(at, f"{measure.name} is never less than 0", number, "0 or more")
        elif measure.unit is Unit.INTERVALS and number > MOST_INTERVALS:
            self._note(at, "is more than anybody waits for", number, f"0 to {MOST_INTERVALS}")

    def _reachable(self, measure: Measure, found: Comparison, at: Loc) -> None:
        top = 1 if measure.unit is Unit.SHARE else None
        bottom = None if measure.unit is Unit.DAYS else 0
        never = (found.op is Op.ABOVE and found.limit == top) or (
            found.op is Op.BELOW and found.limit == bottom
        )
        if never:
            text = f"can never hold: {measure.name} is never {found.op} {found.limit:g}"
            self._note((*at, found.op.value), text, found.limit)

    def _note(self, at: Loc, message: str, value: Any = None, allowed: str | None = None) -> None:
        self.problems.append(self.parsed.problem(at, message, value=value, allowed=allowed))


def _names() -> str:
    return ", ".join([*Join, *MEASURES])
