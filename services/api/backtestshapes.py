"""The shape of a backtest's answer, for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from services.api.shapes import Scalar, SeverityName, Shape, Time


class BacktestRule(Shape):
    """What one rule did; `per_day` counts what fired on each day of the city."""

    rule: str
    fired: int
    firing_seconds: float
    mode: Literal["live", "shadow"]
    first: Time | None
    last: Time | None
    per_day: dict[str, int]


class BacktestAlert(Shape):
    """An alert that would have fired. `ends_at` is null when it still fired at the end."""

    rule: str
    device: str | None
    zone: str
    severity: SeverityName
    starts_at: Time
    ends_at: Time | None
    fired_at: Time
    service: str | None
    value: Scalar | None
    threshold: Scalar | None
    window: str | None


class Backtest(Shape):
    """What rules would have done. `from` and `to` are the span that was played.

    `scores` are rows of time, device, metric, value, expected, low, high and score.
    """

    readings: int
    refused: int
    seconds: float
    from_: Time | None = Field(alias="from")
    to: Time | None
    rules: list[BacktestRule]
    alerts: list[BacktestAlert]
    refusals: dict[str, Any]
    scores: list[list[Any]] | None = None
