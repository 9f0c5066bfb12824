"""Lists that begin in memory and go on in the store are paged like any other."""

from __future__ import annotations

from typing import Any

import pytest

from services.alerts.desks.paging import after_first
from services.runtime.ports import Page

STORED = [{"id": f"s{number}"} for number in range(5)]


async def stored(most: int, after: str | None) -> Page:
    begin = 0 if after is None else int(after)
    following = str(begin + most) if begin + most < len(STORED) else None
    return Page(STORED[begin : begin + most], following)


@pytest.mark.parametrize("first", [0, 1, 3, 4])
@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_every_item_comes_once_and_no_page_is_too_long(first: int, limit: int) -> None:
    held = [{"id": f"h{number}"} for number in range(first)]
    seen: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = await after_first(held, stored, limit=limit, cursor=cursor)
        assert len(page.items) <= limit
        seen += [dict(item) for item in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [*held, *STORED]


@pytest.mark.parametrize("cursor", ["first-", "first-x", "first--1", "first-" + "9" * 20])
async def test_a_cursor_of_nobodys_is_refused(cursor: str) -> None:
    with pytest.raises(ValueError, match="not one that this list gave out"):
        await after_first([], stored, limit=1, cursor=cursor)
