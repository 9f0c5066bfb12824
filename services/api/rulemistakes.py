"""Mistakes in rule files, as the API tells them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from devices.documents import Problem
from services.api.problems import ProblemError

_TOLD = 5
"""So many are told in words; ``errors`` has them all."""


def invalid_rules(problems: Sequence[Problem], before: str = "") -> ProblemError:
    """The error of rules with mistakes, with what to say ``before`` them."""
    more = len(problems) - _TOLD
    told = [str(problem) for problem in problems[:_TOLD]] + ([f"and {more} more"] if more > 0 else [])
    return ProblemError("invalid_rules", before + "; ".join(told), errors=[_error(one) for one in problems])


def _error(problem: Problem) -> dict[str, Any]:
    plain = isinstance(problem.value, str | int | float | bool)
    return {
        "file": problem.file,
        "line": problem.line or None,
        "key": problem.key,
        "value": problem.value if plain else None,
        "message": problem.message,
        "allowed": problem.allowed,
    }
