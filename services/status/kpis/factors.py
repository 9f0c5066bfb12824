"""Factors that hold from a day on, from ``rules/indices/data``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date

from rules.indices.energy import EmissionFactors, FactorForm

FACTORS: Mapping[str, Callable[[FactorForm], float | None]] = {
    "grid-scope2": lambda form: form.scope2,
    "grid-scope3": lambda form: form.scope3,
}
"""kg CO2e a kWh of the grid."""


class Factors:
    """The factors of a city: its own emission factors, or those of ``emission-factors.yaml``."""

    def __init__(self, emissions: EmissionFactors) -> None:
        self._emissions = emissions

    def on(self, name: str, day: date) -> float | None:
        """What a factor is on a day; None while it is not known."""
        return FACTORS[name](self._emissions.on(day))

    def as_text(self) -> str:
        """All of them, for digests."""
        return json.dumps([form.model_dump(mode="json") for form in self._emissions.factors])
