"""The shapes of answers about alerts: what they are, how they stand, and what happened to them."""

from __future__ import annotations

from typing import Any, Literal

from devices.model import Domain
from services.api.notificationshapes import AlertNotification
from services.api.shapes import PageOf, Scalar, SeverityName, Shape, StateName, Text, Time

ChangeName = Literal[
    "pending",
    "firing",
    "severity",
    "resolved",
    "inactive",
    "acknowledged",
    "unacknowledged",
    "assigned",
    "commented",
    "closed",
    "reopened",
    "recurred",
    "flapping",
    "held",
    "joined",
    "caused",
    "suppressed",
    "unsuppressed",
]


class Acknowledgement(Shape):
    """Who acknowledged, when, with what words."""

    by: str
    at: Time
    note: str


class Suppression(Shape):
    """Why nobody outside is told.

    `id` is the silence, the maintenance window, the inhibition or, under `cause`, the alert; `by` who set it
    up, null for Nakhon. `until` is null where nobody can tell.
    """

    kind: Literal["silence", "maintenance", "inhibition", "cause"]
    id: str
    by: str | None
    reason: Text
    until: Time | None


class AlertEvidence(Shape):
    """The arithmetic behind an alert. What else its kind of rule has to say stands beside these keys."""

    metric: str | None
    value: Scalar | None
    window: str | None
    threshold: Scalar | None
    readings: list[dict[str, Any]]


class AlertTimes(Shape):
    """When it was taken, received, fired, persisted, delivered.

    `notified`: when a receiver was told first. `acknowledged`: when somebody was on it.
    """

    taken: Time | None
    received: Time | None
    fired: Time | None
    persisted: Time | None
    delivered: Time | None
    notified: Time | None
    acknowledged: Time | None


class Alert(Shape):
    """An alert.

    `number` is its last step: sent along with an operation, it is refused when there was another since.
    `cause` is the alert that it stands under, `occurrences` how many times it fired, `flapping` whether it
    comes and goes, `held_until` when its end is taken for one, of an alert whose condition ended. `zone` is
    null for an alert about Nakhon itself.
    """

    id: str
    number: int
    fingerprint: str
    rule: str
    rule_version: str
    domain: Domain
    zone: str | None
    device: str | None
    service: str | None
    labels: dict[str, str]
    severity: SeverityName
    state: StateName
    starts_at: Time
    ends_at: Time | None
    acknowledged: Acknowledgement | None
    assigned_to: str | None
    suppressed: Suppression | None
    incident: str | None
    cause: str | None
    occurrences: int
    flapping: bool
    held_until: Time | None
    closed_by: str | None
    title: Text
    evidence: AlertEvidence
    times: AlertTimes


class Actor(Shape):
    """Who did it: the rules, Nakhon of itself, or an operator."""

    kind: Literal["rule", "nakhon", "operator"]
    name: str | None


class HistoryStep(Shape):
    """A step in the life of an alert, as a line of a log book says it. `by` is null for the rules."""

    number: int
    at: Time
    change: ChangeName
    by: str | None
    actor: Actor
    text: Text
    note: str | None


class AlertWithHistory(Alert):
    """An alert with every step of its life, oldest first, and who was told of it.

    `explanation` is its arithmetic in a sentence. `notifications` is null for who may not see them.
    """

    explanation: Text
    history: list[HistoryStep]
    notifications: list[AlertNotification] | None


class Acknowledged(Shape):
    """What became of one of many alerts. `detail` says why it was not acknowledged."""

    id: str
    ok: bool
    detail: str | None


class AcknowledgedMany(Shape):
    """What became of each, in the order in which they were named."""

    items: list[Acknowledged]


class ZoneAlerts(Shape):
    """How many alerts a zone has, and the worst severity among them."""

    open: int
    severity: SeverityName


class AlertCounts(Shape):
    """How many alerts fire. Those that are suppressed are counted under `suppressed` alone.

    `unacknowledged`: nobody has acknowledged them as bad as they are. `zones` and `rules`: those with any.
    """

    open: int
    unacknowledged: int
    suppressed: int
    severities: dict[SeverityName, int]
    zones: dict[str, ZoneAlerts]
    rules: dict[str, int]


class Alerts(PageOf[Alert]):
    """Alerts, newest first."""
