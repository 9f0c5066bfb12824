"""Floods: when one begins and ends, and what it tells (ISA-18.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.model import Severity, State
from services.alerts.floods.book import FloodBook, flood_document
from services.alerts.floods.sliding import Sliding
from services.alerts.policy.model import FloodLimits
from services.store.records.alerts import AlertRecord, Changes
from services.store.records.floods import FloodRecord

SECOND = 1_000
MINUTE = 60 * SECOND
NOW = 1_767_546_000_000


def firing(name: str, **fields: Any) -> AlertRecord:
    common: dict[str, Any] = {
        "fingerprint": name,
        "rule": "air/high",
        "rule_version": "1",
        "domain": "environment",
        "zone": "samyan",
        "device": None,
        "service": None,
        "severity": Severity.MAJOR,
        "highest_severity": Severity.MAJOR,
        "state": State.FIRING,
        "shadow": False,
        "starts_at": NOW,
        "title": {"en": "High", "th": "สูง"},
        "advice": None,
        "evidence": {},
    }
    return AlertRecord(id=name, **common | fields)


class Floods:
    """A book of floods, and what it wrote."""

    def __init__(self, limits: FloodLimits = FloodLimits()) -> None:  # noqa: B008
        self.now = NOW
        self.limits = limits
        self.book = FloodBook(limits)
        self.number = 0
        self.kept: dict[str, FloodRecord] = {}
        self.writes = 0

    def fire(self, count: int = 1, **fields: Any) -> None:
        """So many new alerts, in one transaction."""
        self.number += count
        names = range(self.number - count, self.number)
        self.apply(*(firing(f"A{number}", **fields) for number in names))

    def apply(self, *records: AlertRecord, before: dict[str, AlertRecord] | None = None) -> None:
        changes = Changes(alerts={one.id: one for one in records}, before=before or {})
        self.book.plan(replace(changes, also=[], plans={}), self.now)  # an attempt that was undone
        self.book.plan(changes, self.now)
        self.writes += len(changes.also)
        self.book.commit(changes, self.now)
        self._keep()

    def pass_time(self, span: int) -> None:
        """The minder looks every ten seconds, and in the end."""
        target = self.now + span
        while self.now < target:
            self.now = min(self.now + 10 * SECOND, target)
            for planned in self.book.passing(self.now):
                self.writes += 1
                planned.take()
            self._keep()

    def restart(self) -> None:
        self.book = FloodBook(self.limits)
        self.book.load([one for one in self.kept.values() if one.ended is None], self.now)

    def scopes(self) -> list[str]:
        return [record.scope for record in self.book.current()]

    def of(self, scope: str) -> FloodRecord:
        return next(record for record in self.book.current() if record.scope == scope)

    def _keep(self) -> None:
        self.kept |= {record.id: record for record in self.book.changed()}


def test_ten_alerts_in_ten_minutes_are_no_flood_and_eleven_are() -> None:
    floods = Floods()
    for _ in range(10):
        floods.fire()
        floods.pass_time(SECOND)
    assert floods.scopes() == []
    floods.fire()
    assert floods.scopes() == ["city", "environment"]
    assert floods.of("city").began == floods.now
    assert (floods.of("city").alerts, floods.of("city").peak) == (11, 11)


def test_eleven_alerts_over_a_longer_time_are_no_flood() -> None:
    floods = Floods()
    for _ in range(50):
        floods.fire()
        floods.pass_time(MINUTE)
    assert floods.scopes() == []


def test_the_domains_of_a_city_can_be_in_flood_together_with_it_or_not_at_all() -> None:
    floods = Floods()
    for domain in ("environment", "energy", "mobility"):
        floods.fire(4, domain=domain)
    assert floods.scopes() == ["city"]
    floods.fire(7, domain="energy")
    assert floods.scopes() == ["city", "energy"]
    assert floods.of("energy").alerts == 11
    assert floods.of("city").alerts == 19


def test_a_storm_in_one_transaction_is_a_flood() -> None:
    floods = Floods()
    floods.fire(500)
    assert floods.of("city").peak == 500
    assert floods.writes == 2


def test_it_ends_when_fewer_than_five_came_within_ten_minutes() -> None:
    floods = Floods()
    floods.fire(20)
    for _ in range(6):  # never fewer than five within ten minutes
        floods.pass_time(100 * SECOND)
        floods.fire()
    floods.pass_time(190 * SECOND)
    assert floods.scopes() == ["city", "environment"]
    floods.pass_time(10 * SECOND)
    assert floods.scopes() == []
    (city,) = [record for record in floods.kept.values() if record.scope == "city"]
    assert city.ended == floods.now
    assert (city.alerts, city.peak) == (26, 25)


def test_one_that_began_slowly_ends_when_it_is_calm_not_a_whole_span_later() -> None:
    floods = Floods()
    for _ in range(11):
        floods.fire()
        floods.pass_time(55 * SECOND)
    assert floods.scopes() == ["city", "environment"]
    floods.pass_time(6 * MINUTE)
    assert floods.scopes() == []


def test_the_next_flood_is_another_one() -> None:
    floods = Floods()
    floods.fire(20)
    floods.pass_time(11 * MINUTE)
    floods.fire(20)
    assert len([one for one in floods.kept.values() if one.scope == "city"]) == 2


def test_its_summary_names_the_most_frequent() -> None:
    floods = Floods()
    for number in range(7):
        title = {"en": f"Rule {number}", "th": f"กฎ {number}"}
        floods.fire(number + 1, rule=f"r{number}", title=title, zone=f"z{number % 2}", incident="I1")
    floods.fire(2, zone="", incident=None)
    summary = floods.of("city").summary
    assert [(one["rule"], one["count"]) for one in summary["rules"]] == [
        ("r6", 7),
        ("r5", 6),
        ("r4", 5),
        ("r3", 4),
        ("r2", 3),
    ]
    assert summary["rules"][0]["title"] == {"en": "Rule 6", "th": "กฎ 6"}
    assert summary["zones"] == [{"zone": "z0", "count": 16}, {"zone": "z1", "count": 12}]
    assert summary["incidents"] == [{"incident": "I1", "count": 28}]


def test_suppressed_alerts_make_no_flood_and_are_counted_in_one() -> None:
    floods = Floods()
    held = {"kind": "silence", "id": "S1"}
    floods.fire(100, suppressed=held)
    assert floods.scopes() == []
    floods.fire(11)
    floods.fire(30, suppressed=held)
    assert floods.of("city").alerts == 11
    assert floods.of("city").summary["suppressed"] == 30


@pytest.mark.parametrize(
    ("before", "fields"),
    [
        (None, {"state": State.PENDING}),
        (None, {"shadow": True}),
        ({"state": State.FIRING}, {"severity": Severity.CRITICAL}),
        ({"state": State.FIRING}, {"state": State.RESOLVED}),
    ],
)
def test_only_new_firings_count(before: dict[str, Any] | None, fields: dict[str, Any]) -> None:
    floods = Floods()
    names = [f"A{number}" for number in range(20)]
    were = {} if before is None else {name: firing(name, **before) for name in names}
    floods.apply(*(firing(name, **fields) for name in names), before=were)
    assert floods.scopes() == []


@pytest.mark.parametrize("before", [{"state": State.PENDING}, {"state": State.RESOLVED}, {"shadow": True}])
def test_what_was_pending_over_or_in_shadow_is_new_when_it_fires(before: dict[str, Any]) -> None:
    floods = Floods()
    names = [f"A{number}" for number in range(11)]
    floods.apply(*map(firing, names), before={name: firing(name, **before) for name in names})
    assert floods.scopes() == ["city", "environment"]


def test_a_flood_that_grows_is_written_once_a_minute() -> None:
    floods = Floods()
    floods.fire(11)
    writes = floods.writes
    for _ in range(12):
        floods.fire(100)
        floods.pass_time(10 * SECOND)
    assert floods.writes == writes + 4  # two scopes, two minutes
    (city,) = [record for record in floods.kept.values() if record.scope == "city"]
    assert city.alerts == 11 + 1_200
    floods.pass_time(5 * MINUTE)
    assert floods.writes == writes + 4  # nothing more came


def test_after_a_restart_a_flood_goes_on() -> None:
    floods = Floods()
    floods.fire(20, zone="yothi")
    floods.pass_time(5 * MINUTE)
    floods.restart()
    assert floods.scopes() == ["city", "environment"]
    floods.pass_time(10 * MINUTE - SECOND)
    assert floods.scopes() == ["city", "environment"]  # its span is not known whole before
    floods.fire(3)
    assert floods.of("city").alerts == 23
    assert floods.of("city").summary["zones"][0] == {"zone": "yothi", "count": 20}
    floods.pass_time(SECOND)
    assert floods.scopes() == []
    assert {one.ended for one in floods.kept.values()} == {floods.now}


def test_its_document_is_the_apis() -> None:
    floods = Floods()
    floods.fire(11)
    document = flood_document(floods.of("city"))
    assert document | {"id": "", "summary": None} == {
        "id": "",
        "scope": "city",
        "began": "2026-01-04T17:00:00.000Z",
        "ended": None,
        "alerts": 11,
        "peak": 11,
        "summary": None,
    }


def test_a_storm_of_many_names_is_counted_in_bounded_memory() -> None:
    floods = Floods()
    for number in range(3_000):
        floods.fire(1, rule=f"r{number}", zone=f"z{number}", incident=f"I{number}")
    flood = floods.book._scopes["city"].flood
    assert flood is not None
    assert flood.alerts == 3_000
    assert len(flood._rules) == len(flood._zones) == len(flood._incidents) == len(flood._titles) == 1_000


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 50)), max_size=60), st.integers(1, 700))
def test_a_sliding_count_is_the_count_of_its_span(steps: list[tuple[int, int]], over: int) -> None:
    sliding, second, came = Sliding(over * SECOND), 5_000_000, []
    for wait, count in steps:
        second += wait
        sliding.add(second * SECOND, count)
        came.append((second, count))
        size = over if over <= 600 else None
        if size is not None:
            expected = sum(count for moment, count in came if moment > second - size)
            assert sliding.at(second * SECOND + 999) == expected
            later = sum(count for moment, count in came if moment > second + 7 - size)
            assert sliding.at((second + 7) * SECOND) == later
        else:
            assert sliding.at(second * SECOND) <= sum(count for _, count in came)


def test_a_clock_that_is_set_back_does_not_stop_the_count() -> None:
    sliding = Sliding(600 * SECOND)
    sliding.add(NOW, 5)
    sliding.add(NOW - 30 * SECOND, 2)
    assert sliding.at(NOW) == 7
    sliding.add(NOW - 3_600 * SECOND, 3)
    assert sliding.at(NOW - 3_600 * SECOND) == 3
