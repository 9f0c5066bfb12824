"""The measure: warm-up, judgement, corrections, state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from devices.model import Value
from rules.measures.anomaly.model import Local, Model, View, begin
from rules.measures.anomaly.settings import AnomalySettings, Direction

WARM_UP = 30
"""So many readings are seen before the first score."""

_HUGE = 1e100
_MOST = 20.0


class Judgement(NamedTuple):
    """What was thought of a reading. During the warm-up only ``time`` and ``value`` are there.

    The score is at most 0.9 for values from ``low`` to ``high``, both included. None on a side where nothing
    is anomalous: the rule looks the other way, and the metric has no end there.
    """

    time: int
    value: float
    expected: float | None
    low: float | None
    high: float | None
    score: float | None


class Anomaly:
    """How unusual each reading of one metric of one device is, from 0 to 1.

    ``interval`` (ms) is the device's, ``local`` tells the city's time of day and weekday, ``low`` and
    ``high`` are the ends of the metric's range, where it has them.
    """

    __slots__ = (
        "_high",
        "_interval",
        "_latest",
        "_local",
        "_low",
        "_model",
        "_score",
        "_spoken",
        "_view",
        "_waiting",
        "settings",
    )

    def __init__(
        self,
        interval: int,
        local: Local,
        settings: AnomalySettings | None = None,
        *,
        low: float | None = None,
        high: float | None = None,
    ) -> None:
        self.settings = settings or AnomalySettings()
        self._interval = interval
        self._local = local
        self._low = low
        self._high = high
        self._latest: tuple[int, float] | None = None
        self._waiting: list[tuple[int, float]] = []
        self._model: Model | None = None
        self._view: View | None = None
        self._score = 0.0
        self._spoken = False

    @property
    def judged(self) -> Judgement | None:
        """What was thought of the newest reading that was told; None: it was no number, or came too late."""
        if self._latest is None or not self._spoken:
            return None
        if (view := self._view) is None:
            return Judgement(*self._latest, None, None, None, None)
        one_way = self.settings.direction
        low = self._low if one_way is Direction.UP else self._clip(view.low)
        high = self._high if one_way is Direction.DOWN else self._clip(view.high)
        return Judgement(*self._latest, self._clip(view.expected), low, high, self._score)

    def take(self, time: int, value: Value) -> float | None:
        """The score of a reading by all that came before it; None during the warm-up.

        A reading becomes part of what is known only when the next one comes, so that a correction of the
        newest is judged as the first was, and what it replaces is forgotten.
        """
        if value.__class__ is not float or value != value or self._comes_late(time):
            self._spoken = False
            return None
        assert isinstance(value, float)
        if self._latest is not None and time > self._latest[0]:
            self._learn(self._latest)
        self._latest = (time, value)
        return self._judge(time, value)

    def _comes_late(self, time: int) -> bool:
        return self._latest is not None and time < self._latest[0]

    def fill(self, time: int, value: Value) -> None:
        """A late reading teaches nothing: what is usual stands on many days, and its own moment is past."""

    def details(self) -> Mapping[str, Any]:
        """What was expected of the newest reading, its band, and its score."""
        judged = self.judged
        if judged is None or judged.score is None:
            return {}
        return {"expected": judged.expected, "low": judged.low, "high": judged.high, "score": judged.score}

    def save(self) -> Any:
        model = None if self._model is None else self._model.save()
        return [self._latest, self._waiting, model]

    def load(self, state: Any) -> None:
        try:
            self._load(state)
        except OverflowError as error:
            raise ValueError("a number that no state of an anomaly holds") from error

    def _load(self, state: Any) -> None:
        latest, waiting, model = state
        self._waiting = [(int(time), float(value)) for time, value in waiting]
        if model is not None:
            self._model = Model(self.settings, self._local, self._interval, self._interval, 0.0, 0.0)
            self._model.load(model)
        if latest is not None:
            self._latest = (int(latest[0]), float(latest[1]))
            self._judge(*self._latest)

    def _learn(self, latest: tuple[int, float]) -> None:
        if self._model is not None and self._view is not None:
            self._model.learn(self._view)
            return
        self._waiting.append((latest[0], _bounded(latest[1])))
        if len(self._waiting) == WARM_UP:
            self._model = begin(self.settings, self._local, self._interval, self._waiting)
            self._waiting = []

    def _judge(self, time: int, value: float) -> float | None:
        self._spoken = True
        if self._model is None:
            return None
        self._view = view = self._model.view(time, _bounded(value))
        ratio = min(view.ratio, _MOST)
        one_way = self.settings.direction
        if one_way is not Direction.BOTH and (view.value > view.expected) is not (one_way is Direction.UP):
            ratio = 0.0
        self._score = 1.0 - float(0.1 ** (ratio * ratio))
        return self._score

    def _clip(self, value: float) -> float:
        """What a metric's range leaves of a value that it could have."""
        if self._low is not None and value < self._low:
            return self._low
        return self._high if self._high is not None and value > self._high else value


def _bounded(value: float) -> float:
    """Near enough to zero that no arithmetic with it overflows."""
    return max(-_HUGE, min(_HUGE, value))
