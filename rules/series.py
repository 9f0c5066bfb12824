"""The life of one alert: one rule, one subject, pending → firing → resolved.

A series is told when its condition came true and when it stopped being true, in event time, and keeps the
timers that a rule may have: ``for`` (a condition must hold so long before it fires), ``keep_firing_for`` (it
must be over so long before it resolves), and the edges of its schedule, outside which it is not true. It
reads no clock: its host tells it how far time has come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar, Protocol, TypeAlias

from devices.model import Observation, Value
from rules.model import Evidence, Severity, State, Subject
from rules.ruleset import Heading, Rule

Reading: TypeAlias = tuple[int, Value | None]

MOST_READINGS = 5
"""How many of the newest readings the evidence shows."""


def newest(readings: tuple[Reading, ...], time: int, value: Value | None) -> tuple[Reading, ...]:
    """The readings with one more, as many as are shown; one of the same moment is a correction."""
    kept = readings[:-1] if readings and readings[-1][0] == time else readings
    return (*kept[-(MOST_READINGS - 1) :], (time, value))


class Phase(IntEnum):
    """Where a series is between two transitions."""

    INACTIVE = 0
    PENDING = 1
    FIRING = 2


@dataclass(frozen=True, slots=True)
class Ended:
    """What is left of an alert whose rule or device is gone: enough to tell that it is over."""

    heading: Heading
    subject: Subject
    phase: Phase
    severity: Severity
    starts_at: int
    evidence: Evidence


class Host(Protocol):
    """What a series may ask of the engine that runs it."""

    now: int
    """How far time has come (ms)."""

    def tell(self, series: Series, state: State, at: int, observation: Observation | None) -> None:
        """Hand out a transition of the series."""

    def arm(self, series: Series) -> None:
        """See to it that the series elapses when it is next due."""

    def heard_out(self, since: int, span: int) -> int:
        """The moment by which Nakhon has listened for ``span`` since ``since``, deaf spans left out."""


class Series:
    """One rule and one subject. The base of every kind's state.

    ``standing`` is the step on which the condition stands (-1: not true), ``level`` the same as far as the
    rule's schedule is open, and -1 while it is not; ``edge`` is when the schedule next opens or closes, known
    while the condition stands. ``shown`` is the step that the alert shows, ``released_at`` when a firing
    condition stopped being true, ``moved_at`` the time of the last transition: a history never runs
    backwards, even when a reading comes late. ``armed`` belongs to the host: the time of the series' one
    timer.
    """

    __slots__ = (
        "armed",
        "edge",
        "level",
        "moved_at",
        "phase",
        "readings",
        "released_at",
        "rule",
        "shown",
        "standing",
        "starts_at",
        "subject",
    )

    life: ClassVar[Sequence[str]] = (
        "phase",
        "level",
        "shown",
        "starts_at",
        "moved_at",
        "released_at",
        "readings",
        "standing",
        "edge",
    )
    """The slots that make the state of an alert that is alive, as a snapshot holds them."""

    own: ClassVar[Sequence[str]] = ()
    """The slots that a kind keeps beyond them, while nothing is wrong too."""

    def __init__(self, rule: Rule, subject: Subject) -> None:
        self.rule = rule
        self.subject = subject
        self.phase = Phase.INACTIVE
        self.level = -1
        self.standing = -1
        self.edge: int | None = None
        self.shown = 0
        self.starts_at = 0
        self.moved_at = 0
        self.released_at: int | None = None
        self.armed: int | None = None
        self.readings: tuple[Reading, ...] = ()

    def __lt__(self, other: object) -> bool:
        """Never: two timers of one moment and one subject may fire in any order, yet a heap asks."""
        return False

    @property
    def severity(self) -> Severity:
        """The severity that the alert shows."""
        return self.rule.severities[self.shown]

    @property
    def alive(self) -> bool:
        """Whether time alone may change something: an alert is there, or the schedule keeps it back."""
        return self.phase is not Phase.INACTIVE or self.standing >= 0

    @property
    def blank(self) -> bool:
        """Whether a fresh series would do as well."""
        return not self.alive

    def save(self) -> list[Any]:
        """The state, JSON-ready and short while nothing is wrong."""
        life = [getattr(self, slot) for slot in self.life] if self.alive else []
        return [life, *(getattr(self, slot) for slot in self.own)]

    def load(self, state: Sequence[Any]) -> None:
        """Take up a saved state, in a series that is fresh.

        Raises:
            ValueError: not the state of such a series.
        """
        life, *own = state
        if life and len(life) == len(self.life) - 2:  # as the first version wrote it, without schedules
            life = [*life, life[1], None]
        for slot, value in (*zip(self.life, life, strict=bool(life)), *zip(self.own, own, strict=True)):
            setattr(self, slot, value)
        self.phase = Phase(self.phase)
        self.readings = tuple((time, value) for time, value in self.readings)

    def ended(self) -> Ended:
        """What to tell when the series is to be dropped."""
        return Ended(
            self.rule.heading, self.subject, self.phase, self.severity, self.starts_at, self.evidence()
        )

    def broken(self) -> Ended:
        """What to tell when the series failed: its arithmetic may be what failed."""
        evidence = Evidence(self.rule.metric, None, None)
        return Ended(self.rule.heading, self.subject, self.phase, self.severity, self.starts_at, evidence)

    def give_up(self) -> None:
        """Let go of the alert and of the condition, without a word."""
        self.phase = Phase.INACTIVE
        self.level = self.standing = -1
        self.edge = self.released_at = None
        self.readings = ()

    def evidence(self) -> Evidence:
        """The arithmetic as it stands."""
        value = self.readings[-1][1] if self.readings else None
        shown = tuple({"time": time, "value": value} for time, value in self.readings)
        return Evidence(self.rule.metric, value, self.threshold(value), readings=shown)

    def threshold(self, value: Value | None) -> Value | None:  # noqa: ARG002 - kinds with a limit answer
        """The limit that the evidence names."""
        return None

    def due(self, host: Host) -> int | None:
        """When the next timer elapses (event time), None when none runs."""
        due = self._life_due(host)
        if self.edge is None:
            return due
        return self.edge if due is None else min(due, self.edge)

    def elapse(self, host: Host, upto: int) -> None:
        """Let time run to ``upto``: every timer that is due by then elapses at its own moment."""
        while (due := self.due(host)) is not None and due <= upto:
            self.ring(host, due)
        host.arm(self)

    def ring(self, host: Host, at: int) -> None:
        """The timer that is due at ``at``. An alert that is due at the very edge of its schedule fires."""
        if self._life_due(host) != at:
            self._turn(host, at)
        elif self.phase is Phase.PENDING:
            self._fire(host, at, None)
        else:
            self._resolve(host, at, None)

    def found(self, host: Host, at: int, standing: int, observation: Observation | None = None) -> None:
        """The condition is true, on this step."""
        self.standing = standing
        if self.rule.schedule is None:
            self._true(host, at, observation)
        else:
            self._turn(host, at, observation)

    def cleared(self, host: Host, at: int, observation: Observation | None = None) -> None:
        """The condition is not true."""
        self.standing = -1
        self.edge = None
        self._false(host, at, observation)

    def _life_due(self, host: Host) -> int | None:  # noqa: ARG002 - kinds that listen ask it
        """When the alert's own timer elapses: ``for``, or ``keep_firing_for``."""
        if self.phase is Phase.PENDING:
            return self.starts_at + self.rule.hold
        return None if self.released_at is None else self.released_at + self.rule.keep

    def _turn(self, host: Host, at: int, observation: Observation | None = None) -> None:
        """A condition that stands, seen through the schedule."""
        schedule = self.rule.schedule
        assert schedule is not None
        if self.edge is None or self.edge <= at:
            self.edge = schedule.next_change(at)
        if schedule.open(at):
            self._true(host, at, observation)
        else:
            self._false(host, at, observation)

    def _true(self, host: Host, at: int, observation: Observation | None) -> None:
        self.level = self.standing
        self.released_at = None
        moved = self.level != self.shown
        self.shown = self.level
        if self.phase is Phase.INACTIVE:
            self._begin(host, at, observation)
        elif self.phase is Phase.FIRING and moved:
            self._tell(host, State.FIRING, at, observation)

    def _false(self, host: Host, at: int, observation: Observation | None) -> None:
        self.level = -1
        if self.phase is Phase.PENDING:
            self.phase = Phase.INACTIVE
            self._tell(host, State.INACTIVE, at, observation)
            self.forget()
        elif self.phase is Phase.FIRING and not self.rule.keep:
            self._resolve(host, at, observation)
        elif self.phase is Phase.FIRING and self.released_at is None:
            self.released_at = at

    def forget(self) -> None:
        """The alert is over: let go of what was only kept for it."""
        if self.standing < 0:
            self.readings = ()

    def _begin(self, host: Host, at: int, observation: Observation | None) -> None:
        self.starts_at = self.moved_at = at
        if self.rule.hold:
            self.phase = Phase.PENDING
            self._tell(host, State.PENDING, at, observation)
        else:
            self._fire(host, at, observation)

    def _fire(self, host: Host, at: int, observation: Observation | None) -> None:
        self.phase = Phase.FIRING
        self._tell(host, State.FIRING, at, observation)

    def _resolve(self, host: Host, at: int, observation: Observation | None) -> None:
        self.phase = Phase.INACTIVE
        self.released_at = None
        self._tell(host, State.RESOLVED, at, observation)
        self.forget()

    def _tell(self, host: Host, state: State, at: int, observation: Observation | None) -> None:
        self.moved_at = max(at, self.moved_at)
        host.tell(self, state, self.moved_at, observation)
