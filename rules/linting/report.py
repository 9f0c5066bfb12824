"""How findings are told: what was found, where in the rule's entry, and how much it weighs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from devices.documents import Loc, Problem
from rules.linting.surroundings import Surroundings
from rules.linting.written import Written


class Weight(StrEnum):
    """What a finding means for the author."""

    PROBLEM = "problem"
    """The rule can't do what it says."""
    WARNING = "warning"
    """The rule works, and probably not as meant."""
    HINT = "hint"
    """The rule works; something good is missing."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to say about one rule. ``at`` is the key within its entry: ``("when", "above")``."""

    at: Loc
    message: str
    value: Any = None
    allowed: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look for. ``name`` is what guides and tests call it."""

    name: str
    weight: Weight
    look: Callable[[Written, Surroundings], Iterable[Remark]]


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found, by weight, in the order of the rules."""

    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    hints: tuple[Problem, ...] = ()
