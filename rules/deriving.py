"""Which derived metrics a lane makes, for which of its devices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from devices.model import City, Device
from rules import indices
from rules.context import Context
from rules.indices import Derivation
from rules.ruleset import Rule


class Deriving:
    """Makes the derivations of a lane: everything, or what its rules name."""

    def __init__(self, city: City, context: Context, rules: Iterable[Rule] | None) -> None:
        """``rules`` None: everything that can be derived."""
        self._context = indices.Context.of(
            city.timezone,
            tables=context.tables,
            tariff_holiday=context.holidays.counts_for_tou,
            catalog=context.catalog,
        )
        self._wanted = None if rules is None else self._named(rules)

    def _named(self, rules: Iterable[Rule]) -> Mapping[str, frozenset[str]]:
        """The derived metrics that rules name, by type."""
        named: dict[str, set[str | None]] = {}
        for rule in rules:
            named.setdefault(rule.on or "", set()).update((rule.metric, *rule.condition.metrics))
        catalog = self._context.catalog
        return {
            name: frozenset(indices.derived_metrics(catalog.get(name, name)).keys() & metrics)
            for name, metrics in named.items()
        }

    def __call__(self, name: str, device: Device) -> Derivation | None:
        """The derived metrics of a type of a device; None where there are none, or nobody asks for them."""
        wanted = None
        if self._wanted is not None:
            wanted = self._wanted.get(name)
            if not wanted:
                return None
        return indices.derivation(name, device, self._context, wanted)
