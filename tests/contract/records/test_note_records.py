"""Notes for the public, on each database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.store.records import Records
from services.store.records.notes import NoteRecord
from services.store.records.ulid import ulid

NOW = 1_767_546_000_000
TEXT = {"en": "A gateway lost its power.", "th": "เกตเวย์ไฟฟ้าดับ"}


def note(number: int, **fields: object) -> NoteRecord:
    at = NOW + number
    update = {"at": at, "by": "nok", "state": "investigating", "text": TEXT}
    record = NoteRecord(
        ulid(at, number),
        at,
        at,
        "investigating",
        TEXT,
        ["air-quality"],
        "environment",
        "01K",
        None,
        None,
        [update],
    )
    return replace(record, **fields)


async def test_a_note_is_kept_whole(records: Records) -> None:
    one = note(1, starts_at=NOW + 9, ends_at=NOW + 99)
    bare = note(2, services=[], domain=None, incident=None)
    for record in (one, bare):
        await records.notes.add(record)
        assert await records.notes.get(record.id) == record
    assert await records.notes.get("none") is None


async def test_of_two_who_change_it_at_once_one_does(records: Records) -> None:
    await records.notes.add(note(1))
    mine, yours = (
        replace(note(1), state=state, changes=2, updated_at=NOW + 9) for state in ("resolved", "monitoring")
    )
    assert await records.notes.change(mine)
    assert not await records.notes.change(yours)
    assert await records.notes.get(mine.id) == mine
    assert not await records.notes.change(note(5, changes=2))


async def test_the_list_is_what_changed_last_first_without_what_was_withdrawn(records: Records) -> None:
    first, second, third = note(1), note(2, updated_at=NOW + 3), note(3)
    gone = note(4, withdrawn=NOW + 9)
    for record in (first, second, third, gone):
        await records.notes.add(record)

    found, cursor = await records.notes.page(limit=1)
    rest, end = await records.notes.page(limit=2, cursor=cursor)

    assert [*found, *rest] == [third, second, first]
    assert end is None
    assert await records.notes.page(since=NOW + 3, limit=9) == ([third, second], None)
    for cursor in ("x", "5-x", "x-01K", f"-1-{ulid(NOW, 1)}"):
        with pytest.raises(ValueError, match="not one that a list of notes gave out"):
            await records.notes.page(limit=2, cursor=cursor)
