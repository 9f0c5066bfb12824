"""What of a list of rules holds of what was measured. Pure, and remembered: services are much alike."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from services.status.judging.speaking import Decision
from services.status.policy.measures import Measured
from services.status.policy.rules import RuleList, true

_REMEMBERED = 4_096


class Found(NamedTuple):
    """Which comparisons hold (``truths``), and those of them that are latched by it.

    ``held`` are the places of the rules that hold; rules that take or leave time apart: ``begun`` are those
    whose condition holds, ``blocked`` those that may not hold whatever their time. ``decision`` is what
    decides when no rule that takes time holds.
    """

    truths: tuple[bool, ...]
    latched: frozenset[int]
    held: tuple[int, ...]
    begun: frozenset[int]
    blocked: frozenset[int]
    decision: Decision


@lru_cache(maxsize=_REMEMBERED)
def compare(rules: RuleList, values: tuple[Measured, ...], latched: frozenset[int]) -> Found:
    """Compare everything; ``latched`` are the places of comparisons that held before."""
    truths = tuple(
        (value := values[place]) is not None and leaf.holds(value, latched=number in latched)
        for number, (leaf, place) in enumerate(zip(rules.leaves, rules.places, strict=True))
    )
    met, blocked = set(), set()
    for number, (when, unless) in enumerate(rules.shapes):
        if true(when, truths):
            met.add(number)
        if unless is not None and true(unless, truths):
            blocked.add(number)
    held = tuple(sorted(met - blocked - set(rules.timed)))
    return Found(
        truths,
        frozenset(n for n, leaf in enumerate(rules.leaves) if truths[n] and leaf.clear is not None),
        held,
        frozenset(met.intersection(rules.timed)),
        frozenset(blocked),
        Decision.of(rules, held, truths),
    )
