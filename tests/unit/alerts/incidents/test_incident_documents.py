"""An incident as it is shown: its document, its titles and its log book."""

from __future__ import annotations

from typing import Any

import pytest

from rules.model import Severity
from services.alerts.incidents.document import document, full_document
from services.alerts.incidents.logbook import sentence
from services.alerts.incidents.titles import common_of, of_cause, of_several
from services.api.incidentshapes import Incident, IncidentWithHistory
from services.store.records.incidents import IncidentEvent, IncidentRecord
from tests.unit.alerts.incidents.conftest import CITY, START

RECORD = IncidentRecord(
    id="01KE4Z74M084J8Q715S3BB7X29",
    key='{"label:site":"school","service":null,"zone":"north"}',
    state="open",
    title={"en": "Lamps out", "th": "ไฟดับ"},
    severity=Severity.MINOR,
    highest_severity=Severity.MAJOR,
    domain="energy",
    zone="north",
    service=None,
    opened_at=START,
    joined_at=START + 60_000,
    alerts=3,
    open=2,
    acknowledged_by="mali",
    acknowledged_at=START + 90_000,
    changes=4,
)


def test_the_document_is_the_apis() -> None:
    shown = document(RECORD)
    Incident.model_validate(shown)
    assert shown["number"] == 4
    assert shown["common"] == {"label:site": "school", "zone": "north"}
    assert shown["acknowledged"] == {"by": "mali", "at": "2026-01-04T17:01:30.000Z", "note": ""}
    assert (shown["resolved_at"], shown["cause"], shown["merged_into"]) == (None, None, None)


def test_the_full_document_has_its_log() -> None:
    history = [IncidentEvent(RECORD.id, 1, START, "opened", detail={"alerts": 1, "total": 1})]
    shown = full_document(RECORD, history, counts={"severities": {"minor": 2}})
    IncidentWithHistory.model_validate(shown)
    assert shown["history"] == [
        {
            "number": 1,
            "at": "2026-01-04T17:00:00.000Z",
            "change": "opened",
            "by": None,
            "actor": {"kind": "nakhon", "name": "Nakhon"},
            "text": {"en": "Opened with 1 alert", "th": "เปิดเหตุการณ์ด้วยการแจ้งเตือน 1 รายการ"},
            "note": None,
        }
    ]
    assert shown["counts"] == {"severities": {"minor": 2}}


TITLE = {"en": "Feeder", "th": "สายป้อน"}


@pytest.mark.parametrize(
    ("change", "said", "expected"),
    [
        ("opened", {"alerts": 500}, "Opened with 500 alerts"),
        ("joined", {"alerts": 1, "total": 7}, "1 alert joined; it has had 7 by now"),
        (
            "joined",
            {"alerts": 2, "total": 7, "from": ["01A", "01B"]},
            "2 alerts came over from 01A, 01B; it has had 7 by now",
        ),
        ("left", {"alerts": 2, "total": 1, "to": "01B"}, "2 alerts went to incident 01B"),
        ("reopened", {"alerts": 0, "total": 1}, "Opened again: an alert came back"),
        ("reopened", {"alerts": 2, "total": 3}, "Opened again: 2 alerts joined"),
        ("severity", {"from": "minor", "to": "critical"}, "Severity rose from minor to critical"),
        ("severity", {"from": "major", "to": "minor"}, "Severity fell from major to minor"),
        ("cause", {"cause": "01A", "title": TITLE}, "Its cause is alert 01A; it is called “Feeder”"),
        ("cause", {"cause": None, "title": TITLE}, "Its cause went to another incident"),
        ("titled", {"title": TITLE}, "Called “Feeder” from now on"),
        ("resolved", {"alerts": 3}, "Over: none of its alerts is open any more"),
        ("merged", {"into": "01B"}, "All its alerts went to incident 01B"),
        ("unheard_of", {}, "Unheard of"),
        ("opened", {}, "Opened"),
    ],
)
def test_steps_of_nakhon_in_words(change: str, said: dict[str, Any], expected: str) -> None:
    text = sentence(IncidentEvent("01K", 1, START, change, detail=said))
    assert text.en == expected
    assert text.th


@pytest.mark.parametrize(
    ("change", "note", "said", "expected"),
    [
        ("acknowledged", "on my way", None, "mali acknowledged it: “on my way”"),
        ("acknowledged", "", None, "mali acknowledged it"),
        ("assigned", None, {"to": "mali"}, "mali took it on"),
        ("assigned", None, {"to": "somchai"}, "mali assigned it to somchai"),
        ("assigned", None, {"to": None}, "mali took it from whoever had it"),
        ("commented", "the fuse", None, "mali wrote: “the fuse”"),
        ("closed", "replaced", None, "mali closed it by hand: “replaced”"),
        ("waved_at", None, None, "mali: waved at"),
    ],
)
def test_steps_of_people_in_words(change: str, note: str | None, said: Any, expected: str) -> None:
    assert sentence(IncidentEvent("01K", 1, START, change, "mali", note, said)).en == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ('{"service":"lighting","zone":"north"}', "Several alerts: North · Lighting"),
        ('{"service":"gone","zone":"gone"}', "Several alerts: gone · gone"),
        ('{"label:site":"school","zone":null}', "Several alerts: site school"),
        ('{"domain":"energy"}', "Several alerts: Smart Energy"),
        ("{}", "Several alerts: Smart Energy"),
    ],
)
def test_several_alerts_are_called_by_what_they_share(key: str, expected: str) -> None:
    assert of_several(CITY, key, "energy")["en"] == expected


def test_a_domain_that_is_none_of_the_seven_is_called_as_it_is() -> None:
    assert of_several(CITY, "{}", "odd") == {
        "en": "Several alerts: odd",
        "th": "การแจ้งเตือนหลายรายการ: odd",
    }


def test_the_place_is_said_once() -> None:
    assert of_cause(CITY, {"en": "Feeder out in North", "th": "ดับ"}, "north") == {
        "en": "Feeder out in North",
        "th": "ดับ · เหนือ",
    }
    assert of_cause(CITY, TITLE, None) == TITLE
    assert of_cause(CITY, TITLE, "nowhere") == TITLE


def test_what_they_do_not_have_is_not_common() -> None:
    assert common_of('{"a":null,"b":"1"}') == {"b": "1"}
