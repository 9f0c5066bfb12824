"""``deviation``: a reading minus what the other devices of its zone say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devices.model import Value
from rules.measures.board import Board
from rules.measures.exact import nearest

LEAST_NEIGHBOURS = 3


class Deviation:
    """How far one device's reading is from its neighbours', in the metric's unit.

    The neighbours are the other devices of the board whose newest reading is not older than three of their
    intervals before t. Fewer than ``min_devices`` of them say nothing. Strings and booleans are passed over.
    """

    __slots__ = ("_agg", "_board", "_count", "_device", "_interval", "_least", "_neighbours", "_value")

    def __init__(
        self,
        board: Board,
        device: str,
        interval: int,
        *,
        agg: str = "median",
        min_devices: int = LEAST_NEIGHBOURS,
    ) -> None:
        """``interval`` (ms): how often this device is expected to report; ``agg``: median, mean, min, max."""
        self._board = board
        self._device = device
        self._interval = interval
        self._agg = agg
        self._least = min_devices
        self._count = 0
        self._neighbours: float | None = None
        self._value: float | None = None

    def take(self, time: int, value: Value) -> Value | None:
        """The reading minus its neighbours' value as of ``time``, with what the board holds by now."""
        self.note(time, value)
        return self.answer(time) if isinstance(value, float) else None

    def note(self, time: int, value: Value) -> None:
        """A reading, to be judged when its neighbours' of the same moment are known."""
        if isinstance(value, float):
            self._board.put(self._device, time, value, self._interval)
            self._value = value

    def answer(self, time: int) -> Value | None:
        """The newest reading minus its neighbours' value as of ``time``."""
        if self._value is None:
            return None
        self._count, self._neighbours = self._board.others(self._device, time, self._agg, self._least)
        return None if self._neighbours is None else nearest(self._value - self._neighbours)

    def fill(self, time: int, value: Value) -> None:
        """A late reading is for the neighbours, when it is this device's newest."""
        if isinstance(value, float):
            self._board.put(self._device, time, value, self._interval)

    def details(self) -> Mapping[str, Any]:
        """``agg``, how many ``neighbours`` were fresh, the ``expected`` value (None: too few), ``value``."""
        return {
            "agg": self._agg,
            "neighbours": self._count,
            "expected": self._neighbours,
            "value": self._value,
        }

    def save(self) -> Any:
        """``[neighbours, their value, own value]``; the board is saved by whoever shares it out."""
        return [self._count, self._neighbours, self._value]

    def load(self, state: Any) -> None:
        """Take up what :meth:`save` gave.

        Raises:
            ValueError, TypeError: it is nothing of the kind.
        """
        count, neighbours, value = state
        self._count = int(count)
        self._neighbours = None if neighbours is None else float(neighbours)
        self._value = None if value is None else float(value)
