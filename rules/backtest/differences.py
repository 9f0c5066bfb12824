"""Two reports of the same history held against each other: which alerts only one has, which moved.

Alerts are the same alert when they are about the same subject and fired in spans that touch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rules.backtest.alerts import Alert
from rules.backtest.report import Report
from rules.model import Subject
from rules.ruleset import Rule, RuleSet

_FOR_EVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Change:
    """An alert that both have, with other times or another severity."""

    before: Alert
    after: Alert

    @property
    def what(self) -> tuple[str, ...]:
        """What differs: ``severity``, ``starts_at``, ``fired_at``, ``ends_at``."""
        names = ("severity", "starts_at", "fired_at", "ends_at")
        return tuple(name for name in names if getattr(self.before, name) != getattr(self.after, name))


@dataclass(frozen=True, slots=True)
class Difference:
    """One rule against another, or against itself of another version; None where there is no such rule."""

    before: str | None
    after: str | None
    same: int = 0
    changed: tuple[Change, ...] = ()
    added: tuple[Alert, ...] = ()
    gone: tuple[Alert, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether any alert is not the same."""
        return bool(self.changed or self.added or self.gone)


Pair = tuple[str | None, str | None]


def by_id(before: RuleSet, after: RuleSet) -> list[Pair]:
    """Every rule of both, paired with the other's rule of the same id."""
    names = dict.fromkeys([*after.rules, *before.rules])
    return [(_if_in(name, before), _if_in(name, after)) for name in names]


def _if_in(name: str, ruleset: RuleSet) -> str | None:
    return name if name in ruleset.rules else None


def by_what_they_watch(live: RuleSet, candidate: RuleSet) -> list[Pair]:
    """Each rule of the candidate with the live one that it means to replace.

    That is the one it names in ``against``, or of its id; otherwise all that look at the same metric in a
    comparable way: values and windows are comparable, silence or a quorum only with their like. One that has
    none is paired with nothing.
    """
    alike: dict[_Watched, list[str]] = {}
    for rule in live:
        alike.setdefault(_watched(rule), []).append(rule.id)
    pairs: list[Pair] = []
    for rule in candidate:
        named = [name for name in (rule.against, rule.id) if name in live.rules][:1]
        others = named or alike.get(_watched(rule), [])
        pairs += [(other, rule.id) for other in others] or [(None, rule.id)]
    return pairs


_VALUES = frozenset({"above", "below", "outside", "equals", "in", "window"})
"""Kinds that hold a device's values against limits."""

_Watched = tuple[str | None, str | None, str]


def _watched(rule: Rule) -> _Watched:
    return (rule.on, rule.metric, "value" if rule.kind in _VALUES else rule.kind)


def compare(before: Report, after: Report, pairs: Iterable[Pair]) -> list[Difference]:
    """The difference of each pair of rules, in their order."""
    return [_difference(before, after, *pair) for pair in pairs]


def _difference(before: Report, after: Report, old: str | None, new: str | None) -> Difference:
    ours = _by_subject(after.of(new) if new else ())
    theirs = _by_subject(before.of(old) if old else ())
    same, changed, added, gone = 0, [], [], []
    for subject in dict.fromkeys([*theirs, *ours]):
        for pair in _matched(theirs.get(subject, ()), ours.get(subject, ())):
            match pair:
                case (None, Alert() as alert):
                    added.append(alert)
                case (Alert() as alert, None):
                    gone.append(alert)
                case (Alert() as was, Alert() as is_):
                    change = Change(was, is_)
                    same += not change.what
                    changed += [change] if change.what else []
    return Difference(
        old,
        new,
        same,
        tuple(sorted(changed, key=lambda change: change.after.starts_at)),
        tuple(sorted(added, key=_start)),
        tuple(sorted(gone, key=_start)),
    )


def _by_subject(alerts: Iterable[Alert]) -> dict[Subject, list[Alert]]:
    found: dict[Subject, list[Alert]] = {}
    for alert in alerts:
        found.setdefault(alert.subject, []).append(alert)
    return found


def _matched(before: Sequence[Alert], after: Sequence[Alert]) -> Iterator[tuple[Alert | None, Alert | None]]:
    """Alerts of one subject, both in order of time, put together where their spans touch."""
    old, new = list(reversed(before)), list(reversed(after))
    while old and new:
        was, is_ = old[-1], new[-1]
        if _end(was) < is_.starts_at:
            yield old.pop(), None
        elif _end(is_) < was.starts_at:
            yield None, new.pop()
        else:
            yield old.pop(), new.pop()
    yield from ((alert, None) for alert in reversed(old))
    yield from ((None, alert) for alert in reversed(new))


def _end(alert: Alert) -> int:
    return _FOR_EVER if alert.ends_at is None else alert.ends_at


def _start(alert: Alert) -> int:
    return alert.starts_at
