"""Rules with memory: however often one looks, and wherever one begins again, the course is the same."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.status.judging.judge import Judge
from services.status.model import Evidence, Status, ZoneCount
from services.status.policy.rules import WELL, RuleList
from tests.unit.status.evidences import (
    CRITICAL,
    DEFAULT,
    MAJOR,
    course,
    evidence,
    judge,
    on,
    probe,
    rules,
)
from tests.unit.status.statuscity import MINUTE, START

SECOND = 1_000
BUSY = rules(
    "{id: stale, status: unknown, when: {freshness: {above: 7, clear_below: 2}}, for: 20s}",
    "{id: quiet, status: outage, when: {silent: {above: 0.5, clear_below: 0.25}}, for: 30s, keep: 45s}",
    "{id: fresh, status: maintenance, when: {freshness: {below: 1.5, clear_above: 2.5}}, keep: 10s}",
    "{id: both, status: degraded, when: {all: [{silent: {at_least: 0.2, clear_below: 0.1}},"
    " {not: {alerts: {severity: major+, at_least: 1}}}]}, for: 5s, unless: {closed: true}}",
    "{id: any, status: degraded, when: {any: [{probes_down: {above: 0}}, {alerts: {above: 1}}]}, keep: 1m}",
)
END = 10 * MINUTE

SPANS = st.integers(0, 90) | st.sampled_from([5, 10, 20, 30, 45, 60])
EVIDENCE = st.builds(
    lambda up, silent, majors, down, closed, age: Evidence(
        (ZoneCount("yothi", up + silent, up, 0),),
        tuple(on(MAJOR, f"tf-{n}") for n in range(majors)),
        START - age * SECOND,
        20 * SECOND,
        probes=(probe(up=not down),),
        closed_until=0 if closed else None,
    ),
    st.integers(0, 8),
    st.integers(0, 8),
    st.integers(0, 2),
    st.booleans(),
    st.booleans(),
    st.integers(0, 60),
)
STEPS = st.lists(st.tuples(SPANS, EVIDENCE), min_size=1, max_size=12)
LISTS = st.sampled_from([BUSY, DEFAULT])
Steps = list[tuple[int, Evidence]]


def timed(steps: list[tuple[int, Evidence]]) -> Steps:
    """Spans in seconds from one to the next as moments, of one moment only the last."""
    at, found = START, {}
    for span, given_evidence in steps:
        at += span * SECOND
        found[at] = given_evidence
    return list(found.items())


def moments(steps: Steps, extra: Sequence[int]) -> list[int]:
    """Moments within the course at which somebody looks who need not."""
    return sorted(steps[0][0] + moment for moment in extra)


def watched(found: Judge, steps: Steps, extra: Sequence[int] = (), *, restart: bool = False) -> list[object]:
    """The changes, when one looks at these moments, too; ``restart``: with another judge each time."""
    until, looks = steps[-1][0] + END, list(moments(steps, extra))
    times, last, changes = [at for at, _ in steps], None, []
    at: int | None = steps[0][0]
    while at is not None and at < until:
        given_evidence = steps[bisect_right(times, at) - 1][1]
        if restart and at in looks:
            again = Judge(found._rules, found._name, found._speaker)
            again.load(json.loads(json.dumps(found.dump())))
            found = again
        verdict = found.look(given_evidence, at)
        if (verdict.status, verdict.rule, verdict.counted) != last:
            last = verdict.status, verdict.rule, verdict.counted
            changes.append((at, *last))
        later = [moment for moment in (*times, *looks) if moment > at]
        at = min(later + following(found, at), default=None)
    return changes


def following(found: Judge, at: int) -> list[int]:
    """When it wants to look next, which is always later."""
    due = found.due()
    assert due is None or due > at
    return [] if due is None else [due]


LOOKS = st.lists(st.integers(0, 15 * MINUTE), max_size=12)


@given(LISTS, STEPS, LOOKS)
@example(BUSY, [(0, evidence(8, 2)), (30, evidence(8, 8))], [30 * SECOND - 1, 30 * SECOND + 1])
def test_looking_more_often_never_changes_the_course(found: RuleList, steps: Steps, extra: list[int]) -> None:
    steps = timed(steps)

    assert watched(judge(found), steps, extra) == watched(judge(found), steps)


@given(LISTS, STEPS, LOOKS)
def test_a_restart_anywhere_never_changes_the_course(found: RuleList, steps: Steps, stops: list[int]) -> None:
    steps = timed(steps)

    assert watched(judge(found), steps, stops, restart=True) == watched(judge(found), steps)


@given(STEPS, LOOKS)
def test_a_course_goes_on_from_what_a_change_kept(steps: Steps, stops: list[int]) -> None:
    """A recomputation begins with what was latched at some moment: the rest is as it was."""
    steps = timed(steps)
    whole = watched(judge(BUSY), steps)
    for stop in moments(steps, stops):
        found = judge(BUSY)
        before = [(at, one) for at, one in steps if at <= stop]
        watched_until(found, before, stop)
        again = judge(BUSY)
        again.load(found.dump())
        rest = [(stop, before[-1][1]), *[(at, one) for at, one in steps if at > stop]]

        assert [c for c in watched(again, rest) if c[0] > stop] == [c for c in whole if c[0] > stop]


def watched_until(found: Judge, steps: Steps, until: int) -> None:
    times = [at for at, _ in steps]
    at: int | None = steps[0][0]
    while at is not None and at <= until:
        found.look(steps[bisect_right(times, at) - 1][1], at)
        later = [moment for moment in (*times, until) if moment > at]
        at = min(later + following(found, at), default=None)


@given(st.lists(st.integers(41, 50), min_size=1, max_size=30), st.booleans())
def test_within_its_gap_hysteresis_never_flips(silent: list[int], above: bool) -> None:
    """Between 0.4 (excluded) and 0.5 it is as it was before."""
    found = judge(rules("{id: quiet, status: outage, when: {silent: {above: 0.5, clear_below: 0.4}}}"))
    found.look(evidence(100, 40 if above else 70), START)

    statuses = {found.look(evidence(100, 100 - count), START + n).status for n, count in enumerate(silent)}

    assert statuses == {Status.OUTAGE if above else Status.OPERATIONAL}


@pytest.mark.parametrize(
    ("comparison", "silent", "expected"),
    [
        ("above: 0.5, clear_below: 0.4", [50, 51, 50, 41, 40, 41, 50, 51], "01110001"),
        ("at_least: 0.5, clear_below: 0.4", [49, 50, 49, 41, 40, 41, 50], "0111001"),
        ("at_least: 0.5", [49, 50, 49], "010"),
        ("above: 0.5", [50, 51, 50], "010"),
        ("below: 0.4, clear_above: 0.5", [40, 39, 40, 49, 50, 49, 39], "0111001"),
        ("at_most: 0.4, clear_above: 0.5", [41, 40, 41, 49, 50, 40], "011101"),
        ("at_most: 0.4", [41, 40, 41], "010"),
        ("below: 0.4", [40, 39, 40], "010"),
    ],
)
def test_where_a_comparison_clears(comparison: str, silent: list[int], expected: str) -> None:
    found = judge(rules(f"{{id: it, status: outage, when: {{silent: {{{comparison}}}}}}}"))

    said = [found.look(evidence(100, 100 - n), START).rule == "it" for n in silent]

    assert "".join(str(int(one)) for one in said) == expected


@pytest.mark.parametrize("stop", [20, 45, 60, 69])
def test_what_is_kept_outlives_a_restart_no_longer_than_it_would_have(stop: int) -> None:
    found = rules("{id: it, status: outage, when: {silent: {above: 0.5}}, keep: 1m}")
    steps = [(START, quiet(True)), (START + 10 * SECOND, quiet(False))]

    assert watched(judge(found), steps, [stop * SECOND], restart=True) == [
        (START, Status.OUTAGE, "it", True),
        (START + 70 * SECOND, Status.OPERATIONAL, WELL, True),
    ]


def test_what_can_not_be_measured_is_never_so_and_forgets_that_it_was() -> None:
    found = judge(rules("{id: quiet, status: outage, when: {silent: {above: 0.5, clear_below: 0.4}}}"))
    found.look(evidence(100, 40), START)

    assert found.look(evidence(0, 0), START).rule == WELL
    assert found.look(evidence(100, 55), START).rule == WELL
    assert found.dump() == {}


def quiet(silent: bool) -> Evidence:
    return evidence(10, 2 if silent else 10)


@pytest.mark.parametrize(
    ("more", "steps", "expected"),
    [
        ("for: 1m", [(0, True), (59, False)], []),
        ("for: 1m", [(0, True), (60, False)], []),  # it would begin at the very moment at which it is over
        ("for: 1m", [(0, True), (61, False)], [(60, "on"), (61, "off")]),
        ("for: 1m", [(0, True), (30, False), (40, True)], [(100, "on")]),
        ("for: 1m, keep: 1m", [(0, True), (60, False)], []),
        ("keep: 1m", [(0, True), (10, False)], [(0, "on"), (70, "off")]),
        ("keep: 1m", [(0, True), (10, False), (69, True), (80, False)], [(0, "on"), (140, "off")]),
        ("keep: 1m", [(0, True), (10, False), (70, True)], [(0, "on")]),
        ("for: 30s, keep: 1m", [(0, True), (40, False), (90, True), (95, False)], [(30, "on"), (155, "off")]),
        (
            "for: 30s, keep: 1m",
            [(0, True), (40, False), (110, True)],
            [(30, "on"), (100, "off"), (140, "on")],
        ),
    ],
)
def test_rules_that_take_and_leave_time(
    more: str, steps: list[tuple[int, bool]], expected: list[tuple[int, str]]
) -> None:
    found = judge(rules(f"{{id: it, status: outage, when: {{silent: {{above: 0.5}}}}, {more}}}"))
    given_steps = [(START + at * SECOND, quiet(silent)) for at, silent in steps]

    changes = list(course(found, given_steps, START + END))

    told = [((at - START) // SECOND, "on" if rule == "it" else "off") for at, _, rule in changes]
    assert told[told[0] == (0, "off") :] == expected


def test_a_wait_that_passed_unwatched_counts_all_the_same() -> None:
    found = judge(rules("{id: it, status: outage, when: {silent: {above: 0.5}}, for: 1m, keep: 1m}"))
    found.look(quiet(True), START)

    assert found.look(quiet(False), START + 5 * MINUTE).rule == "it"  # it held for four minutes
    assert found.due() == START + 6 * MINUTE
    assert found.look(quiet(True), START + 9 * MINUTE).rule == WELL  # it was over for three


def test_what_blocks_a_rule_does_so_at_once_and_only_for_as_long_as_it_lasts() -> None:
    found = judge(
        rules(
            "{id: it, status: outage, when: {silent: {above: 0.5}}, keep: 1h,"
            " unless: {alerts: {severity: critical, at_least: 1}}}"
        )
    )
    blocked = evidence(10, 2, 0, on(CRITICAL))

    assert [found.look(one, START).rule for one in (quiet(True), blocked, quiet(False))] == ["it", WELL, "it"]


@pytest.mark.parametrize(
    ("comparison", "turns"),
    [
        ("above: 3", [(0, 0), (180_001, 1)]),
        ("at_least: 3", [(0, 0), (180_000, 1)]),
        ("below: 3", [(0, 1), (180_000, 0)]),
        ("at_most: 3", [(0, 1), (180_001, 0)]),
        ("below: 3, clear_above: 4", [(0, 1), (240_000, 0)]),
        ("at_most: 3, clear_above: 4", [(0, 1), (240_000, 0)]),
        ("above: 0.1", [(0, 0), (6_001, 1)]),
    ],
)
def test_time_alone_turns_what_looks_at_freshness(comparison: str, turns: list[tuple[int, int]]) -> None:
    found = judge(rules(f"{{id: old, status: degraded, when: {{freshness: {{{comparison}}}}}}}"))
    changes = course(found, [(START, evidence(1, 1, interval=MINUTE))], START + 100 * MINUTE)

    assert [(at - START, int(rule == "old")) for at, _, rule in changes] == turns


@given(st.integers(1, 100_000), st.floats(0.01, 50))
def test_the_moment_at_which_freshness_turns_is_exact(interval: int, limit: float) -> None:
    found = judge(rules(f"{{id: old, status: degraded, when: {{freshness: {{above: {limit!r}}}}}}}"))
    given_evidence = evidence(1, 1, interval=interval)
    found.look(given_evidence, START)
    due = found.due()

    assert due is not None
    assert found.look(given_evidence, due - 1).rule == WELL
    assert found.look(given_evidence, due).rule == "old"


def test_without_a_reading_or_an_interval_nothing_is_old() -> None:
    found = judge(rules("{id: old, status: degraded, when: {freshness: {above: 1}}}"))

    for given_evidence in (evidence(1, 1, newest=None), evidence(1, 1, interval=None)):
        assert found.look(given_evidence, START + END).rule == WELL
        assert found.due() is None


def test_what_was_kept_of_rules_that_changed_is_left_out() -> None:
    found = judge(BUSY)
    found.look(evidence(10, 2), START)
    kept = found.dump()
    assert kept["quiet"]["since"] == START

    again = judge(rules("{id: quiet, status: outage, when: {silent: {above: 0.6, clear_below: 0.1}}}"))
    again.load({**kept, "gone": {"latched": ["x"]}, "quiet": {**kept["quiet"], "until": 1}, "odd": 7})

    assert again.dump() == {}
    assert again.look(evidence(10, 5), START).rule == WELL
