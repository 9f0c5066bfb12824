"""Indicators in the API's shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.runtime.clock import rfc3339
from services.status.kpis.model import Kpi
from services.status.kpis.periods import Period
from services.status.kpis.values import Outcome, state, trend


def definition(kpi: Kpi) -> dict[str, Any]:
    """What an indicator says. ``target`` is a number or null; ``goal`` says in words what no number does."""
    return {
        "id": kpi.id,
        "domain": kpi.domain.value,
        "title": kpi.title.as_dict(),
        "formula": kpi.formula.as_dict(),
        "unit": kpi.unit,
        "direction": kpi.direction.value,
        "target": None if isinstance(kpi.target, str) else kpi.target,
        "band": None if kpi.band is None else list(kpi.band),
        "goal": _goal(kpi),
        "source": kpi.source,
        "verified": kpi.verified,
        "minimum_coverage": kpi.coverage,
    }


_GOALS = {
    "falling": {"en": "less than in the period before", "th": "น้อยกว่าช่วงก่อนหน้า"},
    "rising": {"en": "more than in the period before", "th": "มากกว่าช่วงก่อนหน้า"},
}


def _goal(kpi: Kpi) -> dict[str, str] | None:
    if kpi.goal is not None:
        return kpi.goal.as_dict()
    return _GOALS[kpi.target] if isinstance(kpi.target, str) else None


def value(
    kpi: Kpi, zone: str | None, period: Period, found: Outcome, before: float | None
) -> Mapping[str, Any]:
    """A value, with what it is of and what it was before."""
    return {
        **definition(kpi),
        "zone": zone,
        "period": {"kind": period.kind.value, "start": rfc3339(period.start), "end": rfc3339(period.end)},
        "value": found.value,
        "state": state(kpi, found.value, before),
        "coverage": found.coverage,
        "samples": found.samples,
        "previous": before,
        "trend": trend(kpi, found.value, before),
        "reason": None if found.reason is None else found.reason.as_dict(),
    }
