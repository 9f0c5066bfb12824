"""Alerts held against the truth: how many were right, how much was found, and how soon.

Definitions, so that two people count the same:

- A line of truth is one alert that should have been raised: of its ``rule``, for its ``device``, or in its
  ``zone`` when it names no device. A rule may be written without its group.
- The moment of an alert is when it fired (``times.fired``), or when its condition began (``starts_at``)
  where only that is known. Alerts that were only pending never fired and do not count. The same alert told
  twice (rule, subject and ``starts_at``) is one.
- An alert is *right* when its moment lies within a line of its rule and subject: from ``start`` to ``end``
  or to the deadline, whichever is later, both included. Any other is *false*.
- A line is *found* when a right alert's moment is within its deadline (``end`` where it has none); its
  delay is from ``start`` to the first such moment. A line without such an alert is still found, without
  delay, when it begins before another line of its rule and subject is over, and an alert that is right for
  that other line fires at its ``start``: a rule does not fire twice at once. Otherwise it is *late* when
  its first alert comes after the deadline, and *missed* when none comes; neither is found.
- Further alerts of the same line are *repeats*: right, but no second find.
- Precision is right alerts among all alerts, recall is found lines among all lines, F1 their harmonic mean;
  each is None where there is nothing to divide by. The 95th percentile of delays is by nearest rank.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import fmean, median
from typing import Any

from devices.codecs.timestamps import BadTimestampError, parse_timestamp


@dataclass(frozen=True, slots=True)
class TruthLine:
    """What was really wrong (times in ms). ``deadline`` is the last moment at which an alert is in time."""

    rule: str
    device: str | None
    zone: str | None
    start: int
    end: int
    deadline: int
    fault: str = ""

    @property
    def over(self) -> int:
        """The last moment at which an alert is about this."""
        return max(self.end, self.deadline)


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert that fired at ``moment`` (ms), and until when; None while it fires."""

    rule: str
    device: str | None
    zone: str | None
    moment: int
    ends: int | None = None


@dataclass(frozen=True, slots=True)
class Delay:
    """How long it took to find what was found, in seconds; None where nothing was."""

    mean: float | None
    median: float | None
    p95: float | None
    max: float | None


@dataclass(frozen=True, slots=True)
class Score:
    """Alerts against the truth, of one rule or of all."""

    truth: int
    found: int
    late: int
    missed: int
    alerts: int
    right: int
    false: int
    repeats: int
    precision: float | None
    recall: float | None
    f1: float | None
    delay: Delay


class ScoreError(ValueError):
    """A line of truth or an alert that can't be made sense of. The text says what it needs."""


def truth_line(data: Mapping[str, Any]) -> TruthLine:
    """A line of truth as the contract writes it.

    Raises:
        ScoreError: a key is missing, or no time.
    """
    rule, device, zone = (_word(data, key) for key in ("rule", "device", "zone"))
    if rule is None or (device is None and zone is None):
        raise ScoreError("needs rule, and device or zone")
    start = _time(data, "start")
    end = None if data.get("end") is None else _time(data, "end")
    deadline = data.get("deadline")
    if deadline is not None and (
        isinstance(deadline, bool) or not isinstance(deadline, int | float) or deadline < 0
    ):
        raise ScoreError(f"deadline must be seconds, 0 or more, not {deadline!r}")
    if end is None and deadline is None:
        raise ScoreError("needs end or deadline")
    if end is not None and end < start:
        raise ScoreError("end is before start")
    until = start + round(deadline * 1_000) if deadline is not None else end
    assert until is not None
    return TruthLine(
        rule, device, zone, start, until if end is None else end, until, str(data.get("fault", ""))
    )


def raised(data: Mapping[str, Any]) -> Raised | None:
    """An alert as the API, a backtest or the bus tells it; None when it never fired.

    Raises:
        ScoreError: a key is missing, or no time.
    """
    rule, device, zone = (_word(data, key) for key in ("rule", "device", "zone"))
    if rule is None:
        raise ScoreError("needs rule")
    if data.get("state") == "pending":
        return None
    times = data.get("times")
    fired = times if isinstance(times, Mapping) and times.get("fired") is not None else None
    moment = _time(fired, "fired") if fired is not None else _time(data, "starts_at")
    ends = None if data.get("ends_at") is None else _time(data, "ends_at")
    return Raised(rule, device, zone, moment, ends)


def _word(data: Mapping[str, Any], key: str) -> str | None:
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        raise ScoreError(f"{key} must be text, not {value!r}")
    return value or None


def _time(data: Mapping[str, Any], key: str) -> int:
    try:
        return parse_timestamp(data.get(key))
    except BadTimestampError as error:
        raise ScoreError(f"{key} must be {error}, not {data.get(key)!r}") from None


def score(truth: Sequence[TruthLine], alerts: Iterable[Raised]) -> Score:
    """How good the alerts are, all rules together."""
    return _scored(truth, _distinct(alerts))


def score_by_rule(truth: Sequence[TruthLine], alerts: Iterable[Raised]) -> dict[str, Score]:
    """How good the alerts of each rule are: every rule that the truth or an alert names."""
    distinct = _distinct(alerts)
    rules = dict.fromkeys(alert.rule for alert in distinct)
    named = {line.rule: next((rule for rule in rules if _same(line.rule, rule)), line.rule) for line in truth}
    rules |= dict.fromkeys(named.values())
    return {
        rule: _scored(
            [line for line in truth if named[line.rule] == rule],
            [alert for alert in distinct if alert.rule == rule],
        )
        for rule in sorted(rules)
    }


def _distinct(alerts: Iterable[Raised]) -> list[Raised]:
    """Each alert once, as it was told last, by moment."""
    last = {(alert.rule, alert.device, alert.zone, alert.moment): alert for alert in alerts}
    return sorted(last.values(), key=lambda alert: alert.moment)


def _scored(truth: Sequence[TruthLine], alerts: Sequence[Raised]) -> Score:
    about = [[alert for alert in alerts if _is_about(alert, line)] for line in truth]
    right = {alert for those in about for alert in those}
    delays: list[int] = []
    late = 0
    firsts = set()
    for line, those in zip(truth, about, strict=True):
        firsts |= set(those[:1])
        if those and those[0].moment <= line.deadline:
            delays.append(those[0].moment - line.start)
        elif _fires_already(line, truth, about):
            delays.append(0)
        elif those:
            late += 1
    repeats = len(right - firsts)
    precision = len(right) / len(alerts) if alerts else None
    recall = len(delays) / len(truth) if truth else None
    return Score(
        truth=len(truth),
        found=len(delays),
        late=late,
        missed=len(truth) - len(delays) - late,
        alerts=len(alerts),
        right=len(right),
        false=len(alerts) - len(right),
        repeats=repeats,
        precision=precision,
        recall=recall,
        f1=_f1(precision, recall),
        delay=_delay([delay / 1_000 for delay in delays]),
    )


def _is_about(alert: Raised, line: TruthLine) -> bool:
    return _concerns(alert, line) and line.start <= alert.moment <= line.over


def _fires_already(line: TruthLine, truth: Sequence[TruthLine], about: Sequence[list[Raised]]) -> bool:
    """Whether a line begins while another is not over, and while an alert of that other one fires."""
    return any(
        other.start < line.start <= other.over
        and _concerns(alert, line)
        and alert.moment < line.start
        and (alert.ends is None or alert.ends >= line.start)
        for other, those in zip(truth, about, strict=True)
        for alert in those
    )


def _concerns(alert: Raised, line: TruthLine) -> bool:
    subject = alert.device == line.device if line.device is not None else alert.zone == line.zone
    return subject and _same(line.rule, alert.rule)


def _same(named: str, rule: str) -> bool:
    """Whether a line of truth means a rule; it may leave out the group."""
    return named == rule or ("/" not in named and rule.rpartition("/")[2] == named)


def _f1(precision: float | None, recall: float | None) -> float | None:
    if precision is None or recall is None:
        return None
    total = precision + recall
    return 2 * precision * recall / total if total else 0.0


def _delay(seconds: list[float]) -> Delay:
    if not seconds:
        return Delay(None, None, None, None)
    ordered = sorted(seconds)
    nearest = ordered[ceil(0.95 * len(ordered)) - 1]
    return Delay(fmean(ordered), median(ordered), nearest, ordered[-1])
