"""What a check found, counted as it goes, and told: to people in lines, to programs as one document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any, NamedTuple

import orjson

from devices.refusal import Refusal, shown
from devices.spans import format_span
from services.cli.checking.trial import Judged

MOST_TOLD = 10_000
"""Refusals that are listed; further ones are counted."""
_EACH_KIND = 3
_FEW = 10
_LAGS = 1_000
_DRIFT = 10_000


class Place(NamedTuple):
    """Where a message was found: a line of a file, a topic and when it was heard, or all of these."""

    file: str | None = None
    line: int | None = None
    topic: str | None = None
    received: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.file else self.topic or ""

    def as_dict(self) -> dict[str, Any]:
        return {key: value for key, value in self._asdict().items() if value is not None}


@dataclass(slots=True)
class Topic:
    """What was heard on one topic. ``lags`` are ms from when readings were taken to when they were heard."""

    device: str | None = None
    messages: int = 0
    accepted: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    lags: list[int] = field(default_factory=list)

    @property
    def behind(self) -> float | None:
        """Seconds, at the median; below 0 the device's clock is ahead."""
        return round(median(self.lags) / 1000, 1) if self.lags else None

    @property
    def noteworthy(self) -> bool:
        """Whether something was refused, or the clock is off."""
        return bool(self.codes) or self.drifts

    @property
    def drifts(self) -> bool:
        """Whether readings come late, or from a clock that is off."""
        return abs(self.behind or 0) * 1000 >= _DRIFT

    def as_dict(self, topic: str) -> dict[str, Any]:
        return {
            "topic": topic,
            "device": self.device,
            "messages": self.messages,
            "accepted": self.accepted,
            "rejected": self.codes.total(),
            "codes": dict(self.codes),
            "behind": self.behind,
        }


@dataclass(slots=True)
class Tally:
    """Everything that was judged."""

    readings: int = 0
    accepted: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    topics: dict[str, Topic] = field(default_factory=dict)
    _rejected: list[tuple[Place, Refusal]] = field(default_factory=list)
    _kinds: Counter[tuple[Any, ...]] = field(default_factory=Counter)

    @property
    def refused(self) -> int:
        return self.codes.total()

    def take(self, place: Place, judged: Judged, now: int) -> Iterator[str]:
        """Count a message; gives the lines that a person should read about it, repetitions left out."""
        self.readings += judged.items
        self.accepted += len(judged.accepted)
        if place.topic is not None:
            self._heard(place.topic, judged, now)
        for refusal in judged.refused:
            self.codes[refusal.code.value] += 1
            if len(self._rejected) < MOST_TOLD:
                self._rejected.append((place, refusal))
            kind = (place.file or place.topic, refusal.code, refusal.path, refusal.expected)
            self._kinds[kind] += 1
            if self._kinds[kind] <= _EACH_KIND:
                yield line_of(place, refusal, several=judged.items > 1)

    def _heard(self, topic: str, judged: Judged, now: int) -> None:
        heard = self.topics.setdefault(topic, Topic(judged.device))
        heard.messages += 1
        heard.accepted += len(judged.accepted)
        heard.codes.update(refusal.code.value for refusal in judged.refused)
        if judged.accepted and len(heard.lags) < _LAGS:
            heard.lags.append(now - judged.accepted[-1].time)

    def as_dict(self) -> dict[str, Any]:
        """The document that ``--json`` prints."""
        document: dict[str, Any] = {
            "readings": self.readings,
            "accepted": self.accepted,
            "refused": self.refused,
            "rejected": [{**place.as_dict(), **refusal.as_dict()} for place, refusal in self._rejected],
        }
        if self.refused > len(self._rejected):
            document["unlisted"] = self.refused - len(self._rejected)
        if self.topics:
            document["topics"] = [heard.as_dict(topic) for topic, heard in sorted(self.topics.items())]
        return document

    def summary(self) -> Iterator[str]:
        """The closing lines."""
        for (where, code, path, _), count in self._kinds.items():
            if count > _EACH_KIND:
                at = f" at {path}" if path else ""
                yield f"{where}: {code}{at}: {count - _EACH_KIND} more like these"
        yield from self._by_topic()
        yield self._total()

    def _by_topic(self) -> Iterator[str]:
        """Every topic while they are few; of many, those of which there is something to say."""
        few = len(self.topics) <= _FEW
        listed = {topic: heard for topic, heard in sorted(self.topics.items()) if few or heard.noteworthy}
        for topic, heard in listed.items():
            yield f"{topic}: {_heard_in_words(heard)}"
        if rest := len(self.topics) - len(listed):
            yield f"{rest} {'other ' if listed else ''}topics: nothing to say of them"

    def _total(self) -> str:
        if not self.refused:
            return "the one reading would be accepted" if self.readings == 1 else _all_good(self.readings)
        reasons = ", ".join(f"{code} {count}" for code, count in self.codes.most_common())
        readings = "1 reading" if self.readings == 1 else f"{self.readings} readings"
        return f"{readings}: {self.accepted} would be accepted, {self.refused} refused ({reasons})"


def _all_good(readings: int) -> str:
    return f"all {readings} readings would be accepted"


def _heard_in_words(heard: Topic) -> str:
    words = f"{heard.accepted} good, {heard.codes.total()} refused"
    behind = heard.behind or 0
    if not heard.drifts:
        return words
    span = format_span(round(abs(behind)) * 1_000)
    if behind < 0:
        return f"{words}; its clock is {span} ahead"
    return f"{words}; readings come {span} after they were taken: late, or its clock is behind"


def line_of(place: Place, refusal: Refusal, *, several: bool) -> str:
    """One refusal for people, further mistakes of the same reading beneath it."""
    index = f" [{refusal.index}]" if several else ""
    lines = [f"{place}{index}: {_in_words(refusal.as_dict())}"]
    lines += [f"    also {_in_words(other)}" for other in refusal.as_dict()["also"]]
    return "\n".join(lines)


def _in_words(mistake: Mapping[str, Any]) -> str:
    path, value, expected = mistake["path"], mistake["value"], mistake["expected"]
    what = path
    if value is not None:
        told = shown(orjson.dumps(value).decode(), 80)
        what = f"{path} is {told}" if path else told
    if not expected.startswith("did you mean"):
        expected = f"expected {expected}"
    return ": ".join([mistake["code"], "; ".join(part for part in (what, expected) if part)])
