"""Silences, on each database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.runtime.ports import ConflictError
from services.store.records import Records
from services.store.records.silences import (
    SilenceRecord,
    SilenceRecords,
    adding_silence,
    changing_silence,
)
from services.store.records.ulid import ulid

NOW = 1_767_546_000_000
HOUR = 3_600_000


@pytest.fixture
def silences(records: Records) -> SilenceRecords:
    return SilenceRecords(records._database)


def silence(number: int, starts: int = 0, ends: int = HOUR) -> SilenceRecord:
    matcher = {"rules": ["air/*"], "labels": {"site": ["school"]}}
    name = ulid(NOW + number, number)
    return SilenceRecord(name, matcher, NOW + starts, NOW + ends, "ทำความสะอาด", "nok", NOW + number)


async def test_it_is_kept_as_it_was_given(records: Records, silences: SilenceRecords) -> None:
    one = replace(silence(1), ended_by="ann", replaces=silence(2).id, changed_by="ann", changed_at=NOW + 5)
    await records._database.write(adding_silence(one))
    assert await silences.get(one.id) == one
    assert await silences.get(silence(3).id) is None


async def test_live_are_those_that_are_not_over(records: Records, silences: SilenceRecords) -> None:
    past, active, pending = silence(1, -2 * HOUR, 0), silence(2), silence(3, HOUR, 2 * HOUR)
    for one in (pending, past, active):
        await records._database.write(adding_silence(one))
    assert await silences.live(NOW) == [active, pending]
    assert await silences.live(NOW + HOUR) == [pending]


async def test_the_list_is_newest_first_by_state_and_in_pages(
    records: Records, silences: SilenceRecords
) -> None:
    past, active, pending = silence(1, -2 * HOUR, 0), silence(2), silence(3, HOUR, 2 * HOUR)
    never = silence(4, 0, 0)
    for one in (past, active, pending, never):
        await records._database.write(adding_silence(one))
    first, cursor = await silences.page(now=NOW, limit=3)
    assert (first, cursor) == ([never, pending, active], active.id)
    assert await silences.page(now=NOW, limit=3, cursor=cursor) == ([past], None)
    assert await silences.page(["active"], now=NOW, limit=9) == ([active], None)
    assert await silences.page(["pending", "expired"], now=NOW, limit=9) == ([never, pending, past], None)
    with pytest.raises(ValueError, match=r"state can't be over \(allowed: pending, active, expired\)"):
        await silences.page(["over"], now=NOW, limit=9)
    with pytest.raises(ValueError, match="not one that a list of silences gave out"):
        await silences.page(now=NOW, limit=9, cursor="1; DROP")


async def test_of_two_changes_one_wins_and_the_other_is_told_by_whom(
    records: Records, silences: SilenceRecords
) -> None:
    one = silence(1)
    await records._database.write(adding_silence(one))
    anns = replace(one, reason="rain", changes=2, changed_by="ann", changed_at=NOW + 1)
    noks = replace(one, reason="wind", changes=2, changed_by="nok", changed_at=NOW + 2)
    await records._database.write(changing_silence(anns))
    with pytest.raises(ConflictError, match=r"was changed by ann at 2026-01-04T17:00:00.001Z"):
        await records._database.write(changing_silence(noks))
    assert await silences.get(one.id) == anns
    over = replace(anns, ends_at=NOW + 3, ended_by="ann", changes=3, changed_at=NOW + 3)
    await records._database.write(changing_silence(over))
    with pytest.raises(ConflictError, match="was ended by ann"):
        await records._database.write(changing_silence(replace(anns, changes=3)))


async def test_what_a_conflict_undoes_is_not_there(records: Records, silences: SilenceRecords) -> None:
    one, new = silence(1), silence(2)
    await records._database.write(adding_silence(one))

    def both(connection: object) -> None:
        adding_silence(new)(connection)  # type: ignore[arg-type]
        changing_silence(replace(one, changes=5))(connection)  # type: ignore[arg-type]

    with pytest.raises(ConflictError):
        await records._database.write(both)
    assert await silences.get(new.id) is None
