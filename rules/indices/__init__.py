"""Indices: what follows from readings by published formulas, as derived metrics of their type."""

from __future__ import annotations

from rules.indices.derivation import derivation, derived_metrics, recipes_of
from rules.indices.interface import Context, Derivation, Derived
from rules.indices.recipes import Recipe
from rules.indices.tables import Tables

__all__ = [
    "Context",
    "Derivation",
    "Derived",
    "Recipe",
    "Tables",
    "derivation",
    "derived_metrics",
    "recipes_of",
]
