"""Readings, their aggregates and the newest ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from devices.model import Observation
from services.runtime.clock import rfc3339
from services.store.errors import StoreRefusedError, StoreUnavailableError
from tests.unit.api.conftest import Api

HOUR = 3_600_000
MIDNIGHT = 1_767_546_000_000  # 2026-01-05T00:00+07:00


def reading(time: int, device: str = "aq-01", **values: Any) -> Observation:
    zone = "south" if device == "aq-02" else "north"
    kind = "ACMeasurement" if device.startswith("ac") else "AirQualityObserved"
    return Observation(time, device, zone, kind, values or {"pm25": 10.0}, time)


async def stored(api: Api, readings: Sequence[Observation]) -> None:
    await api.clock.advance((max(r.time for r in readings) - api.clock.now()) / 1000 if readings else 0)
    await api.store.write(readings, 1)


async def test_readings_come_in_the_contracts_shape_in_order_of_time(api: Api) -> None:
    located = reading(MIDNIGHT + 1)._replace(location=(100.53, 13.73))
    await stored(api, [located, reading(MIDNIGHT, pm25=12.5, status="ok")])

    assert (await api.get("observations"))["items"] == [
        {
            "time": "2026-01-04T17:00:00.000Z",
            "device": "aq-01",
            "zone": "north",
            "type": "AirQualityObserved",
            "values": {"pm25": 12.5, "status": "ok"},
        },
        {
            "time": "2026-01-04T17:00:00.001Z",
            "device": "aq-01",
            "zone": "north",
            "type": "AirQualityObserved",
            "values": {"pm25": 10.0},
            "location": [100.53, 13.73],
        },
    ]


async def test_start_is_inclusive_and_end_exclusive(api: Api) -> None:
    await stored(api, [reading(MIDNIGHT + n * HOUR) for n in range(4)])

    found = await api.get("observations", start=rfc3339(MIDNIGHT + HOUR), end=rfc3339(MIDNIGHT + 3 * HOUR))

    assert [item["time"] for item in found["items"]] == [rfc3339(MIDNIGHT + n * HOUR) for n in (1, 2)]


async def test_filters_hold_together(api: Api) -> None:
    await stored(
        api,
        [
            reading(MIDNIGHT, "aq-01", pm25=1.0, temperature=30.0),
            reading(MIDNIGHT, "aq-02", pm25=2.0),
            reading(MIDNIGHT, "ac-01", voltage=230.0),
            reading(MIDNIGHT + 1, "aq-01", temperature=31.0),
        ],
    )

    found = await api.get("observations", zone="north", type="AirQualityObserved", metric="pm25")

    assert [item["values"] for item in found["items"]] == [{"pm25": 1.0}]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 3, 7, 100])
async def test_pages_of_readings_join_up(api: Api, order: str, limit: int) -> None:
    devices = ("aq-01", "aq-02", "ac-01")
    await stored(api, [reading(MIDNIGHT + n // 3, devices[n % 3]) for n in range(20)])
    found, cursor = [], None
    while cursor is not None or not found:
        page = await api.get(
            "observations", order=order, limit=limit, **({"cursor": cursor} if cursor else {})
        )
        found += [(item["time"], item["device"]) for item in page["items"]]
        cursor = page["next"]

    assert len(found) == 20
    assert found == sorted(found, reverse=order == "desc")


async def test_readings_that_come_while_somebody_pages_are_not_mixed_in(api: Api) -> None:
    await stored(api, [reading(MIDNIGHT + n) for n in range(4)])
    first = await api.get("observations", limit=2)
    await stored(api, [reading(MIDNIGHT + 10 * HOUR)])

    rest = await api.get("observations", cursor=first["next"])

    assert len(rest["items"]) == 2


async def test_buckets_of_a_device_have_value_and_count(api: Api) -> None:
    await stored(api, [reading(MIDNIGHT + n * HOUR // 4, pm25=float(n)) for n in range(8)])

    found = await api.get("observations", device="aq-01", metric="pm25", every="1h", agg="mean")

    assert found["items"] == [
        {"time": rfc3339(MIDNIGHT), "device": "aq-01", "metric": "pm25", "value": 1.5, "count": 4},
        {"time": rfc3339(MIDNIGHT + HOUR), "device": "aq-01", "metric": "pm25", "value": 5.5, "count": 4},
    ]


async def test_buckets_of_a_day_begin_at_the_citys_midnight(api: Api) -> None:
    await stored(api, [reading(MIDNIGHT - 1, pm25=1.0), reading(MIDNIGHT, pm25=2.0)])

    found = await api.get("observations", every="1d", agg="max")

    assert [(item["time"], item["value"]) for item in found["items"]] == [
        (rfc3339(MIDNIGHT - 24 * HOUR), 1.0),
        (rfc3339(MIDNIGHT), 2.0),
    ]


async def test_a_zone_without_a_device_is_aggregated_as_a_zone(api: Api) -> None:
    await stored(api, [reading(MIDNIGHT, "aq-02", pm25=1.0), reading(MIDNIGHT + 1, "aq-02", pm25=3.0)])

    of_zone = await api.get("observations", zone="south", every="1h", agg="sum")
    of_device = await api.get("observations", zone="south", every="1h", agg="sum", by="device")

    assert of_zone["items"] == [
        {"time": rfc3339(MIDNIGHT), "zone": "south", "metric": "pm25", "value": 4.0, "count": 2}
    ]
    assert of_device["items"][0]["device"] == "aq-02"


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
async def test_pages_of_buckets_join_up(api: Api, limit: int) -> None:
    rows = [reading(MIDNIGHT + n * HOUR, device) for n in range(5) for device in ("aq-01", "aq-02")]
    await stored(api, rows)
    start = rfc3339(MIDNIGHT + 1)  # within the first bucket: it is cut, and stays cut on every page
    found: list[Any] = []
    cursor = None
    while cursor is not None or not found:
        more = {"cursor": cursor} if cursor else {}
        page = await api.get("observations", every="2h", agg="count", start=start, limit=limit, **more)
        found += [(item["time"], item["device"], item["count"]) for item in page["items"]]
        cursor = page["next"]

    expected = [(0, 1), (2, 2), (4, 1)]
    assert found == [
        (rfc3339(MIDNIGHT + hour * HOUR), device, count)
        for hour, count in expected
        for device in ("aq-01", "aq-02")
    ]


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"agg": "mean"}, "agg"),
        ({"by": "zone"}, "by"),
        ({"every": "1h", "order": "desc"}, "order"),
        ({"every": "500ms"}, "every"),
        ({"every": "36h"}, "every"),
        ({"every": "0s"}, "every"),
        ({"every": "5 minutes"}, "every"),
        ({"every": "1s", "start": "2025-01-01T00:00:00Z", "end": "2025-02-01T00:00:00Z"}, "every"),
        ({"start": "2025-02-01T00:00:00Z", "end": "2025-01-01T00:00:00Z"}, "end"),
        ({"start": "2025-02-01T00:00:00"}, "start"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_name(
    api: Api, given: dict[str, str], parameter: str
) -> None:
    problem = await api.problem("GET", "observations", params=given)

    assert (problem["status"], problem["parameter"]) == (400, parameter)


async def test_too_fine_buckets_are_told_what_would_do(api: Api) -> None:
    span = {"start": "2025-01-01T00:00:00Z", "end": "2025-02-01T00:00:00Z"}
    problem = await api.problem("GET", "observations", params={"every": "1s", **span})

    assert problem["errors"][0]["allowed"].startswith("5m or more")
    await api.get("observations", every="5m", **span)


async def test_the_newest_reading_of_each_device_and_type(api: Api) -> None:
    await stored(
        api, [reading(MIDNIGHT + n, device) for n in range(3) for device in ("aq-02", "aq-01", "ac-01")]
    )

    latest = await api.get("observations/latest")
    assert [(item["device"], item["time"]) for item in latest["items"]] == [
        (device, rfc3339(MIDNIGHT + 2)) for device in ("ac-01", "aq-01", "aq-02")
    ]

    first = await api.get("observations/latest", limit=2)
    rest = await api.get("observations/latest", limit=2, cursor=first["next"])
    assert [item["device"] for item in first["items"] + rest["items"]] == ["ac-01", "aq-01", "aq-02"]
    assert rest["next"] is None

    assert len((await api.get("observations/latest", zone="south"))["items"]) == 1


async def test_a_store_that_is_away_is_a_problem_to_try_again(api: Api) -> None:
    api.store.fail = StoreUnavailableError("InfluxDB can't be reached", retry_after=12.0)

    answer = await api.call("GET", "observations")

    assert answer.status == 503
    assert answer.headers["Retry-After"] == "12"
    assert (await answer.json())["code"] == "unavailable"


async def test_a_store_that_refuses_needs_a_person(api: Api) -> None:
    api.store.fail = StoreRefusedError("InfluxDB: wrong token; set timeseries.token_file")

    problem = await api.problem("GET", "observations/latest")

    assert (problem["status"], problem["code"]) == (503, "store_refused")
    assert "token_file" in problem["detail"]


DERIVED = {"pm25": 30.0, "pm25Mean24h": 60.0, "thaiAqi": 160.0, "thaiAqiPollutant": "pm25"}


async def test_derived_metrics_are_told_only_when_they_are_named(api: Api) -> None:
    await stored(api, [reading(MIDNIGHT, **DERIVED), reading(MIDNIGHT + HOUR, pm25=31.0)])

    for path, newest in (("observations", 30.0), ("observations/latest", 31.0)):
        assert (await api.get(path))["items"][0]["values"] == {"pm25": newest}
        assert (await api.get(path, type="AirQualityObserved"))["items"][0]["values"] == {"pm25": newest}
    named = (await api.get("observations", metric="thaiAqi,thaiAqiPollutant"))["items"]
    assert [item["values"] for item in named] == [{"thaiAqi": 160.0, "thaiAqiPollutant": "pm25"}]
    both = (await api.get("observations", metric=["pm25", "thaiAqi"], limit=1))["items"]
    assert both[0]["values"] == {"pm25": 30.0, "thaiAqi": 160.0}


async def test_a_reading_of_which_nothing_was_measured_is_left_out(api: Api) -> None:
    await stored(api, [reading(MIDNIGHT, thaiAqi=160.0), reading(MIDNIGHT + 1, pm25=1.0)])

    assert [item["values"] for item in (await api.get("observations"))["items"]] == [{"pm25": 1.0}]


async def test_buckets_of_derived_metrics_are_told_only_when_they_are_named(api: Api) -> None:
    await stored(api, [reading(MIDNIGHT, **DERIVED)])
    span = {"start": rfc3339(MIDNIGHT), "end": rfc3339(MIDNIGHT + HOUR), "every": "1h"}

    everything = (await api.get("observations", **span))["items"]
    named = (await api.get("observations", metric="thaiAqi", agg="max", **span))["items"]

    assert [item["metric"] for item in everything] == ["pm25"]
    assert [(item["metric"], item["value"]) for item in named] == [("thaiAqi", 160.0)]


async def test_a_name_that_another_type_measures_is_its_own(api: Api) -> None:
    """``heatIndex`` of a type without derived metrics is what that type sends."""
    stall = Observation(MIDNIGHT, "aq-01", "north", "StallOccupancy", {"heatIndex": 30.0}, MIDNIGHT)
    await stored(api, [stall])

    assert (await api.get("observations"))["items"][0]["values"] == {"heatIndex": 30.0}
