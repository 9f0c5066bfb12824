"""Which alerts are meant: by rule, domain, zone, service, device, severity and label. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, Protocol

from rules.model import Severity

FIELDS = ("rules", "domains", "zones", "services", "devices", "severities", "incidents")
"""What can be asked of an alert itself; ``labels`` stand beside them."""

_ATTRIBUTES = {
    "rules": "rule",
    "domains": "domain",
    "zones": "zone",
    "services": "service",
    "devices": "device",
    "severities": "severity",
    "incidents": "incident",
}


class Matched(Protocol):
    """What a matcher looks at: an alert's record, or what is kept of it in memory."""

    @property
    def id(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def domain(self) -> str: ...
    @property
    def zone(self) -> str: ...
    @property
    def service(self) -> str | None: ...
    @property
    def device(self) -> str | None: ...
    @property
    def severity(self) -> Severity: ...
    @property
    def incident(self) -> str | None: ...
    @property
    def labels(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class Matcher:
    """Alerts for which every given part holds; a part holds when any of its patterns does.

    Patterns are shell globs (``aq-*``); an empty part asks nothing. ``labels`` maps a label of the device to
    the patterns of which one must do; an alert without that label never matches. Nothing given: every alert.
    """

    rules: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    incidents: tuple[str, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(tuple(getattr(self, name) for name in FIELDS) + tuple(sorted(self.labels.items())))

    @cached_property
    def _parts(self) -> tuple[tuple[str, _Patterns], ...]:
        given = ((name, getattr(self, name)) for name in FIELDS)
        return tuple((_ATTRIBUTES[name], _Patterns(patterns)) for name, patterns in given if patterns)

    @cached_property
    def _labels(self) -> tuple[tuple[str, _Patterns], ...]:
        return tuple((label, _Patterns(patterns)) for label, patterns in self.labels.items())

    def matches(self, alert: Matched) -> bool:
        """Whether it is one of them."""
        return all(patterns.match(getattr(alert, name)) for name, patterns in self._parts) and all(
            patterns.match(alert.labels.get(label)) for label, patterns in self._labels
        )

    @property
    def anything(self) -> bool:
        """Whether it asks nothing, and so means every alert."""
        return not self._parts and not self.labels

    def as_dict(self) -> dict[str, Any]:
        """What is given, JSON-ready."""
        given: dict[str, Any] = {name: list(getattr(self, name)) for name in FIELDS if getattr(self, name)}
        if self.labels:
            given["labels"] = {label: list(patterns) for label, patterns in self.labels.items()}
        return given

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Matcher:
        """The matcher that :meth:`as_dict` told."""
        parts = {name: tuple(data.get(name, ())) for name in FIELDS}
        labels = {label: tuple(patterns) for label, patterns in data.get("labels", {}).items()}
        return cls(**parts, labels=labels)


class _Patterns:
    """Plain names, looked up, and globs, tried one after the other."""

    __slots__ = ("_globs", "_names")

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self._globs = tuple(pattern for pattern in patterns if set(pattern) & set("*?["))
        self._names = frozenset(patterns) - frozenset(self._globs)

    def match(self, value: str | None) -> bool:
        if value is None:
            return False
        return value in self._names or any(fnmatchcase(value, glob) for glob in self._globs)
