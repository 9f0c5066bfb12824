"""What the engine's transitions do to alerts: pending → firing → resolved. Pure.

The same transitions may come again, after a crash or a replay. A step counts once: an alert that is over
stays as it is, a step in the alert's history is known, and one that never fired is remembered as such. A
recurrence that was taken for an alert of before is that alert ever after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from rules.model import State, Subject, Transition
from services.alerts import recurrence as recurring
from services.alerts.document import document
from services.alerts.endings import Ending
from services.alerts.policy.model import Recurrence
from services.alerts.recurrence import Past
from services.alerts.stepping import back, begun, event_of, for_reason, over, own_event, stepped
from services.runtime.clock import rfc3339
from services.store.records.alerts import (
    FIRES,
    AlertEvent,
    AlertRecord,
    Announcement,
    Changes,
    Known,
    Step,
)

ServiceOf = Callable[[Subject], str | None]
Why = Callable[[Transition], Ending | None]


def _by_itself(_transition: Transition) -> Ending | None:
    """It ended because its condition did."""
    return None


def advance(
    known: Known,
    transitions: Iterable[tuple[str, Transition]],
    *,
    now: int,
    service_of: ServiceOf,
    why: Why = _by_itself,
    recurrence: Recurrence = recurring.NEVER,
    past: Past = recurring.unknown,
) -> Changes:
    """What these transitions, each with its alert's id, in this order, change. ``now`` is when (ms).

    ``known`` covers at least the alerts that the transitions are about; it is used up. An alert that fires
    ends one of the same rule and subject that began later and is open in it. ``why`` says what ended an alert
    other than its condition.

    With ``recurrence`` an alert that fires may be one of before: ``known`` then also covers the open alerts
    of its fingerprint and the one that ended last. ``past`` tells when a fingerprint fired before.
    """
    course = _Course(known, now, service_of, why, recurrence, past)
    for episode, transition in transitions:
        course.take(episode, transition)
    return course.changes


class _Course:
    """Transitions, taken one after the other."""

    def __init__(
        self,
        known: Known,
        now: int,
        service_of: ServiceOf,
        why: Why,
        recurrence: Recurrence,
        past: Past,
    ) -> None:
        self.changes = Changes()
        self._known = known
        self._now = now
        self._service_of = service_of
        self._why = why
        self._recurrence = recurrence
        self._past = past
        self._fired: dict[str, list[int]] = {}
        self._open = _families(known)
        held = any(record.held_until is not None for record in known.alerts.values())
        self._kin = _kin(known) if held or recurring.wanted(recurrence) else None

    def take(self, episode: str, transition: Transition) -> None:
        """The next one, with the id that it has by itself."""
        known = self._known
        alert = known.episodes.get(episode, episode)
        record = self._record(alert)
        if alert in known.passed and transition.state is not State.FIRING and record is None:
            return
        steps = known.steps.setdefault(alert, set())
        change = _change(record, transition, steps)
        if change is None:
            return
        if change == "firing" and (record is None or record.state is State.PENDING):
            same = self._same(episode, transition)
            if same is not None:
                self._come_back(same, record, episode, transition)
                return
        steps.add(_step(transition))
        if change == "resolved":
            self._resolve(record, alert, transition)
        else:
            self._step(record, alert, transition, change)

    def _record(self, alert: str) -> AlertRecord | None:
        return self.changes.alerts.get(alert) or self._known.alerts.get(alert)

    def _or_new(self, record: AlertRecord | None, alert: str, transition: Transition) -> AlertRecord:
        return record or begun(alert, transition, self._service_of(transition.subject), self._known)

    def _step(self, record: AlertRecord | None, alert: str, transition: Transition, change: str) -> None:
        after = stepped(self._or_new(record, alert, transition), transition, change, self._now)
        if change == "firing":
            others = self._open.get(after.fingerprint, ())
            _supersede(self.changes, self._known, after, others, self._now)
        self._note(after, event_of(after, transition, change), transition)
        if change == "firing":
            self._count(after, transition.at)

    def _resolve(self, record: AlertRecord | None, alert: str, transition: Transition) -> None:
        """Its condition has ended, or something ended it; of one that flaps the end is held back."""
        ended = self._why(transition)
        if ended is None and record is not None and record.flapping and self._recurrence.firings:
            self._hold(record, transition)
            return
        after = stepped(self._or_new(record, alert, transition), transition, "resolved", self._now)
        event = event_of(after, transition, "resolved")
        if ended is not None:
            after, event = for_reason(ended, after, event)
        self._note(after, event, transition)

    def _hold(self, record: AlertRecord, transition: Transition) -> None:
        if record.held_from is not None:
            return
        until = transition.at + self._recurrence.calm
        record = replace(record, changes=record.changes + 1, held_from=transition.at, held_until=until)
        event = event_of(record, transition, "held", {"until": rfc3339(until)})
        self._note(record, replace(event, state=State.FIRING), transition)

    def _same(self, episode: str, transition: Transition) -> AlertRecord | None:
        """The alert that this firing is a recurrence of."""
        if self._kin is None:
            return None
        ids = self._kin.get(transition.fingerprint, ())
        kin = [one for alert in ids if alert != episode and (one := self._record(alert)) is not None]
        return recurring.same_alert(kin, transition, self._recurrence)

    def _come_back(
        self, record: AlertRecord, pending: AlertRecord | None, episode: str, transition: Transition
    ) -> None:
        """It is an alert of before; what was pending in its own name is so no more."""
        if pending is not None:
            self._drop(pending, transition)
        self.changes.episodes[episode] = self._known.episodes[episode] = record.id
        self._known.steps.setdefault(record.id, set()).add(_step(transition))
        change = "recurred" if record.state is State.FIRING else "reopened"
        said = recurring.said_of_coming_back(record)
        after = back(record, transition, lifted=change == "reopened")
        self._note(after, event_of(after, transition, change, said), transition)
        self._count(after, transition.at)

    def _drop(self, pending: AlertRecord, transition: Transition) -> None:
        pending = over(replace(pending, changes=pending.changes + 1), transition.at, self._now)
        event = replace(event_of(pending, transition, "inactive"), state=State.INACTIVE)
        self._note(pending, event, transition)

    def _count(self, record: AlertRecord, at: int) -> None:
        """It fired: whether it does so too often to be believed when it ends."""
        if not self._recurrence.firings:
            return
        name = record.fingerprint
        times = self._fired.setdefault(name, [*self._past(name)])
        times.append(at)
        if record.flapping or not recurring.flaps(times, at, self._recurrence):
            return
        record = replace(record, changes=record.changes + 1, flapping=True)
        said = recurring.said_of_flapping(self._recurrence)
        event = own_event(record, "flapping", at, said)
        _note(self.changes, self._known, record, event, None)

    def _note(self, record: AlertRecord, event: AlertEvent, transition: Transition) -> None:
        received = transition.received if event.change in FIRES else None
        _note(self.changes, self._known, record, event, received)
        if self._kin is not None and event.change != "inactive":
            self._kin.setdefault(record.fingerprint, {})[record.id] = None


def end(known: Known, *, now: int, why: Callable[[AlertRecord], Ending]) -> Changes:
    """End every open alert of ``known`` at ``now`` (ms), for the reason that ``why`` gives.

    One whose end is held back has no condition any more that anything could say: :func:`settle` ends it.
    """
    changes = Changes()
    for record in list(known.alerts.values()):
        if record.held_until is None:
            _end(changes, known, record, max(now, record.starts_at), now, why(record))
    return changes


def settle(known: Known, now: int) -> Changes:
    """End the alerts of ``known`` that flapped and have been calm for long enough, at the end of old."""
    changes = Changes()
    for record in list(known.alerts.values()):
        if record.held_from is None or record.held_until is None or record.held_until > now:
            continue
        said = {"held": {"from": rfc3339(record.held_from), "until": rfc3339(record.held_until)}}
        ended = over(replace(record, changes=record.changes + 1), record.held_from, now)
        event = own_event(ended, "resolved", record.held_until, said)
        _note(changes, known, ended, event, None)
    return changes


def _families(known: Known) -> Mapping[str, Sequence[str]]:
    """The alerts that the store knows to be open, by rule and subject."""
    families: dict[str, list[str]] = {}
    for record in known.alerts.values():
        if record.state is not State.RESOLVED:
            families.setdefault(record.fingerprint, []).append(record.id)
    return families


def _kin(known: Known) -> dict[str, dict[str, None]]:
    """Everything that the store knows and that has fired, by rule and subject."""
    kin: dict[str, dict[str, None]] = {}
    for record in known.alerts.values():
        if record.state is not State.PENDING:
            kin.setdefault(record.fingerprint, {})[record.id] = None
    return kin


def _supersede(changes: Changes, known: Known, record: AlertRecord, others: Sequence[str], now: int) -> None:
    """End what began later and is open still: the rules, which follow one alone, begin it anew."""
    for alert in others:
        other = changes.alerts.get(alert) or known.alerts.get(alert)
        if other is not None and other.starts_at > record.starts_at:
            _end(changes, known, other, other.starts_at, now, Ending.SUPERSEDED)


def _end(changes: Changes, known: Known, record: AlertRecord, at: int, now: int, ended: Ending) -> None:
    if record.state is State.RESOLVED:
        return
    change = "inactive" if record.state is State.PENDING else "resolved"
    record = over(replace(record, changes=record.changes + 1), at, now)
    event = AlertEvent(
        record.id, record.changes, at, change, record.state, record.severity, evidence=record.evidence
    )
    _note(changes, known, *for_reason(ended, record, event), None)


def _change(record: AlertRecord | None, transition: Transition, steps: set[Step]) -> str | None:
    """The name of the step that this is, None when it is none."""
    if record is None:
        return None if transition.state is State.INACTIVE else transition.state.value
    if record.state is State.RESOLVED or _step(transition) in steps or _is_past(record, transition, steps):
        return None
    if transition.state in {State.RESOLVED, State.INACTIVE}:
        return "inactive" if record.state is State.PENDING else "resolved"
    return _change_of_open(record, transition)


def _is_past(record: AlertRecord, transition: Transition, steps: set[Step]) -> bool:
    """Whether it is of an episode that is over: the alert has fired again since."""
    return record.occurrences > 1 and transition.at < max((step.at for step in steps), default=transition.at)


def _change_of_open(record: AlertRecord, transition: Transition) -> str | None:
    promoted = record.shadow and not transition.shadow
    if transition.state is State.FIRING and (record.state is State.PENDING or promoted):
        return "firing"
    if transition.state is record.state and transition.severity is not record.severity:
        return "severity"
    return None


def _step(transition: Transition) -> Step:
    return Step(transition.at, transition.state, transition.severity)


def _note(
    changes: Changes, known: Known, record: AlertRecord, event: AlertEvent, received: int | None
) -> None:
    if event.change == "inactive":
        changes.passed[record.id] = known.passed[record.id] = record.changes
        for rows in (known.alerts, changes.alerts, changes.events):
            rows.pop(record.id, None)
    else:
        changes.alerts[record.id] = record
        changes.events.setdefault(record.id, []).append(event)
    if not record.shadow:
        changes.announcements.append(
            Announcement(record.id, record.changes, event.change, document(record), received)
        )
