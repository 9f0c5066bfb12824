"""Mistakes in a city's status.yaml are told by whatever looks at the city."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli import build
from tests.support.cityfiles import write_city, write_config

WRONG = (
    "silent_after: 3\nsets: {city: [{use: city}, {id: it, status: outage, when: {silnt: {above: 0.5}}}]}\n"
)
SAID = "status.yaml:2: sets.city[1].when.silnt: unknown measure; did you mean silent?"


@pytest.fixture
def city(tmp_path: Path) -> Path:
    folder = write_city(tmp_path / "city")
    (folder / "status.yaml").write_text(WRONG, encoding="utf-8")
    return folder


def test_by_those_who_check_the_rules(city: Path) -> None:
    result = CliRunner().invoke(build(), ["rules", "check", "--city", str(city)])

    assert result.exit_code == 1
    assert SAID in result.stderr


def test_by_the_doctor(city: Path, tmp_path: Path) -> None:
    config = write_config(tmp_path / "nakhon.yaml", city, tmp_path / "data", "mqtt://127.0.0.1:1")
    result = CliRunner().invoke(build(), ["doctor", "--config", str(config)])

    assert result.exit_code == 1
    assert SAID in result.stdout


def test_without_mistakes_nothing_is_said(city: Path) -> None:
    (city / "status.yaml").write_text("silent_after: 3\n", encoding="utf-8")
    result = CliRunner().invoke(build(), ["rules", "check", "--city", str(city)])

    assert "status.yaml" not in result.stderr + result.stdout
