"""Lists of which the first few items are in memory, and the others in the store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from services.runtime.ports import Page

_FIRST = "first-"

Rest = Callable[[int, "str | None"], Awaitable[Page]]
"""A page of what is in the store: at most so many, after a cursor of its own."""


async def after_first(
    first: Sequence[Mapping[str, Any]], rest: Rest, *, limit: int, cursor: str | None
) -> Page:
    """A page of both, ``first`` before the ``rest``.

    Raises:
        ValueError: a cursor that this list did not give out.
    """
    if cursor is not None and not cursor.startswith(_FIRST):
        return await rest(limit, cursor)
    begin = 0 if cursor is None else _place(cursor)
    shown = first[begin : begin + limit]
    left = limit - len(shown)
    if not left:
        return Page(shown, f"{_FIRST}{begin + limit}")
    found = await rest(left, None)
    return Page([*shown, *found.items], found.next)


def _place(cursor: str) -> int:
    place = cursor.removeprefix(_FIRST)
    if not (place.isascii() and place.isdecimal() and len(place) < 10):
        raise ValueError("the cursor is not one that this list gave out")
    return int(place)
