"""What operators tell the public: what a note must have, and what is left out of it."""

from __future__ import annotations

from typing import Any

import pytest

from services.runtime.ports import InvalidError
from services.status.notes import (
    LONGEST_TEXT,
    MOST_SERVICES,
    MOST_UPDATES,
    added,
    mistakes,
    note_document,
    updated,
    withdrawn,
)
from tests.support.smallcity import small_city

CITY = small_city().city
NOW = 1_767_546_000_000
TEXT = {"en": " A gateway lost its power. ", "th": "เกตเวย์ไฟฟ้าดับ"}
NOTE: dict[str, Any] = {"state": "investigating", "title": TEXT, "text": TEXT, "services": ["power", "power"]}


def a_note(**fields: Any) -> Any:
    return added(CITY, NOTE | fields, by="nok", now=NOW, rest=1)


def test_a_note_is_as_it_was_written() -> None:
    document = note_document(a_note(domain="energy", incident="01K"))

    assert document["title"] == {"en": "A gateway lost its power.", "th": "เกตเวย์ไฟฟ้าดับ"}
    assert document["services"] == ["power"]
    assert (document["number"], document["by"], document["withdrawn_at"]) == (1, "nok", None)
    assert document["updates"] == [
        {
            "at": "2026-01-04T17:00:00.000Z",
            "state": "investigating",
            "text": document["title"],
            "by": "nok",
        }
    ]


def test_it_goes_on_by_updates_and_keeps_what_is_not_said_anew() -> None:
    told = {"state": "identified", "text": {"en": "Found.", "th": "พบแล้ว"}, "services": [], "title": None}

    after = updated(CITY, a_note(domain="energy"), told, by="lek", now=NOW + 5)

    assert (after.state, after.domain, after.services, after.changes) == ("identified", "energy", [], 2)
    assert after.title == a_note().title
    assert [(one["by"], one["state"]) for one in after.updates] == [
        ("nok", "investigating"),
        ("lek", "identified"),
    ]
    assert note_document(after)["by"] == "nok"


def test_a_clock_that_was_set_back_does_not_turn_a_note_back() -> None:
    after = updated(CITY, a_note(), {"state": "resolved", "text": TEXT}, by="lek", now=NOW - 60_000)

    assert after.updated_at == NOW
    assert after.updates[-1]["at"] == NOW


def test_who_withdrew_it_is_kept_and_not_told() -> None:
    gone = withdrawn(a_note(), by="lek", now=NOW + 5)

    assert (gone.withdrawn, gone.changes, gone.updates[-1]["by"]) == (NOW + 5, 2, "lek")
    assert len(note_document(gone)["updates"]) == 1
    assert note_document(gone)["withdrawn_at"] == "2026-01-04T17:00:00.005Z"


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"title": None}, "title"),
        ({"text": {"en": "Found."}}, "text.th"),
        ({"text": {"en": "x" * (LONGEST_TEXT + 1), "th": "x"}}, "text.en"),
        ({"state": "happy"}, "state"),
        ({"services": ["powr"]}, "services[0]"),
        ({"services": ["power"] * (MOST_SERVICES + 1)}, "services"),
        ({"domain": "weather"}, "domain"),
        ({"incident": "x" * 65}, "incident"),
        ({"ends_at": NOW}, "starts_at"),
        ({"starts_at": NOW, "ends_at": NOW}, "ends_at"),
    ],
)
def test_every_mistake_has_its_place(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidError) as caught:
        a_note(**fields)

    assert [error["path"] for error in caught.value.errors] == [path]


def test_all_mistakes_are_told_together() -> None:
    found = mistakes(CITY, {"state": "happy", "services": ["powr"]}, ("state", "title", "text"))

    assert [one["path"] for one in found] == ["title", "text", "state", "services[0]"]
    assert "did you mean power?" in str(found[-1]["message"])


def test_a_note_has_an_end() -> None:
    note = a_note()
    for number in range(MOST_UPDATES - 1):
        note = updated(CITY, note, {"state": "monitoring", "text": TEXT}, by="nok", now=NOW + number)

    with pytest.raises(InvalidError, match="write a new one"):
        updated(CITY, note, {"state": "resolved", "text": TEXT}, by="nok", now=NOW)
