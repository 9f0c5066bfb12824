"""What operators ask for, checked: which alerts, why, from when to when. Pure.

Every mistake is an :class:`~services.runtime.ports.InvalidError` that says where and what is allowed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from devices.calendar.windows import ScheduleError, Windows, as_written
from services.alerts.policy.matcher import FIELDS, Matcher
from services.runtime.ports import InvalidError

OF_MAINTENANCE = ("rules", "domains", "zones", "services", "devices")
"""What can be worked on; how bad an alert is, and its incident, say nothing about that."""

LONGEST_SILENCE = 366 * 86_400_000
MOST_PATTERNS = 200
LONGEST_PATTERN = 200
LONGEST_TEXT = 4_000


def matcher_of(given: object, fields: Collection[str] = FIELDS) -> Matcher:
    """Which alerts: lists of patterns under some of ``fields``, and under the names of ``labels``."""
    allowed = ", ".join((*fields, "labels"))
    if not isinstance(given, Mapping):
        raise InvalidError.at("matcher", "must say which alerts", allowed)
    for name in given:
        if name not in fields and name != "labels":
            raise InvalidError.at(f"matcher.{name}", "is nothing that alerts are chosen by here", allowed)
    labels = given.get("labels") or {}
    if not isinstance(labels, Mapping):
        raise InvalidError.at("matcher.labels", "must be patterns by label", '{"site": ["school"]}')
    parts = {name: _patterns(f"matcher.{name}", given[name]) for name in fields if given.get(name)}
    of_labels = {str(label): _patterns(f"matcher.labels.{label}", some) for label, some in labels.items()}
    _few(*parts.values(), *of_labels.values())
    matcher = Matcher(**parts, labels=of_labels)
    if matcher.anything:
        text = 'asks for nothing and so means every alert there is; if that is meant, write {"rules": ["*"]}'
        raise InvalidError.at("matcher", text, allowed)
    return matcher


def _patterns(path: str, given: object) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or not given:
        raise InvalidError.at(path, "must be a list of names or patterns", '["aq-*"]')
    for pattern in given:
        if not isinstance(pattern, str) or not 0 < len(pattern.strip()) <= LONGEST_PATTERN:
            raise InvalidError.at(path, f"{pattern!r} is no name or pattern", '["aq-*"]')
    return tuple(dict.fromkeys(pattern.strip() for pattern in given))


def _few(*patterns: tuple[str, ...]) -> None:
    if sum(map(len, patterns)) > MOST_PATTERNS:
        raise InvalidError.at("matcher", f"has more than {MOST_PATTERNS} patterns")


def text_of(path: str, given: object) -> str:
    """A text that somebody has to give."""
    if not isinstance(given, str) or not given.strip():
        raise InvalidError.at(path, "is needed: whoever comes next wants to know")
    if len(given) > LONGEST_TEXT:
        raise InvalidError.at(path, f"is longer than {LONGEST_TEXT} letters")
    return given.strip()


def span_of(starts_at: object, ends_at: object, now: int) -> tuple[int, int]:
    """From when to when (ms) a silence is; it begins now at the earliest."""
    start = now if starts_at is None else starts_at
    if not isinstance(start, int) or not isinstance(ends_at, int):
        raise InvalidError.at("ends_at", "must be a time: a silence ends by itself")
    start = max(start, now)
    if ends_at <= start:
        past = "lies in the past" if ends_at <= now else "must be after starts_at"
        raise InvalidError.at("ends_at", past)
    if ends_at - start > LONGEST_SILENCE:
        raise InvalidError.at(
            "ends_at",
            "a silence is a year long at most; what is never to be told is switched off in its rule",
        )
    return start, ends_at


def windows_of(given: object, timezone: str, now: int) -> dict[str, Any]:
    """A schedule that was handed in and has windows to come, as it is kept."""
    if not isinstance(given, Mapping):
        raise InvalidError.at("schedule", "must say when", "start, duration, rrule, exdates, timezone")
    schedule = {str(key): value for key, value in given.items() if value is not None}
    try:
        windows = Windows.of(schedule, timezone)
    except ScheduleError as error:
        mistakes = error.mistakes.items()
        raise InvalidError(
            [{"path": f"schedule.{key}", "message": text, "allowed": None} for key, text in mistakes]
        ) from None
    if not windows.upcoming(now, 1):
        raise InvalidError.at("schedule", "has no window to come: all of them are over")
    return as_written(schedule, timezone)


def title_of(given: object) -> dict[str, str]:
    """What it is called, in both languages."""
    if not isinstance(given, Mapping) or set(given) != {"en", "th"}:
        raise InvalidError.at("title", "is needed in both languages", "en, th")
    return {language: text_of(f"title.{language}", given[language]) for language in ("en", "th")}
