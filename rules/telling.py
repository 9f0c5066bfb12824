"""From the state of a series to the transition that the world sees, its texts filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from devices.model import City, Device, Observation, Text
from devices.spans import parse_span
from rules.model import Evidence, Severity, State, Subject, Transition
from rules.ruleset import Heading
from rules.texts import SEVERITIES, Fields, same, span_text, value_text


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an alert, before it has words. ``observation`` is None when a timer is behind it."""

    heading: Heading
    subject: Subject
    severity: Severity
    evidence: Evidence
    state: State
    at: int
    starts_at: int
    observation: Observation | None = None


def told(step: Step, city: City, device: Device | None) -> Transition:
    """The transition of a step. ``device`` is the subject's, None when it has none or it is gone."""
    heading, observation = step.heading, step.observation
    fields = _fields(step, city, device)
    return Transition(
        rule=heading.id,
        rule_version=heading.version,
        domain=heading.domain,
        subject=step.subject,
        state=step.state,
        severity=step.severity,
        at=step.at,
        starts_at=step.starts_at,
        title=fields.render(heading.title),
        evidence=step.evidence,
        advice=fields.render(heading.advice) if heading.advice else None,
        shadow=heading.shadow,
        taken=observation.time if observation else None,
        received=observation.received if observation else None,
        labels=device.labels if device else {},
    )


def _fields(step: Step, city: City, device: Device | None) -> Fields:
    subject, evidence, heading = step.subject, step.evidence, step.heading
    zone, service = city.zones.get(subject.zone), city.services.get(subject.service or "")
    values: dict[str, Text | None] = {
        "city": city.name,
        "zone": zone.name if zone else same(subject.zone),
        "service": service.name if service else _same(subject.service),
        "device": _same(subject.device),
        "name": _name(subject, device) or (zone.name if zone else same(subject.zone)),
        "severity": SEVERITIES[step.severity],
        "metric": heading.metric or _same(evidence.metric),
        "unit": same(heading.unit or ""),
        "value": _same(value_text(evidence.value)),
        "threshold": _same(value_text(evidence.threshold)),
        "after": _span(evidence.window),
        "window": _same(_written_span(evidence.window)),
        "reading": _same(value_text(evidence.readings[-1].get("value")) if evidence.readings else None),
        **{name: _detail(name, evidence.details, city) for name in _DETAILS},
    }
    return Fields(_given(values))


_DETAILS = ("expected", "low", "high", "count", "total", "devices", "geofence", "expr", "rules")


def _detail(name: str, details: Mapping[str, Any], city: City) -> Text | None:
    """What a kind says of its arithmetic, for people."""
    value = details.get(name)
    if name == "geofence" and (zone := city.zones.get(str(value))) is not None:
        return zone.name
    if isinstance(value, Sequence) and not isinstance(value, str):
        return same(", ".join(str(item) for item in value))
    return _same(value_text(float(value) if isinstance(value, int) else value))


def _name(subject: Subject, device: Device | None) -> Text | None:
    """What people call the device that an alert is about; None where it is about none."""
    return _same((device.name if device else None) or subject.device)


def _written_span(window: str | None) -> str | None:
    """The span in the words for a window: 24h of "24h mean"; all of them where they begin with none."""
    first = (window or "").partition(" ")[0]
    try:
        parse_span(first)
    except ValueError:
        return window
    return first


def _span(window: str | None) -> Text | None:
    """A span for people; None where the window is more than a span."""
    try:
        return None if window is None else span_text(parse_span(window))
    except ValueError:
        return None


def _given(values: Mapping[str, Text | None]) -> Mapping[str, Text]:
    return {name: text for name, text in values.items() if text is not None}


def _same(text: str | None) -> Text | None:
    return None if text is None else same(text)
