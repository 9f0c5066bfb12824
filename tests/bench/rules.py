"""What rules cost: with how many are loaded, by their kind, and how much memory their state takes."""

from __future__ import annotations

import os
from typing import Any

from tests.bench import kinds, loaded, seriesmemory
from tests.bench.rig import Tell


def run(series: int, tell: Tell) -> dict[str, Any]:
    """All three, with how busy the machine was (processes that ran or waited, a minute's mean)."""
    before = os.getloadavg()[0]
    figures: dict[str, Any] = {
        "loaded": loaded.run(tell),
        "kinds": kinds.run(tell),
        "memory": seriesmemory.run(series, tell),
    }
    figures["load"] = [before, os.getloadavg()[0]]
    tell("  load of the machine before and after: {:.1f}, {:.1f}".format(*figures["load"]))
    return figures
