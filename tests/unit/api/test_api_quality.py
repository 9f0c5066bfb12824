"""How good the data of devices is, as the API tells it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from services.api import ApiDeps, document
from services.runtime.quality import ClockQuality, ClockState, DeviceQuality, Gaps, StuckMetric
from tests.unit.api.conftest import Api

START = 1_767_546_000_000
STUCK = DeviceQuality(
    START,
    120,
    60,
    2,
    Gaps(1, 3_600_000, START, START + 3_600_000),
    (StuckMetric("AirQualityObserved", "pm25", START),),
    ClockQuality(ClockState.RIGHT, 0.3, -0.1),
)
AHEAD = DeviceQuality(START, 120, 120, clock=ClockQuality(ClockState.AHEAD, -45.0, None))


class Qualities:
    """What is known of the devices' data."""

    def __init__(self) -> None:
        self.known: dict[str, DeviceQuality] = {"aq-01": STUCK, "aq-02": AHEAD}

    def quality(self, device: str) -> DeviceQuality | None:
        return self.known.get(device)


@pytest.fixture
def deps(deps: ApiDeps) -> ApiDeps:
    return replace(deps, quality=Qualities())


def ids(answer: Any) -> list[str]:
    return [item["device"] for item in answer["items"]]


async def test_the_quality_of_a_device(api: Api) -> None:
    assert await api.get("devices/aq-01/quality", role="viewer") == {
        "device": "aq-01",
        "zone": "north",
        "domain": "environment",
        "service": "air-quality",
        "since": "2026-01-04T17:00:00.000Z",
        "expected": 120,
        "received": 60,
        "completeness": 0.5,
        "refused": 2,
        "gaps": {
            "count": 1,
            "longest": 3600,
            "last": {"start": "2026-01-04T17:00:00.000Z", "end": "2026-01-04T18:00:00.000Z"},
        },
        "stuck": [{"type": "AirQualityObserved", "metric": "pm25", "since": "2026-01-04T17:00:00.000Z"}],
        "clock": {"state": "right", "offset": 0.3, "drift": -0.1},
        "problems": ["stuck", "incomplete", "gaps", "refused"],
    }


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document()


async def test_an_answer_that_is_full_is_as_described(api: Api, described: dict[str, Any]) -> None:
    schema = described["components"]["schemas"]["Qualities"]
    validator = Draft202012Validator({**schema, "components": described["components"]})

    assert [error.message for error in validator.iter_errors(await api.get("quality"))] == []


async def test_of_a_device_of_which_nothing_is_known_nothing_is_claimed(api: Api) -> None:
    quality = await api.get("devices/ac-01/quality")

    assert (quality["expected"], quality["completeness"], quality["problems"]) == (0, None, [])
    assert quality["clock"] == {"state": "unknown", "offset": None, "drift": None}


async def test_a_device_that_there_is_not(api: Api) -> None:
    assert (await api.problem("GET", "devices/aq-99/quality"))["code"] == "not_found"


async def test_devices_come_by_id(api: Api) -> None:
    assert ids(await api.get("quality")) == ["ac-01", "aq-01", "aq-02"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"problem": "stuck"}, ["aq-01"]),
        ({"problem": "clock"}, ["aq-02"]),
        ({"problem": "clock,gaps"}, ["aq-01", "aq-02"]),
        ({"problem": "incomplete"}, ["aq-01"]),
        ({"problem": "refused", "zone": "south"}, []),
        ({"zone": "north"}, ["ac-01", "aq-01"]),
        ({"domain": "energy"}, ["ac-01"]),
        ({"service": "air-quality"}, ["aq-01", "aq-02"]),
        ({"device": "aq-02,ac-01,none"}, ["ac-01", "aq-02"]),
    ],
)
async def test_filters_hold_together(api: Api, filters: dict[str, str], found: list[str]) -> None:
    assert ids(await api.get("quality", **filters)) == found


async def test_a_problem_that_there_is_not_is_refused_with_those_that_there_are(api: Api) -> None:
    problem = await api.problem("GET", "quality", params={"problem": "slow"})

    assert problem["code"] == "bad_parameter"
    assert "stuck" in problem["detail"]


@pytest.mark.parametrize("filters", [{}, {"problem": "stuck,clock"}])
async def test_pages_hold_every_device_once(api: Api, filters: dict[str, str]) -> None:
    whole = ids(await api.get("quality", **filters))
    found, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        answer = await api.get("quality", limit="1", **filters, **more)
        found += ids(answer)
        cursor = answer["next"]
        if cursor is None:
            break

    assert found == whole


async def test_disabled_devices_are_left_out(api: Api) -> None:
    device = api.devices.get("aq-01")
    assert device is not None
    await api.devices.put([replace(device, enabled=False)])

    assert ids(await api.get("quality")) == ["ac-01", "aq-02"]


async def test_many_devices_are_looked_at_in_turns(api: Api) -> None:
    device = api.devices.get("aq-01")
    assert device is not None
    await api.devices.put([replace(device, id=f"many-{number:04d}") for number in range(1_000)])

    assert len(ids(await api.get("quality", limit="500"))) == 500
    assert ids(await api.get("quality", problem="stuck")) == ["aq-01"]
