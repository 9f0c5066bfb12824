"""From the state of a series to the transition that the world sees, its texts filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    fields = Fields(_Words(step, city, device))
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


class _Words:
    """What the variables of a step stand for, each looked up when a text names it: most texts name few."""

    __slots__ = ("_city", "_device", "_found", "_step")

    def __init__(self, step: Step, city: City, device: Device | None) -> None:
        self._step = step
        self._city = city
        self._device = device
        self._found: dict[str, Text | None] = {}

    def get(self, name: str) -> Text | None:
        """The variable's text; None when it has none in this step."""
        if name not in self._found:
            self._found[name] = self._look_up(name)
        return self._found[name]

    def _look_up(self, name: str) -> Text | None:
        if name in _DETAILS:
            return _detail(name, self._step.evidence.details, self._city)
        find = _WORDS.get(name)
        return None if find is None else find(self._step, self._city, self._device)


def _zone(step: Step, city: City, _device: Device | None = None) -> Text | None:
    zone = city.zones.get(step.subject.zone)
    return zone.name if zone else same(step.subject.zone)


def _service(step: Step, city: City, _device: Device | None) -> Text | None:
    service = city.services.get(step.subject.service or "")
    return service.name if service else _same(step.subject.service)


def _reading(step: Step) -> Text | None:
    readings = step.evidence.readings
    return _same(value_text(readings[-1].get("value")) if readings else None)


_WORDS: Mapping[str, Callable[[Step, City, Device | None], Text | None]] = {
    "city": lambda _step, city, _device: city.name,
    "zone": _zone,
    "service": _service,
    "device": lambda step, _city, _device: _same(step.subject.device),
    "name": lambda step, city, device: _name(step.subject, device) or _zone(step, city),
    "severity": lambda step, _city, _device: SEVERITIES[step.severity],
    "metric": lambda step, _city, _device: step.heading.metric or _same(step.evidence.metric),
    "unit": lambda step, _city, _device: same(step.heading.unit or ""),
    "value": lambda step, _city, _device: _same(value_text(step.evidence.value)),
    "threshold": lambda step, _city, _device: _same(value_text(step.evidence.threshold)),
    "after": lambda step, _city, _device: _span(step.evidence.window),
    "window": lambda step, _city, _device: _same(_written_span(step.evidence.window)),
    "reading": lambda step, _city, _device: _reading(step),
}

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


def _same(text: str | None) -> Text | None:
    return None if text is None else same(text)
