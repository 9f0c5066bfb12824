"""What transitions do to alerts, without a database."""

from __future__ import annotations

import pytest

from devices.model import Domain, Text
from rules.model import Evidence, Severity, State, Subject, Transition
from services.alerts.identity import alert_id, id_of
from services.alerts.lifecycle import advance
from services.store.records.alerts import AlertRecord, Changes, Known, Step

START = 1_767_546_000_000
NOW = START + 900_000


def step(state: State, after: int, severity: Severity = Severity.MINOR, **fields: object) -> Transition:
    given = {
        "rule": "air-quality/pm25-unhealthy",
        "rule_version": "sha256:1",
        "domain": Domain.ENVIRONMENT,
        "subject": Subject("samyan", "aq-01"),
        "state": state,
        "severity": severity,
        "at": START + after,
        "starts_at": START,
        "title": Text("PM2.5 unhealthy", "ฝุ่นเกินมาตรฐาน"),
        "evidence": Evidence("pm25", 60.0, 37.5, readings=({"time": START, "value": 60.0},)),
        "taken": START + after,
        "received": START + after + 120,
    }
    return Transition(**given | fields)  # type: ignore[arg-type]


PENDING = step(State.PENDING, 0)
FIRING = step(State.FIRING, 300_000)
WORSE = step(State.FIRING, 400_000, Severity.CRITICAL)
BETTER = step(State.FIRING, 500_000, Severity.MAJOR)
RESOLVED = step(State.RESOLVED, 600_000, Severity.MAJOR)
INACTIVE = step(State.INACTIVE, 60_000)
LIFE = [PENDING, FIRING, WORSE, BETTER, RESOLVED]


class Memory:
    """Remembers what was changed, as the store does."""

    def __init__(self) -> None:
        self.known = Known()

    def apply(self, *transitions: Transition) -> Changes:
        copy = Known(
            dict(self.known.alerts),
            {alert: set(steps) for alert, steps in self.known.steps.items()},
            dict(self.known.passed),
        )
        identified = [(id_of(transition), transition) for transition in transitions]
        changes = advance(copy, identified, now=NOW, service_of=lambda subject: "air-quality")
        for alert in changes.passed:
            self.known.alerts.pop(alert, None)
            self.known.steps.pop(alert, None)
        self.known.passed.update(changes.passed)
        self.known.alerts.update(changes.alerts)
        for alert, events in changes.events.items():
            steps = {Step(event.at, event.state, event.severity) for event in events}
            self.known.steps.setdefault(alert, set()).update(steps)
        return changes

    @property
    def alert(self) -> AlertRecord:
        (record,) = self.known.alerts.values()
        return record


def names(changes: Changes) -> list[str]:
    return [announcement.change for announcement in changes.announcements]


def test_a_life_is_announced_step_by_step() -> None:
    memory = Memory()
    changes = memory.apply(*LIFE)
    assert names(changes) == ["pending", "firing", "severity", "severity", "resolved"]
    assert [announcement.number for announcement in changes.announcements] == [1, 2, 3, 4, 5]
    assert [a.body["state"] for a in changes.announcements] == ["pending", *["firing"] * 3, "resolved"]
    assert [a.body["severity"] for a in changes.announcements] == [
        "minor",
        "minor",
        "critical",
        "major",
        "major",
    ]
    assert (memory.alert.severity, memory.alert.highest_severity) == (Severity.MAJOR, Severity.CRITICAL)
    assert (memory.alert.starts_at, memory.alert.ends_at) == (START, START + 600_000)


def test_the_same_transitions_again_change_nothing() -> None:
    for split in range(len(LIFE) + 1):
        memory = Memory()
        memory.apply(*LIFE[:split])
        before = dict(memory.known.alerts)
        assert not memory.apply(*LIFE[:split])
        assert memory.known.alerts == before


@pytest.mark.parametrize("crash", range(1, len(LIFE) + 1))
@pytest.mark.parametrize("snapshot", range(len(LIFE) + 1))
def test_a_replay_from_any_snapshot_ends_in_the_same_alert(crash: int, snapshot: int) -> None:
    straight, replayed = Memory(), Memory()
    once = straight.apply(*LIFE)
    announced = names(replayed.apply(*LIFE[:crash]))
    announced += names(replayed.apply(*LIFE[min(snapshot, crash) :]))
    assert announced == names(once)
    assert replayed.alert == straight.alert


def test_a_severity_that_returns_is_a_step_each_time() -> None:
    memory = Memory()
    swings = [
        step(State.FIRING, 300_000 + n, (Severity.MAJOR, Severity.MINOR)[n % 2], received=None)
        for n in range(6)
    ]
    assert names(memory.apply(*swings)) == ["firing", *["severity"] * 5]
    assert names(memory.apply(*swings)) == []


def test_one_that_never_fires_is_dropped_and_stays_dropped() -> None:
    memory = Memory()
    memory.apply(PENDING)
    dropped = memory.apply(INACTIVE)
    assert names(dropped) == ["inactive"]
    assert dropped.announcements[0].body["state"] == "resolved"
    assert dropped.announcements[0].body["times"]["fired"] is None
    assert memory.known.alerts == {}
    assert not memory.apply(PENDING, INACTIVE)


def test_one_that_never_fired_may_fire_after_all_under_new_numbers() -> None:
    memory = Memory()
    changes = memory.apply(PENDING, INACTIVE, FIRING)
    assert [(a.change, a.number) for a in changes.announcements] == [
        ("pending", 1),
        ("inactive", 2),
        ("firing", 3),
    ]
    assert [event.number for event in changes.events[memory.alert.id]] == [3]


def test_pending_and_gone_at_once_leaves_no_row() -> None:
    changes = Memory().apply(PENDING, INACTIVE)
    assert (changes.alerts, changes.events) == ({}, {})
    assert list(changes.passed) == [id_of(PENDING)]


def test_inactive_of_nothing_is_nothing() -> None:
    assert not Memory().apply(INACTIVE)


def test_an_alert_that_ends_unseen_is_recorded() -> None:
    memory = Memory()
    assert names(memory.apply(RESOLVED)) == ["resolved"]
    assert memory.alert.fired is None


def test_times_are_those_of_the_firing() -> None:
    memory = Memory()
    memory.apply(PENDING)
    assert (memory.alert.received, memory.alert.fired) == (START + 120, None)
    memory.apply(*LIFE)
    times = (memory.alert.taken, memory.alert.received, memory.alert.fired, memory.alert.persisted)
    assert times == (START + 300_000, START + 300_120, START + 300_000, NOW)


def test_a_firing_by_timer_keeps_the_reading_that_it_began_with() -> None:
    memory = Memory()
    memory.apply(PENDING)
    changes = memory.apply(step(State.FIRING, 300_000, taken=None, received=None))
    assert (memory.alert.taken, memory.alert.fired) == (START, START + 300_000)
    assert changes.announcements[0].received is None


def test_evidence_stays_that_of_the_firing_when_it_ends() -> None:
    memory = Memory()
    memory.apply(FIRING)
    calm = step(State.RESOLVED, 600_000, evidence=Evidence("pm25", 12.0, 35.0))
    changes = memory.apply(calm)
    assert memory.alert.evidence["value"] == 60.0
    assert memory.alert.evidence["readings"] == [{"time": "2026-01-04T17:00:00.000Z", "value": 60.0}]
    (event,) = changes.events[memory.alert.id]
    assert event.evidence is not None
    assert event.evidence["value"] == 12.0


def test_highest_counts_from_the_firing_on() -> None:
    memory = Memory()
    memory.apply(step(State.PENDING, 0, Severity.CRITICAL), FIRING)
    assert memory.alert.highest_severity is Severity.MINOR


def test_shadow_alerts_are_kept_and_not_announced() -> None:
    memory = Memory()
    shadow = [step(t.state, t.at - START, t.severity, shadow=True) for t in LIFE]
    changes = memory.apply(*shadow)
    assert names(changes) == []
    assert memory.alert.shadow
    assert len(changes.events[memory.alert.id]) == 5


def test_a_shadow_alert_whose_rule_goes_live_is_announced_as_firing() -> None:
    memory = Memory()
    memory.apply(step(State.FIRING, 300_000, shadow=True))
    assert names(memory.apply(step(State.FIRING, 310_000))) == ["firing"]
    assert not memory.alert.shadow


def test_a_live_alert_whose_rule_goes_into_shadow_is_still_seen_to_its_end() -> None:
    memory = Memory()
    memory.apply(FIRING)
    assert names(memory.apply(step(State.RESOLVED, 600_000, shadow=True))) == ["resolved"]


def test_two_subjects_in_one_batch_are_two_alerts() -> None:
    memory = Memory()
    memory.apply(FIRING, step(State.FIRING, 300_000, subject=Subject("samyan", "aq-02")))
    assert len(memory.known.alerts) == 2


def test_ids_are_ulids_that_sort_by_beginning() -> None:
    first, second = alert_id(START, "f" * 16), alert_id(START + 1, "0" * 16)
    assert first == alert_id(START, "f" * 16)
    assert first < second
    assert first != alert_id(START, "e" * 16)
    time = 0
    for digit in first[:10]:
        time = time * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(digit)
    assert (len(first), time) == (26, START)
