"""The shape of answers about deadlines: how soon alerts were told and taken up."""

from __future__ import annotations

from typing import Literal

from devices.model import Domain
from services.api.shapes import PageOf, Shape, Time

StageName = Literal[
    "taken_to_received",
    "received_to_fired",
    "fired_to_persisted",
    "persisted_to_delivered",
    "received_to_delivered",
    "delivered_to_notified",
    "delivered_to_acknowledged",
]


class Stage(Shape):
    """How long a stage took.

    `count` spans were measured; `p50`, `p90`, `p99` and `max` are seconds, null when there was none. `target`
    is the share that kept within the city's target, null where it has none. `domain` is null for all.
    """

    domain: Domain | None
    stage: StageName
    count: int
    p50: float | None
    p90: float | None
    p99: float | None
    max: float | None
    target: float | None


class Deadlines(PageOf[Stage]):
    """How long each stage took, by domain; `all` is the whole city."""

    start: Time
    end: Time
    all: list[Stage]
