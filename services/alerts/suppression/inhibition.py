"""Alerts that keep others quiet, as Alertmanager has it. Pure.

A firing alert of ``source`` inhibits those of ``target`` that have the same ``equal``; what neither has
counts as the same. One that is of both is inhibited only by what is of ``source`` alone: so no alert inhibits
itself, and no two inhibit each other. Whether anybody is told of the source makes no difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from devices.model import Text
from services.alerts.policy.keys import values_of
from services.alerts.policy.matcher import Matched
from services.alerts.policy.model import Inhibition
from services.alerts.suppression.hold import Hold, Kind
from services.alerts.suppression.lookup import Lookup


class Place(NamedTuple):
    """Where a source stands: under an inhibition, with these values in common.

    ``both``: it is of the target, too.
    """

    inhibition: int
    values: tuple[str | None, ...]
    both: bool


class Moves(NamedTuple):
    """Sources that came, or stand elsewhere by now.

    ``places``: by alert, where (nowhere: it went). ``at``: by place, one of those that stand there now.
    ``inhibitions``: those of these places.
    """

    places: Mapping[str, tuple[Place, ...]]
    at: Mapping[Place, str]
    inhibitions: frozenset[int] = frozenset()


NO_MOVES = Moves({}, {})


class Sources:
    """The firing alerts that inhibit others, by what they have in common."""

    def __init__(self, inhibitions: Sequence[Inhibition]) -> None:
        self._inhibitions = tuple(inhibitions)
        self._of_source = Lookup((one.source, number) for number, one in enumerate(inhibitions))
        self._holds = [
            Hold(Kind.INHIBITION, one.id, None, one.reason or _reason(one.id)) for one in inhibitions
        ]
        self._places: dict[str, tuple[Place, ...]] = {}
        self._at: dict[Place, dict[str, None]] = {}
        self._present: Counter[int] = Counter()  # places that are taken, by inhibition

    def __bool__(self) -> bool:
        return bool(self._inhibitions)

    def places(self, alert: Matched) -> tuple[Place, ...]:
        """Where a firing alert stands as a source."""
        if not self._inhibitions:
            return ()
        return tuple(self._place(alert, number) for number in sorted(self._of_source.of(alert)))

    def moved(self, alerts: Iterable[tuple[Matched, bool]], gone: Iterable[str] = ()) -> Moves:
        """What of these alerts (each with whether it fires) stands elsewhere than it did."""
        if not self._inhibitions:
            return NO_MOVES
        now = {alert.id: self.places(alert) if firing else () for alert, firing in alerts}
        now.update(dict.fromkeys(gone, ()))
        moved = {alert: places for alert, places in now.items() if places != self._places.get(alert, ())}
        at = {place: alert for alert, places in moved.items() for place in places}
        return Moves(moved, at, frozenset(place.inhibition for place in at))

    def take(self, moves: Moves) -> bool:
        """Take them over. Answers whether anything is inhibited by now that was not, or no longer is."""
        telling = False
        for alert, places in moves.places.items():
            before = self._places.pop(alert, ())
            if places:
                self._places[alert] = places
            for place in set(before) - set(places):
                telling |= self._leave(alert, place)
            for place in set(places) - set(before):
                telling |= self._enter(alert, place)
        return telling

    def clear(self) -> None:
        """Forget all sources."""
        self._places.clear()
        self._at.clear()
        self._present.clear()

    def inhibiting(self, alert: Matched, moves: Moves = NO_MOVES) -> tuple[Hold, str] | None:
        """Why an alert is inhibited and by which, once ``moves`` are taken over; None: it is not."""
        if not self._present and not moves.at:
            return None
        for number in sorted(self._present.keys() | moves.inhibitions):
            source = self._source(alert, number, moves)
            if source is not None and self._inhibitions[number].target.matches(alert):
                return self._holds[number], source
        return None

    def _source(self, alert: Matched, number: int, moves: Moves) -> str | None:
        """What would inhibit an alert, if it is of the target: mostly there is nothing of its values."""
        values = self._values(alert, number)
        alone = self._at_place(Place(number, values, False), moves)
        if alone is not None:
            return alone
        both = self._at_place(Place(number, values, True), moves)
        return None if both is None or self._inhibitions[number].source.matches(alert) else both

    def _at_place(self, place: Place, moves: Moves) -> str | None:
        for source in self._at.get(place, ()):
            if place in moves.places.get(source, (place,)):
                return source
        return moves.at.get(place)

    def _place(self, alert: Matched, number: int) -> Place:
        both = self._inhibitions[number].target.matches(alert)
        return Place(number, self._values(alert, number), both)

    def _values(self, alert: Matched, number: int) -> tuple[str | None, ...]:
        return tuple(value or None for value in values_of(alert, self._inhibitions[number].equal))

    def _enter(self, alert: str, place: Place) -> bool:
        there = self._at.setdefault(place, {})
        there[alert] = None
        self._present[place.inhibition] += len(there) == 1
        return len(there) == 1

    def _leave(self, alert: str, place: Place) -> bool:
        there = self._at[place]
        there.pop(alert)
        if there:
            return False
        del self._at[place]
        self._present[place.inhibition] -= 1
        if not self._present[place.inhibition]:
            del self._present[place.inhibition]
        return True


def _reason(inhibition: str) -> Text:
    return Text(
        f"Another alert that explains it is open ({inhibition})",
        f"มีการแจ้งเตือนอื่นที่เป็นสาเหตุเปิดอยู่ ({inhibition})",
    )
