"""What the rules that come with Nakhon make of evidence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.status.model import Evidence, OpenAlert, Status, Work, ZoneCount
from services.status.policy.model import default_policy
from services.status.policy.rules import WELL
from tests.unit.status.evidences import (
    CRITICAL,
    MAJOR,
    MINOR,
    NAME,
    WARNING,
    bad,
    course,
    criticals,
    evidence,
    judge,
    judged,
    need,
    on,
    probe,
    probed,
    rules,
)
from tests.unit.status.statuscity import MINUTE, START, TRAFFIC

UNKNOWN, OPERATIONAL, DEGRADED, OUTAGE = (
    Status.UNKNOWN,
    Status.OPERATIONAL,
    Status.DEGRADED,
    Status.OUTAGE,
)


@pytest.mark.parametrize(
    ("given_evidence", "status", "rule"),
    [
        (evidence(0, 0), UNKNOWN, "nothing-to-stand-on"),
        (evidence(12, 0), UNKNOWN, "nothing-heard"),
        (evidence(12, 0, 12), UNKNOWN, "awaited"),
        (evidence(12, 0, 0, on(CRITICAL)), UNKNOWN, "nothing-heard"),
        (evidence(12, 5), OUTAGE, "silence-outage"),
        (evidence(12, 6), DEGRADED, "silence"),
        (evidence(12, 8), DEGRADED, "silence"),
        (evidence(10, 9), OPERATIONAL, WELL),
        (evidence(12, 10), DEGRADED, "silence"),
        (evidence(12, 11), OPERATIONAL, WELL),
        (evidence(12, 12), OPERATIONAL, WELL),
        (evidence(12, 1, 11), UNKNOWN, "too-few-heard"),
        (evidence(12, 6, 6), OPERATIONAL, WELL),
        (evidence(12, 1, 4), OUTAGE, "silence-outage"),
        (evidence(12, 1, 8), DEGRADED, "silence"),
        (evidence(12, 12, 0, on(MINOR), on(WARNING)), OPERATIONAL, WELL),
        (evidence(12, 12, 0, on(MAJOR)), DEGRADED, "alerts"),
        (evidence(12, 12, 0, on(CRITICAL)), DEGRADED, "alerts"),
        (evidence(12, 12, 0, on(MAJOR, None)), DEGRADED, "alerts"),
        (evidence(12, 1, 11, on(MAJOR)), DEGRADED, "alerts"),
        (evidence(12, 12, 0, *criticals(5)), DEGRADED, "alerts"),
        (evidence(12, 12, 0, *criticals(6)), OUTAGE, "critical-alerts"),
        (evidence(12, 12, 0, *[on(CRITICAL, "tf-01")] * 6), DEGRADED, "alerts"),
        (evidence(1, 1, 0, on(CRITICAL)), OUTAGE, "critical-alerts"),
        (evidence(12, 12, 0, *[on(CRITICAL, None)] * 6), DEGRADED, "alerts"),
        (evidence(12, 12, data=bad(3)), OPERATIONAL, WELL),
        (evidence(12, 12, data=bad(4)), DEGRADED, "bad-data"),
        (evidence(12, 12, data=bad(12)), DEGRADED, "bad-data"),
        (evidence(12, 8, data=bad(12)), DEGRADED, "silence"),
        (evidence(12, 0, data=bad(12)), UNKNOWN, "nothing-heard"),
        (evidence(12, 5, data=bad(12)), OUTAGE, "silence-outage"),
        (evidence(12, 12, 0, on(MAJOR), data=bad(4)), DEGRADED, "alerts"),
        (evidence(12, 12, deaf_since=START), UNKNOWN, "deaf"),
        (evidence(12, 5, work=Work("w", NAME, None)), Status.MAINTENANCE, "maintenance"),
        (evidence(12, 5, work=Work("w", NAME, None), deaf_since=START), Status.MAINTENANCE, "maintenance"),
        (evidence(12, 0, newest=None), UNKNOWN, "never-heard"),
        (evidence(12, 0, 12, newest=None), UNKNOWN, "never-heard"),
        (evidence(12, 0, newest=None, closed_until=0), UNKNOWN, "never-heard"),
        (evidence(12, 0, closed_until=0), OPERATIONAL, "closed"),
        (evidence(12, 0, 12, closed_until=0), OPERATIONAL, "closed"),
        (probed(probe(None)), UNKNOWN, "never-heard"),
        (probed(probe(None), newest=START), UNKNOWN, "nothing-heard"),
        (probed(probe(up=True)), OPERATIONAL, WELL),
        (probed(probe(up=False)), DEGRADED, "probes"),
        (probed(probe(up=True), probe(up=False, name="b")), DEGRADED, "probes"),
        (
            probed(probe(up=True), probe(None, name="b", at=None), probe(None, name="c", at=None)),
            UNKNOWN,
            "too-few-heard",
        ),
        (probed(probe(up=True), probe(None, name="b"), probe(None, name="c")), OUTAGE, "silence-outage"),
        (probed(probe(up=True), probe(up=True, name="b"), probe(None, name="c")), DEGRADED, "silence"),
        (probed(probe(up=True, certificate=20.5)), OPERATIONAL, "certificate"),
        (probed(probe(up=True, certificate=21)), OPERATIONAL, WELL),
        (evidence(12, 12, needs=(need(OUTAGE), need(OPERATIONAL, "Power"))), DEGRADED, "needs"),
        (evidence(12, 12, needs=(need(DEGRADED), need(UNKNOWN, "Power"))), OPERATIONAL, WELL),
        (Evidence(needs=(need(OPERATIONAL),)), OPERATIONAL, WELL),
        (Evidence(needs=(need(UNKNOWN),)), UNKNOWN, "never-heard"),
        (Evidence(needs=(need(OUTAGE),)), DEGRADED, "needs"),
    ],
)
def test_the_status_of_a_service(given_evidence: Evidence, status: Status, rule: str) -> None:
    assert judged(given_evidence)[:2] == (status, rule)


@pytest.mark.parametrize(
    ("given_evidence", "counted"),
    [
        (evidence(12, 12), True),
        (evidence(12, 8), True),
        (evidence(12, 0), True),  # silence later on says something about the service
        (evidence(12, 0, 12), False),
        (evidence(12, 0, newest=None), False),
        (evidence(0, 0), False),
        (evidence(12, 1, 11), False),
        (evidence(12, 12, deaf_since=START), False),
        (evidence(12, 12, closed_until=0), False),
        (evidence(12, 0, closed_until=START + MINUTE), False),
        (evidence(12, 0, work=Work("w", NAME, None)), True),  # the objective says whether work counts
    ],
)
def test_which_time_counts(given_evidence: Evidence, counted: bool) -> None:
    assert judged(given_evidence).counted is counted


def test_all_probes_must_be_down_for_a_minute_to_make_an_outage() -> None:
    down, well = probed(probe(up=False)), probed(probe(up=True))
    steps = [(0, well), (MINUTE, down), (3 * MINUTE, well)]

    assert list(course(judge(), steps, 20 * MINUTE)) == [
        (0, OPERATIONAL, WELL),
        (MINUTE, DEGRADED, "probes"),
        (2 * MINUTE, OUTAGE, "probes-outage"),
        (3 * MINUTE, DEGRADED, "probes"),
        (5 * MINUTE, OPERATIONAL, WELL),
    ]


def test_a_closed_service_may_be_silent_and_has_a_while_to_be_heard_when_it_opens() -> None:
    opens = 60 * MINUTE
    steps = [
        (0, evidence(12, 12, closed_until=opens)),
        (MINUTE, evidence(12, 3, closed_until=opens)),
        (opens, evidence(12, 3)),
    ]

    assert list(course(judge(), steps, 100 * MINUTE)) == [
        (0, OPERATIONAL, WELL),
        (MINUTE, OPERATIONAL, "closed"),
        (opens + 15 * MINUTE, OUTAGE, "silence-outage"),
    ]


def test_what_a_closed_service_does_report_is_judged() -> None:
    closed = {"closed_until": 60 * MINUTE}

    assert judged(evidence(12, 12, 0, on(MAJOR), **closed))[:2] == (DEGRADED, "alerts")
    assert judged(evidence(12, 3, 0, on(MAJOR), **closed))[:2] == (OPERATIONAL, "closed")
    assert judged(evidence(12, 3, 0, on(CRITICAL), **closed))[:2] == (OUTAGE, "silence-outage")
    assert judged(evidence(12, 12, closed_until=0, work=Work("w", NAME, None))).status is Status.MAINTENANCE


def test_a_critical_alert_ends_the_leniency_of_a_closed_service_at_once() -> None:
    opens = 60 * MINUTE
    steps = [
        (0, evidence(12, 3, closed_until=opens)),
        (MINUTE, evidence(12, 12, 0, on(CRITICAL), closed_until=opens)),
    ]

    assert list(course(judge(), steps, 2 * MINUTE))[1:] == [(MINUTE, DEGRADED, "alerts")]


def test_an_outage_by_silence_ends_below_its_limit() -> None:
    found = judge()

    statuses = [found.look(evidence(10, reporting), START).status for reporting in (5, 4, 5, 6, 5)]

    assert statuses == [DEGRADED, OUTAGE, OUTAGE, DEGRADED, DEGRADED]


def test_the_lines_are_the_policys() -> None:
    strict = rules(
        "{id: out, status: outage, when: {silent: {above: 0.2}}}",
        "{id: quiet, status: degraded, when: {silent: {above: 0}}}",
        "{id: alerted, status: degraded, when: {alerts: {severity: warning, at_least: 1}}}",
        "{id: data, status: degraded, when: {bad_data: {above: 0}}}",
    )

    assert judged(evidence(10, 9), strict)[:2] == (DEGRADED, "quiet")
    assert judged(evidence(10, 7), strict)[:2] == (OUTAGE, "out")
    assert judged(evidence(10, 10, 0, on(WARNING)), strict)[:2] == (DEGRADED, "alerted")
    assert judged(evidence(10, 10, 0, on(MAJOR)), strict)[:2] == (OPERATIONAL, WELL)
    assert judged(evidence(10, 10, data=bad(1)), strict)[:2] == (DEGRADED, "data")


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20), st.integers(0, 3))
def test_silence_is_never_fine_and_more_of_it_never_better(
    reporting: int, silent: int, awaited: int, majors: int
) -> None:
    def status(more_silent: int) -> Status:
        devices = reporting + silent + awaited
        return judged(evidence(devices, reporting - more_silent, awaited, *[on(MAJOR)] * majors)).status

    if reporting == 0:
        assert status(0) is UNKNOWN
    elif reporting > 1:
        assert status(1).rank >= status(0).rank or status(0) is UNKNOWN


def plainly(given_evidence: Evidence) -> Status:
    """The status as it was written down before rules were data."""
    devices, reporting = given_evidence.devices, given_evidence.reporting
    possible = 1 - given_evidence.silent / devices if devices else 0
    alerts = given_evidence.alerts
    critical = {a.device for a in alerts if a.severity is CRITICAL and a.device}
    if given_evidence.deaf_since is not None or devices == 0 or reporting == 0:
        return UNKNOWN
    if possible < 0.5 or len(critical) >= 0.5 * devices:
        return OUTAGE
    if possible < 0.9 or any(a.severity in {CRITICAL, MAJOR} for a in alerts):
        return DEGRADED
    if given_evidence.bad_data > 0.25 * devices:
        return DEGRADED
    return UNKNOWN if reporting / devices < 0.5 else OPERATIONAL


ALERTS = st.builds(
    OpenAlert,
    st.just("01J"),
    st.sampled_from([CRITICAL, MAJOR, MINOR, WARNING]),
    st.sampled_from(["yothi", "samyan"]),
    st.none() | st.sampled_from([f"tf-{n}" for n in range(30)]),
)
COUNTS = st.integers(0, 12)
ZONES = st.builds(
    lambda zone, up, silent, awaited: ZoneCount(zone, up + silent + awaited, up, awaited),
    st.sampled_from(["yothi", "samyan", "rama-1"]),
    COUNTS,
    COUNTS,
    COUNTS,
)
EVIDENCE = st.builds(
    Evidence,
    st.lists(ZONES, max_size=3, unique_by=lambda count: count.zone).map(tuple),
    st.lists(ALERTS, max_size=20).map(tuple),
    st.none() | st.just(START),
    deaf_since=st.sampled_from([None, None, None, START]),
    data=st.none() | st.builds(bad, st.integers(0, 20)),
)


@given(EVIDENCE)
def test_sensors_and_alerts_are_judged_as_ever(given_evidence: Evidence) -> None:
    assert judged(given_evidence).status is plainly(given_evidence)


def test_a_service_is_judged_by_the_set_that_it_names_else_by_the_citys() -> None:
    policy = default_policy()

    assert policy.rules_of(TRAFFIC) is policy.sets["city"]
    assert policy.silent_after == 3.0
