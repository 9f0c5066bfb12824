"""Times, spans and names for people, in one language and in the city's time. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from devices.catalog import Catalog
from devices.model import City, Text
from rules.model import Severity
from rules.texts import SEVERITIES, span_text

Language: TypeAlias = Literal["en", "th"]

SEVERITY_NAMES = frozenset(severity.value for severity in Severity)

_DAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "th": ("จ.", "อ.", "พ.", "พฤ.", "ศ.", "ส.", "อา."),
}
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "th": (
        *("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย."),
        *("ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."),
    ),
}
_SECOND, _MINUTE, _HOUR = 1_000, 60_000, 3_600_000

_UNSEEN = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters, marks that turn the direction of a text, and halves of characters."""


def clean(text: object, most: int = 300) -> str:
    """A text of somebody else's as one line of at most ``most`` characters, without what can't be seen."""
    line = " ".join(_UNSEEN.sub(" ", str(text)).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


@dataclass(frozen=True, slots=True)
class Setting:
    """Where the people who read it are: the city's names, its time, and where its console is.

    ``units`` are those of the metrics, where all types agree on one.
    """

    id: str
    name: Text
    timezone: ZoneInfo
    zones: Mapping[str, Text] = field(default_factory=dict)
    services: Mapping[str, Text] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    console: str | None = None

    @classmethod
    def of(cls, city: City, catalog: Catalog, console: str | None) -> Setting:
        """The setting of a city as its folder describes it."""
        return cls(
            id=city.id,
            name=city.name,
            timezone=ZoneInfo(city.timezone),
            zones={zone.id: zone.name for zone in city.zones.values()},
            services={service.id: service.name for service in city.services.values()},
            units=units_of(catalog),
            console=None if console is None else console.rstrip("/"),
        )


def units_of(catalog: Catalog) -> dict[str, str]:
    """The unit of every metric that has the same in all types."""
    found: dict[str, set[str]] = {}
    for observation_type in catalog.values():
        for name, metric in observation_type.metrics.items():
            found.setdefault(name, set()).add(metric.unit or "")
    return {name: unit for name, units in found.items() for unit in units if unit and len(units) == 1}


@dataclass(frozen=True, slots=True)
class Words:
    """Says things of one city in one language."""

    setting: Setting
    language: Language

    def text(self, text: Mapping[str, str] | Text | None, most: int = 300) -> str:
        """The text in this language, in the other one when it is missing; cleaned."""
        if text is None:
            return ""
        both = text.as_dict() if isinstance(text, Text) else text
        return clean(both.get(self.language) or both.get("en") or both.get("th") or "", most)

    def severity(self, severity: str | None) -> str:
        """The word for a severity; one that nobody knows stands for itself."""
        if severity not in SEVERITY_NAMES:
            return clean(severity or "", 20)
        return self.text(SEVERITIES[Severity(severity)])

    def zone(self, zone: str | None) -> str:
        """The zone's name, or its id when nobody has named it."""
        return self._named(self.setting.zones, zone)

    def service(self, service: str | None) -> str:
        """The service's name, or its id."""
        return self._named(self.setting.services, service)

    def moment(self, at: int, now: int) -> str:
        """``Mon 5 Jan 14:05``, ``จ. 5 ม.ค. 14:05 น.``; with the year when it is not that of ``now``."""
        here = datetime.fromtimestamp(at / 1000, self.setting.timezone)
        day = f"{_DAYS[self.language][here.weekday()]} {here.day} {_MONTHS[self.language][here.month - 1]}"
        year = f" {here.year}" if here.year != self._year(now) else ""
        return f"{day}{year} {here:%H:%M}{' น.' if self.language == 'th' else ''}"

    def span(self, span: int) -> str:
        """``1 h 30 min``: as exact as matters of a span so long."""
        exact = _SECOND if span < _MINUTE else _MINUTE if span < 24 * _HOUR else _HOUR
        return self.text(span_text(max(0, span) // exact * exact))

    def _named(self, names: Mapping[str, Text], key: str | None) -> str:
        if not key:
            return ""
        return self.text(names[key], 100) if key in names else clean(key, 100)

    def _year(self, at: int) -> int:
        return datetime.fromtimestamp(at / 1000, self.setting.timezone).year
