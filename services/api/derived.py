"""Which values of readings are derived: they are told only when a metric is asked for by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from devices.types import ObservationType
from rules.indices import derived_metrics

NONE: frozenset[str] = frozenset()


class DerivedNames:
    """The names of derived metrics, by type. It remembers them."""

    def __init__(self, catalog: Mapping[str, ObservationType]) -> None:
        self._catalog = catalog
        self._names: dict[str, frozenset[str]] = {}

    def of(self, name: str) -> frozenset[str]:
        """Those of a type, also of one that is in the catalogue no more."""
        found = self._names.get(name)
        if found is None:
            kind = self._catalog.get(name, name)
            found = self._names[name] = frozenset(derived_metrics(kind)) or NONE
        return found

    def only_derived(self, types: Collection[str] = ()) -> frozenset[str]:
        """Names that are derived in some of these types (all when none are given) and measured in none."""
        asked = types or tuple(self._catalog)
        derived = NONE.union(*(self.of(name) for name in asked))
        return derived - NONE.union(*self._measured(asked))

    def _measured(self, types: Iterable[str]) -> Iterable[Iterable[str]]:
        return (self._catalog[name].metrics for name in types if name in self._catalog)
