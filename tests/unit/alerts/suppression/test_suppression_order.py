"""Of several things that hold an alert, one is named; and what is held follows all of them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rules.model import Severity, State
from services.alerts.policy.matcher import Matcher
from services.alerts.policy.model import Policy
from services.store.records.alerts import AlertRecord
from tests.unit.alerts.suppression.keptquiet import (
    HOUR,
    MINUTE,
    Quiet,
    firing,
    inhibition,
    recurring,
)

POLICY = Policy(
    inhibitions=(
        inhibition(Matcher(severities=("critical",)), Matcher(severities=("ma*", "critical")), "zone"),
        inhibition(Matcher(rules=("power/*",)), Matcher(), "zone", "label:feeder", name="power"),
    ),
    maintenance=(
        recurring(
            "night",
            Matcher(zones=("makkasan",)),
            {"start": "2026-01-05T01:00", "duration": "30m", "rrule": "FREQ=HOURLY;INTERVAL=2"},
        ),
    ),
)


def test_a_silence_goes_before_maintenance_that_before_inhibition_and_that_before_the_cause() -> None:
    quiet = Quiet(POLICY)
    quiet.now += HOUR
    quiet.apply(firing("P1", rule="power/out", zone="makkasan"), firing("P2", rule="power/out"))
    silence = quiet.silence(10 * MINUTE, matcher={"devices": ["aq-07"]})
    quiet.apply(firing("A1", zone="makkasan", device="aq-07", cause="P1"), firing("A2", cause="P2"))
    assert quiet.suppressed("A1") == f"silence {silence.id}"
    quiet.pass_time(10 * MINUTE)
    assert quiet.suppressed("A1") == "maintenance night"
    assert quiet.rows["A1"].suppressed["until"] == "2026-01-04T18:30:00.000Z"
    quiet.pass_time(20 * MINUTE)
    assert quiet.suppressed("A1") == "inhibition power"
    quiet.resolve("P1")
    quiet.look()
    assert quiet.suppressed("A1") == "cause P1"
    quiet.change("A1", cause=None)
    assert quiet.suppressed("A1") is None
    assert [change for name, change, _ in quiet.steps if name == "A1"] == [
        *["suppressed"] * 4,
        "unsuppressed",
    ]


def test_an_alert_under_a_cause_is_quiet_unless_that_is_not_wanted() -> None:
    for wanted in (True, False):
        quiet = Quiet(quiet_causes=wanted)
        quiet.apply(firing("A1", cause="C1"))
        assert quiet.suppressed("A1") == ("cause C1" if wanted else None)
        assert quiet.book.holding("cause", "C1") == int(wanted)


class Events(RuleBasedStateMachine):
    """Whatever happens, what the alerts say is what one would decide who looked at all of it afresh."""

    names = st.sampled_from([f"A{number}" for number in range(12)])

    @initialize()
    def begin(self) -> None:
        self.quiet = Quiet(POLICY)

    @rule(
        name=names,
        zone=st.sampled_from(["samyan", "makkasan"]),
        of=st.sampled_from(["air/high", "power/out"]),
        severity=st.sampled_from(list(Severity)),
        feeder=st.sampled_from([{}, {"feeder": "f1"}, {"feeder": ""}]),
        state=st.sampled_from([State.FIRING, State.FIRING, State.PENDING]),
        shadow=st.sampled_from([False, False, False, True]),
        cause=st.sampled_from([None, None, "A0"]),
    )
    def fire(self, name: str, of: str, **fields: object) -> None:
        before = self.quiet.rows.get(name)
        labels = fields.pop("feeder")
        if before is None or before.state is State.RESOLVED:
            kept = None if before is None else before.suppressed
            self.quiet.apply(firing(name, rule=of, labels=labels, suppressed=kept, **fields))
        else:
            self.quiet.change(name, severity=fields["severity"], cause=fields["cause"])

    @rule(name=names)
    def end(self, name: str) -> None:
        row = self.quiet.rows.get(name)
        if row is not None and row.state is State.FIRING:
            self.quiet.resolve(name)
        elif row is not None and row.state is State.PENDING:
            self.quiet.apply(passed=[name])

    @rule(
        starts=st.integers(0, 90),
        lasts=st.integers(1, 90),
        matcher=st.sampled_from(
            [{"zones": ["samyan"]}, {"rules": ["air/*"]}, {"labels": {"feeder": ["f*"]}}, {"rules": ["*"]}]
        ),
    )
    def silence(self, starts: int, lasts: int, matcher: dict[str, object]) -> None:
        now = self.quiet.now
        self.quiet.silence((starts + lasts) * MINUTE, matcher=matcher, starts_at=now + starts * MINUTE)

    @precondition(lambda self: any(one.ends_at > self.quiet.now for one in self.quiet.silences.values()))
    @rule(data=st.data(), ends=st.booleans())
    def change_silence(self, data: st.DataObject, ends: bool) -> None:
        quiet = self.quiet
        live = [one for one in quiet.silences.values() if one.ends_at > quiet.now]
        one = data.draw(st.sampled_from(live))
        if ends:
            quiet.take(quiet.book.end_silence(one, by="ann", now=quiet.now))
        else:
            wish = {"ends_at": max(one.ends_at, quiet.now) + 5 * MINUTE, "reason": "longer"}
            quiet.take(quiet.book.edit_silence(one, wish, by="ann", now=quiet.now))

    @rule(minutes=st.integers(1, 70))
    def pass_time(self, minutes: int) -> None:
        self.quiet.now += minutes * MINUTE

    @rule()
    def restart(self) -> None:
        self.quiet.restart()

    @invariant()
    def as_from_scratch(self) -> None:
        quiet = self.quiet
        quiet.look()
        fresh = Quiet(POLICY)
        fresh.now, fresh.silences = quiet.now, quiet.silences
        fresh.restart()
        fresh.apply(*(replace(row, suppressed=None) for row in quiet.rows.values()))
        for name, row in fresh.rows.items():
            if row.state is State.FIRING and not row.shadow:
                assert _short(quiet.rows[name]) == _short(row)
        held = [one["id"] for row in quiet.open() if _counts(row) and (one := row.suppressed)]
        for silence in quiet.silences:
            assert quiet.book.holding("silence", silence) == held.count(silence)
        assert quiet.book.holding("maintenance", "night") == held.count("night")


def _counts(row: AlertRecord) -> bool:
    return row.state is State.FIRING and not row.shadow


def _short(row: AlertRecord) -> object:
    said = row.suppressed
    return said and (said["kind"], said["id"], said["reason"], said["until"])


TestEvents = Events.TestCase
TestEvents.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
