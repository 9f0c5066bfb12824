"""A city, a recording and its map on disk, and the command line in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.cli import build
from tests.support.cityfiles import write_city

RULES = """
group: mine
domain: environment
rules:
  - {id: high, on: AirQualityObserved.pm25, when: {above: 40, clear_below: 30}, for: 2h}
  - {id: never, on: AirQualityObserved.pm25, when: {above: 900}}
"""
MAP = """
city: city
time: {column: date, format: "%d/%m/%Y %H:%M", zone: Asia/Bangkok}
device: {column: station, map: {"Station 1": aq-01}}
zone: {value: north}
type: AirQualityObserved
interval: 1h
values:
  pm25: {column: "PM2.5"}
"""
ROWS = ((0, 10.0), (1, 50.0), (2, 55.0), (3, 60.0), (4, 45.0), (5, 20.0), (6, 10.0))


@dataclass
class Bench:
    """The command line in a folder that holds a city, rules, a map and a recording."""

    folder: Path

    def __call__(self, *arguments: str) -> Result:
        """Run ``nakhon rules …``."""
        return CliRunner().invoke(build(), ["rules", *arguments])

    def json(self, *arguments: str, code: int = 0) -> Any:
        """The document on standard output, and nothing else there."""
        result = self(*arguments, "--json")
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    def file(self, name: str, text: str) -> str:
        """A file of the folder; its path."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)

    def recording(self, rows: tuple[tuple[int, float], ...] = ROWS, more: str = "") -> list[str]:
        """Options that name a recording of station 1, hour by hour from 2026-01-05 00:00."""
        lines = [f"05/01/2026 {hour:02d}:00,Station 1,{value}" for hour, value in rows]
        data = self.file("pm.csv", "\n".join(["date,station,PM2.5", *lines]) + "\n" + more)
        return ["--data", data, "--map", str(self.folder / "map.yaml")]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    write_city(tmp_path / "city")
    made = Bench(tmp_path)
    made.file("rules.yaml", RULES)
    made.file("map.yaml", MAP)
    monkeypatch.chdir(tmp_path)
    return made


@pytest.fixture
def rules(bench: Bench) -> str:
    return str(bench.folder / "rules.yaml")


Run = Callable[..., Result]
