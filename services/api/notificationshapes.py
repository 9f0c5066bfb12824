"""The shapes of answers about who is told: notifications, receivers, and where an alert would go."""

from __future__ import annotations

from typing import Any, Literal

from services.api.shapes import PageOf, Shape, Text, Time

NotificationState = Literal["waiting", "delivered", "failed", "digested"]
ReasonName = Literal["firing", "severity", "resolved", "repeat", "escalation", "digest", "test"]


class AlertNotification(Shape):
    """What a receiver was told of an alert over one of its channels, or is to be told.

    `error` is what went wrong last, `digest` the notification that told of it in its place.
    """

    receiver: str
    channel: str
    state: NotificationState
    reason: ReasonName
    created: Time
    delivered: Time | None
    attempts: int
    error: str | None
    digest: str | None


class Notification(AlertNotification):
    """A notification. `alerts` is how many alerts it tells of, `due` when it is tried next."""

    id: str
    incident: str | None
    alerts: int
    due: Time | None


class ReceiverChannel(Shape):
    """One way of reaching a receiver, and how it is doing.

    `id` tells it from another of the same `kind`. `state` is failing when the last attempt failed, limited
    while more waits than it may be told.
    """

    id: str
    kind: str
    state: Literal["ok", "failing", "limited"]
    waiting: int
    delivered: int
    failed: int
    last_error: str | None
    last_delivered: Time | None


class Receiver(Shape):
    """Somebody who can be told."""

    name: str
    title: Text
    channels: list[ReceiverChannel]


class ReceiverTest(Shape):
    """What became of a test: a notification for each channel, delivered, failed or still under way."""

    receiver: str
    items: list[Notification]


class Told(Shape):
    """One receiver hears of it `after` so many milliseconds; `every`: and again so often from then on."""

    after: int
    at: Time
    receiver: str
    title: Text
    channels: list[str]
    route: str
    reason: ReasonName
    every: int | None


class TriedRoute(Shape):
    """What a route makes of the alert. `why` says what keeps it from taking it.

    `muted_until`: before that it tells nobody. `closes`: then its hours end, and what nobody has acknowledged
    by then is routed anew.
    """

    route: str
    takes: bool
    why: Text | None
    muted_until: Time | None
    closes: Time | None


class HeldBack(Shape):
    """What keeps the alert from being told: `now`, or while what `reason` says is so."""

    kind: str
    id: str
    now: bool
    reason: Text
    until: Time | None
    by: str | None = None


class Explanation(Shape):
    """Who would hear of an alert, and when, while nobody acknowledges it.

    `alert` is the one that was asked about, with what followed from its rule and device.
    """

    alert: dict[str, Any]
    timeline: list[Told]
    routes: list[TriedRoute]
    held: list[HeldBack]


class Notifications(PageOf[Notification]):
    """Notifications, newest first."""


class Receivers(PageOf[Receiver]):
    """Receivers by name."""
