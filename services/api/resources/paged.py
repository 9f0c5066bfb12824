"""Lists that a port pages through: filters in, cursor in and out."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from services.api.paging import bad_cursor, decode, encode, page
from services.api.parameters import PageQuery
from services.api.routes import Answer
from services.runtime.ports import NotFoundError, Page

P = TypeVar("P")


class Listing(Protocol):
    """A list of a port."""

    def __call__(
        self, *, filters: Mapping[str, Sequence[str]], limit: int, cursor: str | None
    ) -> Awaitable[Page]: ...


async def listed(query: PageQuery, listing: Listing) -> Answer:
    """The page that a query asks for.

    Raises:
        ProblemError: the cursor is none of this list's.
    """
    cursor = decode(query, str)
    try:
        found = await listing(filters=filters_of(query), limit=query.limit, cursor=cursor)
    except ValueError as error:
        raise bad_cursor(str(error)) from None
    return Answer(page(found.items, None if found.next is None else encode(query, found.next)))


def filters_of(query: PageQuery) -> Mapping[str, Sequence[str]]:
    """The parameters that were given, as text; booleans are true and false."""
    given: Mapping[str, Any] = query.model_dump(mode="json", exclude={"limit", "cursor"})
    return {
        name: [str(value).lower()] if isinstance(value, bool) else value
        for name, value in given.items()
        if value or value is False
    }


def here(port: P | None, what: str = "no alerts run here") -> P:
    """The port of what is asked for; ``what`` tells why there is none.

    Raises:
        NotFoundError: this process does not run it.
    """
    if port is None:
        raise NotFoundError(what)
    return port
