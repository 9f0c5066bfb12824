"""Facts behind statuses, on each database."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.store.records import Records
from services.store.records.facts import StatusFactRecord, StatusFactRecords

NOW = 1_767_546_000_000


@pytest.fixture
def facts(records: Records) -> StatusFactRecords:
    return records.status_facts


def fact(at: int, kind: str = "hearing", subject: str = "", value: Any = True) -> StatusFactRecord:
    return StatusFactRecord(NOW + at, kind, subject, value)


def plain(found: list[StatusFactRecord]) -> list[StatusFactRecord]:
    return [replace(one, seq=0) for one in found]


async def test_facts_are_read_by_kind_and_span(facts: StatusFactRecords) -> None:
    first, second, third = fact(1, value={"a": [1, None]}), fact(2, value=False), fact(3, value=None)
    await facts.add([first, second, third, fact(2, "banded", "air", [])])
    found = await facts.span(["hearing"], start=NOW + 1, end=NOW + 3, limit=10)
    assert plain(found) == [first, second]
    assert len(await facts.span(["hearing", "banded"], start=NOW, end=NOW + 10, limit=10)) == 4
    assert await facts.span(["nothing"], start=NOW, end=NOW + 10, limit=10) == []


async def test_a_span_is_read_in_pieces(facts: StatusFactRecords) -> None:
    written = [fact(at // 2, subject=f"{at}") for at in range(7)]
    await facts.add(written)
    found: list[StatusFactRecord] = []
    after = None
    while few := await facts.span(["hearing"], start=NOW, end=NOW + 10, after=after, limit=2):
        found += few
        after = few[-1].at, few[-1].seq
    assert plain(found) == written


async def test_what_held_is_the_last_of_each(facts: StatusFactRecords) -> None:
    await facts.add(
        [fact(1, "surveyed", "air", 1), fact(2, "surveyed", "air", 2), fact(3, "surveyed", "air")]
    )
    await facts.add([fact(2, "surveyed", "air", 22), fact(1, "surveyed", "noise", 9), fact(1, value=False)])
    held = await facts.held(["surveyed"], NOW + 3)
    assert [(one.subject, one.value) for one in held] == [("noise", 9), ("air", 22)]
    assert await facts.held(["surveyed"], NOW + 1) == []


async def test_the_last_of_a_kind(facts: StatusFactRecords) -> None:
    assert await facts.last("hearing") is None
    await facts.add([fact(5, value=1), fact(7, value=2), fact(6, value=3)])
    last = await facts.last("hearing")
    assert last is not None
    assert last.value == 2


async def test_old_facts_go_but_for_the_state_that_they_left(facts: StatusFactRecords) -> None:
    await facts.add(
        [fact(1), fact(2), fact(3), fact(4), fact(1, "banded", "air"), fact(1, "banded", "noise")]
    )
    assert await facts.trim(NOW + 4, limit=1) == 1
    assert await facts.trim(NOW + 4) == 1
    assert await facts.trim(NOW + 4) == 0
    left = await facts.span(["hearing", "banded"], start=0, end=NOW * 2, limit=10)
    assert sorted((one.kind, one.at - NOW) for one in left) == [
        ("banded", 1),
        ("banded", 1),
        ("hearing", 3),
        ("hearing", 4),
    ]
