"""History played through the engine that works live: each reading is received when it was taken.

Time begins with the first reading, or at the ``start`` that is given, and goes no further than the last, or
the ``end`` that is given: an alert whose ``for`` has not elapsed by then has not fired. Rules with a
``lateness`` do not wait beyond it: no reading of a history comes late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from devices.model import City, Device, Observation
from rules.backtest.alerts import Gatherer
from rules.backtest.report import Report, tallied
from rules.engine import Engine
from rules.measures.interface import Judgement
from rules.ruleset import RuleSet


class Score(NamedTuple):
    """What an anomaly rule made of one reading: the score (0 to 1), what it expected and the band."""

    time: int
    device: str
    metric: str
    value: float
    expected: float | None
    low: float | None
    high: float | None
    score: float | None


class Progress(NamedTuple):
    """How far a backtest is: readings played, the time they reached (ms), alerts that fired."""

    readings: int
    time: int
    fired: int


Tell = Callable[[Progress], None]
Batches = Iterable[Sequence[Observation]]


def run(
    ruleset: RuleSet,
    city: City,
    devices: Iterable[Device],
    readings: Batches,
    *,
    start: int | None = None,
    end: int | None = None,
    on_progress: Tell | None = None,
    scores: Callable[[Score], None] | None = None,
) -> Report:
    """What the rules would have done with ``readings``, which come in batches in order of time.

    ``devices`` are all that the readings may be of. Readings of others meet no rule. ``scores`` is handed
    what anomaly rules made of each reading, ``on_progress`` how far it is after each batch.

    Raises:
        ValueError: a reading is older than one before it.
    """
    hook = None if scores is None else [scores]
    [report] = run_beside(
        [ruleset], city, devices, readings, start=start, end=end, on_progress=on_progress, scores=hook
    )
    return report


def run_beside(
    rulesets: Sequence[RuleSet],
    city: City,
    devices: Iterable[Device],
    readings: Batches,
    *,
    start: int | None = None,
    end: int | None = None,
    on_progress: Tell | None = None,
    scores: Sequence[Callable[[Score], None] | None] | None = None,
) -> list[Report]:
    """As :func:`run`, of several sets of rules on the same readings, each by itself. One report for each."""
    known = list(devices)
    hooks = scores or [None] * len(rulesets)
    players = [_Player(rules, city, known, hook) for rules, hook in zip(rulesets, hooks, strict=True)]
    span = _Span(start)
    if start is not None:
        _advance(players, start)
    for batch in readings:
        if not batch:
            continue
        span.take(batch)
        for player in players:
            player.take(batch)
        if on_progress is not None:
            on_progress(Progress(span.readings, batch[-1].time, players[0].gathered.fired))
    until = span.until(end)
    if until is not None:
        _advance(players, until)
        for player in players:
            player.gathered.take(player.engine.catch_up())
    return [player.report(span, until) for player in players]


def _advance(players: Iterable[_Player], now: int) -> None:
    for player in players:
        player.gathered.take(player.engine.advance(now))


class _Span:
    """How many readings there were, and from when to when."""

    def __init__(self, start: int | None) -> None:
        self.readings = 0
        self.start = start
        self.newest: int | None = start

    def take(self, batch: Sequence[Observation]) -> None:
        first, last = batch[0].time, batch[-1].time
        if self.newest is not None and first < self.newest:
            raise ValueError(f"readings must come in order of time: {first} comes after {self.newest}")
        self.readings += len(batch)
        self.start = first if self.start is None else self.start
        self.newest = last

    def until(self, end: int | None) -> int | None:
        """When time stops."""
        if end is None or self.newest is None:
            return end if self.newest is None else self.newest
        return max(end, self.newest)


class _Player:
    """One engine and what it told."""

    def __init__(
        self,
        ruleset: RuleSet,
        city: City,
        devices: Iterable[Device],
        scores: Callable[[Score], None] | None,
    ) -> None:
        self.ruleset = ruleset
        self.timezone = city.timezone
        self.engine = Engine(ruleset, city, devices, on_score=None if scores is None else _noting(scores))
        self.gathered = Gatherer()

    def take(self, batch: Sequence[Observation]) -> None:
        """A batch in order of time."""
        self.gathered.take(self.engine.play(batch))

    def report(self, span: _Span, until: int | None) -> Report:
        alerts = tuple(self.gathered.alerts())
        tallies = tallied(self.ruleset, alerts, until or 0, self.timezone)
        return Report(span.readings, span.start, until, self.timezone, tallies, alerts)


def _noting(take: Callable[[Score], None]) -> Callable[[str, str, str, Judgement], None]:
    """What hears of judgements and hands on scores."""

    def note(_rule: str, device: str, metric: str, said: Judgement) -> None:
        take(Score(said.time, device, metric, said.value, said.expected, said.low, said.high, said.score))

    return note
