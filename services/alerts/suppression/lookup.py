"""Which of many matchers mean an alert, without asking all of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from services.alerts.policy.matcher import Matched, Matcher

T = TypeVar("T")

_TELLING = (
    ("devices", "device"),
    ("incidents", "incident"),
    ("rules", "rule"),
    ("services", "service"),
    ("zones", "zone"),
    ("domains", "domain"),
)
"""Parts of a matcher, those first that tell most alerts apart, and what of an alert they look at."""


class Lookup(Generic[T]):
    """Things with a matcher each, under the plain names that theirs ask for; it never changes.

    A matcher that names none (globs, labels) is asked for every alert.
    """

    __slots__ = ("_attributes", "_named", "_others")

    def __init__(self, things: Iterable[tuple[Matcher, T]]) -> None:
        self._named: dict[tuple[str, str], list[tuple[Matcher, T]]] = {}
        self._others: list[tuple[Matcher, T]] = []
        for matcher, thing in things:
            attribute, names = _telling(matcher)
            for name in names:
                self._named.setdefault((attribute, name), []).append((matcher, thing))
            if not names:
                self._others.append((matcher, thing))
        self._attributes = tuple(dict.fromkeys(attribute for attribute, _ in self._named))

    def __bool__(self) -> bool:
        return bool(self._others or self._named)

    def of(self, alert: Matched) -> list[T]:
        """The things whose matcher means the alert."""
        found = [thing for matcher, thing in self._others if matcher.matches(alert)] if self._others else []
        for attribute in self._attributes:
            named = self._named.get((attribute, getattr(alert, attribute)))
            if named is not None:
                found += [thing for matcher, thing in named if matcher.matches(alert)]
        return found


def _telling(matcher: Matcher) -> tuple[str, frozenset[str]]:
    """The part of plain names alone that tells most, and its names; none when there is no such part."""
    for part, attribute in _TELLING:
        names = frozenset[str](getattr(matcher, part))
        if names and not any(set(name) & set("*?[") for name in names):
            return attribute, names
    return "", frozenset()
