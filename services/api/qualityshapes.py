"""The shapes of answers about the quality of data, for the OpenAPI document."""

from __future__ import annotations

from typing import Literal

from devices.model import Domain
from services.api.shapes import PageOf, Shape, Time

ProblemName = Literal["stuck", "clock", "incomplete", "gaps", "refused"]


class Gap(Shape):
    """A time without a reading. `end` is null while it goes on."""

    start: Time
    end: Time | None


class Gaps(Shape):
    """Times without a reading, longer than three intervals. `longest` is in seconds."""

    count: int
    longest: int
    last: Gap | None


class StuckMetric(Shape):
    """A number that usually moves, and since when it has not."""

    type: str
    metric: str
    since: Time


class ClockQuality(Shape):
    """A device's clock. `offset` is in seconds, below 0 when it is ahead; `drift` in seconds a day."""

    state: Literal["right", "ahead", "behind", "unknown"]
    offset: float | None
    drift: float | None


class Quality(Shape):
    """How good the data of a device is since `since`, at most a day. `completeness` is null until it can be
    told."""

    device: str
    zone: str
    domain: Domain
    service: str | None
    since: Time
    expected: int
    received: int
    completeness: float | None
    refused: int
    gaps: Gaps
    stuck: list[StuckMetric]
    clock: ClockQuality
    problems: list[ProblemName]


class Qualities(PageOf[Quality]):
    """Devices by id."""
