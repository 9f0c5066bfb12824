"""The course is a function of the facts: however it is looked at, the same changes at the same moments."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from devices.catalog import Catalog
from devices.city import CityFolder
from devices.documents import Document
from devices.model import Device, Text
from services.status.course import Course
from services.status.facts import (
    Alerted,
    Banded,
    Fact,
    Found,
    Heard,
    Hearing,
    Registered,
    Surveyed,
    Worked,
)
from services.status.model import Change, DataQuality, OffBand
from services.status.policy.model import StatusPolicy, read_status_policy
from tests.unit.status.coursecity import CITY, DEVICES, POLICY, alert, course
from tests.unit.status.statuscity import MINUTE, START, counter

SPAN = 45 * MINUTE
END = START + SPAN + 30 * MINUTE
_OFF = OffBand("k", Text("k", "k"), 1.0, "%", None, 0.5)
_moment = st.integers(START + 1, START + SPAN)
_device = st.sampled_from(DEVICES)
_service = st.sampled_from(list(CITY.services))


@st.composite
def _regular(draw: Any) -> list[Fact]:
    """A device that reports as it should, for a while."""
    device = draw(_device)
    start, many = draw(_moment), draw(st.integers(2, 12))
    probe = Found(draw(st.booleans()), 20.0) if "ServiceProbe" in device.types else None
    return [Heard(start + n * device.interval, device.id, probe) for n in range(many)]


@st.composite
def _single(draw: Any) -> list[Fact]:
    at, device = draw(_moment), draw(_device)
    number = draw(st.integers(0, 4))
    return [
        draw(
            st.sampled_from(
                [
                    Heard(at, device.id),
                    Heard(at, "web-1", Found(number % 2 == 0, 10.0 * number, 200.0, 30.0 - 5 * number)),
                    alert(at, ("critical", "major", "minor", None)[number % 4], id=f"a{number % 2}"),
                    alert(at, "major" if number % 2 else None, id="z", device=None, service=None),
                    alert(at, "critical" if number % 2 else None, id="o", rule="objectives/burn"),
                    Hearing(at, number % 2 == 0),
                    Surveyed(at, "traffic-counts", None, DataQuality(0.9, stuck=number, bad=number)),
                    Surveyed(at, "traffic-counts", "yothi", DataQuality(0.9, stuck=number, bad=number)),
                    Banded(at, "parking", (_OFF,) * (number % 2)),
                    Registered(
                        at, "tf-01", None if number == 0 else counter(1, "samyan" if number % 2 else "yothi")
                    ),
                    Registered(at, "tf-09", counter(9, "rama-1", enabled=number % 2 == 0)),
                    Registered(at, "tf-02", counter(2, interval=(number + 1) * MINUTE)),
                    Worked(at, "w", Text("w", "w"), ("power",), (), None if number % 2 else 0),
                    Worked(at, "v", Text("v", "v"), (), ("yothi",), 0 if number % 2 else at + MINUTE),
                ]
            )
        )
    ]


def _subject(fact: Fact) -> tuple[object, ...]:
    names = ("id", "device", "service", "zone") if not isinstance(fact, Alerted | Worked) else ("id",)
    return (
        type(fact),
        *(getattr(fact, name, None) for name in names if not isinstance(getattr(fact, name, None), Device)),
    )


def _distinct(groups: Iterable[Sequence[Fact]]) -> list[Fact]:
    """Of facts about the same thing at the same moment only the first, in any order."""
    found: dict[object, Fact] = {}
    for group in groups:
        for fact in group:
            found.setdefault((fact.at, *_subject(fact)), fact)
    return list(found.values())


FACTS = st.lists(st.one_of(_regular(), _single()), max_size=40).map(_distinct)

RULES = b"""
sets:
  city:
    - {id: deaf, status: unknown, when: {deaf: true}, counted: false}
    - {id: work, status: maintenance, when: {maintenance: true}}
    - {id: old, status: outage, when: {freshness: {above: 2.5}}, for: 40s, keep: 90s}
    - {id: needs, status: degraded, when: {dependencies: {status: [outage, degraded], above: 0}}, for: 20s}
    - {id: silent, status: degraded, when: {silent: {above: 0.3, clear_below: 0.1}}, for: 1m, keep: 2m}
    - {id: alerts, status: degraded, when: {alerts: {severity: major+, at_least: 1}}, keep: 30s}
    - {id: slow, status: degraded, when: {probe_latency: {above: 25, clear_below: 15}}}
    - {id: kpi, status: degraded, when: {kpis_off: {at_least: 1}}}
"""


TIMED = read_status_policy(CityFolder(CITY, Catalog({}), (), status=Document("status.yaml", RULES)))
"""Rules that take their time, leave it, and look at how old readings are."""
POLICIES = st.sampled_from([POLICY, TIMED])


def seen(changes: Iterable[Change]) -> list[Any]:
    return [(c.at, c.subject, c.verdict, c.evidence, c.latched) for c in changes]


def all_at_once(policy: StatusPolicy, facts: Sequence[Fact]) -> list[Change]:
    whole = course(policy)
    whole.take(*facts)
    return whole.until(END).changes


@settings(max_examples=40, deadline=None)
@given(POLICIES, FACTS, st.lists(st.integers(START, END)), st.randoms())
def test_looking_often_is_looking_once(
    policy: StatusPolicy, facts: list[Fact], looks: list[int], random: Any
) -> None:
    stepwise, changes = course(policy), []
    for look in [*sorted(looks), END]:
        coming = [
            fact for fact in facts if stepwise.now < fact.at <= look or fact.at == stepwise.now == START
        ]
        random.shuffle(coming)
        stepwise.take(*coming)
        moved = stepwise.until(look)
        assert moved.late == {}
        changes += moved.changes

    assert seen(changes) == seen(all_at_once(policy, facts))


def so_far(facts: Iterable[Fact], until: int) -> list[Fact]:
    """How things stand at a moment: of everything the last that was told of it."""
    last: dict[object, Fact] = {}
    for fact in sorted(facts, key=lambda fact: fact.at):
        if fact.at <= until and not isinstance(fact, Registered):
            last[_subject(fact)] = fact
    return list(last.values())


def devices_then(facts: Iterable[Fact], until: int) -> list[Device]:
    there = {device.id: device for device in DEVICES}
    for fact in sorted(facts, key=lambda fact: fact.at):
        if isinstance(fact, Registered) and fact.at <= until:
            there.pop(fact.id, None)
            if fact.device is not None:
                there[fact.id] = fact.device
    return list(there.values())


def heard_then(first: Course, facts: Iterable[Fact], until: int) -> list[Fact]:
    """When devices were heard last. Of one that was gone in between nobody would know."""
    return [fact for fact in so_far(facts, until) if not isinstance(fact, Heard) or first.device(fact.device)]


@settings(max_examples=40, deadline=None)
@given(POLICIES, FACTS, st.integers(START, END))
def test_going_on_from_what_was_kept_is_going_on(policy: StatusPolicy, facts: list[Fact], split: int) -> None:
    facts = [fact for fact in facts if not isinstance(fact, Hearing)]
    first = course(policy)
    first.take(*(fact for fact in facts if fact.at <= split))
    changes = first.until(split).changes
    kept = json.loads(json.dumps(first.dump()))

    second = course(policy, split, devices=devices_then(facts, split), started=START)
    second.load(kept)
    second.take(*heard_then(first, facts, split), *(fact for fact in facts if fact.at > split))
    moved = second.until(END)

    assert moved.late == {}
    assert seen([*changes, *moved.changes]) == seen(all_at_once(policy, facts))
