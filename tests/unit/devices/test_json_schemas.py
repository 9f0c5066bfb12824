from __future__ import annotations

from typing import Any

import jsonschema
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.catalog import Catalog
from devices.codecs.native import decode
from devices.schemas import city_schema, devices_schema, payload_schema, type_schema, values_schema
from devices.types import ObservationType

CATALOG = Catalog.builtin()
AIR = CATALOG["AirQualityObserved"]


def accepts(schema: dict[str, Any], data: object) -> bool:
    return jsonschema.Draft202012Validator(schema).is_valid(data)


@pytest.mark.parametrize("of_type", CATALOG.values(), ids=lambda of_type: of_type.name)
def test_schemas_of_payloads_are_schemas(of_type: ObservationType) -> None:
    schema = payload_schema(of_type)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:nakhon:type:{of_type.name}:1"
    assert set(schema["$defs"]["values"]["properties"]) == set(of_type.metrics)


@pytest.mark.parametrize("schema", [type_schema(), city_schema(), devices_schema()])
def test_schemas_of_files_are_schemas(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_metric_says_its_unit_and_range_in_both_languages() -> None:
    pm25 = values_schema(AIR)["properties"]["pm25"]
    assert pm25 == {
        "type": ["number", "null"],
        "minimum": 0.0,
        "maximum": 1000.0,
        "title": "PM2.5",
        "x-title-th": "ฝุ่น PM2.5",
        "x-unit": "µg/m³",
    }
    assert (
        values_schema(CATALOG["ACMeasurement"])["properties"]["totalActiveEnergyImport"]["x-counter"] is True
    )


GOOD = [
    {"pm25": 12.5, "temperature": 31.2},
    {"pm25": 1, "co2": None, "status": None},
    {"ts": 1_763_701_200_000, "values": {"pm25": 12.5}},
    {
        "ts": "2026-11-21T12:00:00+07:00",
        "type": "AirQualityObserved",
        "seq": 42,
        "location": [100.53, 13.73],
        "ack": True,
        "values": {"pm25": 12.5},
    },
    [{"ts": 1_763_701_200_000, "values": {"pm25": 12.5}}, {"pm25": 3}],
]
BAD = [
    {},
    [],
    3,
    {"pm25": -1},
    {"pm25": "3"},
    {"status": "OK"},
    {"pm26": 1},
    {"values": {}},
    {"values": {"pm25": 1}, "location": [200, 0]},
    {"values": {"pm25": 1}, "seq": -1},
    {"values": {"pm25": 1}, "foo": 1},
    [{"pm25": 1}, {"pm25": -1}],
]


@pytest.mark.parametrize("payload", GOOD)
def test_payloads_of_the_contract_fit_the_schema(payload: object) -> None:
    assert accepts(payload_schema(AIR), payload)


@pytest.mark.parametrize("payload", BAD)
def test_refused_payloads_do_not_fit_the_schema(payload: object) -> None:
    assert not accepts(payload_schema(AIR), payload)


numbers = st.floats(-100, 1_200) | st.integers(-5, 2_000)
values = st.dictionaries(
    st.sampled_from([*AIR.metrics, "pm26"]), numbers | st.sampled_from(["ok", "no", True]), max_size=4
)


@given(values | st.builds(lambda inner: {"values": inner}, values))
def test_schema_and_check_agree(payload: dict[str, Any]) -> None:
    (reading,) = decode(orjson.dumps(payload)).readings
    accepted = AIR.check(reading.values, index=0).refusal is None
    assert accepts(payload_schema(AIR), payload) is accepted


def test_files_fit_their_schemas() -> None:
    device = {
        "id": "aq-01",
        "type": "A;B",
        "zone": "z",
        "interval": "1m",
        "labels": "a=b",
        "lon": 1,
        "lat": 2,
    }
    assert accepts(devices_schema(), [device, {"id": "b", "type": ["A"], "zone": "z", "labels": {"k": "v"}}])
    assert accepts(devices_schema(), {"devices": [device]})
    assert not accepts(devices_schema(), [{"id": "AQ", "type": "A", "zone": "z"}])
    assert not accepts(devices_schema(), [{**device, "interval": 60}])
    city = {
        "id": "c",
        "timezone": "Asia/Bangkok",
        "zones": [{"id": "z", "center": [1, 2], "radius": "600m"}],
        "services": [{"id": "s", "domain": "energy", "objective": {"target": 0.9, "window": "30d"}}],
    }
    assert accepts(city_schema(), city)
    assert not accepts(city_schema(), {**city, "zone": []})
    assert not accepts(city_schema(), {**city, "zones": []})
