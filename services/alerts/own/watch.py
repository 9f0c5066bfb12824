"""Figures of Nakhon's own against their limits: transitions, as the rule engine gives them. Pure.

It can't be the rule engine that watches: it works on readings, and these troubles are those in which there
are none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from devices.model import Domain
from rules.model import Evidence, Severity, State, Subject, Transition
from services.alerts.own.watches import WATCHES, Watch
from services.runtime.ports import OpenAlert

NOWHERE = Subject("")
"""An alert about Nakhon itself is about no zone, device or service; the data platform is governance's."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it is now; ``said`` is what else is known, JSON-ready (a reason, names)."""

    value: float
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Course:
    """One watch as it goes: since when its figure is over the limit, and what was said of it."""

    since: int | None = None
    good_since: int | None = None
    firing: Severity | None = None


class OwnWatch:
    """Judges figures, and remembers only what it has said and since when."""

    def __init__(self, watches: Iterable[Watch] = WATCHES) -> None:
        self._watches = {watch.id: watch for watch in watches}
        self._courses = {watch: _Course() for watch in self._watches}
        self.last: Mapping[str, Figure] = {}
        """The figures that were looked at last."""

    def version_of(self, rule: str) -> str | None:
        """The version of one of these rules, None when it is none of them."""
        watch = self._watches.get(rule.rpartition("/")[2])
        return watch.version if watch is not None and watch.rule == rule else None

    def restore(self, alerts: Iterable[OpenAlert]) -> None:
        """Go on with those that fire already, after a restart."""
        for alert in alerts:
            watch = self._watches.get(alert.rule.rpartition("/")[2])
            if watch is not None and watch.rule == alert.rule and alert.firing:
                self._courses[watch.id] = _Course(alert.starts_at, None, alert.severity)

    def look(self, figures: Mapping[str, Figure], now: int) -> list[Transition]:
        """What these figures bring about at ``now`` (ms). Of what has no figure nothing is known."""
        found = []
        self.last = figures
        for name, figure in figures.items():
            transition = self._judge(self._watches[name], self._courses[name], figure, now)
            if transition is not None:
                found.append(transition)
        return found

    def _judge(self, watch: Watch, course: _Course, figure: Figure, now: int) -> Transition | None:
        severity = watch.severity_of(figure.value)
        if severity is None:
            return self._good(watch, course, figure, now)
        course.good_since = None
        if course.since is None:
            course.since = now
        if now - course.since < watch.hold or severity is course.firing:
            return None
        course.firing = severity
        return _transition(watch, State.FIRING, severity, figure, course.since, now)

    def _good(self, watch: Watch, course: _Course, figure: Figure, now: int) -> Transition | None:
        if course.firing is None or course.since is None:
            course.since = None
            return None
        if course.good_since is None:
            course.good_since = now
        if now - course.good_since < watch.calm:
            return None
        severity, since = course.firing, course.since
        self._courses[watch.id] = _Course()
        return _transition(watch, State.RESOLVED, severity, figure, since, now)


def _transition(
    watch: Watch, state: State, severity: Severity, figure: Figure, since: int, now: int
) -> Transition:
    evidence = Evidence(
        watch.metric, figure.value, watch.levels[severity], details={"unit": watch.unit, **figure.said}
    )
    return Transition(
        rule=watch.rule,
        rule_version=watch.version,
        domain=Domain.GOVERNANCE,
        subject=NOWHERE,
        state=state,
        severity=severity,
        at=now,
        starts_at=since,
        title=watch.title,
        evidence=evidence,
        advice=watch.advice,
        taken=now,
        received=now,
    )
