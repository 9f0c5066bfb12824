from __future__ import annotations

import json
from collections import Counter
from itertools import combinations, pairwise
from pathlib import Path

from devices.city import CityFolder
from devices.geometry import zone_center, zone_contains
from devices.model import Domain
from rules.files import Context, parse_groups
from rules.testing import run

FOLDER = Path(__file__).parents[3] / "deploy" / "cities" / "bangkok-pilot"


def test_it_is_the_city_of_the_contract(pilot: CityFolder) -> None:
    aq = next(device for device in pilot.devices if device.id == "aq-01")

    assert pilot.city.id == "bangkok-pilot"
    assert pilot.city.timezone == "Asia/Bangkok"
    assert (aq.zone, aq.types[0], aq.labels["site"]) == ("samyan", "AirQualityObserved", "school")
    assert {"samyan", "makkasan"} <= pilot.city.zones.keys()
    assert 8 <= len(pilot.city.zones) <= 10
    assert 300 <= len(pilot.devices) <= 340


def test_all_texts_are_in_both_languages(pilot: CityFolder) -> None:
    texts = [pilot.city.name, *(z.name for z in pilot.city.zones.values())]
    for service in pilot.city.services.values():
        assert service.owner is not None, service.id
        texts += [service.name, service.owner, *(work.title for work in service.maintenance)]

    assert all(any("\u0e00" <= letter <= "\u0e7f" for letter in text.th) for text in texts)
    assert all(text.en.isascii() for text in texts)


def test_every_outline_is_closed_and_counter_clockwise(pilot: CityFolder) -> None:
    files = sorted((FOLDER / "zones").glob("*.geojson"))

    assert {file.stem for file in files} <= pilot.city.zones.keys()
    for file in files:
        ring = json.loads(file.read_text())["coordinates"][0]
        area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
        assert ring[0] == ring[-1], file.name
        assert area > 0, file.name


def test_every_zone_has_a_shape_of_its_own(pilot: CityFolder) -> None:
    zones = pilot.city.zones.values()

    assert all(zone.polygons or zone.center for zone in zones)
    for one, other in combinations(zones, 2):
        assert not zone_contains(one, *zone_center(other)), (one.id, other.id)


def test_every_device_stands_in_its_zone_and_in_no_other(pilot: CityFolder) -> None:
    for device in pilot.devices:
        assert device.location is not None
        around = [zone.id for zone in pilot.city.zones.values() if zone_contains(zone, *device.location)]
        assert around == [device.zone], device.id


def test_every_type_of_the_catalogue_has_devices(pilot: CityFolder) -> None:
    used = {kind for device in pilot.devices for kind in device.types}

    assert used == set(pilot.catalog)


def test_every_domain_has_services_and_every_service_has_devices(pilot: CityFolder) -> None:
    counts = Counter(pilot.city.service_of(device) for device in pilot.devices)

    assert {service.domain for service in pilot.city.services.values()} == set(Domain)
    assert counts.keys() == pilot.city.services.keys()
    assert all(service.objective for service in pilot.city.services.values())
    assert all(counts[service] >= 4 for service in pilot.city.services)


def test_a_service_serves_exactly_the_zones_in_which_it_has_devices(pilot: CityFolder) -> None:
    for service in pilot.city.services.values():
        there = {device.zone for device in pilot.devices if pilot.city.service_of(device) == service.id}
        assert there == set(service.zones or pilot.city.zones), service.id


def test_it_is_lively_and_not_too_much(pilot: CityFolder) -> None:
    assert all(10_000 <= device.interval <= 60_000 for device in pilot.devices)
    assert 15 <= sum(1_000 / device.interval for device in pilot.devices) <= 25


def test_all_seven_rule_packs_are_on(pilot: CityFolder) -> None:
    assert sorted(pilot.packs) == sorted(Domain)


def test_its_own_rules_pass_their_tests(pilot: CityFolder) -> None:
    ruleset = parse_groups(pilot.rules, Context(pilot.catalog, pilot.city))
    results = run(ruleset, pilot.catalog, pilot.city, pilot.devices)

    assert [str(result) for result in results if not result.passed] == []
    assert {result.test.group for result in results} == set(ruleset.groups)


def test_its_own_rules_watch_somebody_and_say_so_in_both_languages(pilot: CityFolder) -> None:
    for rule in parse_groups(pilot.rules, Context(pilot.catalog, pilot.city)):
        watched = [
            d for d in pilot.devices if rule.where.matches(d, pilot.city.service_of(d)) and rule.on in d.types
        ]
        assert watched, rule.id
        assert rule.heading.title.en != rule.heading.title.th
        assert rule.heading.advice is not None
