"""What is kept of an alert, what is known of some before they change, and what is to be written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Connection

from rules.model import Severity, State

FIRES = frozenset({"firing", "reopened", "recurred"})
"""The steps with which an alert fires: the first time, and again."""

SLACK = 15 * 60_000
"""How much older (ms) than the newest of all a step may be that is still to come."""


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """An alert. Times are ms; texts and evidence are in the contract's JSON shape.

    ``changes`` counts its steps: (id, changes) names one step for ever. ``shadow``: recorded, never
    announced. ``zone`` is empty for an alert about Nakhon itself. ``labels`` are those of its device.
    ``cause`` is the alert that it stands under, ``suppressed`` why nobody is told of it (see
    :mod:`services.alerts.suppression`). ``acknowledged_severity`` is the severity that was acknowledged: a
    worse one needs somebody anew. ``occurrences`` counts how often it fired. While it is ``flapping`` its end
    is held back: the condition ended at ``held_from``, and counts as over at ``held_until`` unless it comes
    back. ``notified`` is when somebody outside was first told, ``first_acknowledged`` when somebody first
    acknowledged it, whatever became of that; taken, received, fired, persisted and delivered are those of the
    first firing.
    """

    id: str
    fingerprint: str
    rule: str
    rule_version: str
    domain: str
    zone: str
    device: str | None
    service: str | None
    severity: Severity
    highest_severity: Severity
    state: State
    shadow: bool
    starts_at: int
    title: Mapping[str, str]
    advice: Mapping[str, str] | None
    evidence: Mapping[str, Any]
    ends_at: int | None = None
    acknowledged_by: str | None = None
    acknowledged_at: int | None = None
    acknowledged_note: str | None = None
    assigned_to: str | None = None
    taken: int | None = None
    received: int | None = None
    fired: int | None = None
    persisted: int | None = None
    delivered: int | None = None
    changes: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    incident: str | None = None
    cause: str | None = None
    suppressed: Mapping[str, Any] | None = None
    acknowledged_severity: str | None = None
    occurrences: int = 1
    flapping: bool = False
    held_from: int | None = None
    held_until: int | None = None
    closed_by: str | None = None
    notified: int | None = None
    first_acknowledged: int | None = None


NAKHON = "nakhon"
"""Who took a step that neither the rules nor a person took."""


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """One step of an alert's history.

    ``by`` is None for the rule engine's own, :data:`NAKHON` for what Nakhon did of itself; ``detail`` is what
    such a step has to say, JSON-ready.
    """

    alert: str
    number: int
    at: int
    change: str
    state: State
    severity: Severity
    by: str | None = None
    note: str | None = None
    assigned_to: str | None = None
    evidence: Mapping[str, Any] | None = None
    detail: Mapping[str, Any] | None = None


class Step(NamedTuple):
    """What tells one of the engine's steps from another of the same alert."""

    at: int
    state: State
    severity: Severity


class Deed(NamedTuple):
    """A step that a person took."""

    number: int
    at: int
    change: str
    by: str


class Recent(NamedTuple):
    """What recurrences are recognised by.

    ``held``: alerts whose end is held back, with until when. ``ended``: fingerprint, alert and when it ended.
    ``fired``: fingerprint and when. Times are ms.
    """

    held: Sequence[tuple[str, int]]
    ended: Sequence[tuple[str, str, int]]
    fired: Sequence[tuple[str, int]]


class Firing(NamedTuple):
    """How long an alert fired, and whom it was about. ``severity`` is the highest it reached."""

    id: str
    zone: str
    device: str | None
    service: str | None
    severity: str
    fired: int
    ends_at: int | None


class Staged(NamedTuple):
    """When an alert passed each of its stages (ms); of one that fired again, the first time."""

    domain: str
    highest_severity: str
    taken: int | None
    received: int | None
    fired: int
    persisted: int | None
    delivered: int | None
    notified: int | None
    first_acknowledged: int | None
    ends_at: int | None


@dataclass(frozen=True, slots=True)
class Announcement:
    """A step that the city is to hear of. ``received`` is when the reading behind a firing came in (ms)."""

    alert: str
    number: int
    change: str
    body: dict[str, Any]
    received: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of some alerts: their rows and the engine's steps so far.

    ``passed`` are those that never fired and are kept no more, with the number of steps that they took.
    ``episodes`` maps recurrences to the alerts that they were taken for; the alerts are among ``alerts``.
    ``people`` are the newest steps that people took, where these were asked for.
    """

    alerts: dict[str, AlertRecord] = field(default_factory=dict)
    steps: dict[str, set[Step]] = field(default_factory=dict)
    passed: dict[str, int] = field(default_factory=dict)
    episodes: dict[str, str] = field(default_factory=dict)
    people: dict[str, Deed] = field(default_factory=dict)


_AS_IT_IS: Mapping[str, Any] = {}


@dataclass(slots=True)
class Changes:
    """What to write, in one transaction.

    ``events`` are by alert. ``passed`` are pending alerts that came to nothing, with their number of steps:
    they go before anything else is written. ``episodes`` are recurrences, each with the alert that it is
    taken for. ``before`` holds the rows as they were. ``again`` are alerts to which nothing happened and that
    are to be looked at anew. ``also`` is what others write in the same transaction, after the alerts, and
    ``plans`` is what each of them decided, by its name.
    """

    alerts: dict[str, AlertRecord] = field(default_factory=dict)
    events: dict[str, list[AlertEvent]] = field(default_factory=dict)
    announcements: list[Announcement] = field(default_factory=list)
    passed: dict[str, int] = field(default_factory=dict)
    episodes: dict[str, str] = field(default_factory=dict)
    also: list[Callable[[Connection], None]] = field(default_factory=list)
    before: Mapping[str, AlertRecord] = field(default_factory=dict)
    again: Mapping[str, AlertRecord] = field(default_factory=dict)
    plans: dict[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.alerts or self.passed or self.also)

    def seen(self) -> list[AlertRecord]:
        """The alerts that changed, and those to be looked at anew, as they are by now."""
        return list({**self.again, **self.alerts}.values())

    def amend(
        self,
        record: AlertRecord,
        change: str,
        *,
        at: int,
        becomes: Mapping[str, Any] = _AS_IT_IS,
        **said: Any,
    ) -> AlertRecord:
        """Add a step of Nakhon's own, or with ``by`` a person's, to an alert; answers it as it then is.

        ``becomes`` are the fields of the alert that the step changes, ``said`` further ones of
        :class:`AlertEvent`.
        """
        record = replace(record, changes=record.changes + 1, **becomes)
        event = AlertEvent(
            record.id, record.changes, at, change, record.state, record.severity, **{"by": NAKHON} | said
        )
        self.alerts[record.id] = record
        self.events.setdefault(record.id, []).append(event)
        return record


Decide: TypeAlias = Callable[[Known], Changes]
"""What becomes of alerts, said on their rows as they are."""
