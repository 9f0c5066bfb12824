"""Notes for the public, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from services.bus.protocol import NoteChanged
from tests.unit.api.conftest import Api
from tests.unit.api.statusdoubles import START, note

TEXT = {"en": "A gateway lost its power.", "th": "เกตเวย์ไฟฟ้าดับ"}
NOTE = {"state": "investigating", "title": TEXT, "text": TEXT, "services": ["air-quality"]}


def there_are(api: Api, *notes: Any) -> None:
    api.told.kept = {one.id: one for one in notes}


async def test_a_note_is_written_updated_and_withdrawn(api: Api) -> None:
    answer = await api.call("POST", "notes", role="operator", json=NOTE | {"domain": "environment"})
    made = await answer.json()
    path = answer.headers["Location"]
    await api.clock.advance(60)

    told = {"state": "resolved", "text": TEXT, "number": made["number"], "ends_at": None}
    updated = await (await api.call("PUT", path, json=told)).json()
    withdrawn = await (await api.call("DELETE", f"{path}?number={updated['number']}")).json()

    assert answer.status == 201
    assert (made["by"], made["domain"], made["number"]) == ("a operator", "environment", 1)
    assert [one["state"] for one in updated["updates"]] == ["investigating", "resolved"]
    assert updated["title"] == TEXT
    assert withdrawn["withdrawn_at"] == updated["updated_at"]
    assert (await api.get("notes"))["items"] == []
    assert (await api.get(path))["withdrawn_at"] is not None


async def test_notes_come_newest_first_and_since_then(api: Api) -> None:
    there_are(api, *(note(n) for n in range(1, 6)))

    first = await api.get("notes", limit=2, role="viewer")
    rest = await api.get("notes", limit=9, cursor=first["next"])
    late = await api.get("notes", since=START + 4_000)

    assert [one["id"][-1] for one in first["items"] + rest["items"]] == ["5", "4", "3", "2", "1"]
    assert [one["id"][-1] for one in late["items"]] == ["5", "4"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"title": {"en": "Only English"}}, "title.th"),
        ({"title": {"en": "x" * 201, "th": "x"}}, "title.en"),
        ({"text": {"en": " ", "th": "x"}}, "text.en"),
        ({"state": "happy"}, "state"),
        ({"services": ["air-quality", "air-qualty"]}, "services[1]"),
        ({"services": "air-quality"}, "services"),
        ({"domain": "weather"}, "domain"),
        ({"incident": "x y"}, "incident"),
        ({"ends_at": "2026-01-06T00:00:00Z"}, "starts_at"),
        ({"starts_at": "2026-01-07T00:00:00Z", "ends_at": "2026-01-06T00:00:00Z"}, "ends_at"),
        ({"device": "aq-01"}, "device"),
    ],
)
async def test_what_is_wrong_with_a_note_is_told(api: Api, change: dict[str, Any], path: str) -> None:
    problem = await api.problem("POST", "notes", json=NOTE | change)

    assert (problem["status"], problem["code"]) == (422, "invalid_body")
    assert [error["path"] for error in problem["errors"]] == [path]


async def test_of_two_who_write_at_once_one_is_told_of_the_other(api: Api) -> None:
    there_are(api, note(1))
    path = f"notes/{note(1).id}"
    told = {"state": "identified", "text": TEXT, "number": 1}
    assert (await api.call("PUT", path, json=told)).status == 200

    second = await api.problem("PUT", path, json=told)
    withdrawing = await api.problem("DELETE", f"{path}?number=1")

    assert second["code"] == withdrawing["code"] == "conflict"
    assert "changed by a admin" in second["detail"]


async def test_a_withdrawn_note_is_past_changing(api: Api) -> None:
    there_are(api, note(1))
    path = f"notes/{note(1).id}"
    await api.call("DELETE", path)

    problem = await api.problem("PUT", path, json={"state": "resolved", "text": TEXT})

    assert problem["code"] == "conflict"
    assert "withdrawn by a admin" in problem["detail"]
    assert (await api.problem("GET", "notes/none"))["code"] == "not_found"


async def test_every_step_is_announced(api: Api) -> None:
    async with api.bus.subscribe(NoteChanged) as events:
        made = await (await api.call("POST", "notes", json=NOTE)).json()
        await api.call("PUT", f"notes/{made['id']}", json={"state": "resolved", "text": TEXT})
        await api.call("DELETE", f"notes/{made['id']}")
        heard = [event async for event, _ in _first(events, 3)]

    assert [(event.note["number"], event.note["withdrawn_at"] is None) for event in heard] == [
        (1, True),
        (2, True),
        (3, False),
    ]


async def _first(events: Any, count: int) -> Any:
    number = 0
    async for event in events:
        number += 1
        yield event, number
        if number == count:
            return
