"""How long readings are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Retention:
    """Spans in ms: ``default`` for every type (None: for ever), and in ``types`` those that differ."""

    default: int | None = None
    types: Mapping[str, int] = field(default_factory=dict)

    def of(self, type_: str) -> int | None:
        """How long readings of a type are kept, None for ever."""
        return self.types.get(type_, self.default)


FOR_EVER = Retention()
