"""Real answers hold what the OpenAPI document says of them."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from devices.model import Observation
from services.api import document
from services.api.routes import Route
from services.api.table import ROUTES
from services.store.records.quarantine import QuarantineEntry
from tests.unit.api.conftest import Api
from tests.unit.api.doubles import alert, step
from tests.unit.api.operatordoubles import (
    LONG_AGO,
    flood,
    incident,
    maintenance,
    notification,
    silence,
)
from tests.unit.api.statusdoubles import change, note

TIME = 1_767_546_000_000
REFUSED = QuarantineEntry(1, 0, TIME, "elsewhere", "bad_topic", b"{}", None, "topic", "elsewhere", "a topic")
PARTS = {
    "domain": "environment",
    "code": "another",
}
NAMES = {"types": "AirQualityObserved", "receivers": "duty-officer"}
IDS = {
    "services": "air-quality",
    "zones": "north",
    "notes": note(1).id,
    "alerts": alert(1)["id"],
    "incidents": incident(1)["id"],
    "silences": silence(1)["id"],
    "maintenance": maintenance(1)["id"],
    "devices": "aq-01",
    "rules": "air/pm25-soon",
    "quarantine": REFUSED.id,
    "tokens": "id-viewer",
}
RULES = """
group: mine
domain: environment
rules: [{id: high, on: AirQualityObserved.pm25, when: {above: 40}}]
"""
SILENCE = {"matcher": {"zones": ["north"]}, "duration": "2h", "reason": "a festival"}
TEXT = {"en": "We found it.", "th": "พบสาเหตุแล้ว"}
BODIES: dict[str, Any] = {
    "/notes": {"state": "investigating", "title": TEXT, "text": TEXT, "services": ["air-quality"]},
    "/notes/{id}": {"state": "identified", "text": TEXT, "number": 1},
    "/alerts/acknowledge": {"ids": [alert(1)["id"], "none"], "note": "seen"},
    "/silences": SILENCE,
    "/silences/{id}": SILENCE,
    "/silences/preview": {"matcher": {"zones": ["north"]}},
    "/maintenance": {
        "title": {"en": "Cleaning", "th": "ทำความสะอาด"},
        "matcher": {"services": ["air-quality"]},
        "schedule": {"start": "2026-01-05T01:00", "duration": "2h", "rrule": "FREQ=WEEKLY;BYDAY=MO"},
        "reason": "the filters",
    },
    "/unacknowledge": {"note": "called away"},
    "/acknowledge": {"note": "seen"},
    "/assign": {"to": "somchai"},
    "/comment": {"note": "on my way"},
    "/close": {"note": "washed"},
    "/devices": {"id": "aq-03", "types": ["AirQualityObserved"], "zone": "south"},
    "/session": {"token": "secret-viewer"},
    "/tokens": {"name": "van", "role": "viewer", "days": 7},
    "/telemetry": {"pm25": 12.5},
    "/quarantine/replay": {"device": []},
    "/rules/backtest": {
        "rules": RULES,
        "start": "2025-11-01T00:00:00+07:00",
        "end": "2025-11-01T01:00:00+07:00",
    },
}
JSON_ROUTES = [route for route in ROUTES if route.media == "application/json" and route.answer is not None]


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document()


@pytest.fixture
async def busy(api: Api) -> Api:
    """A city in which every list has something."""
    api.alerts.put(alert(1))
    api.alerts.histories[alert(1)["id"]].append(step(2, TIME, "firing", None, None))
    api.alerts.notifications[alert(1)["id"]].append(notification(1))
    operations = api.operations
    operations.all_incidents = {item["id"]: item for item in (incident(1),)}
    operations.all_silences = {item["id"]: item for item in (silence(1),)}
    operations.all_maintenance = {item["id"]: item for item in (maintenance(1),)}
    operations.all_notifications = {item["id"]: item for item in (notification(1),)}
    operations.all_floods = {item["id"]: item for item in (flood(1), flood(2, ended=LONG_AGO))}
    subjects = [("service", "air-quality"), ("domain", "environment"), ("zone", "north")]
    api.work.all_changes = [change(-n, kind, name) for n, (kind, name) in enumerate(subjects, 1)]
    api.told.kept = {one.id: one for one in (note(1),)}
    api.quarantine.entries = [REFUSED]
    row = Observation(TIME, "aq-01", "north", "AirQualityObserved", {"pm25": 1.0, "ok": True}, TIME)
    await api.store.write([row, row._replace(device="aq-02", zone="south", location=(100.5, 13.7))], 1)
    return api


def address(route: Route[Any, Any]) -> str:
    resource = route.path.removeprefix("/api/v1/").split("/")[0]
    path = route.path.replace("{id}", IDS.get(resource, "")).replace("{name}", NAMES.get(resource, ""))
    for name, value in PARTS.items():
        path = path.replace(f"{{{name}}}", value)
    return path + ("?device=aq-01" if path.endswith(("/telemetry", "routes/explain")) else "")


def check(described: dict[str, Any], schema: Any, answer: Any) -> None:
    validator = Draft202012Validator({**schema, "components": described["components"]})
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer)] == []


@pytest.mark.parametrize("route", JSON_ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_an_answer_is_as_described(
    busy: Api, described: dict[str, Any], route: Route[Any, Any]
) -> None:
    body = next((body for end, body in BODIES.items() if route.path.endswith(end)), None)
    if route.path.endswith("/unacknowledge"):
        await busy.call("POST", f"alerts/{alert(1)['id']}/acknowledge")

    sent = body if route.method in {"POST", "PUT"} else None
    answer = await busy.call(route.method, address(route), json=sent)

    assert answer.status == route.status
    responses = described["paths"][route.path][route.method.lower()]["responses"]
    found = await answer.json()
    check(described, responses[str(route.status)]["content"][route.media]["schema"], found)
    assert found != {"items": [], "next": None}


@pytest.mark.parametrize("query", ["every=1h&agg=mean", "every=1h&agg=mean&zone=north"])
async def test_buckets_are_as_described(busy: Api, described: dict[str, Any], query: str) -> None:
    answer = await busy.call("GET", f"observations?{query}")

    operation = described["paths"]["/api/v1/observations"]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    check(described, schema, await answer.json())


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "alerts/none", None),
        ("GET", "alerts?limit=0", None),
        ("POST", "devices", {"id": "x"}),
        ("GET", "nothing", None),
    ],
)
async def test_a_problem_is_as_described(
    api: Api, described: dict[str, Any], method: str, path: str, body: Any
) -> None:
    problem = await api.problem(method, path, json=body)

    check(described, {"$ref": "#/components/schemas/Problem"}, problem)
