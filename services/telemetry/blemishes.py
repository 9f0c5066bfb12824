"""What only some series have to be told of: gaps, metrics that got stuck, refusals. And rings of cells.

Counts of the last day lie in rings of twelve cells of two hours. A cell's number is its start, counted in
such cells since the epoch.
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence
from typing import Any

DAY = 86_400_000
CELL = 7_200_000
CELLS = 12
_GAPS_KEPT = 12


class Blemishes:
    """What only some series have: gaps as (start, end), stuck metrics and since when, refusals by cell."""

    __slots__ = ("gaps", "number", "refused", "stuck")

    def __init__(self) -> None:
        self.gaps: list[tuple[int, int]] = []
        self.stuck: dict[str, int] = {}
        self.refused: list[int] = []
        self.number = 0

    def refuse(self, received: int, count: int) -> None:
        number = received // CELL
        if not self.refused:
            self.refused, self.number = [0] * CELLS, number
        if number > self.number:
            turn(self.refused, CELLS, self.number, number)
            self.number = number
        self.refused[number % CELLS] += count

    def refused_since(self, now: int) -> int:
        return total(self.refused, self.number, now // CELL - CELLS + 1) if self.refused else 0

    def open_gap(self, start: int, end: int) -> None:
        self.gaps.append((start, end))
        self.gaps = [gap for gap in self.gaps if gap[1] > end - DAY]
        if len(self.gaps) > _GAPS_KEPT:
            self.gaps.remove(min(self.gaps[:-1], key=lambda gap: gap[1] - gap[0]))

    def mend(self, time: int, least: int) -> None:
        for place, (start, end) in enumerate(self.gaps):
            if start < time < end:
                pieces = [piece for piece in ((start, time), (time, end)) if piece[1] - piece[0] > least]
                self.gaps[place : place + 1] = pieces
                return

    def dump(self) -> list[Any]:
        return [list(self.gaps), dict(self.stuck), list(self.refused), self.number]

    @classmethod
    def load(cls, data: Sequence[Any]) -> Blemishes:
        blemishes = cls()
        gaps, stuck, blemishes.refused, blemishes.number = data
        blemishes.gaps = [(start, end) for start, end in gaps]
        blemishes.stuck = dict(stuck)
        return blemishes


def turn(cells: MutableSequence[int], size: int, newest: int, number: int, empty: int = 0) -> None:
    """Make room in a ring of ``size`` cells for those after ``newest`` up to ``number``."""
    for later in range(max(newest, number - size) + 1, number + 1):
        cells[later % size] = empty


def total(cells: Sequence[int], newest: int, first: int) -> int:
    """Sum of the cells from ``first`` to ``newest``, as far as the ring still holds them."""
    return sum(cells[number % CELLS] for number in range(max(first, newest - CELLS + 1), newest + 1))
