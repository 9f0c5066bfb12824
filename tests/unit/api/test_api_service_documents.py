"""What the alerts' service makes is what the API says that it answers with."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from devices.model import Text
from rules.model import Severity, State
from services.alerts.deadlines import percentiles
from services.alerts.document import document, full_document
from services.alerts.floods.book import flood_document
from services.alerts.incidents.document import document as incident_document
from services.alerts.incidents.document import full_document as full_incident_document
from services.alerts.notify import outbox
from services.alerts.notify.heartbeat import Beat
from services.alerts.notify.message import Message
from services.alerts.notify.notice import Notice, Reason
from services.alerts.notify.payload import payload
from services.alerts.notify.telling import notification, told_of
from services.alerts.policy.matcher import Matcher
from services.alerts.policy.model import Deadlines, Inhibition, Policy, Route, Step
from services.alerts.routing.explain import explain
from services.alerts.routing.query import Query
from services.alerts.suppression.hold import Hold, Kind
from services.alerts.suppression.silencing import added, ended, silence_document
from services.alerts.suppression.work import planned_by, work_document, work_of
from services.api import asyncapi
from services.api import document as describe
from services.bus.protocol import ALERT_CHANGES
from services.store.records.alerts import NAKHON, AlertEvent, AlertRecord
from services.store.records.floods import FloodRecord
from services.store.records.incidents import IncidentEvent, IncidentRecord
from tests.unit.api.conftest import Api

NOW = 1_767_546_000_000
HOUR = 3_600_000
TITLE = {"en": "PM2.5 high", "th": "ฝุ่น PM2.5 สูง"}
WORK = {
    "title": TITLE,
    "matcher": {"zones": ["north"]},
    "schedule": {"start": "2026-01-05T01:00", "duration": "2h", "rrule": "FREQ=WEEKLY;BYDAY=MO"},
    "reason": "the filters",
}
TOPICS = asyncapi.describe({})
GUIDE = (Path(__file__).parents[3] / "docs" / "http.md").read_text("utf-8")


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return describe()


def check(described: dict[str, Any], shape: str, answer: Any) -> None:
    """The answer, as JSON has it, has every key of that shape, and what it should."""
    schema = {"$ref": f"#/components/schemas/{shape}", "components": described["components"]}
    sent = orjson.loads(orjson.dumps(answer))
    errors = Draft202012Validator(schema).iter_errors(sent)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def a_record(**fields: Any) -> AlertRecord:
    evidence = {"metric": "pm25", "value": 81.2, "window": None, "threshold": 75.0, "readings": []}
    return AlertRecord(
        id="01J", fingerprint="f", rule="air/pm25-high", rule_version="sha256:1", domain="environment",
        zone=fields.pop("zone", "north"), device="aq-01", service=None, severity=Severity.MAJOR,
        highest_severity=Severity.CRITICAL, state=State.FIRING, shadow=False, starts_at=NOW, title=TITLE,
        advice=None, evidence=evidence, **fields,
    )  # fmt: skip


HELD = Hold(Kind.SILENCE, "01S", "nok", Text("a festival", "เทศกาล"), NOW + HOUR).as_dict()
RECORDS = {
    "new": a_record(),
    "full": a_record(
        changes=7, labels={"site": "school"}, incident="01K", cause="01C", suppressed=HELD, occurrences=3,
        flapping=True, held_from=NOW, held_until=NOW + 1, closed_by="nok", notified=NOW, taken=NOW,
        received=NOW, fired=NOW, persisted=NOW, delivered=NOW, ends_at=NOW, assigned_to="nok",
        acknowledged_by="nok", acknowledged_at=NOW, acknowledged_note="x", acknowledged_severity="major",
    ),
    "about Nakhon": a_record(zone=""),
}  # fmt: skip


@pytest.mark.parametrize("record", RECORDS.values(), ids=list(RECORDS))
def test_an_alert(described: dict[str, Any], record: AlertRecord) -> None:
    check(described, "Alert", document(record))


@pytest.mark.parametrize("change", ALERT_CHANGES)
@pytest.mark.parametrize("by", [None, NAKHON, "nok"])
def test_every_step_of_an_alert(described: dict[str, Any], change: str, by: str | None) -> None:
    event = AlertEvent(
        "01J", 3, NOW, change, State.FIRING, Severity.MAJOR, by=by, note="x", assigned_to="nok"
    )

    check(described, "AlertWithHistory", {**full_document(a_record(), [event]), "notifications": []})


INCIDENT = IncidentRecord(
    id="01K", key='{"zone": "north"}', state="open", title=TITLE, severity=Severity.MAJOR,
    highest_severity=Severity.MAJOR, domain="environment", zone="north", service=None, opened_at=NOW,
    joined_at=NOW, alerts=3, open=2, acknowledged_by="nok", acknowledged_at=NOW, changes=4,
)  # fmt: skip


def test_an_incident(described: dict[str, Any]) -> None:
    steps = [IncidentEvent("01K", 1, NOW, "opened", detail={"alerts": 1, "total": 1})]
    steps.append(IncidentEvent("01K", 2, NOW, "acknowledged", "nok", "on it"))
    counts = {"severity": {"major": 2}, "rule": {"air/pm25-high": 2}, "zone": {"north": 2}}
    cause = document(a_record())

    check(described, "Incident", incident_document(INCIDENT))
    check(described, "IncidentEvent", {**incident_document(INCIDENT), "change": "opened"})
    full = full_incident_document(INCIDENT, steps, cause_alert=cause, counts=counts)
    check(described, "IncidentWithHistory", full)
    check(described, "IncidentWithHistory", full_incident_document(INCIDENT, []))


def test_a_silence(described: dict[str, Any]) -> None:
    body = {"matcher": {"labels": {"site": ["school"]}}, "starts_at": None, "ends_at": NOW + HOUR}
    record = added({**body, "reason": "x"}, by="nok", now=NOW, rest=1)

    for one in (record, ended(record, by="lek", now=NOW + 1)):
        check(described, "Silence", silence_document(one, now=NOW + 2, alerts=1))
        told = {**silence_document(one, now=NOW + 2, alerts=1), "kind": "silence"}
        check(described, "SilenceEvent", told)


def test_maintenance(described: dict[str, Any]) -> None:
    work = work_of(planned_by(WORK, by="nok", now=NOW, rest=1, timezone="Asia/Bangkok"), "Asia/Bangkok")

    check(described, "Maintenance", work_document(work, now=NOW, alerts=0))
    check(described, "MaintenanceEvent", {**work_document(work, now=NOW, alerts=0), "kind": "maintenance"})


def test_a_flood(described: dict[str, Any]) -> None:
    summary: dict[str, Any] = {"rules": [], "zones": [], "incidents": []}

    check(described, "Flood", flood_document(FloodRecord("01P", "city", NOW, None, 40, 31, summary)))


def test_who_would_hear(described: dict[str, Any]) -> None:
    steps = (Step(0, ("duty",)), Step(HOUR, ("boss",)))
    inhibition = Inhibition("power", Matcher(rules=("power/*",)), Matcher(), ("zone",))
    policy = Policy(
        routes=(Route("north", Matcher(zones=("north",)), steps), Route("south", Matcher(), steps)),
        receivers={"duty": Text("Duty", "เวร")},
        inhibitions=(inhibition,),
    )
    query = Query("environment", Severity.MAJOR, NOW, rule="air/pm25-high", zone="north")

    found = explain(policy, query, {"duty": ["email"]})

    check(described, "Explanation", found)
    assert found["timeline"]
    assert found["held"]


def test_what_was_told(described: dict[str, Any]) -> None:
    (row,) = outbox.tests("duty", ["email-2"], by="nok", city="smallville", now=NOW)

    for one in (row, replace(row, state="failed", attempts=3, error="no such user", begun=NOW)):
        check(described, "Notification", notification(one))
        check(described, "AlertNotification", told_of(one))


def test_what_goes_over_mqtt() -> None:
    notice = Notice(
        "n", "duty", "mqtt", Reason.DIGEST, NOW, "smallville", title=TITLE, severity="major", firing=2,
        alerts=(document(RECORDS["full"]), document(RECORDS["new"])), incident=incident_document(INCIDENT),
        digest=({"reason": "firing", "title": TITLE, "severity": "major", "firing": 1, "at": NOW},),
    )  # fmt: skip
    said = Message(subject="x", text="x", html="", short="x", link="")
    beats = [Beat(NOW, True, (), 30_000), Beat(NOW, False, ("the broker is away",), 30_000)]

    for name, sent in (
        ("Notification", payload(notice, said)),
        *(("Heartbeat", beat.as_dict()) for beat in beats),
    ):
        components = TOPICS["components"]
        schema = {**components["messages"][name]["payload"], "components": components}
        errors = Draft7Validator(schema).iter_errors(orjson.loads(orjson.dumps(sent)))
        assert [f"{error.json_path}: {error.message}" for error in errors] == []


def test_deadlines_without_an_alert(described: dict[str, Any]) -> None:
    found = percentiles([], Deadlines())

    check(described, "Deadlines", {"start": "", "end": "", "next": None, **found})
    assert found["all"]


EXAMPLES = re.findall(r"curl -H [^`]*?/api/v1/(\S+)[ \\\n]*-d '([^']*)'", GUIDE)


@pytest.mark.parametrize(("path", "body"), EXAMPLES)
async def test_what_the_guide_sends_is_taken(api: Api, path: str, body: str) -> None:
    answer = await api.call("POST", path, data=body)

    assert answer.status == 201, await answer.text()
    made = await answer.json()
    for name in ("matcher", "title"):
        assert made.get(name) == json.loads(body).get(name, made.get(name))


def test_the_guide_shows_a_silence_a_maintenance_and_a_note() -> None:
    assert [path for path, _ in EXAMPLES] == ["silences", "maintenance", "notes"]


async def test_what_the_guide_asks_is_answered(api: Api) -> None:
    (query,) = re.findall(r"/api/v1/(routes/explain[^\"]*)", GUIDE)

    assert (await api.call("GET", query)).status == 200
