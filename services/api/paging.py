"""Pages and cursors. A cursor is opaque, and good only for the list and parameters that gave it out."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar

import orjson
from pydantic import Field, TypeAdapter, ValidationError

from services.api.parameters import PageQuery
from services.api.problems import ProblemError, bad_parameter

T = TypeVar("T")

Count = Annotated[int, Field(ge=0, lt=1 << 49)]
"""A number, or a moment in ms, as a cursor holds it: nobody makes a store reckon with any other."""


def page(items: Sequence[Mapping[str, Any]], cursor: str | None) -> dict[str, Any]:
    """One page of a list, in the contract's shape."""
    return {"items": items, "next": cursor}


def page_of(items: Sequence[Mapping[str, Any]], query: PageQuery) -> dict[str, Any]:
    """The page that a query asks for, of a list that is at hand as a whole and does not move."""
    start = decode(query, Count) or 0
    end = start + query.limit
    return page(items[start:end], encode(query, end) if end < len(items) else None)


def encode(query: PageQuery, key: Any) -> str:
    """A cursor of this query. ``key`` is JSON-ready: where the next page begins."""
    text = orjson.dumps([_digest(query), key])
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def decode(query: PageQuery, kind: type[T]) -> T | None:
    """The key in the query's cursor, None without one.

    Raises:
        ProblemError: not a cursor of this list, or one of other parameters.
    """
    if query.cursor is None:
        return None
    try:
        padded = query.cursor.encode("ascii") + b"=" * (-len(query.cursor) % 4)
        digest, key = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        found = TypeAdapter(kind).validate_python(key)
    except (UnicodeEncodeError, binascii.Error, ValueError, TypeError, ValidationError):
        raise bad_cursor() from None
    if digest != _digest(query):
        raise bad_cursor("it belongs to another list, or to other parameters")
    return found


def bad_cursor(why: str = "it is not one that this list gave out") -> ProblemError:
    """The cursor is none of ours."""
    return bad_parameter("cursor", why, "the `next` of the page before, with the same parameters")


def _digest(query: PageQuery) -> str:
    parameters = query.model_dump(mode="json", exclude={"cursor", "limit"})
    text = orjson.dumps([type(query).__name__, parameters], option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(text, digest_size=6).hexdigest()
