"""What rules cost: with how many are loaded, by their kind, and how much memory their state takes."""

from __future__ import annotations

from typing import Any

from tests.bench import kinds, loaded, seriesmemory
from tests.bench.rig import Tell


def run(series: int, tell: Tell) -> dict[str, Any]:
    """All three, the machine's load before and after beside them."""
    return {
        "loaded": loaded.run(tell),
        "kinds": kinds.run(tell),
        "memory": seriesmemory.run(series, tell),
    }
