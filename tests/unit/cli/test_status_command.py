"""``nakhon status``: domains, services and zones, and how their statuses came about."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.cli import build, statuses
from services.status.judging.judge import Judge
from tests.unit.cli.alertsthere import There
from tests.unit.status.evidences import evidence, judge
from tests.unit.status.statuscity import MINUTE, START

SINCE = "2026-01-04T17:00:00.000Z"


def words(en: str, th: str = "ไทย") -> dict[str, str]:
    return {"en": en, "th": th}


def standing(status: str, reason: str) -> dict[str, Any]:
    return {"status": status, "since": SINCE, "reason": words(reason, f"{reason} (ไทย)")}


def part(zone: str, status: str) -> dict[str, Any]:
    return {"zone": zone, **standing(status, f"Counts in {zone}")}


COUNTS = {
    "id": "traffic-counts",
    "name": words("Traffic counts"),
    "domain": "mobility",
    "criticality": "normal",
    **standing("outage", "Counts are out"),
    "zones": [part("yothi", "outage"), part("samyan", "operational")],
}
PARKING = {
    "id": "parking",
    "name": words("Parking"),
    "domain": "mobility",
    "criticality": "low",
    **standing("operational", "Parking is well"),
    "zones": [part("yothi", "operational")],
}
AIR = {
    "id": "air",
    "name": words("Air"),
    "domain": "environment",
    "criticality": "high",
    **standing("operational", "Air is well"),
    "zones": [],
}
MOBILITY = {"domain": "mobility", **standing("outage", "Counts are out"), "services": [COUNTS, PARKING]}
ENVIRONMENT = {"domain": "environment", **standing("operational", "Air is well"), "services": [AIR]}
ZONES = [
    {"zone": "yothi", **standing("outage", "Counts are out"), "services": []},
    {"zone": "samyan", **standing("operational", "all well"), "services": []},
]


def explanation(found: Judge, one: dict[str, Any]) -> dict[str, Any]:
    explained = found.explain(evidence(12, 7), START + MINUTE)
    zones = [{"zone": own["zone"], "since": SINCE, **explained} for own in one["zones"]]
    return {
        **{key: one[key] for key in ("id", "name", "domain", "criticality", "since")},
        **explained,
        "zones": zones,
    }


def there() -> There:
    found = judge()
    found.look(evidence(12, 4), START)
    answers: dict[str, Any] = {
        "domains": {"items": [ENVIRONMENT, MOBILITY], "next": None},
        "services": {"items": [AIR, COUNTS, PARKING], "next": None},
        "zones/status": {"items": ZONES, "next": None},
        "domains/mobility": MOBILITY,
        "services/parking": PARKING,
        "services/traffic-counts": COUNTS,
    }
    answers |= {f"services/{one['id']}/explain": explanation(found, one) for one in (AIR, COUNTS, PARKING)}
    return There(answers)


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> There:
    city = there()
    monkeypatch.setattr(statuses, "server", lambda *_: city)
    return city


def nakhon(*options: str) -> Result:
    return CliRunner().invoke(build(), ["status", *options])


def test_a_line_for_each_domain_and_an_outage_is_an_exit_code(running: There) -> None:
    result = nakhon()

    assert result.exit_code == 1
    assert [line.split(maxsplit=2) for line in result.stdout.splitlines()] == [
        ["operational", "environment", "Air is well"],
        ["outage", "mobility", "Counts are out"],
    ]
    assert [path for _, path, _ in running.asked] == ["domains"]


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(
    ("options", "lines", "code"),
    [
        (["mobility"], ["outage mobility", "outage traffic-counts", "operational parking"], 1),
        (["parking"], ["operational parking", "operational yothi"], 0),
        (["--service", "traffic-counts"], ["outage traffic-counts", "outage yothi", "operational samyan"], 1),
        (["yothi"], ["outage traffic-counts", "operational parking"], 1),
        (["--zone", "samyan"], ["operational traffic-counts"], 0),
        (["parking", "--zone", "yothi"], ["operational parking"], 0),
        (["environment", "--zone", "yothi"], ["nothing is there"], 0),
    ],
)
def test_a_domain_a_service_or_a_zone(options: list[str], lines: list[str], code: int) -> None:
    result = nakhon(*options)

    assert [" ".join(line.split()[: len(lines[0].split())]) for line in result.stdout.splitlines()] == lines
    assert result.exit_code == code


@pytest.mark.usefixtures("running")
def test_reasons_in_thai() -> None:
    assert "Air is well (ไทย)" in nakhon("--lang", "th").stdout


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["parkng"], "no domain, service or zone 'parkng'; did you mean parking?"),
        (["--service", "yothi"], "no service 'yothi'; there are air, traffic-counts, parking"),
        (["--zone", "sam"], "no zone 'sam'; did you mean samyan?; there are yothi, samyan"),
    ],
)
def test_who_names_what_is_not_there_is_told_what_is(options: list[str], said: str) -> None:
    result = nakhon(*options)

    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.usefixtures("running")
def test_how_it_came_about() -> None:
    lines = nakhon("parking", "--explain", "--zone", "yothi").stdout.splitlines()

    assert lines[0] == f"mobility · parking · yothi: outage since {SINCE}"
    assert lines[1:4] == [
        "  Traffic counts: 5 of 12 sensors silent in Yothi",
        "  decided by silence-outage",
        "  rules of set city:",
    ]
    decided = next(line for line in lines if line.strip().startswith(">"))
    assert decided.split("(")[1] == "silent devices and probes 41.7 %, above 50 %: still, until 40 %)"
    assert any("unless open alerts (critical) 0, at least 1: no" in line for line in lines)


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ([], ["environment", "air (high)", "mobility", "traffic-counts (normal)", "parking (low)"]),
        (["mobility"], ["mobility", "traffic-counts (normal)", "parking (low)"]),
        (["parking"], ["parking (low)"]),
        (["samyan"], ["samyan", "traffic-counts · samyan"]),
    ],
)
def test_everything_or_a_part_is_explained(options: list[str], shown: list[str]) -> None:
    lines = nakhon("--explain", *options).stdout.splitlines()

    heads = [line.split()[1] for line in lines if line.startswith(("operational ", "outage "))]
    services = [
        line.split(" · ", 1)[1].partition(":")[0]
        for line in lines
        if line.strip().startswith(("mobility ·", "environment ·"))
    ]
    assert set(heads) | set(services) == set(shown)


@pytest.mark.usefixtures("running")
def test_it_is_explained_in_thai() -> None:
    text = nakhon("parking", "--explain", "--lang", "th").stdout

    assert "ตัดสินโดยกฎ silence-outage" in text
    assert "อุปกรณ์และการตรวจสอบที่ไม่ส่งข้อมูล 41.7 %, มากกว่า 50 %: ยังคงอยู่จนถึง 40 %" in text


@pytest.mark.usefixtures("running")
def test_as_json_it_is_one_document() -> None:
    assert json.loads(nakhon("--json").stdout) == [ENVIRONMENT, MOBILITY]
    assert json.loads(nakhon("parking", "--json").stdout) == [PARKING]
    explained = json.loads(nakhon("parking", "--explain", "--json").stdout)
    assert [one["id"] for one in explained] == ["parking"]
    assert explained[0]["rules"][0]["id"] == "maintenance"
