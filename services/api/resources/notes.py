"""``notes``: what operators tell the public on the status page."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from devices.model import Domain
from services.api import noteshapes
from services.api.paging import bad_cursor, decode, encode, page
from services.api.parameters import Moment, PageQuery, Query
from services.api.resources.operatorbodies import LONGEST_NAME, LONGEST_NOTE, Step, Written
from services.api.resources.paged import here
from services.api.routes import OPERATE, V1, Answer, Body, Call, NoQuery, Route

MOST_SERVICES = 100
_NOTHING = "no notes for the public are kept here"
_Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME)]
_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NOTE)]
_Services = Annotated[tuple[str, ...], Field(max_length=MOST_SERVICES)]
_Incident = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{1,64}$")]


class NotesQuery(PageQuery):
    """Which notes."""

    since: Moment | None = Field(None, description="Only those changed then or later.")


class WithdrawQuery(Query):
    """What of the note its operator saw."""

    number: int | None = Field(
        None, ge=0, lt=1 << 31, description="The note's `number`: refused when it has changed since (409)."
    )


class NoteTitleForm(Written):
    """In a few words, in both languages."""

    en: _Title
    th: _Title


class NoteTextForm(Written):
    """What the public is told, in both languages; line breaks stay."""

    en: _Words
    th: _Words


class NoteForm(Written):
    """What is told. Everybody can read all of it: name no person and no device."""

    state: noteshapes.NoteState
    title: NoteTitleForm
    text: NoteTextForm
    services: _Services = Field((), description="The services that it is about.")
    domain: Domain | None = Field(None, description="The domain, for a note about all of it.")
    incident: _Incident | None = Field(None, description="The incident that it goes with; not public.")
    starts_at: Moment | None = Field(None, description="When planned work begins.")
    ends_at: Moment | None = Field(None, description="When it ends.")


class NoteUpdateForm(Step):
    """How it went on. What else is given stands in place of what was said before."""

    state: noteshapes.NoteState
    text: NoteTextForm
    title: NoteTitleForm | None = None
    services: _Services | None = None
    domain: Domain | None = None
    incident: _Incident | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None


async def list_notes(call: Call[NotesQuery, None]) -> Answer:
    """Notes, the last changed first."""
    query, cursor = call.query, decode(call.query, str)
    port = here(call.deps.notes, _NOTHING)
    try:
        found = await port.notes(since=query.since, limit=query.limit, cursor=cursor)
    except ValueError as error:
        raise bad_cursor(str(error)) from None
    return Answer(page(found.items, None if found.next is None else encode(query, found.next)))


async def get_note(call: Call[NoQuery, None]) -> Answer:
    """One note."""
    return Answer(await here(call.deps.notes, _NOTHING).note(call.path("id")))


async def add_note(call: Call[NoQuery, NoteForm]) -> Answer:
    """Tell something new."""
    port = here(call.deps.notes, _NOTHING)
    made = await port.add_note(_said(call.body), by=call.principal.name)
    return Answer(made, status=201, headers={"Location": f"{V1}/notes/{made['id']}"})


async def update_note(call: Call[NoQuery, NoteUpdateForm]) -> Answer:
    """Tell how it went on."""
    port, who, number = here(call.deps.notes, _NOTHING), call.principal.name, call.body.number
    return Answer(await port.update_note(call.path("id"), _said(call.body), by=who, number=number))


async def withdraw_note(call: Call[WithdrawQuery, None]) -> Answer:
    """Take it off the page."""
    port, number = here(call.deps.notes, _NOTHING), call.query.number
    return Answer(await port.withdraw_note(call.path("id"), by=call.principal.name, number=number))


def _said(body: NoteForm | NoteUpdateForm) -> dict[str, Any]:
    return body.model_dump(mode="json", exclude={"number"})


_WRITTEN = ("malformed_json", "invalid_body", "not_found", "unavailable", "store_refused")
_ID = {"id": "The note's id."}

ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/notes",
        handler=list_notes,
        summary="What the public is told, the last changed first",
        tag="status",
        query=NotesQuery,
        answer=noteshapes.Notes,
        codes=("not_found", "unavailable", "store_refused"),
    ),
    Route(
        method="POST",
        path=f"{V1}/notes",
        handler=add_note,
        summary="Tell the public something",
        tag="status",
        roles=OPERATE,
        body=Body(NoteForm),
        answer=noteshapes.Note,
        status=201,
        codes=_WRITTEN,
    ),
    Route(
        method="GET",
        path=f"{V1}/notes/{{id}}",
        handler=get_note,
        summary="One note, also when it was withdrawn",
        tag="status",
        answer=noteshapes.Note,
        codes=("not_found", "unavailable", "store_refused"),
        parameters=_ID,
    ),
    Route(
        method="PUT",
        path=f"{V1}/notes/{{id}}",
        handler=update_note,
        summary="Tell the public how it went on",
        tag="status",
        roles=OPERATE,
        body=Body(NoteUpdateForm),
        answer=noteshapes.Note,
        codes=(*_WRITTEN, "conflict"),
        parameters=_ID,
    ),
    Route(
        method="DELETE",
        path=f"{V1}/notes/{{id}}",
        handler=withdraw_note,
        summary="Take a note off the public page; the records keep it",
        tag="status",
        roles=OPERATE,
        query=WithdrawQuery,
        answer=noteshapes.Note,
        codes=("not_found", "conflict", "unavailable", "store_refused"),
        parameters=_ID,
    ),
)
