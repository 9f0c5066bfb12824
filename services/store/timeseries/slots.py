"""Which column of the one wide table holds which metric.

A metric of a type has a slot for each kind of value seen in it: ``n0``, ``n1`` … for numbers, ``s0`` … for
strings, ``b0`` … for booleans. Types share slots, so that a batch of many types is one insert and the table
is as wide as its widest type.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

MOST_METRICS = 256
"""More slots than this for one type are not given: somebody sends names that never repeat."""

COLUMN_TYPES = {"n": "DOUBLE", "s": "VARCHAR", "b": "BOOLEAN"}
_KINDS: dict[type, str] = {float: "n", int: "n", str: "s", bool: "b"}


class FullError(Exception):
    """No slot is left for a metric of this type."""


def kind_of(python_type: type) -> str:
    """``n``, ``s`` or ``b``.

    Raises:
        TypeError: neither a number, a string nor a boolean.
    """
    try:
        return _KINDS[python_type]
    except KeyError:
        raise TypeError(f"a value is a number, a string or a boolean, not {python_type.__name__}") from None


@dataclass(slots=True)
class Slots:
    """The slots of every type, in the order in which they were given out."""

    by_type: dict[str, dict[tuple[str, str], str]] = field(default_factory=dict)

    def columns(self) -> set[str]:
        """Every slot in use by some type."""
        return {slot for slots in self.by_type.values() for slot in slots.values()}

    def copy(self) -> Slots:
        """The same slots, which nobody changes any more."""
        return Slots({type_: dict(slots) for type_, slots in self.by_type.items()})

    def add(self, type_: str, metric: str, kind: str, slot: str) -> None:
        """Note a slot that was given out."""
        self.by_type.setdefault(type_, {})[metric, kind] = slot

    def free(self, type_: str, kind: str) -> str:
        """The next slot of a kind that a type does not use.

        Raises:
            FullError: the type has as many as it may have.
        """
        taken = self.by_type.get(type_, {})
        if len(taken) >= MOST_METRICS:
            raise FullError(f"{type_} has {MOST_METRICS} metrics already, which is the most that are kept")
        return f"{kind}{sum(held == kind for _, held in taken)}"

    def of(self, type_: str, metrics: Iterable[str] = ()) -> dict[str, list[str]]:
        """Metric to slots of a type; only these metrics when any are named."""
        wanted = set(metrics)
        found: dict[str, list[str]] = {}
        for (metric, _), slot in self.by_type.get(type_, {}).items():
            if not wanted or metric in wanted:
                found.setdefault(metric, []).append(slot)
        return found
