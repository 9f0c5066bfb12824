"""How fast a service's error budget burns. Pure: times are ms since epoch UTC.

The burn rate over a span is the share of the budget that was lost in it, times how often the span goes into
the objective's window. The budget is (1 - target) × the time within the service's hours of one whole window,
so that a service of which little was counted yet is not said to burn because of its first minute.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from devices.model import Objective
from services.status.objectives.burntable import BurnPair
from services.status.objectives.counting import Attainment, Weight, allowed
from services.status.objectives.documents import ratio
from services.status.objectives.ledger import AlwaysOpen, Ledger

LOOK_AGAIN = 60_000
"""Of a service with hours the budget moves with the calendar: it is looked at again after this (ms)."""


class Share(NamedTuple):
    """What of a window's open time must be lost within a span: ``part`` / ``whole`` of it, in integers."""

    span: int
    part: int
    whole: int

    @classmethod
    def of(cls, pair: BurnPair, span: int, objective: Objective, times: Fraction) -> Share:
        """For ``times`` the rate of a pair."""
        rate = Fraction(str(pair.rate)) * times
        share = rate * span / objective.window * allowed(objective.target)
        return cls(span, *share.as_integer_ratio())

    def lacking(self, lost: int, open_time: int) -> int:
        """How much more (ms) must be lost for the rate; none when it is reached.

        Where nothing may be lost, 1 ms is too much; and what lost nothing never burns.
        """
        needed = max(1, -(-self.part * open_time // self.whole))
        return needed - lost


class PairState:
    """A pair of one service. ``since`` is when it began to burn (ms), None: it does not.

    ``begins`` is what must be lost over the long and the short window for it to begin, ``lasts`` for it to go
    on.
    """

    __slots__ = ("begins", "lasts", "pair", "since")

    def __init__(self, pair: BurnPair, objective: Objective, clear: Fraction) -> None:
        self.pair = pair
        self.since: int | None = None
        spans = pair.long, pair.short
        self.begins = tuple(Share.of(pair, span, objective, Fraction(1)) for span in spans)
        self.lasts = tuple(Share.of(pair, span, objective, clear) for span in spans)


class Look(NamedTuple):
    """Whether a pair burns at a moment, and when that could be otherwise if nothing changes (ms), if ever."""

    burns: bool
    due: int | None


class Rates:
    """What goes into the burn rates of one service at one moment."""

    __slots__ = ("_ledger", "_lost", "_sums", "now", "open_time")

    def __init__(self, ledger: Ledger, now: int) -> None:
        self._ledger = ledger
        self.now = now
        window = ledger.objective.window
        self.open_time = ledger.open_time.between(now - window, now)
        self._sums = ledger.sums(now)
        self._lost: dict[int, int] = {}

    @property
    def budget(self) -> int:
        """How long (whole ms) may be lost in a whole window."""
        return Attainment(0, self.open_time).budget(self._ledger.objective.target)

    def rate(self, span: int) -> float | None:
        """The burn rate over the last ``span`` ms, to two decimals; None where there is no budget to burn."""
        objective = self._ledger.objective
        part, whole = allowed(objective.target).as_integer_ratio()
        budget = self.open_time * part
        return ratio(self.lost(span) * objective.window * whole, span * budget, 2) if budget else None

    def lost(self, span: int) -> int:
        """What was lost over the last ``span`` ms."""
        found = self._lost.get(span)
        if found is None:
            good, counted = self._ledger.sums(self.now - span)
            found = self._lost[span] = (self._sums[1] - counted) - (self._sums[0] - good)
        return found

    def look(self, state: PairState) -> Look:
        """Whether a pair burns: over both of its windows, at its own rate or, once it does, at less."""
        shares = state.begins if state.since is None else state.lasts
        lacking = max(share.lacking(self.lost(share.span), self.open_time) for share in shares)
        burns = lacking <= 0
        if burns and state.since is None:
            lacking = max(share.lacking(self.lost(share.span), self.open_time) for share in state.lasts)
        return Look(burns, self._due(burns, lacking))

    def _due(self, burns: bool, lacking: int) -> int | None:
        losing = self._ledger.weight is Weight.LOST
        due = None
        if not burns and losing:
            due = self.now + max(1, lacking)  # at most one ms is lost in each
        elif burns and not losing:
            due = self.now + 1 - lacking  # at most one ms is forgotten in each
        if isinstance(self._ledger.open_time, AlwaysOpen) or not (burns or self.lost(self._longest())):
            return due
        return self.now + LOOK_AGAIN if due is None else min(due, self.now + LOOK_AGAIN)

    def _longest(self) -> int:
        return max(self._lost)
