"""How fast rules are played on recordings: from CSV and Parquet, thresholds alone and windows among them.

Beside them, in the same run, what it takes only to read the file with Arrow and to make observations of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from devices.city import CityFolder
from devices.documents import Document
from devices.recordings.mapform import RecordingMap
from rules.files import Context, parse_groups
from services.cli.rulework.ground import HereGround
from services.cli.rulework.recorded import RecordedHistory, read_file, read_map
from services.cli.rulework.setting import Rules
from services.runtime.cityfolder import read_city
from tests.bench.rig import Tell
from tests.support.cityfiles import many_devices, write_city

STATIONS = 200
RULES = 50
_START = 1_767_546_000
_EVERY = 60
_APPLY = ("pm25", "temperature", "relativeHumidity")
_LIMITS = {"pm25": 990, "temperature": 59, "relativeHumidity": 0.9999}
_WHEN = {
    "thresholds": {metric: f"{{above: {limit}}}" for metric, limit in _LIMITS.items()},
    "a window among them": {
        "pm25": "{window: {agg: mean, over: 1h, coverage: 0.5}, above: 990}",
        "temperature": "{above: 59}",
        "relativeHumidity": "{above: 0.9999}",
    },
    "all windows": {
        "pm25": "{window: {agg: mean, over: 24h, coverage: 0.5}, above: 990}",
        "temperature": "{window: {agg: max, over: 1h}, above: 59}",
        "relativeHumidity": "{change: {over: 10m}, above: 0.9999}",
    },
}
_MAP = """
time: {column: ts, unit: s}
device: {column: station}
type: AirQualityObserved
values:
  pm25: {column: pm25}
  temperature: {column: temperature}
  relativeHumidity: {column: relativeHumidity}
"""


@dataclass(frozen=True, slots=True)
class _Stage:
    """A city, a map and one recording in two formats."""

    city: CityFolder
    map: RecordingMap
    files: tuple[Path, ...]


def run(folder: Path, readings: int, tell: Tell) -> dict[str, Any]:
    """Play 50 rules on so many readings of 200 stations."""
    stage = _stage(folder, readings)
    figures: dict[str, Any] = {}
    for file in stage.files:
        bare = _bare(stage, file)
        figures[file.suffix] = {"bare": bare}
        tell(f"  {file.suffix[1:]:<8} {'read, observations made':<28} {bare:>9,.0f} readings/s")
        for name, when in _WHEN.items():
            rate = _played(stage, file, when)
            figures[file.suffix][name] = rate
            tell(f"  {file.suffix[1:]:<8} {name:<28} {rate:>9,.0f} readings/s, {rate / bare:.2f} of that")
    return figures


def _stage(folder: Path, readings: int) -> _Stage:
    city = read_city(write_city(folder / "city", devices=many_devices(STATIONS), rules=_rules(_LIMITS)))
    (folder / "map.yaml").write_text(_MAP, encoding="utf-8")
    table = _table(readings)
    files = (folder / "readings.csv", folder / "readings.parquet")
    pa_csv.write_csv(table, files[0])
    pa_parquet.write_table(table, files[1])
    return _Stage(city, read_map(folder / "map.yaml"), files)


def _table(readings: int) -> pa.Table:
    """Readings by time, the stations in turn. The values wander a little, so that no cell is like another."""
    places = range(readings)
    return pa.table(
        {
            "ts": [_START + place // STATIONS * _EVERY for place in places],
            "station": [f"load-{place % STATIONS + 1:06d}" for place in places],
            "pm25": [round(20 + place * 7 % 997 / 50, 2) for place in places],
            "temperature": [round(25 + place * 11 % 991 / 100, 2) for place in places],
            "relativeHumidity": [round(0.4 + place * 13 % 983 / 3_000, 4) for place in places],
        }
    )


def _rules(when: Any) -> str:
    """50 rules, three of which are for the zone of the stations."""
    lines = ["group: bench", "domain: environment", "rules:"]
    for number in range(RULES):
        metric = _APPLY[number % len(_APPLY)]
        zone = "north" if number < len(_APPLY) else "south"
        condition = when[metric] if isinstance(when[metric], str) else f"{{above: {when[metric]}}}"
        lines.append(
            f"  - {{id: r{number}, on: AirQualityObserved.{metric}, where: {{zones: [{zone}]}}, "
            f"when: {condition}, title: {{en: r, th: r}}}}"
        )
    return "\n".join(lines) + "\n"


def _timed(work: Callable[[], int]) -> float:
    """How many a second."""
    began = time.perf_counter()
    count = work()
    return count / (time.perf_counter() - began)


def _bare(stage: _Stage, file: Path) -> float:
    def work() -> int:
        return sum(len(batch) for batch in read_file(file, stage.map, stage.city).batches())

    return _timed(work)


def _played(stage: _Stage, file: Path, when: Any) -> float:
    context = Context(stage.city.catalog, stage.city.city)
    ruleset = parse_groups([Document("bench.yaml", _rules(when))], context)

    def work() -> int:
        ground = HereGround(stage.city, RecordedHistory(read_file(file, stage.map, stage.city)))
        return ground.play([Rules(ruleset)]).reports[0].readings

    return _timed(work)
