"""``notifications`` and ``receivers``: what was told to whom, for those who act on alerts.

Who is called at night is nobody else's business, and an error may name a host.
"""

from __future__ import annotations

from typing import Annotated, Any

import structlog
from pydantic import BeforeValidator, Field

from services.api import notificationshapes
from services.api.paging import page_of
from services.api.parameters import Many, PageQuery, split_many
from services.api.resources.paged import here, listed
from services.api.routes import OPERATE, V1, Answer, Call, NoQuery, Route

log = structlog.get_logger(__name__)


class NotificationsQuery(PageQuery):
    """Which notifications: any of each given parameter."""

    receiver: Many = ()
    channel: Many = Field((), description="Kinds of channels, such as `email`.")
    state: Annotated[tuple[notificationshapes.NotificationState, ...], BeforeValidator(split_many)] = ()
    incident: Many = Field((), description="Ids of incidents.")
    alert: Many = Field((), description="Ids of alerts that were told of.")


async def list_notifications(call: Call[NotificationsQuery, None]) -> Answer:
    """Notifications, newest first."""
    return await listed(call.query, here(call.deps.notifications).notifications)


async def list_receivers(call: Call[PageQuery, None]) -> Answer:
    """Who can be told, and how their channels are doing."""
    return Answer(page_of(await here(call.deps.notifications).receivers(), call.query))


async def test_receiver(call: Call[NoQuery, None]) -> Answer:
    """Tell a receiver over each of its channels that this is a test."""
    name, who = call.path("name"), call.principal.name
    told = await here(call.deps.notifications).test_receiver(name, by=who)
    log.info("a receiver was tested", receiver=name, by=who)
    return Answer({"receiver": name, "items": told})


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/notifications",
        handler=list_notifications,
        summary="What was told to whom, newest first",
        tag="notifications",
        roles=OPERATE,
        query=NotificationsQuery,
        answer=notificationshapes.Notifications,
        codes=("not_found",),
    ),
    Route(
        method="GET",
        path=f"{V1}/receivers",
        handler=list_receivers,
        summary="Who can be told, and how their channels are doing",
        tag="notifications",
        roles=OPERATE,
        query=PageQuery,
        answer=notificationshapes.Receivers,
        codes=("not_found",),
    ),
    Route(
        method="POST",
        path=f"{V1}/receivers/{{name}}/test",
        handler=test_receiver,
        summary="Tell a receiver over each of its channels that this is a test",
        tag="notifications",
        roles=OPERATE,
        answer=notificationshapes.ReceiverTest,
        codes=("not_found", "conflict", "unavailable"),
        parameters={"name": "The receiver's name."},
    ),
)
