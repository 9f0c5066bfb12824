"""Status rules as data: an ordered list of conditions over measures, each with the status that it means.

Numbers are in the unit of their measure, spans of time in ms.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from devices.model import Criticality, Text
from services.status.model import Status
from services.status.policy.measures import MEASURES, Measure

WELL = "well"
"""What decides when no rule holds: then a service is operational."""


class Op(StrEnum):
    """How a measure is compared."""

    ABOVE = "above"
    AT_LEAST = "at_least"
    BELOW = "below"
    AT_MOST = "at_most"
    IS = "is"

    @property
    def rising(self) -> bool:
        """Whether it comes to hold when the measure grows."""
        return self in {Op.ABOVE, Op.AT_LEAST}

    @property
    def compare(self) -> Callable[[float, float], bool]:
        return _COMPARES[self]


_COMPARES: Mapping[Op, Callable[[float, float], bool]] = {
    Op.ABOVE: operator.gt,
    Op.AT_LEAST: operator.ge,
    Op.BELOW: operator.lt,
    Op.AT_MOST: operator.le,
    Op.IS: operator.eq,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A measure, narrowed to some severities or statuses (none: it can't be narrowed)."""

    name: str
    only: tuple[str, ...] = ()

    @property
    def measure(self) -> Measure:
        return MEASURES[self.name]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A measure compared with a limit.

    Once it holds, it holds until the measure has come back to ``clear`` (that value included); without one,
    until it is back within the limit.
    """

    asked: Asked
    op: Op
    limit: float
    clear: float | None = None

    @property
    def key(self) -> str:
        """By which its state is kept over a restart: it is another's when anything of it is changed."""
        clear = "" if self.clear is None else f" until {self.clear:g}"
        return f"{self.asked.name}({','.join(self.asked.only)}) {self.op} {self.limit:g}{clear}"

    def holds(self, value: float, *, latched: bool) -> bool:
        """Whether it holds of a value; ``latched``: it held before."""
        if self.op.compare(value, self.limit):
            return True
        if not latched or self.clear is None:
            return False
        return value > self.clear if self.op.rising else value < self.clear


class Join(StrEnum):
    """How conditions are put together."""

    ALL = "all"
    ANY = "any"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions put together; ``NOT`` has one part."""

    join: Join
    parts: tuple[Condition, ...]


Condition: TypeAlias = Comparison | Joined


def comparisons(condition: Condition) -> Iterator[Comparison]:
    """Those in a condition, as it is read."""
    if isinstance(condition, Comparison):
        yield condition
    else:
        for part in condition.parts:
            yield from comparisons(part)


@dataclass(frozen=True, slots=True)
class StatusRule:
    """A status and when a service has it.

    The condition must hold for ``hold`` (ms) first, and the rule holds on for ``keep`` (ms) after it ended;
    while ``unless`` holds the rule does not, whatever else. ``counted``: the time counts for the objective.
    ``reason`` is what the city says of it, None: the numbers speak for themselves.
    """

    id: str
    status: Status
    when: Condition
    unless: Condition | None = None
    hold: int = 0
    keep: int = 0
    counted: bool = True
    reason: Text | None = None

    @property
    def timed(self) -> bool:
        """Whether it takes time, or leaves it."""
        return self.hold > 0 or self.keep > 0

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """``when``, and ``unless`` if there is one."""
        return (self.when,) if self.unless is None else (self.when, self.unless)


class RuleList:
    """Rules from the top down: the first that holds decides; when none does, all is well.

    What a judge needs is worked out once. ``asked`` are the different measures, ``reads`` how they are read;
    ``leaves`` all comparisons, ``places`` which measure each compares; ``shapes`` the conditions of each rule
    (``when`` and ``unless``) over the places of comparisons; ``timed`` the places of rules that take or leave
    time, ``passing`` those of comparisons of what grows by time alone. It never changes.
    """

    __slots__ = ("asked", "leaves", "name", "passing", "places", "reads", "rules", "shapes", "timed")

    def __init__(self, name: str, rules: Iterable[StatusRule]) -> None:
        self.name = name
        self.rules = tuple(rules)
        leaves = [leaf for rule in self.rules for part in rule.conditions for leaf in comparisons(part)]
        places: dict[Asked, int] = {}
        for leaf in leaves:
            places.setdefault(leaf.asked, len(places))
        self.asked = tuple(places)
        self.reads = tuple((asked.measure.read, asked.only) for asked in places)
        self.leaves = tuple(leaves)
        self.places = tuple(places[leaf.asked] for leaf in leaves)
        self.timed = tuple(number for number, rule in enumerate(self.rules) if rule.timed)
        self.passing = tuple(number for number, leaf in enumerate(leaves) if leaf.asked.measure.passes)
        numbers = iter(range(len(leaves)))
        self.shapes = tuple(
            (_shape(rule.when, numbers), None if rule.unless is None else _shape(rule.unless, numbers))
            for rule in self.rules
        )

    def __repr__(self) -> str:
        return f"RuleList({self.name!r}, {len(self.rules)} rules)"


Shape: TypeAlias = "int | tuple[Join, tuple[Shape, ...]]"
"""A condition over the places of its comparisons."""


def _shape(condition: Condition, numbers: Iterator[int]) -> Shape:
    if isinstance(condition, Comparison):
        return next(numbers)
    return condition.join, tuple(_shape(part, numbers) for part in condition.parts)


def within(shape: Shape | None) -> Iterator[int]:
    """The places of the comparisons in a condition."""
    if isinstance(shape, int):
        yield shape
    elif shape is not None:
        for part in shape[1]:
            yield from within(part)


def true(shape: Shape, truths: Sequence[bool]) -> bool:
    """Whether a condition holds when its comparisons hold so."""
    if isinstance(shape, int):
        return truths[shape]
    join, parts = shape
    if join is Join.ALL:
        return all(true(part, truths) for part in parts)
    if join is Join.ANY:
        return any(true(part, truths) for part in parts)
    return not true(parts[0], truths)


@dataclass(frozen=True, slots=True)
class RollUp:
    """How the statuses of services make that of a domain or zone: the worst counts.

    ``at_most``: a service that hangs together with so much lowers it to this status at most.
    """

    at_most: Mapping[Criticality, Status]

    def weighed(self, criticality: Criticality, status: Status) -> Status:
        """As what a service's status counts."""
        cap = self.at_most.get(criticality)
        return status if cap is None or status.rank <= cap.rank else cap
