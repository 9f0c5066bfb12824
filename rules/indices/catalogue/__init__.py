"""The table of derived metrics: which types have which, and how each comes about."""

from __future__ import annotations

from collections.abc import Mapping

from rules.indices.catalogue.energy import ENERGY
from rules.indices.catalogue.environment import ENVIRONMENT
from rules.indices.catalogue.mobility import MOBILITY
from rules.indices.recipes import Recipe

RECIPES: Mapping[str, tuple[Recipe, ...]] = {**ENVIRONMENT, **MOBILITY, **ENERGY}
"""What is derived, by observation type."""
