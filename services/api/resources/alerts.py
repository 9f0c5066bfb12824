"""``alerts``: what is wrong, and what operators do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from devices.model import Domain
from services.api import shapes
from services.api.paging import bad_cursor, decode, encode, page
from services.api.parameters import Many, PageQuery, split_many
from services.api.routes import OPERATE, V1, Answer, Body, Call, NoQuery, Route

LONGEST_NOTE = 4_000

_Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_NOTE)]
_Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NOTE)]
_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class AlertsQuery(PageQuery):
    """Which alerts: any of each given parameter."""

    state: Annotated[tuple[shapes.StateName, ...], BeforeValidator(split_many)] = ()
    severity: Annotated[tuple[shapes.SeverityName, ...], BeforeValidator(split_many)] = ()
    domain: Annotated[tuple[Domain, ...], BeforeValidator(split_many)] = ()
    zone: Many = ()
    device: Many = ()
    rule: Many = Field((), description="`group/rule`.")
    service: Many = ()


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Acknowledge(_Written):
    """Somebody has seen it and is on it."""

    note: _Words = Field("", description="What the operator has to say.")


class Comment(_Written):
    """A remark for the history."""

    note: _Reason


class Assign(_Written):
    """Whose it is from now on."""

    to: _Name | None = Field(description="A name; null takes it from whoever has it.")


class Close(_Written):
    """Resolved by hand."""

    note: _Reason = Field(description="Why.")


async def list_alerts(call: Call[AlertsQuery, None]) -> Answer:
    """Alerts, newest first; all of them unless filtered."""
    query = call.query
    cursor = decode(query, str)
    try:
        found = await call.deps.alerts.alerts(filters=_filters(query), limit=query.limit, cursor=cursor)
    except ValueError as error:
        raise bad_cursor(str(error)) from None
    following = None if found.next is None else encode(query, found.next)
    return Answer(page(found.items, following))


def _filters(query: AlertsQuery) -> Mapping[str, Sequence[str]]:
    given: Mapping[str, Sequence[str]] = query.model_dump(mode="json", exclude={"limit", "cursor"})
    return {name: values for name, values in given.items() if values}


async def get_alert(call: Call[NoQuery, None]) -> Answer:
    """One alert with its history."""
    return Answer(await call.deps.alerts.alert(call.path("id")))


async def acknowledge(call: Call[NoQuery, Acknowledge]) -> Answer:
    """Say that somebody is on it."""
    alerts, who = call.deps.alerts, call.principal.name
    return Answer(await alerts.acknowledge(call.path("id"), by=who, note=call.body.note))


async def comment(call: Call[NoQuery, Comment]) -> Answer:
    """Write into its history."""
    alerts, who = call.deps.alerts, call.principal.name
    return Answer(await alerts.comment(call.path("id"), by=who, note=call.body.note))


async def assign(call: Call[NoQuery, Assign]) -> Answer:
    """Give it to somebody."""
    alerts, who = call.deps.alerts, call.principal.name
    return Answer(await alerts.assign(call.path("id"), by=who, to=call.body.to))


async def close(call: Call[NoQuery, Close]) -> Answer:
    """Resolve it by hand."""
    alerts, who = call.deps.alerts, call.principal.name
    return Answer(await alerts.close(call.path("id"), by=who, note=call.body.note))


def _operation(name: str, handler: Any, summary: str, body: Body[Any]) -> Route[Any, Any]:
    return Route(
        method="POST",
        path=f"{V1}/alerts/{{id}}/{name}",
        handler=handler,
        summary=summary,
        tag="alerts",
        roles=OPERATE,
        body=body,
        answer=shapes.AlertWithHistory,
        codes=("malformed_json", "invalid_body", "not_found", "conflict"),
        parameters={"id": "The alert's id."},
    )


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/alerts",
        handler=list_alerts,
        summary="Alerts, newest first",
        tag="alerts",
        query=AlertsQuery,
        answer=shapes.Alerts,
    ),
    Route(
        method="GET",
        path=f"{V1}/alerts/{{id}}",
        handler=get_alert,
        summary="One alert with its history",
        tag="alerts",
        answer=shapes.AlertWithHistory,
        codes=("not_found",),
        parameters={"id": "The alert's id."},
    ),
    _operation("acknowledge", acknowledge, "Say that somebody is on it", Body(Acknowledge, needed=False)),
    _operation("assign", assign, "Give it to somebody, or to nobody", Body(Assign)),
    _operation("comment", comment, "Write into its history", Body(Comment)),
    _operation("close", close, "Resolve it by hand, with a reason", Body(Close)),
)
