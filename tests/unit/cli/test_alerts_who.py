"""``nakhon alerts who`` and ``check``: from the files alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from services.cli import build
from services.runtime.lifecycle import StartupError

ALERTING = """\
receivers: {duty: {en: Duty officer, th: เจ้าหน้าที่เวร}, lead: {en: Lead}}
routes:
  - {id: day, match: {domains: [environment]}, during: {hours: "08:00-17:00"}, repeat: 0s,
     steps: [{notify: duty}, {after: 10m, notify: lead}]}
  - {id: major, match: {severity: major+}, notify: [duty], repeat: 1h}
"""
CITY = """\
id: town
timezone: Asia/Bangkok
zones: [{id: samyan, center: [100.5, 13.7], radius: 1km}]
services: [{id: air, domain: environment, needs: {types: [AirQualityObserved]}}]
"""
RULES = """\
group: air
domain: environment
rules:
  - {id: high, on: AirQualityObserved.pm25, when: {above: 100}, severity: minor, title: {en: High, th: สูง}}
"""


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "rules").mkdir()
    for name, text in {
        "city.yaml": CITY,
        "alerting.yaml": ALERTING,
        "rules/air.yaml": RULES,
        "devices.csv": "id,type,zone,labels\naq-01,AirQualityObserved,samyan,site=school\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")  # fmt: skip
    monkeypatch.chdir(tmp_path)
    return tmp_path


def nakhon(*words: str) -> Result:
    return CliRunner().invoke(build(), ["alerts", *words])


def who(*words: str, at: str = "2026-01-05T12:00") -> dict[str, Any]:
    result = nakhon("who", "--at", at, "--json", *words)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.usefixtures("town")
def test_what_follows_from_rule_and_device() -> None:
    found = who("--rule", "air/high", "--device", "aq-01")
    assert found["alert"] == {
        "rule": "air/high",
        "domain": "environment",
        "zone": "samyan",
        "service": "air",
        "device": "aq-01",
        "severity": "minor",
        "labels": {"site": "school"},
        "at": "2026-01-05T05:00:00.000Z",
    }
    assert [(told["after"], told["receiver"]) for told in found["timeline"]] == [
        (10_000, "duty"),
        (610_000, "lead"),
    ]


@pytest.mark.usefixtures("town")
def test_it_is_drawn_as_a_line_of_time() -> None:
    result = nakhon("who", "--rule", "air/high", "--device", "aq-01", "--at", "2026-01-05T12:00")
    assert result.exit_code == 0
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    assert lines[0] == "air/high, minor, environment"
    assert "2026-01-05 12:00               ● it fires" in lines
    assert "2026-01-05 12:00:10 +10s       ├─ hears first  (route day)" in lines
    assert "                               │    Duty officer เจ้าหน้าที่เวร  duty" in lines
    assert "2026-01-05 12:10:10 +10m10s    ╰─ nobody has acknowledged  (route day)" in lines
    assert any("✓ day" in line and "its hours end 2026-01-05 17:00" in line for line in lines)
    assert any("· major" in line and "severity is minor, not critical | major" in line for line in lines)


@pytest.mark.usefixtures("town")
def test_when_nobody_hears_it_says_so_and_ends_with_one() -> None:
    result = nakhon("who", "--rule", "air/high", "--at", "2026-01-05T03:00")
    assert result.exit_code == 1
    assert "Nobody would hear of it" in result.stdout
    assert "outside its hours" in result.stdout


def test_a_city_that_decided_nothing_says_that(town: Path) -> None:
    (town / "alerting.yaml").unlink()
    result = nakhon("who", "--rule", "air/high")
    assert result.exit_code == 1
    assert "The city has no alerting.yaml" in result.stdout


def test_with_a_configuration_it_says_how_each_is_reached(town: Path) -> None:
    notify = "notify: {receivers: {duty: {channels: [{kind: log}, {kind: mqtt, topic: a/b}]}}}\n"
    (town / "n.yaml").write_text(f"city: .\ndata: data\n{notify}", encoding="utf-8")
    words = ("who", "--rule", "air/high", "--at", "2026-01-05T12:00", "--config", "n.yaml")
    drawn = nakhon(*words).stdout
    assert "duty  by log, mqtt" in drawn
    assert "lead  nakhon.yaml does not say how" in drawn
    told = json.loads(nakhon(*words, "--json").stdout)["timeline"]
    assert [one["channels"] for one in told] == [["log", "mqtt"], []]


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rule", "air/hihg"], "--rule: there is no rule 'air/hihg'; did you mean air/high?"),
        (["--device", "aq-1"], "--device: there is no device 'aq-1'; did you mean aq-01?"),
        (["--zone", "samyam"], "--zone: there is no zone 'samyam'; did you mean samyan?"),
        (["--service", "airs"], "--service: there is no service 'airs'; did you mean air?"),
        (["--domain", "energies"], "--domain: there is no domain 'energies'; did you mean energy?"),
        (["--severity", "majr"], "--severity: there is no severity 'majr'; did you mean major?"),
        (["--domain", "energy", "--at", "noon"], "--at 'noon' is no moment"),
        (["--label", "site"], "--label 'site' must be key=value"),
        ([], "nothing says which domain is meant"),
    ],
)
def test_what_is_not_there_is_named(words: list[str], said: str) -> None:
    result = nakhon("who", *words)
    assert isinstance(result.exception, StartupError)
    assert said in str(result.exception)


@pytest.mark.usefixtures("town")
def test_a_sound_file_is_counted() -> None:
    result = nakhon("check")
    assert result.exit_code == 0
    assert result.stdout.startswith("2 routes, 2 receivers of the city town: ")


def test_every_mistake_is_told_with_its_line_and_it_ends_with_one(town: Path) -> None:
    text = ALERTING.replace("notify: lead", "notify: laed").replace("major+", "majr")
    (town / "alerting.yaml").write_text(text, encoding="utf-8")
    result = nakhon("check")
    assert result.exit_code == 1
    assert (
        "alerting.yaml:4: routes[0].steps[1].notify: no receiver 'laed'; did you mean lead?" in result.stderr
    )
    assert "alerting.yaml:5: routes[1].match.severity: must be one of critical" in result.stderr
    assert result.stdout == "alerting.yaml of the city town: 2 problem(s)\n"
    problems = json.loads(nakhon("check", "--json").stdout)["problems"]
    assert [problem["line"] for problem in problems] == [4, 5]


def test_warnings_count_when_they_are_to(town: Path) -> None:
    (town / "alerting.yaml").write_text(
        ALERTING + "  - {id: later, match: {severity: critical}, notify: duty}\n"
    )
    assert nakhon("check").exit_code == 0
    strict = nakhon("check", "--strict")
    assert strict.exit_code == 1
    assert "warning: alerting.yaml:6: routes[2].id: is never reached: major takes all" in strict.stderr


def test_broken_rules_are_told_beside_and_hide_nothing(town: Path) -> None:
    (town / "rules" / "air.yaml").write_text(RULES.replace("above: 100", "abov: 100"), encoding="utf-8")
    (town / "alerting.yaml").write_text(ALERTING.replace("notify: lead", "notify: laed"), encoding="utf-8")
    result = nakhon("check")
    assert result.exit_code == 1
    assert "no receiver 'laed'" in result.stderr
    assert "rules/air.yaml:4: " in result.stderr


def test_receivers_that_nothing_reaches_are_told_with_a_configuration(town: Path) -> None:
    (town / "n.yaml").write_text("city: .\ndata: data\n", encoding="utf-8")
    result = nakhon("check", "--config", "n.yaml")
    assert result.exit_code == 1
    assert (
        "alerting.yaml:4: routes[0].steps[0].notify: nakhon.yaml does not say how duty is reached"
        in result.stderr
    )


def test_a_city_without_the_file_is_fine(town: Path) -> None:
    (town / "alerting.yaml").unlink()
    result = nakhon("check")
    assert result.exit_code == 0
    assert "has no alerting.yaml; only the console tells of its alerts: no problems" in result.stdout


def test_checking_the_rules_of_a_city_checks_who_hears_of_them_too(town: Path) -> None:
    (town / "alerting.yaml").write_text(ALERTING.replace("notify: lead", "notify: laed"), encoding="utf-8")
    result = CliRunner().invoke(build(), ["rules", "check"])
    assert result.exit_code == 1
    assert "alerting.yaml:4: routes[0].steps[1].notify: no receiver 'laed'" in result.stderr
    assert CliRunner().invoke(build(), ["rules", "check", "--rules", "rules"]).exit_code == 0
