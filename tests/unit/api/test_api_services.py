"""Services, zones, what they were, objectives, KPIs and the report, over HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from services.api import ApiDeps, make_app
from services.api.resources.report import last_month
from services.store.errors import StoreUnavailableError
from tests.unit.api.conftest import Api
from tests.unit.api.statusdoubles import START, change, service

DAY = 86_400_000


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ["air-quality", "power"]),
        ({"domain": "energy"}, ["power"]),
        ({"status": "operational"}, ["air-quality"]),
        ({"status": "operational,outage"}, ["air-quality", "power"]),
        ({"zone": "south"}, ["air-quality"]),
    ],
)
async def test_services_are_filtered(api: Api, given: dict[str, str], expected: list[str]) -> None:
    north = service()["zones"][:1]
    api.work.all_services["power"] = service("power", "outage", domain="energy", zones=north)

    found = await api.get("services", role="viewer", **given)

    assert [one["id"] for one in found["items"]] == expected


async def test_a_service_and_how_it_came_about(api: Api) -> None:
    assert (await api.get("services/power"))["domain"] == "energy"
    assert (await api.get("services/power/explain"))["rules"]
    for path in ("services/none", "services/none/explain", "services/none/history", "services/none/uptime"):
        assert (await api.problem("GET", path))["code"] == "not_found"


async def test_zones_have_statuses_beside_their_outlines(api: Api) -> None:
    found = await api.get("zones/status")

    assert [one["zone"] for one in found["items"]] == ["north", "south"]
    assert (await api.problem("GET", "zones/none/history"))["code"] == "not_found"


async def all_pages(api: Api, path: str, limit: int, **given: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page = await api.get(path, limit=limit, **given)
    found += page["items"]
    while page["next"] is not None:
        assert page["items"]
        page = await api.get(path, limit=limit, cursor=page["next"], **given)
        found += page["items"]
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 100])
async def test_the_history_of_a_domain_is_its_own_and_that_of_its_services_in_one_order(
    api: Api, limit: int
) -> None:
    of_domain = [change(-n, "domain", "environment") for n in (1, 3, 3, 5)]
    of_service = [change(-n) for n in (2, 3, 3, 3, 6)]
    elsewhere = [change(-4, "service", "power"), change(-4, "domain", "energy")]
    api.work.all_changes = [*of_domain, *of_service, *elsewhere]

    found = await all_pages(api, "domains/environment/history", limit)

    assert len(found) == 9
    assert [one["at"] for one in found] == sorted((one["at"] for one in found), reverse=True)
    assert sorted(found, key=str) == sorted([*of_domain, *of_service], key=str)


@pytest.mark.parametrize(("kind", "number"), [("domain", 1), ("service", 2)])
async def test_one_kind_of_a_domains_history(api: Api, kind: str, number: int) -> None:
    api.work.all_changes = [change(-1, "domain", "environment"), change(-2), change(-3)]

    found = await api.get("domains/environment/history", kind=kind)

    assert [one["kind"] for one in found["items"]] == [kind] * number


async def test_a_history_has_a_span(api: Api) -> None:
    api.work.all_changes = [change(-n) for n in range(1, 6)]

    found = await api.get("services/air-quality/history", start=START - 4_000, end=START - 2_000)

    assert [one["at"] for one in found["items"]] == [change(-3)["at"], change(-4)["at"]]
    problem = await api.problem("GET", "services/air-quality/history", params={"start": "5", "end": "4"})
    assert problem["parameter"] == "end"


async def test_uptime_is_of_so_many_days_up_to_now(api: Api) -> None:
    found = await api.get("zones/north/uptime", days=1)

    assert api.work.asked == [("zone", "north", 1, START)]
    assert [one["day"] for one in found["items"]] == ["2026-01-05"]
    assert (await api.problem("GET", "zones/north/uptime", params={"days": "0"}))["parameter"] == "days"


async def test_objectives_are_of_thirty_days_unless_said(api: Api) -> None:
    found = await api.get("objectives")

    assert api.work.asked == [(START - 30 * DAY, START)]
    assert found["items"][0]["service"] == "air-quality"
    for given in ({"start": "9", "end": "9"}, {"start": "0"}):
        assert (await api.problem("GET", "objectives", params=given))["parameter"] == "start"


async def test_kpis_are_asked_for_as_the_port_takes_it(api: Api) -> None:
    await api.get("kpis", domain="environment", kpi="pm25", zone="north,south", period="week", start=5, end=9)
    await api.get("kpis")

    assert api.work.asked == [
        ("environment", "pm25", ("north", "south"), "week", 5, 9),
        (None, None, (), "month", None, None),
    ]


async def test_what_the_kpis_refuse_is_a_parameter(api: Api) -> None:
    problem = await api.problem("GET", "kpis", params={"zone": "*", "period": "year"})

    assert (problem["code"], problem["parameter"]) == ("bad_parameter", "zone")
    assert (await api.problem("GET", "kpis", params={"kpi": "none"}))["code"] == "not_found"
    assert (await api.problem("GET", "kpis", params={"start": "9", "end": "5"}))["parameter"] == "end"


async def test_the_catalogue_is_by_domain(api: Api) -> None:
    found = await api.get("kpis/catalogue", domain="energy")

    assert [one["id"] for one in found["items"]] == ["saifi"]


@pytest.mark.parametrize(
    ("kind", "media"),
    [
        ("csv", "text/csv"),
        ("parquet", "application/vnd.apache.parquet"),
        ("json", "application/json"),
    ],
)
async def test_kpis_are_a_file(api: Api, kind: str, media: str) -> None:
    answer = await api.call("GET", "kpis/export", params={"format": kind, "zone": "north,south"})

    assert answer.content_type == media
    assert await answer.read() == f"{kind} 2".encode()
    assert answer.headers["Content-Disposition"].endswith(f'kpis-smallville-20260104T170000Z.{kind}"')


async def test_the_report_is_a_page_that_may_run_nothing(api: Api) -> None:
    answer = await api.call("GET", "report", role="viewer", params={"period": "2025-10", "lang": "th"})

    assert "2025-10 th" in await answer.text()
    assert answer.content_type == "text/html"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src")
    assert "nakhon-smallville-2025-10.html" in answer.headers["Content-Disposition"]


async def test_without_a_period_the_report_is_of_the_last_month(api: Api) -> None:
    assert "2025-12 None" in await (await api.call("GET", "report")).text()


def test_the_last_month_is_that_of_the_citys_clock() -> None:
    assert last_month(START, "UTC") == "2025-12"
    assert last_month(1_767_200_400_000, "Asia/Bangkok") == "2025-12"
    assert last_month(1_767_200_400_000, "UTC") == "2025-11"


@pytest.mark.parametrize("period", ["2025-13", "october", "2025-Q5"])
async def test_a_period_that_is_none_is_a_wrong_parameter(api: Api, period: str) -> None:
    problem = await api.problem("GET", "report", params={"period": period})

    assert (problem["code"], problem["parameter"]) == ("bad_parameter", "period")


PATHS = (
    *("services", "services/power", "services/power/explain", "services/power/history", "zones/status"),
    *("services/power/uptime", "zones/north/history", "domains/energy/uptime", "objectives"),
    *("kpis", "kpis/catalogue", "kpis/export", "notes", "notes/x", "report"),
)


async def test_what_a_process_does_not_run_is_not_there(deps: ApiDeps) -> None:
    none = dict.fromkeys(("services", "history", "kpis", "kpi_export", "notes", "report"))
    headers = {"Authorization": "Bearer secret-admin"}
    async with TestClient(TestServer(make_app(replace(deps, **none)))) as client:
        for path in PATHS:
            answer = await client.get(f"/api/v1/{path}", headers=headers)
            assert (answer.status, (await answer.json())["code"]) == (404, "not_found"), path


@pytest.mark.parametrize("path", ["services/power/history", "domains/energy/uptime", "objectives", "kpis"])
async def test_a_store_that_is_away_is_told(api: Api, path: str) -> None:
    api.work.fail = StoreUnavailableError("the records are away")

    assert (await api.problem("GET", path))["code"] == "unavailable"
