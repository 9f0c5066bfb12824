from __future__ import annotations

import pytest

from devices.catalog import Catalog
from devices.city import CityDocuments, CityFolder, geometry_files, parse_city
from devices.cityfile import parse_length
from devices.documents import Document, ProblemsError
from devices.model import Domain, Objective, Text

BUILTIN = Catalog.builtin()

CITY = """\
id: bangkok-pilot
name: {en: Bangkok pilot, th: กรุงเทพฯ นำร่อง}
timezone: Asia/Bangkok
packs: [environment]
zones:
  - {id: samyan, name: {en: Samyan, th: สามย่าน}, geometry: zones/samyan.geojson}
  - {id: makkasan, center: [100.5621, 13.7522], radius: 600m}
services:
  - id: air-quality
    domain: environment
    name: {en: Air quality, th: คุณภาพอากาศ}
    zones: [samyan]
    needs: {types: [AirQualityObserved]}
    objective: {target: 0.995, window: 30d}
  - {id: lamps, domain: energy}
"""

OUTLINE = '{"type": "Polygon", "coordinates": [[[100.52, 13.73], [100.54, 13.73], [100.54, 13.74]]]}'

DEVICES = """\
id,type,zone,service,name,lon,lat,interval,domain,labels
aq-01,AirQualityObserved;WeatherObserved,samyan,air-quality,"Chula, 1",100.53,13.735,1m,,site=school;of=bma
lamp-1,Streetlight,makkasan,,,,,,living,
"""


def documents(
    city: str = CITY,
    devices: str | None = DEVICES,
    *,
    types: str | None = None,
    outline: str | None = OUTLINE,
) -> CityDocuments:
    return CityDocuments(
        Document("city.yaml", city),
        None if devices is None else Document("devices.csv", devices),
        () if types is None else (Document("types/own.yaml", types),),
        {} if outline is None else {"zones/samyan.geojson": Document("zones/samyan.geojson", outline)},
        (Document("rules/own.yaml", "group: x"),),
        Document("kpis.yaml", "[]"),
    )


def read(*arguments: str, **changes: str | None) -> CityFolder:
    return parse_city(documents(*arguments, **changes), BUILTIN)


def problems(*arguments: str, **changes: str | None) -> list[tuple[str, int, str, str]]:
    with pytest.raises(ProblemsError) as refused:
        read(*arguments, **changes)
    return [(p.file, p.line, p.key, p.message) for p in refused.value.problems]


def test_a_whole_city() -> None:
    folder = read()
    city = folder.city
    assert (city.id, city.name.th, city.timezone) == ("bangkok-pilot", "กรุงเทพฯ นำร่อง", "Asia/Bangkok")
    assert city.zones["samyan"].polygons == (((100.52, 13.73), (100.54, 13.73), (100.54, 13.74)),)
    assert (city.zones["makkasan"].center, city.zones["makkasan"].radius) == ((100.5621, 13.7522), 600)
    assert city.zones["makkasan"].name == Text("makkasan", "makkasan")
    air, lamps = city.services.values()
    assert (air.domain, air.zones, air.types) == (Domain.ENVIRONMENT, ("samyan",), ("AirQualityObserved",))
    assert air.objective == Objective(0.995, 2_592_000_000)
    assert (lamps.name, lamps.zones, lamps.types, lamps.objective) == (Text("lamps", "lamps"), (), (), None)
    assert folder.packs == ("environment",)
    assert [rules.name for rules in folder.rules] == ["rules/own.yaml"]
    assert folder.kpis is not None


def test_devices_take_from_their_first_type_what_they_do_not_say() -> None:
    station, lamp = read().devices
    assert station.types == ("AirQualityObserved", "WeatherObserved")
    assert (station.interval, station.domain, station.service) == (60_000, Domain.ENVIRONMENT, "air-quality")
    assert (station.name, station.location) == ("Chula, 1", (100.53, 13.735))
    assert station.labels == {"site": "school", "of": "bma"}
    assert (lamp.interval, lamp.domain) == (900_000, Domain.LIVING)
    assert (lamp.name, lamp.location, lamp.service, lamp.labels) == ("", None, None, {})
    assert lamp.enabled


def test_a_city_without_devices_or_services() -> None:
    city = "id: small\ntimezone: UTC\nzones: [{id: z, center: [1, 2], radius: 1.5km}]\n"
    folder = read(city, devices=None)
    assert (folder.devices, folder.city.services, folder.packs) == ((), {}, ())
    assert folder.city.zones["z"].radius == 1_500
    assert folder.city.name == Text("small", "small")


def test_a_type_of_the_citys_own() -> None:
    own = "name: LeafWetness\ndomain: environment\ninterval: 1h\nmetrics: {wetness: {type: number}}\n"
    devices = "id,type,zone\nleaf-1,LeafWetness,samyan\n"
    folder = read(devices=devices, types=own)
    assert folder.catalog["LeafWetness"].version == 1
    assert folder.devices[0].interval == 3_600_000


def test_mistakes_in_all_files_are_told_together() -> None:
    told = problems(
        CITY.replace("timezone: Asia/Bangkok", "timezone: Asia/Bangkock"),
        devices=DEVICES.replace("samyan", "samyann"),
        types="name: soil\n",
        outline="{}",
    )
    assert {file for file, *_ in told} == {
        "city.yaml",
        "devices.csv",
        "types/own.yaml",
        "zones/samyan.geojson",
    }


@pytest.mark.parametrize(
    ("there", "instead", "line", "key", "said"),
    [
        ("id: bangkok-pilot", "id: Bangkok", 1, "id", "must be 1 to 64 of a-z"),
        ("id: bangkok-pilot\n", "", 1, "id", "is missing"),
        ("name: {en: Bangkok pilot, th", "name: {en: Bangkok pilot, tha", 2, "name.tha", "did you mean th?"),
        ("name: {en: Bangkok pilot", "name: {en: ''", 2, "name.en", "at least 1 character"),
        ("timezone: Asia/Bangkok", "timezone: Bangkok", 3, "timezone", "no IANA time zone 'Bangkok'"),
        ("timezone: Asia/Bangkok", "timezone: Asia/Bangkock", 3, "timezone", "did you mean Asia/Bangkok?"),
        ("timezone: Asia/Bangkok", "timezone: Asia", 3, "timezone", "no IANA time zone 'Asia'"),
        ("timezone: Asia/Bangkok", "timezone: ../etc/passwd", 3, "timezone", "no IANA time zone"),
        ("packs: [environment]", "packs: environment", 4, "packs", "must be a list"),
        ("packs: [environment]", "pack: [environment]", 4, "pack", "did you mean packs?"),
        ("600m", "600ft", 7, "zones[1].radius", "must be a length such as 600m"),
        ("600m", "0m", 7, "zones[1].radius", "must be greater than 0"),
        ("[100.5621, 13.7522]", "[13.7522, 100.5621]", 7, "zones[1].center[1]", "less than or equal to 90"),
        (", radius: 600m", "", 7, "zones[1]", "either geometry"),
        ("radius: 600m", "radius: 600m, geometry: zones/samyan.geojson", 7, "zones[1]", "either geometry"),
        ("id: makkasan", "id: samyan", 7, "zones[1].id", "a second time; the first is on line 6"),
        ("samyan.geojson", "nowhere.geojson", 6, "zones[0].geometry", "no file 'zones/nowhere.geojson'"),
        ("domain: environment", "domain: enviroment", 10, "services[0].domain", "did you mean environment?"),
        ("zones: [samyan]", "zones: [samyam]", 12, "services[0].zones[0]", "did you mean samyan?"),
        ("[AirQualityObserved]", "[AirQuality]", 13, "services[0].needs.types[0]", "AirQualityObserved?"),
        ("needs: {types", "needs: {typs", 13, "services[0].needs.typs", "did you mean types?"),
        ("target: 0.995", "target: 99.5", 14, "services[0].objective.target", "less than or equal to 1"),
        ("window: 30d", "window: 30", 14, "services[0].objective.window", "span of time"),
        ("window: 30d", "window: 0d", 14, "services[0].objective.window", "more than nothing"),
        ("id: lamps", "id: air-quality", 15, "services[1].id", "a second time; the first is on line 9"),
    ],
)
def test_a_mistake_in_city_yaml(there: str, instead: str, line: int, key: str, said: str) -> None:
    assert there in CITY
    told = problems(CITY.replace(there, instead, 1), devices="id,type,zone\n")
    (found,) = [message for _, where, name, message in told if (where, name) == (line, key)]
    assert said in found


@pytest.mark.parametrize("text", ["", "just text", "[]", "3"])
def test_a_city_yaml_that_is_no_mapping(text: str) -> None:
    assert ("city.yaml", 1, "", "must be a mapping of keys to values") in [
        (file, line, key, message.partition(",")[0]) for file, line, key, message in problems(text)
    ]


def test_a_city_yaml_that_is_no_yaml_does_not_blame_the_devices_for_its_zones() -> None:
    assert [file for file, *_ in problems("id: a: b")] == ["city.yaml"]


def test_what_is_checked_against_a_broken_city_yaml_is_what_it_does_say() -> None:
    told = problems(CITY.replace("Asia/Bangkok", "Nowhere"), devices="id,type,zone\na,Streetlight,sam\n")
    assert [(file, line, key) for file, line, key, _ in told] == [
        ("city.yaml", 3, "timezone"),
        ("devices.csv", 2, "zone"),
    ]


def test_the_outlines_that_a_city_names() -> None:
    assert geometry_files(Document("city.yaml", CITY)) == ("zones/samyan.geojson",)
    for unreadable in ("", "[", "zones: 3", "zones: [3, {geometry: 4}]"):
        assert geometry_files(Document("city.yaml", unreadable)) == ()


@pytest.mark.parametrize(("text", "metres"), [("600m", 600), ("1.2km", 1_200), (50, 50), (0.5, 0.5)])
def test_lengths(text: object, metres: float) -> None:
    assert parse_length(text) == metres


@pytest.mark.parametrize("text", ["", "m", "600", "600 m", "1,2km", "-5m", True, None, []])
def test_what_is_no_length(text: object) -> None:
    with pytest.raises(ValueError, match=r"600m or 1\.2km"):
        parse_length(text)
