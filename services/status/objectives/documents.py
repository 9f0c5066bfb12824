"""Objectives as the API tells them. JSON-ready; shares are rounded here and nowhere before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

from devices.model import Objective
from devices.spans import format_span
from services.runtime.clock import rfc3339
from services.status.objectives.counting import Attainment

span_text = lru_cache(maxsize=1_024)(format_span)
"""A span of ms in words; the same few are told again and again."""


def objective_document(
    objective: Objective, attainment: Attainment, *, burn: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """The contract's objective, and the seconds behind it.

    ``budget_seconds`` is how long might be lost of the counted time, ``budget_left_seconds`` what is left of
    that; below 0 it is overspent.
    """
    budget = attainment.budget(objective.target)
    return {
        "target": objective.target,
        "window": span_text(objective.window),
        **shares(attainment, objective.target),
        "good_seconds": seconds(attainment.good),
        "counted_seconds": seconds(attainment.counted),
        "budget_seconds": seconds(budget),
        "budget_left_seconds": seconds(budget - attainment.lost),
        "burn": list(burn),
    }


def month_document(start: int, attainment: Attainment, target: float) -> dict[str, Any]:
    """What was attained in a month of the city's calendar that began at ``start`` (ms)."""
    return {"start": rfc3339(start), **shares(attainment, target)}


def shares(attainment: Attainment, target: float) -> dict[str, float | None]:
    """What was attained, and the share of the budget that is left."""
    return {
        "attained": share_of(attainment),
        "budget_left": _rounded(attainment.budget_left(target), 4),
    }


def share_of(attainment: Attainment) -> float | None:
    """What was attained, 0 to 1; None when no time counted."""
    return _rounded(attainment.share, 6)


def seconds(span: int) -> float:
    """Milliseconds as seconds, whole ones without a fraction."""
    whole, rest = divmod(span, 1000)
    return span / 1000 if rest else whole


def ratio(part: int, whole: int, digits: int) -> float:
    """A share to so many decimals, a half upwards. Fractions would round themselves a good deal slower."""
    scale: int = 10**digits
    rounded: int = (2 * part * scale + whole) // (2 * whole)
    return rounded / scale


def _rounded(share: Fraction | None, digits: int) -> float | None:
    return None if share is None else ratio(*share.as_integer_ratio(), digits)
