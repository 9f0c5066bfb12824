"""Titles and advice with variables: ``PM2.5 unhealthy in {zone}``, in both languages of the city."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from devices.model import Text, Value
from rules.model import Severity

_FIELD = re.compile(r"\{([a-z_]+)\}")
_GAP = re.compile(r" {2,}")
_BRACE = re.compile(r"[{}]")

SEVERITIES: Mapping[Severity, Text] = {
    Severity.CRITICAL: Text("critical", "วิกฤต"),
    Severity.MAJOR: Text("major", "รุนแรง"),
    Severity.MINOR: Text("minor", "เล็กน้อย"),
    Severity.WARNING: Text("warning", "เฝ้าระวัง"),
}

VARIABLES: Mapping[str, str] = {
    "city": "the city's name",
    "zone": "the zone's name",
    "service": "the service's name",
    "device": "the device's id",
    "name": "the device's name, or its id when it has none; of an alert about a zone, the zone's name",
    "severity": "the severity, as a word",
    "metric": "the metric's name",
    "unit": "the metric's unit",
    "value": "the value that was compared",
    "threshold": "the limit that it passed",
    "after": "the span of silence that the rule allows",
    "window": "the span that the rule looks at, as it was written",
    "reading": "the newest reading, where {value} is something made of readings",
    "expected": "what the value should have been",
    "low": "the lower end of what is usual",
    "high": "the upper end of what is usual",
    "count": "how many devices are concerned",
    "total": "how many devices are counted",
    "devices": "the ids of the devices concerned",
    "geofence": "the name of the zone that the device is in, or out of",
    "expr": "the expression",
    "rules": "the rules that this one follows",
}
"""Everything that a title or an advice may name. Which of them a rule has depends on its condition."""


class Words(Protocol):
    """What variables stand for; a mapping is one."""

    def get(self, name: str, /) -> Text | None: ...


@dataclass(frozen=True, slots=True)
class Fields:
    """What the variables stand for in one transition, in both languages."""

    values: Words

    def render(self, template: Text) -> Text:
        """The text with every variable filled in; one that has no value becomes a dash.

        A unit that is empty leaves no gap behind.
        """
        return Text(self._render("en", template.en), self._render("th", template.th))

    def _render(self, language: str, template: str) -> str:
        return _GAP.sub(" ", _FIELD.sub(self._filler(language), template))

    def _filler(self, language: str) -> Callable[[re.Match[str]], str]:
        def fill(match: re.Match[str]) -> str:
            text = self.values.get(match[1])
            return "–" if text is None else str(getattr(text, language))

        return fill


def same(text: str) -> Text:
    """A text that reads alike in both languages: an id, a unit, a number."""
    return Text(text, text)


def variables(template: str) -> list[str]:
    """The variables that a template names, in order.

    Raises:
        ValueError: a brace that belongs to no variable.
    """
    if _BRACE.search(_FIELD.sub("", template)):
        raise ValueError("has a brace that belongs to no variable; a variable is written {zone}")
    return _FIELD.findall(template)


def span_text(span: int) -> Text:
    """A span (ms) for people: ``1 h 30 min``, ``1 ชั่วโมง 30 นาที``."""
    parts: list[Text] = []
    for unit, name in _UNITS.items():
        count, span = divmod(span, unit)
        if count:
            parts.append(Text(f"{count} {name.en}", f"{count} {name.th}"))
    if not parts:
        return Text("0 s", "0 วินาที")
    return Text(" ".join(part.en for part in parts), " ".join(part.th for part in parts))


_UNITS: Mapping[int, Text] = {
    86_400_000: Text("d", "วัน"),
    3_600_000: Text("h", "ชั่วโมง"),
    60_000: Text("min", "นาที"),
    1_000: Text("s", "วินาที"),
    1: Text("ms", "มิลลิวินาที"),
}


def value_text(value: Value | None) -> str | None:
    """A value for people: ``81.2``, ``1,250``, ``0.875``, ``ok``, ``true``; None stays None."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    digits = 2 if abs(value) >= 10 else 3
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if value == 0 or abs(value) >= 0.001 else f"{value:.2g}"
