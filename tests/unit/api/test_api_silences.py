"""Silences and maintenance over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api.conftest import Api
from tests.unit.api.doubles import alert
from tests.unit.api.operatordoubles import maintenance, silence

FIRST = silence(1)["id"]
WINDOW = maintenance(1)["id"]
HOUR = 3_600_000
FORM = {"matcher": {"zones": ["north"]}, "duration": "2h", "reason": " a festival "}
WORK = {
    "title": {"en": "Cleaning", "th": "ทำความสะอาด"},
    "matcher": {"services": ["air-quality"]},
    "schedule": {"start": "2026-01-05T01:00", "duration": "2h"},
    "reason": "the filters",
}


def there_are(api: Api, *items: dict[str, Any]) -> None:
    api.operations.all_silences = {item["id"]: item for item in items}


def planned(api: Api, *items: dict[str, Any]) -> None:
    api.operations.all_maintenance = {item["id"]: item for item in items}


async def test_an_operator_silences_from_now_on_under_their_own_name(api: Api) -> None:
    answer = await api.call("POST", "silences", role="operator", json=FORM)

    made = await answer.json()
    assert answer.status == 201
    assert answer.headers["Location"] == f"/api/v1/silences/{made['id']}"
    assert (made["created_by"], made["reason"]) == ("a operator", "a festival")
    assert api.operations.asked == [
        {
            "matcher": {"zones": ["north"]},
            "starts_at": None,
            "ends_at": api.clock.now() + 2 * HOUR,
            "reason": "a festival",
        }
    ]
    assert (await api.get(f"silences/{made['id']}", role="viewer")) == made


async def test_times_are_understood_with_their_offset(api: Api) -> None:
    times = {"starts_at": "2026-01-06T08:00:00+07:00", "ends_at": "2026-01-06T03:00:00Z"}
    later = {"starts_at": "2026-01-06T08:00:00+07:00", "duration": "90m"}

    for given in (times, later):
        form = {"matcher": {"rules": ["air/*"]}, "reason": "x", **given}
        assert (await api.call("POST", "silences", json=form)).status == 201

    spans = [body["ends_at"] - body["starts_at"] for body in api.operations.asked]
    assert spans == [2 * HOUR, 1.5 * HOUR]


async def test_silences_are_listed_and_filtered(api: Api) -> None:
    there_are(api, silence(1, state="expired"), silence(2), silence(3, state="pending"))

    everything = await api.get("silences", role="viewer")
    some = await api.get("silences", state="pending,active", limit=1)
    rest = await api.get("silences", state="pending,active", limit=1, cursor=some["next"])

    assert [item["id"] for item in everything["items"]] == [silence(n)["id"] for n in (3, 2, 1)]
    assert [item["state"] for item in some["items"] + rest["items"]] == ["pending", "active"]
    assert rest["next"] is None


async def test_a_silence_is_changed_and_ended_once(api: Api) -> None:
    there_are(api, silence(1))

    changed = await (await api.call("PUT", f"silences/{FIRST}", role="operator", json=FORM)).json()
    again = await api.problem("PUT", f"silences/{FIRST}", role="operator", json=FORM)
    ended = await api.call("DELETE", f"silences/{changed['id']}", role="operator")
    twice = await api.problem("DELETE", f"silences/{changed['id']}", role="operator")

    assert changed["replaces"] == FIRST
    assert again["code"] == twice["code"] == "conflict"
    assert (ended.status, (await ended.json())["ended_by"]) == (200, "a operator")


async def test_what_a_silence_would_hold_is_told_before(api: Api) -> None:
    api.alerts.put(alert(1), *(alert(n, zone="south") for n in range(2, 30)))

    answer = await api.call(
        "POST", "silences/preview", role="viewer", json={"matcher": {"zones": [" sou* "], "devices": []}}
    )

    found = await answer.json()
    assert (found["alerts"], len(found["items"])) == (28, 20)
    assert api.operations.asked == [{"zones": ["sou*"]}]


MANY = [f"aq-{n}" for n in range(150)]


@pytest.mark.parametrize(
    ("matcher", "path", "says"),
    [
        ({}, "matcher", "must ask for something"),
        ({"zones": []}, "matcher", '"rules": ["*"]'),
        ({"zone": ["north"]}, "matcher.zone", "did you mean zones?"),
        ({"zones": "north"}, "matcher.zones", "must be an array"),
        ({"zones": [""]}, "matcher.zones[0]", "at least 1"),
        ({"zones": ["x" * 201]}, "matcher.zones[0]", "at most 200"),
        ({"zones": MANY, "devices": MANY}, "matcher", "more than 200 patterns"),
        ({"zones": MANY * 2}, "matcher.zones", "at most 200"),
        ({"labels": {"site": MANY, "pole": MANY}}, "matcher", "more than 200 patterns"),
        ({"labels": {"site": []}}, "matcher.labels.site", "at least 1"),
        ({"labels": {"": ["x"]}}, "matcher.labels", "at least 1"),
        ({"domains": ["enviroment"]}, "matcher.domains", "did you mean environment?"),
    ],
)
@pytest.mark.parametrize("kind", ["silences", "maintenance"])
async def test_a_matcher_that_is_none_is_told_where(
    api: Api, kind: str, matcher: Any, path: str, says: str
) -> None:
    form: dict[str, Any] = FORM if kind == "silences" else WORK

    problem = await api.problem("POST", kind, json={**form, "matcher": matcher})

    assert (problem["status"], problem["code"]) == (422, "invalid_body")
    (error,) = problem["errors"]
    assert error["path"].startswith(path)
    assert says in error["message"]


@pytest.mark.parametrize("path", ["silences", "silences/preview"])
async def test_a_severity_that_is_none_is_told(api: Api, path: str) -> None:
    form = FORM if path == "silences" else {}
    problem = await api.problem("POST", path, json={**form, "matcher": {"severities": ["bad"]}})

    assert problem["errors"][0]["path"] == "matcher.severities"
    assert "critical, major, minor, warning" in problem["detail"]


@pytest.mark.parametrize("part", ["severities", "incidents"])
async def test_what_is_worked_on_has_neither_severity_nor_incident(api: Api, part: str) -> None:
    problem = await api.problem("POST", "maintenance", json={**WORK, "matcher": {part: ["minor"]}})

    assert problem["errors"][0]["path"] == f"matcher.{part}"


async def test_of_two_who_change_a_silence_one_is_told(api: Api) -> None:
    there_are(api, silence(1))

    problem = await api.problem("PUT", f"silences/{FIRST}", json={**FORM, "number": 0})
    answer = await api.call("PUT", f"silences/{FIRST}", json={**FORM, "number": 1})

    assert problem["code"] == "conflict"
    assert answer.status == 200
    assert (await api.problem("POST", "silences", json={**FORM, "number": 1}))["code"] == "invalid_body"


async def test_a_matcher_may_have_globs_of_everything(api: Api) -> None:
    matcher = {
        "rules": ["air/*"],
        "domains": ["env*", "energy"],
        "severities": ["m*", "critical"],
        "labels": {"site": ["sch*", "park"]},
    }

    assert (await api.call("POST", "silences", json={**FORM, "matcher": matcher})).status == 201
    assert api.operations.asked[0]["matcher"] == matcher


@pytest.mark.parametrize(
    ("change", "path", "says"),
    [
        ({"duration": None}, "", "one of ends_at and duration"),
        ({"ends_at": "2026-01-06T00:00:00Z"}, "", "one of ends_at and duration"),
        ({"duration": "0s"}, "duration", "more than nothing"),
        ({"duration": "soon"}, "duration", "span of time"),
        ({"duration": None, "ends_at": "2026-01-06T00:00:00"}, "ends_at", "offset"),
        ({"duration": None, "ends_at": "tomorrow"}, "ends_at", "RFC 3339"),
        ({"duration": None, "ends_at": "1999-01-01T00:00:00Z"}, "ends_at", "before it begins"),
        ({"starts_at": "2026-01-06"}, "starts_at", "offset"),
        ({"reason": " "}, "reason", "at least 1"),
        ({"reason": "x" * 4001}, "reason", "at most 4000"),
        ({"created_by": "somebody else"}, "created_by", "unknown key"),
        ({"matcher": None}, "matcher", "must be an object"),
    ],
)
async def test_a_silence_that_is_none_is_told_where(
    api: Api, change: dict[str, Any], path: str, says: str
) -> None:
    form = {name: value for name, value in {**FORM, **change}.items() if value or name == "matcher"}
    there_are(api, silence(1))

    for method, address in (("POST", "silences"), ("PUT", f"silences/{FIRST}")):
        problem = await api.problem(method, address, json=form)

        assert (problem["status"], problem["code"]) == (422, "invalid_body")
        assert problem["errors"][0]["path"] == path
        assert says in problem["errors"][0]["message"]


@pytest.mark.parametrize("path", ["silences/none", "maintenance/none"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_what_is_none(api: Api, method: str, path: str) -> None:
    problem = await api.problem(method, path)

    assert (problem["status"], problem["code"]) == (404, "not_found")


async def test_a_silence_that_is_none_is_not_changed(api: Api) -> None:
    assert (await api.problem("PUT", "silences/none", json=FORM))["code"] == "not_found"


async def test_maintenance_is_planned_as_it_was_written(api: Api) -> None:
    schedule = {
        "start": "2026-01-05T01:00",
        "duration": "1h30m",
        "rrule": "FREQ=WEEKLY;BYDAY=MO",
        "exdates": ["2026-01-12T01:00:00", "2026-04-13"],
        "timezone": "Asia/Tokyo",
    }

    answer = await api.call("POST", "maintenance", role="operator", json={**WORK, "schedule": schedule})

    made = await answer.json()
    assert answer.status == 201
    assert answer.headers["Location"] == f"/api/v1/maintenance/{made['id']}"
    assert (made["created_by"], made["schedule"]) == ("a operator", schedule)
    assert api.operations.asked[0]["matcher"] == {"services": ["air-quality"]}
    assert (await api.get(f"maintenance/{made['id']}", role="viewer"))["title"] == WORK["title"]


async def test_maintenance_is_in_the_citys_time_and_once_unless_said_otherwise(api: Api) -> None:
    made = await (await api.call("POST", "maintenance", json=WORK)).json()

    assert api.operations.asked[0]["schedule"] == {
        "start": "2026-01-05T01:00",
        "duration": "2h",
        "rrule": None,
        "exdates": [],
        "timezone": None,
    }
    assert made["schedule"]["timezone"] == "Asia/Bangkok"


@pytest.mark.parametrize(
    ("change", "path", "says"),
    [
        ({"start": "2026-01-05T01:00+07:00"}, "schedule.start", "pattern"),
        ({"start": "2026-13-05T01:00"}, "schedule.start", "local time"),
        ({"start": None}, "schedule.start", "string"),
        ({"duration": "0s"}, "schedule.duration", "more than nothing"),
        ({"duration": "2 hours"}, "schedule.duration", "span of time"),
        ({"rrule": "every monday"}, "schedule.rrule", "how often"),
        ({"rrule": "F" * 501}, "schedule.rrule", "at most 500"),
        ({"exdates": ["monday"]}, "schedule.exdates[0]", "pattern"),
        ({"exdates": ["2026-01-12T01:00"] * 501}, "schedule.exdates", "at most 500"),
        ({"timezone": "../../etc/passwd"}, "schedule.timezone", "pattern"),
        ({"until": "2026-01-12T01:00"}, "schedule.until", "unknown key"),
    ],
)
async def test_a_schedule_that_is_none_is_told_where(
    api: Api, change: dict[str, Any], path: str, says: str
) -> None:
    schedule: dict[str, Any] = WORK["schedule"]  # type: ignore[assignment]

    problem = await api.problem("POST", "maintenance", json={**WORK, "schedule": {**schedule, **change}})

    assert (problem["status"], problem["code"]) == (422, "invalid_body")
    assert problem["errors"][0]["path"] == path
    assert says in problem["errors"][0]["message"]


@pytest.mark.parametrize("title", [{"en": "x"}, {"en": "x", "th": " "}, {"en": "x" * 201, "th": "x"}, "x"])
async def test_a_title_is_in_both_languages(api: Api, title: Any) -> None:
    problem = await api.problem("POST", "maintenance", json={**WORK, "title": title})

    assert (problem["code"], problem["errors"][0]["path"][:5]) == ("invalid_body", "title")


async def test_what_only_the_service_can_tell_is_told_like_any_other_mistake(api: Api) -> None:
    schedule = {"start": "2026-01-05T01:00", "duration": "2h", "rrule": "every monday"}

    problem = await api.problem(
        "POST", "maintenance", json={**WORK, "schedule": schedule}, headers={"Accept-Language": "th"}
    )

    assert problem["title"] == "เนื้อหาไม่ถูกต้อง"
    assert problem["detail"] == (
        "schedule.rrule: must say how often (allowed: FREQ=WEEKLY;BYDAY=MO and the like)"
    )


async def test_maintenance_is_listed_and_filtered(api: Api) -> None:
    planned(api, maintenance(1), maintenance(2, origin="city"), maintenance(3, active=True, state="active"))

    for given, expected in (
        ({}, [3, 2, 1]),
        ({"origin": "city"}, [2]),
        ({"active": "true"}, [3]),
        ({"active": "false", "origin": "added"}, [1]),
    ):
        found = await api.get("maintenance", role="viewer", **given)
        assert [item["id"] for item in found["items"]] == [maintenance(n)["id"] for n in expected]


async def test_maintenance_is_ended_where_it_was_planned(api: Api) -> None:
    planned(api, maintenance(1), maintenance(2, origin="city"))

    ended = await api.call("DELETE", f"maintenance/{WINDOW}", role="operator")
    problem = await api.problem("DELETE", f"maintenance/{maintenance(2)['id']}", role="operator")

    assert (await ended.json())["next"] == []
    assert problem["code"] == "conflict"
    assert "alerting.yaml" in problem["detail"]
