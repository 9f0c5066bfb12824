"""Domains, zones, types, rules and devices over HTTP."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from devices.geometry import distance, zone_contains
from devices.model import Domain, Text, Zone
from services.api.resources.zones import geometry
from tests.unit.api.conftest import RULES, Api


async def test_all_seven_domains_in_their_official_order(api: Api) -> None:
    found = await api.get("domains", role="viewer")

    assert [item["domain"] for item in found["items"]] == list(Domain)
    assert found["next"] is None


async def test_one_domain(api: Api) -> None:
    assert (await api.get("domains/energy"))["domain"] == "energy"


async def test_a_domain_that_is_none_names_those_that_are(api: Api) -> None:
    problem = await api.problem("GET", "domains/weather")

    assert problem["code"] == "not_found"
    assert "environment, mobility" in problem["detail"]


async def test_zones_are_drawn_as_geojson(api: Api) -> None:
    zones = (await api.get("zones"))["items"]

    assert [zone["id"] for zone in zones] == ["north", "south"]
    north = zones[0]
    assert north["name"] == {"en": "North", "th": "เหนือ"}
    assert (north["center"], north["radius"], north["devices"]) == ([100.5, 13.75], 600.0, 2)
    ring = north["geometry"]["coordinates"][0]
    assert north["geometry"]["type"] == "Polygon"
    assert ring[0] == ring[-1]


def test_a_circle_becomes_a_ring_at_its_radius_counter_clockwise() -> None:
    zone = Zone("z", Text("Z", "Z"), center=(100.5, 13.75), radius=900.0)

    ring = geometry(zone)["coordinates"][0]

    assert len(ring) == 65
    assert all(distance((100.5, 13.75), position) == pytest.approx(900, abs=0.1) for position in ring)
    doubled = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
    assert doubled > 0
    assert zone_contains(zone, 100.5, 13.75)


def test_polygons_are_closed_and_several_are_a_multipolygon() -> None:
    ring = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))
    name = Text("Z", "Z")

    one = geometry(Zone("z", name, polygons=(ring,)))
    two = geometry(Zone("z", name, polygons=(ring, ring)))

    assert one == {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    assert two == {"type": "MultiPolygon", "coordinates": [[[*ring, ring[0]]], [[*ring, ring[0]]]]}


async def test_types_are_those_of_the_catalogue(api: Api) -> None:
    items = (await api.get("types"))["items"]
    kind = next(item for item in items if item["name"] == "AirQualityObserved")

    assert [item["name"] for item in items] == sorted(api.deps.catalog)
    assert kind["metrics"]["pm25"]["unit"] == "µg/m³"
    assert {item["domain"] for item in (await api.get("types", domain="energy"))["items"]} == {"energy"}


async def test_types_tell_what_is_derived_of_them_and_how(api: Api) -> None:
    kind = await api.get("types/ACMeasurement")
    load = kind["derived"]["transformerLoad"]

    assert load["unit"] == "%"
    assert load["labels"] == ["rated_kva"]
    assert load["inputs"] == ["activePower", "reactivePower", "powerFactor"]
    assert "/ rated · 100" in load["formula"]
    assert kind["derived"]["voltageBand"]["values"] == ["very-low", "low", "normal", "high", "very-high"]
    assert kind["derived"].keys().isdisjoint(kind["metrics"])
    assert "transformerLoad" not in str(kind["schema"]), "nobody sends it"
    assert (await api.get("types/ParkingSpot"))["derived"] == {}


async def test_a_type_brings_the_schema_of_its_payloads(api: Api) -> None:
    kind = await api.get("types/AirQualityObserved")
    validator = Draft202012Validator(kind["schema"])

    assert validator.is_valid({"pm25": 12.5})
    assert not validator.is_valid({"pm25": "much"})


async def test_a_type_that_is_none_suggests_the_one_that_was_meant(api: Api) -> None:
    problem = await api.problem("GET", "types/AirQualityObservd")

    assert "did you mean AirQualityObserved?" in problem["detail"]


async def test_rules_by_domain_and_group(api: Api) -> None:
    assert (await api.get("rules"))["items"] == list(RULES)
    assert len((await api.get("rules", domain="environment"))["items"]) == 3
    assert (await api.get("rules", group="power"))["items"] == [RULES[3]]
    assert (await api.get("rules", mode="shadow"))["items"] == [RULES[2]]


@pytest.mark.parametrize("path", ["rules/air/silent", "/api/v1/rules/air%2Fsilent"])
async def test_a_rule_is_found_by_group_and_name(api: Api, path: str) -> None:
    assert await api.get(path) == RULES[1]


async def test_a_rule_that_is_none(api: Api) -> None:
    assert (await api.problem("GET", "rules/air/loud"))["code"] == "not_found"


async def test_a_device_is_the_contracts(api: Api) -> None:
    api.devices.last_seen["aq-02"] = 1_767_546_000_000

    assert await api.get("devices/aq-02") == {
        "id": "aq-02",
        "types": ["AirQualityObserved", "WeatherObserved"],
        "name": "Air 2",
        "domain": "environment",
        "zone": "south",
        "service": "air-quality",
        "location": [100.5, 13.7],
        "interval": "1m",
        "labels": {},
        "enabled": True,
        "topic": "nakhon/v1/smallville/south/environment/aq-02/telemetry",
        "last_seen": "2026-01-04T17:00:00.000Z",
        "online": True,
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ["ac-01", "aq-01", "aq-02"]),
        ({"zone": "north"}, ["ac-01", "aq-01"]),
        ({"zone": "north,south", "domain": "environment"}, ["aq-01", "aq-02"]),
        ({"type": "WeatherObserved"}, ["aq-02"]),
        ({"service": "power"}, ["ac-01"]),
        ({"label": "site=school"}, ["aq-01"]),
        ({"label": "site=school,site=none"}, []),
        ({"enabled": "false"}, []),
        ({"online": "true"}, ["aq-02"]),
        ({"online": "false"}, ["ac-01", "aq-01"]),
        ({"zone": "nowhere"}, []),
    ],
)
async def test_devices_are_filtered(api: Api, given: dict[str, str], expected: list[str]) -> None:
    api.devices.last_seen["aq-02"] = 1

    assert [item["id"] for item in (await api.get("devices", **given))["items"]] == expected


async def test_a_label_without_a_value_is_refused(api: Api) -> None:
    assert (await api.problem("GET", "devices", params={"label": "site"}))["parameter"] == "label"


async def test_pages_of_devices_join_up(api: Api) -> None:
    first = await api.get("devices", limit=2)
    rest = await api.get("devices", limit=2, cursor=first["next"])

    assert [item["id"] for item in first["items"] + rest["items"]] == ["ac-01", "aq-01", "aq-02"]
    assert rest["next"] is None


NEW = {"id": "aq-03", "types": ["AirQualityObserved"], "zone": "south", "location": [100.5, 13.7]}


async def test_a_device_is_registered(api: Api) -> None:
    answer = await api.call("POST", "devices", role="integrator", json=NEW)

    assert answer.status == 201
    assert answer.headers["Location"] == "/api/v1/devices/aq-03"
    device = await api.get("devices/aq-03")
    assert device == await answer.json()
    assert (device["domain"], device["interval"]) == ("environment", "5m")


async def test_a_line_of_devices_csv_does_as_well(api: Api) -> None:
    row = {
        "id": "aq-04",
        "type": "AirQualityObserved;WeatherObserved",
        "zone": "south",
        "lon": 100.5,
        "lat": 13.7,
        "interval": "30s",
        "labels": "site=school;floor=2",
    }
    device = await (await api.call("POST", "devices", json=row)).json()

    assert device["types"] == ["AirQualityObserved", "WeatherObserved"]
    assert device["location"] == [100.5, 13.7]
    assert device["interval"] == "30s"
    assert device["labels"] == {"site": "school", "floor": "2"}


async def test_what_was_answered_can_be_sent_again(api: Api) -> None:
    device = await api.get("devices/aq-01")
    device.pop("enabled")

    answer = await api.call("POST", "devices", json=device)

    assert answer.status == 409  # its service is now its own, no longer the one found by type and zone


async def test_the_same_device_again_is_no_error(api: Api) -> None:
    await api.call("POST", "devices", json=NEW)

    answer = await api.call("POST", "devices", json=NEW)

    assert answer.status == 200


async def test_another_device_of_the_same_id_is_a_conflict(api: Api) -> None:
    problem = await api.problem("POST", "devices", json={**NEW, "id": "aq-01"})

    assert (problem["status"], problem["code"]) == (409, "conflict")
    assert "zone" in problem["detail"]


async def test_many_devices_are_registered_together_or_not_at_all(api: Api) -> None:
    wrong = await api.problem("POST", "devices", json=[NEW, {**NEW, "id": "aq-05", "zone": "west"}])
    assert wrong["errors"][0]["path"] == "[1].zone"
    assert (await api.problem("GET", "devices/aq-03"))["status"] == 404

    answer = await api.call("POST", "devices", json=[NEW, {**NEW, "id": "aq-05"}])
    assert answer.status == 201
    assert [item["id"] for item in (await answer.json())["items"]] == ["aq-03", "aq-05"]


@pytest.mark.parametrize(
    ("body", "path", "says"),
    [
        ({**NEW, "zone": "nort"}, "zone", "did you mean north?"),
        ({**NEW, "types": ["AirQuality"]}, "types", "AirQuality"),
        ({**NEW, "service": "air"}, "service", "air"),
        ({**NEW, "id": "AQ 3"}, "id", "1 to 64"),
        ({**NEW, "interval": "often"}, "interval", "5m"),
        ({**NEW, "location": [200, 13]}, "location[0]", "180"),
        ({**NEW, "colour": "red"}, "colour", "unknown key"),
        ({"id": "aq-03", "zone": "south"}, "types", "missing"),
        ("aq-03", "", "object"),
        ([NEW, NEW], "[1].id", "twice"),
    ],
)
async def test_a_wrong_device_is_told_where_and_why(api: Api, body: Any, path: str, says: str) -> None:
    problem = await api.problem("POST", "devices", json=body)

    assert (problem["status"], problem["code"]) == (422, "invalid_body")
    assert problem["errors"][0]["path"] == path
    assert says in problem["detail"]
