from __future__ import annotations

import re

import jsonschema
import pytest

from devices.catalog import Catalog, builtin_documents
from devices.documents import Document, ProblemsError, parse
from devices.metrics import METRIC_NAME, MetricType
from devices.model import Domain
from devices.schemas import type_schema
from devices.typefile import TYPE_NAME, parse_type
from devices.types import Metric, ObservationType

CATALOG = Catalog.builtin()
METRICS = [(of_type, metric) for of_type in CATALOG.values() for metric in of_type.metrics.values()]

UNITS = {
    "pm1": "µg/m³",
    "pm25": "µg/m³",
    "pm4": "µg/m³",
    "pm10": "µg/m³",
    "o3": "ppb",
    "no2": "ppb",
    "so2": "ppb",
    "co": "ppm",
    "co2": "ppm",
    "temperature": "°C",
    "relativeHumidity": None,
    "occupancy": None,
    "fillingLevel": None,
    "stateOfCharge": None,
    "averageVehicleSpeed": "km/h",
    "speed": "km/h",
    "voltage": "V",
    "current": "A",
    "activePower": "kW",
    "totalActivePower": "kW",
    "energyConsumed": "kWh",
    "totalActiveEnergyImport": "kWh",
    "LAeq": "dBA",
    "currentLevel": "m",
    "precipitation": "mm",
    "windSpeed": "m/s",
    "atmosphericPressure": "hPa",
    "O2": "mg/l",
}
"""Units that the public contract fixes."""

SHARES = {"relativeHumidity", "occupancy", "fillingLevel", "stateOfCharge"}


def test_the_types_that_a_city_starts_with() -> None:
    by_domain: dict[Domain, set[str]] = {}
    for of_type in CATALOG.values():
        by_domain.setdefault(of_type.domain, set()).add(of_type.name)
    assert by_domain[Domain.ENVIRONMENT] == {
        "AirQualityObserved",
        "WeatherObserved",
        "NoiseLevelObserved",
        "WaterQualityObserved",
        "FloodMonitoring",
        "WasteContainer",
    }
    assert by_domain[Domain.MOBILITY] == {
        "TrafficFlowObserved",
        "ParkingSpot",
        "PublicTransportVehicle",
        "EVChargingStation",
    }
    assert by_domain[Domain.ENERGY] == {
        "ACMeasurement",
        "Streetlight",
        "StreetlightControlCabinet",
        "SolarInverter",
        "BatteryStorage",
        "PowerInterruption",
    }
    assert by_domain[Domain.LIVING] == {
        "CameraHealth",
        "WaterPressure",
        "BedOccupancy",
        "EmergencyResponse",
    }
    assert by_domain[Domain.PEOPLE] == {"PublicWifi", "ClassroomAir", "ClassAttendance"}
    assert by_domain[Domain.GOVERNANCE] == {"ServiceProbe", "CitizenReport", "DatasetFreshness"}
    assert by_domain[Domain.ECONOMY] == {"Footfall", "StallOccupancy", "CashlessPayments", "SoilMoisture"}
    assert set(by_domain) == set(Domain)


@pytest.mark.parametrize("document", list(builtin_documents()), ids=lambda document: document.name)
def test_a_file_lies_in_its_domain_under_its_name_with_its_source(document: Document) -> None:
    of_type = parse_type(document)
    assert document.name == f"catalog/{of_type.domain}/{of_type.name}.yaml"
    assert document.text.startswith("# ")
    jsonschema.validate(parse(document).data, type_schema(), jsonschema.Draft202012Validator)


@pytest.mark.parametrize("of_type", CATALOG.values(), ids=lambda of_type: of_type.contract)
def test_types_speak_both_languages_and_report_in_time(of_type: ObservationType) -> None:
    assert TYPE_NAME.fullmatch(of_type.name)
    assert of_type.version >= 1
    assert 30_000 <= of_type.interval <= 3_600_000
    assert re.search("[ก-๙]", of_type.title.th)
    assert of_type.title.en.isascii()


@pytest.mark.parametrize(("of_type", "metric"), METRICS, ids=lambda thing: thing.name)
def test_a_metric_is_titled_bounded_and_in_the_contracts_unit(
    of_type: ObservationType, metric: Metric
) -> None:
    assert METRIC_NAME.fullmatch(metric.name)
    assert metric.title.en
    assert metric.title.th
    assert metric.unit == UNITS.get(metric.name, metric.unit), of_type.name
    if metric.type is MetricType.NUMBER:
        assert metric.range is not None
        low, high = metric.range
        assert low < high
        if metric.counter:
            assert low == 0
        if metric.name in SHARES:
            assert metric.range == (0, 1)


def test_the_type_of_the_contracts_example() -> None:
    air = CATALOG["AirQualityObserved"]
    assert air.contract == "AirQualityObserved@1"
    assert air.interval == 300_000
    assert air.metrics["pm25"].allowed == "0 to 1000 µg/m³"
    assert not any(metric.required for metric in air.metrics.values())
    assert air.check({"pm25": 12.5, "temperature": 31.2}, index=0).refusal is None


LEAF = """
name: LeafWetness
domain: environment
interval: 1h
metrics:
  wetness: {type: number, range: [0, 1]}
"""


def test_a_city_adds_a_type_of_its_own() -> None:
    catalog = CATALOG.extended([Document("types/leaf.yaml", LEAF)])
    leaf = catalog["LeafWetness"]
    assert (leaf.version, leaf.interval, leaf.title.th) == (1, 3_600_000, "LeafWetness")
    assert leaf.metrics["wetness"].title.en == "wetness"
    assert len(catalog) == len(CATALOG) + 1
    assert "LeafWetness" not in CATALOG


@pytest.mark.parametrize("version", [1, 5])
def test_a_city_replaces_a_type(version: int) -> None:
    text = LEAF.replace("LeafWetness", "AirQualityObserved") + f"version: {version}\n"
    catalog = CATALOG.extended([Document("types/air.yaml", text)])
    assert list(catalog["AirQualityObserved"].metrics) == ["wetness"]
    assert catalog["AirQualityObserved"].version == version


def test_a_newer_type_is_not_replaced_by_an_older() -> None:
    newer = CATALOG.extended([Document("a.yaml", LEAF + "version: 3\n")])
    with pytest.raises(ProblemsError, match=r"b\.yaml:7: version: LeafWetness@2 would replace the newer"):
        newer.extended([Document("b.yaml", LEAF + "version: 2\n")])


def test_a_type_stands_in_one_file() -> None:
    with pytest.raises(ProblemsError, match=r"b\.yaml:2: name: LeafWetness is described in a\.yaml already"):
        CATALOG.extended([Document("a.yaml", LEAF), Document("b.yaml", LEAF)])


def test_all_mistakes_of_all_type_files_are_told_together() -> None:
    bad = """name: soil
version: 0
interval: 5 minutes
domain: enviroment
metrics:
  moisture: {type: number, range: [1, 0]}
  values: {type: string}
  status: {type: string, values: [ok, ok]}
  open: {type: boolean, unit: m}
  level: {type: number, values: [a]}
  pm25: {type: numbr, unt: m}
"""
    with pytest.raises(ProblemsError) as refused:
        CATALOG.extended([Document("a.yaml", bad), Document("b.yaml", "name: a: b")])
    told = [(problem.file, problem.line, problem.key) for problem in refused.value.problems]
    assert told == [
        ("a.yaml", 1, "name"),
        ("a.yaml", 2, "version"),
        ("a.yaml", 3, "interval"),
        ("a.yaml", 4, "domain"),
        ("a.yaml", 6, "metrics.moisture"),
        ("a.yaml", 7, "metrics.values"),
        ("a.yaml", 8, "metrics.status"),
        ("a.yaml", 9, "metrics.open"),
        ("a.yaml", 10, "metrics.level"),
        ("a.yaml", 11, "metrics.pm25.type"),
        ("a.yaml", 11, "metrics.pm25.unt"),
        ("b.yaml", 1, ""),
    ]
    text = str(refused.value)
    assert "did you mean environment?" in text
    assert "did you mean number?" in text
    assert "did you mean unit?" in text
