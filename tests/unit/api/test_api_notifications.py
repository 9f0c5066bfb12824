"""Who is told, floods and deadlines over HTTP; and a process that runs no alerts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from services.api import ApiDeps, make_app
from tests.unit.api.conftest import Api
from tests.unit.api.operatordoubles import LONG_AGO, flood, notification

DAY = 86_400_000


def told(api: Api, *items: dict[str, Any]) -> None:
    api.operations.all_notifications = {item["id"]: item for item in items}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [3, 2, 1]),
        ({"receiver": "night-watch"}, [2]),
        ({"channel": "line,webhook"}, [3]),
        ({"state": "failed"}, [2]),
        ({"incident": "01K"}, [3]),
    ],
)
async def test_notifications_are_listed_and_filtered(
    api: Api, given: dict[str, str], expected: list[int]
) -> None:
    told(
        api,
        notification(1),
        notification(2, receiver="night-watch", state="failed", delivered=None, error="no such user"),
        notification(3, channel="line", incident="01K"),
    )

    found = await api.get("notifications", role="operator", **given)

    assert [item["id"] for item in found["items"]] == [notification(n)["id"] for n in expected]


async def test_notifications_come_page_by_page(api: Api) -> None:
    told(api, *(notification(n) for n in range(3)))

    first = await api.get("notifications", limit=2)
    rest = await api.get("notifications", limit=2, cursor=first["next"])

    assert [item["id"] for item in first["items"] + rest["items"]] == [
        notification(n)["id"] for n in (2, 1, 0)
    ]
    assert rest["next"] is None


async def test_receivers_are_told_with_how_their_channels_do(api: Api) -> None:
    first = await api.get("receivers", role="operator", limit=1)
    rest = await api.get("receivers", role="operator", limit=1, cursor=first["next"])

    assert [item["name"] for item in first["items"] + rest["items"]] == ["duty-officer", "night-watch"]
    assert first["items"][0]["channels"][0]["last_error"] == "the mail server refused"


async def test_a_receiver_is_tested_under_ones_own_name(api: Api) -> None:
    answer = await api.call("POST", "receivers/night-watch/test", role="operator")
    problem = await api.problem("POST", "receivers/nobody/test", role="operator")

    body = await answer.json()
    assert (body["receiver"], body["items"][0]["reason"]) == ("night-watch", "test")
    assert api.operations.asked == [("night-watch", "a operator")]
    assert (problem["status"], problem["code"]) == (404, "not_found")


async def test_floods_that_last_and_those_that_were(api: Api) -> None:
    api.operations.all_floods = {item["id"]: item for item in (flood(1, ended=LONG_AGO), flood(2))}

    first = await api.get("floods", role="viewer", limit=1)
    rest = await api.get("floods", role="viewer", limit=1, cursor=first["next"])

    assert [item["ended"] for item in first["items"] + rest["items"]] == [None, LONG_AGO]


async def test_deadlines_are_those_of_the_last_week_unless_said_otherwise(api: Api) -> None:
    found = await api.get("deadlines", role="viewer")

    now = api.clock.now()
    assert api.operations.asked == [(now - 7 * DAY, now)]
    assert (found["start"], found["end"]) == ("2025-12-28T17:00:00.000Z", "2026-01-04T17:00:00.000Z")
    assert [item["domain"] for item in found["items"]] == ["energy"] * 3 + ["environment"] * 3
    assert [item["domain"] for item in found["all"]] == [None] * 3


async def test_deadlines_of_a_span(api: Api) -> None:
    span = {"start": "2026-01-01T00:00:00+07:00", "end": "2026-01-02T00:00:00+07:00"}

    first = await api.get("deadlines", limit=4, **span)
    rest = await api.get("deadlines", limit=4, cursor=first["next"], **span)

    start, end = api.operations.asked[0]
    assert end - start == DAY
    assert len(first["items"]) + len(rest["items"]) == 6


@pytest.mark.parametrize(
    ("span", "says"),
    [
        ({"start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}, "before the end"),
        ({"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"}, "before the end"),
        ({"start": "2020-01-01T00:00:00Z"}, "92 days at most"),
        ({"start": "2026-01-02T00:00:00"}, "offset"),
    ],
)
async def test_a_span_that_is_none_is_refused(api: Api, span: dict[str, str], says: str) -> None:
    problem = await api.problem("GET", "deadlines", params=span)

    assert (problem["code"], problem["parameter"]) == ("bad_parameter", "start")
    assert says in problem["detail"]


async def test_who_would_hear_is_asked_about_an_alert_that_need_not_be(api: Api) -> None:
    found = await api.get(
        "routes/explain",
        role="operator",
        rule="air/pm25-high",
        device="aq-01",
        severity="critical",
        label="site=school,pole=7",
        at="2026-01-05T03:00:00+07:00",
    )

    assert api.operations.asked == [
        {
            "rule": "air/pm25-high",
            "device": "aq-01",
            "zone": None,
            "service": None,
            "domain": None,
            "severity": "critical",
            "labels": {"site": "school", "pole": "7"},
            "at": 1_767_556_800_000,
        }
    ]
    assert [told["receiver"] for told in found["timeline"]] == ["duty-officer"]


async def test_who_would_hear_now(api: Api) -> None:
    await api.get("routes/explain", zone="north", domain="energy")

    (asked,) = api.operations.asked
    assert (asked["at"], asked["labels"], asked["domain"]) == (api.clock.now(), None, "energy")


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"severity": "bad"}, "severity"),
        ({"domain": "weather"}, "domain"),
        ({"label": "site"}, "label"),
        ({"at": "tonight"}, "at"),
        ({"rule": "x" * 201}, "rule"),
        ({"severity": "minor"}, "domain"),
        ({"devices": "aq-01"}, "devices"),
    ],
)
async def test_a_question_that_is_none_is_told_where(api: Api, given: dict[str, str], parameter: str) -> None:
    problem = await api.problem("GET", "routes/explain", params=given)

    assert (problem["status"], problem["parameter"]) == (400, parameter)


async def test_nobody_would_hear_of_a_rule_that_is_none(api: Api) -> None:
    problem = await api.problem("GET", "routes/explain", params={"rule": "air/none"})

    assert (problem["status"], problem["code"]) == (404, "not_found")


@pytest.fixture
async def alone(deps: ApiDeps) -> AsyncIterator[TestClient[Any, Any]]:
    """A process that serves the API and runs no alerts."""
    without = ("incidents", "silences", "maintenance", "notifications", "floods", "deadlines", "routes")
    nothing: dict[str, Any] = dict.fromkeys(without)
    async with TestClient(TestServer(make_app(replace(deps, **nothing)))) as client:
        yield client


@pytest.mark.parametrize(
    "path",
    [
        *("incidents", "incidents/x", "silences", "silences/x", "maintenance", "maintenance/x"),
        *("notifications", "receivers", "floods", "deadlines", "routes/explain"),
    ],
)
async def test_where_no_alerts_run_there_is_nothing(alone: TestClient[Any, Any], path: str) -> None:
    answer = await alone.get(f"/api/v1/{path}", headers={"Authorization": "Bearer secret-admin"})

    problem = await answer.json()
    assert (answer.status, problem["detail"]) == (404, "no alerts run here")
