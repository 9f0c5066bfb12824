"""Street lamps: one that is out, one that burns by day."""

from __future__ import annotations

from typing import Any

from devices.model import Value, Values
from rules.indices.energy import LampsForm
from rules.indices.interface import NOTHING, number_of
from rules.indices.localtime import LocalClock

_NEVER = -(1 << 62)


_BURNING = ("on", "low")


def _dimmed(state: Value, values: Values) -> float:
    """The share of its power that a lamp should take: all of it, unless it says how far it is dimmed."""
    level = number_of(values, "illuminanceLevel") if state == "low" else None
    return level or 1.0


class Lamp:
    """One lamp: how many readings running it took too little power while it should burn.

    Its share of rated power is measured (``loadShare``), or its power over ``rated`` (kW).
    """

    __slots__ = ("_at", "_before", "_clock", "_form", "_low", "_rated", "held")

    def __init__(self, clock: LocalClock, form: LampsForm, rated: float | None) -> None:
        self._clock = clock
        self._form = form
        self._rated = rated
        self._at = _NEVER
        self._before = self._low = 0
        self.held: Values = NOTHING

    def take(self, time: int, values: Values, fresh: dict[str, Value]) -> bool:
        share = self._share(values)
        if share is None:
            return False
        fresh["dayBurner"] = share > self._form.day_above and self._form.day.hold(self._clock.wall(time))
        state = values.get("powerState")
        if state is not None:
            if time != self._at:
                self._at, self._before = time, self._low
            low = state in _BURNING and share < self._form.out_below * _dimmed(state, values)
            self._low = min(self._form.out_readings, self._before + 1) if low else 0
            fresh["lampOut"] = self._low >= self._form.out_readings
        return False

    def _share(self, values: Values) -> float | None:
        share = number_of(values, "loadShare")
        if share is None and self._rated is not None:
            power = number_of(values, "activePower")
            share = None if power is None else power / self._rated
        return share

    def fill(self, time: int, values: Values) -> None:
        """A late reading is left out: readings running are those that came in order."""

    def save(self) -> Any:
        return [self._at, self._before, self._low]

    def load(self, state: Any) -> None:
        self._at, self._before, self._low = map(int, state)
