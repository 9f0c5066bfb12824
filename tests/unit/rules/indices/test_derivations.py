"""What is derived of each type, what it needs of the device, and what it remembers."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.catalog import Catalog
from devices.documents import Document
from devices.metrics import MetricType
from devices.model import Value, Values
from rules.indices import Context, derivation, derived_metrics
from rules.indices.catalogue import RECIPES
from tests.support.indexing import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    TABLES,
    at,
    context,
    deriving,
    device,
    one,
    restored,
    told,
)

CATALOG = Catalog.builtin()
MIDNIGHT = at("2026-01-05T00:00")

LABELS: dict[str, dict[str, str]] = {
    "FloodMonitoring": {
        "bed_level": "-2",
        "bank_level": "1",
        "warning_level": "0.5",
        "critical_level": "0.9",
    },
    "TrafficFlowObserved": {"free_flow": "60"},
    "PublicTransportVehicle": {"scheduled_headway": "600"},
    "ACMeasurement": {"utility": "mea", "rated_kva": "100"},
    "SolarInverter": {"p_stc": "10"},
    "Streetlight": {"utility": "pea", "rated_kw": "0.2"},
    "StreetlightControlCabinet": {"nominal_voltage": "230"},
}
"""Labels that let everything be derived."""


@pytest.mark.parametrize("kind", list(CATALOG))
def test_a_derived_metric_is_none_that_is_measured(kind: str) -> None:
    assert set(derived_metrics(kind)).isdisjoint(CATALOG[kind].metrics)
    assert derived_metrics(CATALOG[kind]) == derived_metrics(kind), "all of it fits the catalogue's own type"


def test_every_type_with_derived_metrics_is_in_the_catalogue_and_so_are_their_inputs() -> None:
    for kind, recipes in RECIPES.items():
        for recipe in recipes:
            for name, unit in recipe.inputs.items():
                assert CATALOG[kind].metrics[name].unit == unit, f"{kind}.{name} of {recipe.name}"


def test_a_name_means_the_same_everywhere() -> None:
    kinds: dict[str, tuple[MetricType, str | None]] = {}
    for kind in RECIPES:
        for name, metric in derived_metrics(kind).items():
            assert kinds.setdefault(name, (metric.type, metric.unit)) == (metric.type, metric.unit), name


@pytest.mark.parametrize(
    ("kind", "values", "labels", "expected"),
    [
        (
            "ClassroomAir",
            {"temperature": 30.0, "relativeHumidity": 0.7},
            {},
            {"heatIndex": 35.0, "heatLevel": 2},
        ),
        ("ClassroomAir", {"temperature": 30.0}, {}, {}),
        ("WaterQualityObserved", {"O2": 4.5, "bod": 1.0, "pH": 7.0}, {}, {"waterQualityClass": 3}),
        ("WaterQualityObserved", {"O2": 7.0, "NO3": 22.1}, {}, {"waterQualityClass": 2}),  # 4.99 mg/l N
        ("WaterQualityObserved", {"O2": 7.0, "NO3": 22.2}, {}, {"waterQualityClass": 5}),  # 5.01
        ("WaterQualityObserved", {"O2": 7.0, "NH4": 0.64}, {}, {"waterQualityClass": 2}),  # 0.497
        ("WaterQualityObserved", {"O2": 7.0, "NH4": 0.65}, {}, {"waterQualityClass": 5}),  # 0.505
        ("WaterQualityObserved", {"pH": 7.0}, {}, {}),
        ("FloodMonitoring", {"depth": 0.15}, {}, {"floodDepthLevel": 1}),
        (
            "FloodMonitoring",
            {"currentLevel": 0.7},
            LABELS["FloodMonitoring"],
            {"bankFill": 90.0, "bankFillLevel": 3, "waterLevelStatus": 2},
        ),
        (
            "FloodMonitoring",
            {"currentLevel": 0.7, "alertLevel": 0.8, "dangerLevel": 2.0},
            LABELS["FloodMonitoring"],
            {"bankFill": 90.0, "bankFillLevel": 3, "waterLevelStatus": 1},
        ),
        ("FloodMonitoring", {"currentLevel": 0.7}, {"bed_level": "1", "bank_level": "1"}, {}),
        ("FloodMonitoring", {"currentLevel": 0.7}, {"bed_level": "low", "bank_level": "1"}, {}),
        (
            "TrafficFlowObserved",
            {"averageVehicleSpeed": 24.0},
            LABELS["TrafficFlowObserved"],
            {"travelTimeIndex": 2.5, "congestion": 150.0, "levelOfService": "E"},
        ),
        (
            "TrafficFlowObserved",
            {"averageVehicleSpeed": 0.0, "intensity": 4.0},
            LABELS["TrafficFlowObserved"],
            {"travelTimeIndex": 20.0, "congestion": 1900.0, "levelOfService": "F"},
        ),
        (
            "TrafficFlowObserved",
            {"averageVehicleSpeed": 0.0, "intensity": 0.0},
            LABELS["TrafficFlowObserved"],
            {},
        ),
        (
            "PublicTransportVehicle",
            {"headway": 270.0},
            LABELS["PublicTransportVehicle"],
            {"headwayRatio": 0.45, "headwayAdherence": 0.0},
        ),
        (
            "PublicTransportVehicle",
            {"headway": 600.0},
            LABELS["PublicTransportVehicle"],
            {"headwayRatio": 1.0, "headwayAdherence": 1.0},
        ),
        (
            "StreetlightControlCabinet",
            {"totalActivePower": 3.0, "totalReactivePower": 4.0, "voltageR": 231.0, "voltageS": 220.8},
            LABELS["StreetlightControlCabinet"],
            {"powerFactorDerived": 0.6, "voltageBand": "normal", "voltageDeviation": -4.0},
        ),
        (
            "ACMeasurement",
            {"activePower": 60.0, "reactivePower": 80.0, "phaseVoltageL1": 238.0, "phaseVoltageL2": 230.0},
            LABELS["ACMeasurement"],
            {
                "powerFactorDerived": 0.6,
                "voltageBand": "high",
                "voltageDeviation": 3.48,
                "transformerLoad": 100.0,
                "touPeriod": "on-peak",
            },
        ),
        (
            "ACMeasurement",
            {"activePower": 60.0, "powerFactor": -0.8},
            LABELS["ACMeasurement"],
            {"transformerLoad": 75.0, "touPeriod": "on-peak"},
        ),
    ],
)
def test_of_one_reading(
    kind: str, values: Values, labels: dict[str, str], expected: dict[str, Value]
) -> None:
    assert one(kind, values, **labels) == expected


@pytest.mark.parametrize("kind", sorted(LABELS))
def test_what_needs_a_label_is_absent_without_it(kind: str) -> None:
    needing = {name for recipe in RECIPES[kind] for name in recipe.names if recipe.labels}
    assert needing
    made = derivation(kind, device(kind), context())
    sent = set(CATALOG[kind].metrics) - {"alertLevel", "dangerLevel", "loadShare"}  # these do without a label
    every: Values = dict.fromkeys(sent, 1.0)
    for hour in range(30):
        if made is not None:
            assert needing.isdisjoint(made.take(NOON + hour * HOUR, every).values)


@pytest.mark.parametrize(
    ("labels", "deviation"),
    [
        ({"utility": "MEA"}, 0.0),
        ({"utility": "pea"}, 4.55),
        ({"nominal_voltage": "220"}, 4.55),
        ({"utility": "egat"}, None),
        ({"nominal_voltage": "127"}, None),
        ({}, None),
    ],
)
def test_whose_voltage_it_should_be(labels: dict[str, str], deviation: float | None) -> None:
    assert one("Streetlight", {"voltage": 230.0}, **labels).get("voltageDeviation") == deviation


def test_a_type_that_nothing_is_derived_of_costs_nothing() -> None:
    assert derivation("ParkingSpot", device("ParkingSpot"), context()) is None
    assert derivation("TrafficFlowObserved", device("TrafficFlowObserved"), context()) is None
    assert derivation("NoSuchType", device("NoSuchType"), context()) is None
    assert derived_metrics("ParkingSpot") == {}


def test_only_what_is_wanted_is_derived() -> None:
    def wanting(*names: str) -> Values:
        made = derivation("AirQualityObserved", device("AirQualityObserved"), context(), frozenset(names))
        if made is None:
            return {}
        made.take(MIDNIGHT + HOUR, {"no2": 10.0})
        return made.take(
            MIDNIGHT + 2 * HOUR, {"temperature": 30.0, "relativeHumidity": 0.5, "no2": 1.0}
        ).values

    assert set(wanting("heatLevel")) == {"heatIndex", "heatLevel"}
    assert "heatIndex" not in wanting("thaiAqi")
    assert "thaiAqi" in wanting("thaiAqi")
    assert wanting("pm25") == {}


def test_a_city_type_in_other_words_is_left_alone() -> None:
    def own(metrics: str) -> Catalog:
        text = f"name: TrafficFlowObserved\nversion: 2\ndomain: mobility\ninterval: 1m\nmetrics:\n{metrics}"
        return CATALOG.extended([Document("types/own.yaml", text)])

    def derived(catalog: Catalog) -> set[str]:
        names = set(derived_metrics(catalog["TrafficFlowObserved"]))
        where = Context.of("Asia/Bangkok", tables=TABLES, catalog=catalog)
        made = derivation("TrafficFlowObserved", device("TrafficFlowObserved", {"free_flow": "60"}), where)
        assert (made is None) is (not names)
        return names

    assert "travelTimeIndex" in derived(CATALOG)
    mph = own("  averageVehicleSpeed: {type: number, unit: mph, range: [0, 150]}\n")
    assert derived(mph) == set()
    measured = own(
        "  averageVehicleSpeed: {type: number, unit: km/h, range: [0, 150]}\n"
        "  levelOfService: {type: string, values: [A, B]}\n"
    )
    assert derived(measured) == set()


def test_rain_is_summed_from_seven_to_seven() -> None:
    made = deriving("WeatherObserved")
    start = at("2026-01-05T07:00")
    found = told(made, [(start + hour * HOUR, {"precipitation": 1.5}) for hour in range(1, 25)])
    assert found[5].fresh == {"rain24h": 9.0, "rainLevel": 1.0}
    assert found[6].fresh == {"rain24h": 10.5, "rainLevel": 2.0}
    assert found[23].values["rain24h"] == 36.0, "the reading at 07:00 ends the day"
    assert made.take(start + DAY + MINUTE, {"precipitation": 0.0}).values == {
        "rain24h": 0.0,
        "rainLevel": 0.0,
    }


def test_rain_holds_until_the_day_is_over() -> None:
    made = deriving("WeatherObserved")
    made.take(at("2026-01-05T08:00"), {"precipitation": 4.0})
    later = made.take(at("2026-01-05T09:00"), {"windSpeed": 3.0})
    assert later.values["rain24h"] == 4.0
    assert not later.fresh
    assert made.take(at("2026-01-06T07:01"), {"windSpeed": 3.0}).values == {}


def test_late_and_corrected_rain() -> None:
    made = deriving("WeatherObserved")
    made.take(at("2026-01-05T08:00"), {"precipitation": 4.0})
    made.fill(at("2026-01-05T07:30"), {"precipitation": 2.0})
    made.fill(at("2026-01-05T06:30"), {"precipitation": 50.0})  # of the day before
    assert made.take(at("2026-01-05T08:00"), {"precipitation": 5.0}).values["rain24h"] == 7.0


def test_demand_is_the_mean_of_the_completed_quarter_of_an_hour() -> None:
    made = deriving("ACMeasurement")
    powers = [10.0, 20.0, 30.0]
    found = told(
        made, [(NOON + 5 * MINUTE * place, {"activePower": kw}) for place, kw in enumerate(powers, 1)]
    )
    assert "demand15m" not in found[1].values
    assert found[2].fresh["demand15m"] == 20.0
    held = made.take(NOON + 20 * MINUTE, {"activePower": 90.0})
    assert held.values["demand15m"] == 20.0
    assert "demand15m" not in held.fresh
    assert made.take(NOON + 31 * MINUTE, {"activePower": 1.0}).fresh["demand15m"] == 90.0
    assert "demand15m" not in made.take(NOON + 70 * MINUTE, {"activePower": 1.0}).values


def test_the_period_of_the_tariff_is_stored_when_it_changes() -> None:
    made = deriving("ACMeasurement", where=context("Asia/Bangkok", date(2026, 1, 6)))
    hours = [made.take(MIDNIGHT + hour * HOUR, {"frequency": 50.0}) for hour in range(48)]
    stored = {hour: one.fresh["touPeriod"] for hour, one in enumerate(hours) if "touPeriod" in one.fresh}
    assert stored == {0: "off-peak", 9: "on-peak", 22: "off-peak"}, "the 6th is a holiday"
    assert hours[12].values["touPeriod"] == "on-peak"


def test_the_sun_of_a_day() -> None:
    made = deriving("SolarInverter", {"p_stc": "10"})
    readings = [(NOON + place * 10 * MINUTE, {"activePower": 6.0, "irradiance": 800.0}) for place in range(7)]
    found = told(made, readings)
    assert found[0].values == {}
    assert found[-1].values == {"performanceRatioDay": 0.75}  # (6 kWh / 10 kW) / 0.8 kWh/m²
    gap = made.take(NOON + 3 * HOUR, {"activePower": 0.0, "irradiance": 800.0})
    assert gap.values == {"performanceRatioDay": 0.75}, "two hours without a reading are left out of both"
    assert made.take(NOON + DAY, {"activePower": 6.0, "irradiance": 800.0}).values == {}


def test_a_corrected_reading_of_the_sun_takes_its_place() -> None:
    made = deriving("SolarInverter", {"p_stc": "10"})
    steady = {"activePower": 6.0, "irradiance": 800.0}
    told(made, [(NOON + place * 10 * MINUTE, steady) for place in range(6)])
    made.take(NOON + HOUR, {"activePower": 0.0, "irradiance": 100.0})
    found = made.take(NOON + HOUR, {"activePower": 6.0, "irradiance": 800.0})
    assert found.values == {"performanceRatioDay": 0.75}


def test_emissions_are_those_of_the_energy_since_the_reading_before() -> None:
    made = deriving("ACMeasurement")

    def co2e(local: str, counted: float) -> Value | None:
        return made.take(at(local), {"totalActiveEnergyImport": counted}).fresh.get("co2e")

    assert co2e("2025-12-31T23:00", 100.0) is None
    assert co2e("2025-12-31T23:59", 110.0) == 4.999
    assert co2e("2026-01-01T00:01", 120.0) == 4.75
    assert co2e("2026-01-01T00:01", 130.0) == 9.5, "corrected: since the reading before"
    assert co2e("2026-01-01T00:02", 2.0) == 0.95, "the meter began again"
    assert co2e("2026-01-01T00:03", 2.0) == 0.0


def _lamp(*readings: tuple[str, str, float]) -> list[tuple[Value | None, Value | None]]:
    """Whether it is out, and whether it burns by day, after each (local time, state, share of power)."""
    made = deriving("Streetlight")
    found = []
    for local, state, share in readings:
        fresh = made.take(at(f"2026-01-05T{local}"), {"powerState": state, "loadShare": share}).fresh
        found.append((fresh.get("lampOut"), fresh.get("dayBurner")))
    return found


def test_a_lamp_is_out_after_two_readings_without_power() -> None:
    assert _lamp(
        ("19:00", "on", 0.9),
        ("19:15", "on", 0.09),
        ("19:15", "on", 0.09),  # the same moment is the same reading
        ("19:30", "on", 0.09),
        ("19:45", "on", 0.0),
        ("20:00", "on", 0.1),
        ("20:15", "on", 0.0),
        ("20:30", "off", 0.0),
        ("20:45", "on", 0.0),
    ) == [(out, False) for out in (False, False, False, True, True, False, False, False, False)]


def test_a_dimmed_lamp_that_is_out_stays_so() -> None:
    made = deriving("Streetlight")

    def out(local: str, state: str, share: float, **more: float) -> Value:
        return made.take(at(local), {"powerState": state, "loadShare": share, **more}).fresh["lampOut"]

    assert out("2026-01-05T23:45", "on", 0.0) is False
    assert out("2026-01-06T00:00", "on", 0.0) is True
    assert out("2026-01-06T00:45", "low", 0.0, illuminanceLevel=0.6) is True
    assert out("2026-01-06T01:00", "low", 0.07, illuminanceLevel=0.6) is False
    assert out("2026-01-06T01:15", "low", 0.07) is False
    assert out("2026-01-06T01:30", "low", 0.07) is True, "how far it is dimmed it does not say"


def test_a_lamp_that_burns_by_day() -> None:
    found = _lamp(
        ("06:59", "on", 0.9),
        ("07:00", "on", 0.9),
        ("12:00", "off", 0.21),
        ("12:15", "off", 0.2),
        ("17:30", "on", 1.0),
    )
    assert [day for _, day in found] == [False, True, True, False, False]


def test_a_lamp_that_sends_its_power_only() -> None:
    made = deriving("Streetlight", {"rated_kw": "0.2"})
    assert made.take(NOON, {"activePower": 0.1}).fresh == {"dayBurner": True}
    assert deriving("Streetlight").take(NOON, {"activePower": 0.1}).fresh == {}


def _plausible(kind: str) -> st.SearchStrategy[dict[str, Value]]:
    """Readings of a type."""
    choices: dict[str, st.SearchStrategy[Value]] = {}
    for name, metric in CATALOG[kind].metrics.items():
        if metric.type is MetricType.NUMBER:
            low, high = metric.range or (0, 100)
            choices[name] = st.floats(low, high, allow_nan=False)
        elif metric.type is MetricType.BOOLEAN:
            choices[name] = st.booleans()
        else:
            choices[name] = st.sampled_from(metric.values or ("a",))
    return st.fixed_dictionaries({}, optional=choices)


@settings(max_examples=25)
@given(st.data())
@pytest.mark.parametrize("kind", sorted(RECIPES))
def test_whatever_is_measured_a_saved_state_goes_on_the_same(kind: str, data: st.DataObject) -> None:
    steps = data.draw(st.lists(st.tuples(st.integers(0, 3 * HOUR), _plausible(kind)), max_size=20))
    cut = data.draw(st.integers(0, len(steps)))
    labels, time, stream = LABELS.get(kind, {}), MIDNIGHT, []
    for span, values in steps:
        time += span
        stream.append((time, values))
    whole = told(deriving(kind, labels), stream)
    made = deriving(kind, labels)
    assert told(made, stream[:cut]) + told(restored(made, kind, labels), stream[cut:]) == whole
    for found in whole:
        assert found.fresh.items() <= found.values.items()
        for name, value in found.values.items():
            metric = derived_metrics(kind)[name]
            assert metric.is_of_type(value), f"{name} is {value!r}"
            assert not isinstance(value, int) or isinstance(value, bool), f"{name} must be a float"
            assert not metric.values or value in metric.values


def test_a_state_of_parts_that_are_no_more_is_taken_up_as_far_as_it_goes() -> None:
    made = deriving("WeatherObserved")
    made.take(NOON, {"precipitation": 4.0})
    other = deriving("WeatherObserved")
    other.load({**made.save(), "snow": [1, 2]})
    assert other.take(NOON + 1, {"precipitation": 1.0}).values["rain24h"] == 5.0
    blank = deriving("WeatherObserved")
    blank.load({})
    assert blank.take(NOON, {"precipitation": 1.0}).values["rain24h"] == 1.0


NO_STATES = [{"air": 3}, {"air": [1, 2]}, {"air": [0, 0, 0, 0, {}, [[999, 1, 1]], {}]}, None, 7]


@pytest.mark.parametrize("state", NO_STATES)
def test_a_state_that_is_none_is_refused(state: object) -> None:
    with pytest.raises((ValueError, TypeError, KeyError, IndexError, OverflowError)):
        deriving("AirQualityObserved").load(json.loads(json.dumps(state)))
