"""Maintenance: what the city's file plans and what operators do, on the alerts that it holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.alerts.policy.matcher import Matcher
from services.alerts.policy.model import Policy
from services.runtime.ports import ConflictError, InvalidError
from services.store.records.maintenance import MaintenanceRecord
from tests.unit.alerts.suppression.keptquiet import HOUR, MINUTE, NOW, Quiet, firing, recurring

NIGHTLY = Policy(
    maintenance=(
        recurring(
            "pumps",
            Matcher(zones=("samyan",)),
            {"start": "2026-01-05T01:00", "duration": "2h", "rrule": "FREQ=DAILY"},
        ),
    )
)
BODY: dict[str, Any] = {
    "title": {"en": "Pipes", "th": "ท่อ"},
    "matcher": {"devices": ["aq-*"]},
    "schedule": {"start": "2026-01-05T00:30", "duration": "1h", "rrule": None, "exdates": []},
    "reason": "new pipes",
}


def plan(quiet: Quiet, **fields: Any) -> MaintenanceRecord:
    planned = quiet.book.add_maintenance(BODY | fields, by="nok", now=quiet.now)
    record: MaintenanceRecord = quiet.take(planned)
    return record


def test_the_citys_maintenance_begins_and_ends_by_the_clock_of_the_wall() -> None:
    quiet = Quiet(NIGHTLY)
    quiet.apply(firing("A1"), firing("A2", zone="makkasan"))
    assert quiet.pass_time(HOUR - 1) == []
    assert quiet.pass_time(1) == ["A1"]
    assert quiet.rows["A1"].suppressed == {
        "kind": "maintenance",
        "id": "pumps",
        "by": None,
        "reason": {"en": "Maintenance: Work pumps", "th": "อยู่ระหว่างบำรุงรักษา: งาน pumps"},
        "until": "2026-01-04T20:00:00.000Z",
    }
    assert quiet.pass_time(2 * HOUR - 1) == []
    assert quiet.pass_time(1) == ["A1"]
    assert quiet.kinds() == {"A1": None, "A2": None}
    assert quiet.book.next_moment(quiet.now) == NOW + 25 * HOUR


def test_its_document() -> None:
    quiet = Quiet(NIGHTLY)
    quiet.apply(firing("A1"))
    quiet.pass_time(HOUR)
    (document,) = quiet.book.city_maintenance(quiet.now)
    assert document["next"][0] == {"start": "2026-01-04T18:00:00.000Z", "end": "2026-01-04T20:00:00.000Z"}
    assert len(document["next"]) == 5
    assert document["schedule"] == {
        "start": "2026-01-05T01:00",
        "duration": "2h",
        "rrule": "FREQ=DAILY",
        "exdates": [],
        "timezone": "Asia/Bangkok",
    }
    wanted = {
        "id": "pumps",
        "origin": "city",
        "state": "active",
        "active": True,
        "created_by": None,
        "alerts": 1,
        "matcher": {"zones": ["samyan"]},
    }
    assert wanted.items() <= document.items()


def test_an_operator_plans_and_ends_it() -> None:
    quiet = Quiet()
    record = plan(quiet)
    assert record.schedule["timezone"] == "Asia/Bangkok"
    quiet.apply(firing("A1"), firing("A2", device="lamp-1"))
    quiet.pass_time(30 * MINUTE)
    assert quiet.kinds() == {"A1": "maintenance", "A2": None}
    assert quiet.rows["A1"].suppressed["by"] == "nok"
    ended = quiet.take(quiet.book.end_maintenance(record, by="ann", now=quiet.now))
    assert (ended.ended_by, ended.ended_at, ended.changes) == ("ann", quiet.now, 2)
    quiet.look()
    assert quiet.kinds() == {"A1": None, "A2": None}
    assert quiet.book.maintenance_document(ended, quiet.now)["state"] == "expired"
    with pytest.raises(ConflictError, match="was ended by ann"):
        quiet.book.end_maintenance(ended, by="nok", now=quiet.now)


def test_the_citys_is_ended_in_its_file() -> None:
    quiet = Quiet(NIGHTLY)
    quiet.book.refuse_if_city("another")
    with pytest.raises(ConflictError, match=r"stands in the city's alerting.yaml"):
        quiet.book.refuse_if_city("pumps")


def test_of_several_that_which_ends_last_is_named() -> None:
    quiet = Quiet()
    plan(quiet)
    longer = plan(quiet, schedule=BODY["schedule"] | {"duration": "3h"})
    quiet.now += 30 * MINUTE
    quiet.apply(firing("A1"))
    assert quiet.suppressed("A1") == f"maintenance {longer.id}"


def test_a_restart_in_the_middle_of_a_window_changes_nothing() -> None:
    quiet = Quiet(NIGHTLY)
    plan(quiet)
    quiet.pass_time(30 * MINUTE)
    quiet.apply(firing("A1"))
    steps = list(quiet.steps)
    quiet.restart()
    quiet.look()
    assert quiet.steps == steps
    quiet.pass_time(HOUR)
    assert quiet.suppressed("A1") == "maintenance pumps"


def test_what_this_machine_cannot_read_is_told_and_holds_nothing() -> None:
    quiet = Quiet()
    record = plan(quiet)
    schedule = {**record.schedule, "timezone": "Mars/Olympus"}
    quiet.maintenance[record.id] = replace(record, schedule=schedule)
    quiet.restart()
    quiet.pass_time(30 * MINUTE)
    quiet.apply(firing("A1"))
    assert quiet.kinds() == {"A1": None}
    document = quiet.book.maintenance_document(quiet.maintenance[record.id], quiet.now)
    assert (document["state"], document["next"], document["schedule"]) == ("expired", [], schedule)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"matcher": {"severities": ["minor"]}}, "matcher.severities: is nothing that alerts are chosen by"),
        ({"matcher": {}}, "matcher: asks for nothing"),
        ({"title": {"en": "Pipes"}}, "title: is needed in both languages"),
        ({"title": {"en": "Pipes", "th": ""}}, "title.th: is needed"),
        ({"reason": None}, "reason: is needed"),
        ({"schedule": None}, "schedule: must say when"),
        ({"schedule": {"start": "soon", "duration": "2h"}}, "schedule.start: must be a time"),
        ({"schedule": {"start": "2026-01-04T01:00", "duration": "2h"}}, "schedule: has no window to come"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_in_words(body: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidError, match=said):
        plan(Quiet(), **body)


def test_all_mistakes_of_a_schedule_are_told_with_their_places() -> None:
    with pytest.raises(InvalidError) as caught:
        plan(Quiet(), schedule={"start": "soon", "duration": "x", "rrule": "y"})
    assert [error["path"] for error in caught.value.errors] == ["schedule.start", "schedule.duration"]
