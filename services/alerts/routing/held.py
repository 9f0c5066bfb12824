"""What of a policy would keep an alert from being told. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from devices.calendar.windows import Windows
from devices.model import Text
from services.alerts.policy.matcher import Matched, Matcher
from services.alerts.policy.model import Dependency, Inhibition, Policy, Recurring
from services.runtime.clock import optional_rfc3339


@dataclass(frozen=True, slots=True)
class Held:
    """One thing that holds alerts back: ``kind`` is maintenance, inhibition or cause.

    ``now``: it does at that moment, until ``until`` (ms); otherwise only while what ``reason`` says is so.
    """

    kind: str
    id: str
    reason: Text
    now: bool = False
    until: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "kind": self.kind,
            "id": self.id,
            "now": self.now,
            "reason": {"en": self.reason.en, "th": self.reason.th},
            "until": optional_rfc3339(self.until),
        }


def held_back(policy: Policy, alert: Matched, at: int) -> tuple[Held, ...]:
    """All of the policy that would, or could, hold back an alert which fires at ``at`` (ms).

    Silences of operators and maintenance that they plan are no part of a policy.
    """
    return (
        *_by_maintenance(policy.maintenance, alert, at),
        *_by_inhibition(policy.inhibitions, alert),
        *_by_cause(policy.dependencies, alert),
    )


def released(held: Iterable[Held], at: int) -> int | None:
    """When (ms) nothing holds it back any more of what does at ``at``; None: no end is in sight."""
    ends = [one.until for one in held if one.now]
    return None if None in ends else max((end for end in ends if end is not None), default=at)


def _by_maintenance(maintenance: tuple[Recurring, ...], alert: Matched, at: int) -> Iterator[Held]:
    for one in maintenance:
        if not one.matcher.matches(alert):
            continue
        span = Windows.of(one.schedule, _UNSAID).span(at)
        if span.active:
            yield Held("maintenance", one.id, one.title, now=True, until=span.until)


_UNSAID = "UTC"
"""The clock of a schedule that names none; those of a file always do."""


def _by_inhibition(inhibitions: tuple[Inhibition, ...], alert: Matched) -> Iterator[Held]:
    for one in inhibitions:
        both = one.source.matches(alert) and one.target.matches(alert)
        if one.target.matches(alert) and not both:
            yield Held("inhibition", one.id, _while(one.source, one.equal, one.reason))


def _by_cause(dependencies: tuple[Dependency, ...], alert: Matched) -> Iterator[Held]:
    for one in dependencies:
        linked = one.label is None or alert.labels.get(one.label) is not None
        if one.quiet and linked and one.effects.matches(alert):
            equal = one.equal if one.label is None else ()
            yield Held("cause", one.id, _while(one.cause, equal, None, one.label and alert.labels[one.label]))


def _while(source: Matcher, equal: tuple[str, ...], reason: Text | None, device: str | None = None) -> Text:
    what = _listed(source)
    where = f" of the same {', '.join(equal)}" if equal else f" of {device}" if device else ""
    there = f" ที่มี {', '.join(equal)} เดียวกัน" if equal else f" ของ {device}" if device else ""
    en, th = f"while an alert of {what}{where} is open", f"ขณะที่มีการแจ้งเตือนของ {what}{there}"
    return Text(f"{en}: {reason.en}", f"{th}: {reason.th}") if reason else Text(en, th)


def _listed(source: Matcher) -> str:
    """The source in a few words."""
    given = source.as_dict()
    labels = given.pop("labels", {})
    parts = [" | ".join(patterns) for patterns in given.values()]
    parts += [f"{label}={' | '.join(patterns)}" for label, patterns in labels.items()]
    return ", ".join(parts) or "*"
