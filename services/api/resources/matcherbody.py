"""Which alerts somebody means, as a body of a request says it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Self, get_args

from pydantic import Field, StringConstraints, field_validator, model_validator

from devices.documents import suggestion
from devices.model import Domain
from services.api.resources.operatorbodies import Written
from services.api.shapes import SeverityName

MOST_PATTERNS = 200
"""Patterns of a matcher, all its parts together."""

_GLOB = frozenset("*?[")
_DOMAINS = tuple(domain.value for domain in Domain)
_SEVERITIES: tuple[str, ...] = get_args(SeverityName)

Pattern = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Patterns = Annotated[tuple[Pattern, ...], Field(max_length=MOST_PATTERNS)]
LabelPatterns = Annotated[Patterns, Field(min_length=1)]


class WorkForm(Written):
    """What is worked on: alerts for which every given part holds.

    A part holds when one of its patterns (`aq-*`) does; `labels` are those of the alert's device, each with
    its patterns. 200 patterns at most, and one at least: nobody means the whole city by leaving all out.
    """

    rules: Patterns = Field((), description="`group/rule`.")
    domains: Patterns = ()
    zones: Patterns = ()
    services: Patterns = ()
    devices: Patterns = ()
    labels: dict[Pattern, LabelPatterns] = Field({}, max_length=MOST_PATTERNS)

    @field_validator("domains")
    @classmethod
    def _known_domains(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return _known("domain", patterns, _DOMAINS)

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if sum(map(len, _lists(self.as_dict()))) > MOST_PATTERNS:
            raise ValueError(f"has more than {MOST_PATTERNS} patterns")
        return self

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.as_dict():
            raise ValueError('must ask for something; for every alert write {"rules": ["*"]}')
        return self

    def as_dict(self) -> dict[str, Any]:
        """What is given, JSON-ready."""
        return {name: value for name, value in self.model_dump(mode="json").items() if value}


class MatcherForm(WorkForm):
    """Alerts for which every given part holds; as what is worked on, and by severity and incident."""

    severities: Patterns = ()
    incidents: Patterns = Field((), description="Ids of incidents.")

    @field_validator("severities")
    @classmethod
    def _known_severities(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return _known("severity", patterns, _SEVERITIES)


def _known(what: str, patterns: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        if pattern not in names and not _GLOB & set(pattern):
            told = suggestion(pattern, names) or f" (allowed: {', '.join(names)})"
            raise ValueError(f"no {what} {pattern!r}{told}")
    return patterns


def _lists(given: dict[str, Any]) -> Iterable[list[str]]:
    for value in given.values():
        yield from value.values() if isinstance(value, dict) else [value]
