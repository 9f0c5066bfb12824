"""Transitions put together again: each alert as one span of time, from when it began to when it was over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from devices.model import Text
from rules.model import Evidence, Severity, State, Subject, Transition


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that fired. Times are event times (ms).

    ``starts_at`` is when its condition began, ``fired_at`` when it fired, ``ends_at`` when it resolved (None:
    it still fired at the end). ``severity`` is the highest that it reached, ``steps`` are the severities that
    it showed and since when. ``title`` and ``evidence`` are those with which it fired.
    """

    rule: str
    subject: Subject
    severity: Severity
    starts_at: int
    fired_at: int
    ends_at: int | None
    steps: tuple[tuple[int, Severity], ...]
    title: Text
    evidence: Evidence
    shadow: bool = False

    def firing(self, until: int) -> int:
        """For how long (ms) it fired; one that is not over, until then."""
        return max(0, (until if self.ends_at is None else self.ends_at) - self.fired_at)


class Gatherer:
    """Makes alerts of transitions. What was pending and never fired is no alert."""

    def __init__(self) -> None:
        self._firing: dict[tuple[str, Subject], list[Transition]] = {}
        self._over: list[Alert] = []

    def take(self, transitions: Iterable[Transition]) -> None:
        """The next transitions, in the order in which an engine told them."""
        for one in transitions:
            key = (one.rule, one.subject)
            if one.state is State.FIRING:
                self._firing.setdefault(key, []).append(one)
            elif one.state is State.RESOLVED and (steps := self._firing.pop(key, None)):
                self._over.append(_alert(steps, one.at))

    @property
    def fired(self) -> int:
        """How many alerts have fired so far."""
        return len(self._over) + len(self._firing)

    def alerts(self) -> list[Alert]:
        """All that fired so far, by the time at which they began."""
        still = (_alert(steps, None) for steps in self._firing.values())
        return sorted((*self._over, *still), key=_order)


def _alert(steps: list[Transition], ends_at: int | None) -> Alert:
    first = steps[0]
    return Alert(
        first.rule,
        first.subject,
        max((step.severity for step in steps), key=lambda severity: severity.rank),
        first.starts_at,
        first.at,
        ends_at,
        tuple((step.at, step.severity) for step in steps),
        first.title,
        first.evidence,
        first.shadow,
    )


def _order(alert: Alert) -> tuple[int, str, str, str, str, int]:
    subject = alert.subject
    who = (subject.zone, subject.device or "", subject.service or "")
    return (alert.starts_at, alert.rule, *who, alert.fired_at)
