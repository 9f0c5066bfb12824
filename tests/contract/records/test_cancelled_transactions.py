"""A caller who is cancelled leaves neither half a transaction behind, nor a lock."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from services.store.errors import StoreRefusedError
from services.store.records import Records
from services.store.records.quarantine import QuarantineEntry

BATCH = 400


def batch(number: int) -> list[QuarantineEntry]:
    return [
        QuarantineEntry(number, index, 1_767_546_000_000, "t", "wrong_type", b"{}") for index in range(BATCH)
    ]


async def test_a_cancelled_write_is_whole_and_lets_the_next_one_in(records: Records) -> None:
    for number in range(60):
        writing = asyncio.create_task(records.quarantine.add(batch(number)))
        for _ in range(number):
            await asyncio.sleep(0)
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing
        await records.settings.put("after", number)
        assert await records.quarantine.count() % BATCH == 0
        assert await records.settings.get("after") == number


async def test_one_that_is_cancelled_again_and_again_still_ends(records: Records) -> None:
    writing = asyncio.create_task(records.quarantine.add(batch(1)))
    for _ in range(30):
        await asyncio.sleep(0)
        writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await records.quarantine.count() == BATCH


async def test_a_failure_after_the_caller_went_disturbs_nobody(records: Records) -> None:
    broken = QuarantineEntry(1, 1, 1_767_546_000_000, "t", code=None, payload=b"")  # type: ignore[arg-type]
    writing = asyncio.create_task(records.quarantine.add([broken]))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    with pytest.raises(StoreRefusedError):
        await records.quarantine.add([broken])
    await records.quarantine.add(batch(2))
    assert await records.quarantine.count() == BATCH
