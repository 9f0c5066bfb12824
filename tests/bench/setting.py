"""What the benchmarks stand on: a city of 1,000 sensors and 200 rules, three of which apply to a reading."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.support.cityfiles import many_devices, write_city, write_config
from tests.support.smallcity import topic

DEVICES = 1_000
RULES = 200
APPLY = 3
# Limits that a reading of the load never passes: what is measured is the looking, not the alerting.
_LIMITS: Mapping[str, float] = {"pm25": 990, "temperature": 59, "relativeHumidity": 0.9999}


def rules_text(extra: str = "") -> str:
    """200 threshold rules on the load's type: three for its zone, the others for the other zone."""
    lines = ["group: bench", "domain: environment", "rules:"]
    for number in range(RULES):
        metric = list(_LIMITS)[number % len(_LIMITS)]
        zone = "north" if number < APPLY else "south"
        lines.append(
            f"  - {{id: r{number}, on: AirQualityObserved.{metric}, where: {{zones: [{zone}]}}, "
            f"when: {{above: {_LIMITS[metric]}}}, title: {{en: r, th: r}}}}"
        )
    return "\n".join(lines) + "\n" + extra


def write_setting(
    folder: Path,
    broker: str,
    *,
    rules: str,
    devices: str = "",
    more: str = "",
    client_id: str = "nakhon",
) -> Path:
    """City and configuration in ``folder``; the configuration's path."""
    folder.mkdir()
    city = write_city(folder / "city", devices=many_devices(DEVICES) + devices, rules=rules)
    return write_config(folder / "nakhon.yaml", city, folder / "data", broker, more, client_id=client_id)


def load_topics() -> list[str]:
    """Where the load publishes."""
    return [topic(f"load-{number:06d}") for number in range(1, DEVICES + 1)]
