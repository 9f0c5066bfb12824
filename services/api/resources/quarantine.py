"""``quarantine``: what was refused, why, and how much of it for the same reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from devices.refusal import Code
from services.api import telemetryshapes
from services.api.paging import bad_cursor, decode, encode, page
from services.api.parameters import Many, Moment, PageQuery, Query, split_many
from services.api.problems import bad_parameter
from services.api.routes import INTEGRATE, V1, Answer, Call, NoQuery, Route
from services.runtime.ports import NotFoundError
from services.store.records.quarantine import QuarantineFilter, key_of

SHOWN = 8_192
"""Bytes of a payload that a list shows; one entry by itself comes with all that is kept."""

_MOST_WORDS = 8


def few_words(text: str | None) -> str | None:
    """What is searched, when it is not too much.

    Raises:
        ValueError: too many words.
    """
    if text is not None and len(text.split()) > _MOST_WORDS:
        raise ValueError(f"must have {_MOST_WORDS} words at most")
    return text


Words = Annotated[str | None, AfterValidator(few_words)]
Codes = Annotated[tuple[Code, ...], BeforeValidator(split_many)]


class Selected(Query):
    """Which entries: what lists, the export and the replay can all be asked for."""

    device: Many = ()
    code: Codes = ()
    topic: str | None = Field(None, description="What the topic begins with.")
    path: Many = Field((), description="Of the mistake: pm25 is values.pm25 too, [].lat is any place.")
    contract: Many = Field((), description="Type and version; without a version any of them.")
    cause: Many = Field((), description="The `cause` of a group.")
    q: Words = Field(
        None,
        max_length=200,
        description="Words that must all occur in the payload, the path, what was expected, the topic or the "
        "device. It is looked for in every payload: give a time too where there are many.",
    )
    start: Moment | None = Field(None, description="Received at or after.")
    end: Moment | None = Field(None, description="Received before.")


class Listed(Selected):
    """Which entries, those that were replayed among them."""

    replayed: bool | None = Field(None, description="Accepted after all, or not.")


class QuarantineQuery(Listed, PageQuery):
    """A page of entries."""


class CausesQuery(Listed, PageQuery):
    """A page of groups."""


def meant(
    query: Selected, replayed: bool | None, *, wrong: Callable[[str, str, str], Exception] = bad_parameter
) -> QuarantineFilter:
    """The entries that a query selects. ``wrong`` makes the error of a field, a message and what is allowed.

    Raises:
        ProblemError: a cause is none.
    """
    causes = [key_of(cause) for cause in query.cause]
    if None in causes:
        raise wrong("cause", "is none", "the cause of a group")
    return QuarantineFilter(
        devices=query.device,
        codes=[code.value for code in query.code],
        topic=query.topic,
        paths=query.path,
        contracts=query.contract,
        causes=[cause for cause in causes if cause is not None],
        words=(query.q or "").split(),
        start=query.start,
        end=query.end,
        replayed=replayed,
    )


async def list_quarantine(call: Call[QuarantineQuery, None]) -> Answer:
    """Refused readings, newest first."""
    query = call.query
    cursor = decode(query, str)
    try:
        entries, following = await call.deps.quarantine.page(
            limit=query.limit, cursor=cursor, where=meant(query, query.replayed), shown=SHOWN
        )
    except ValueError as error:
        raise bad_cursor(str(error)) from None
    bodies = [entry.body for entry in entries]
    return Answer(page(bodies, None if following is None else encode(query, following)))


Key = Annotated[int, Field(ge=0, lt=1 << 63)]


async def list_causes(call: Call[CausesQuery, None]) -> Answer:
    """Refused readings by cause, the largest group first."""
    query = call.query
    after = decode(query, tuple[Key, Key])
    where = meant(query, query.replayed)
    groups, following = await call.deps.quarantine.causes(limit=query.limit, after=after, where=where)
    bodies = [group.body for group in groups]
    return Answer(page(bodies, None if following is None else encode(query, following)))


async def get_quarantined(call: Call[NoQuery, None]) -> Answer:
    """One entry."""
    entry = await call.deps.quarantine.get(call.path("id"))
    if entry is None:
        raise no_entry(call.path("id"))
    return Answer(entry.body)


def no_entry(entry_id: str) -> NotFoundError:
    """There is no such entry."""
    return NotFoundError(f"no entry {entry_id!r} is in quarantine, or it is kept no more")


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/quarantine",
        handler=list_quarantine,
        summary="Refused readings, newest first",
        tag="telemetry",
        roles=INTEGRATE,
        query=QuarantineQuery,
        answer=telemetryshapes.Quarantined,
        codes=("unavailable", "store_refused"),
    ),
    Route(
        method="GET",
        path=f"{V1}/quarantine/causes",
        handler=list_causes,
        summary="Refused readings by their reason, the largest group first",
        tag="telemetry",
        roles=INTEGRATE,
        query=CausesQuery,
        answer=telemetryshapes.Causes,
        codes=("unavailable", "store_refused"),
    ),
)
ENTRY: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/quarantine/{{id}}",
        handler=get_quarantined,
        summary="One refused reading",
        tag="telemetry",
        roles=INTEGRATE,
        answer=telemetryshapes.Quarantine,
        codes=("not_found", "unavailable", "store_refused"),
        parameters={"id": "The entry's id."},
    ),
)
"""Stands after the paths that have a name of their own in the place of the id."""
