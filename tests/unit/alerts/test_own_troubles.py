"""Nakhon's own figures become transitions like those of any rule."""

from __future__ import annotations

import pytest

from devices.model import Domain, Text
from rules.model import OWN_GROUP, Severity, State, Transition, fingerprint
from services.alerts.own import WATCHES, Figure, OwnWatch, Watch
from services.alerts.own.watch import NOWHERE
from services.runtime.ports import OpenAlert

START = 1_767_546_000_000
WATCH = Watch(
    "filling",
    "share",
    "1",
    {Severity.MAJOR: 0.7, Severity.CRITICAL: 0.9},
    10_000,
    Text("Filling", "ใกล้เต็ม"),
    Text("Make room", "เพิ่มพื้นที่"),
    calm=30_000,
)


def play(own: OwnWatch, *course: tuple[int, float]) -> list[tuple[int, str, str]]:
    """(seconds, value) → (seconds, state, severity) of what was said."""
    said: list[Transition] = []
    for second, value in course:
        said += own.look({"filling": Figure(value)}, START + second * 1000)
    return [((one.at - START) // 1000, one.state.value, one.severity.value) for one in said]


def test_a_figure_over_its_limit_fires_once_it_has_been_so_long_enough() -> None:
    assert play(OwnWatch([WATCH]), (0, 0.8), (9, 0.8), (10, 0.8), (11, 0.8)) == [(10, "firing", "major")]


def test_a_moment_over_the_limit_is_nothing() -> None:
    assert play(OwnWatch([WATCH]), (0, 0.8), (5, 0.5), (10, 0.8), (19, 0.8)) == []


def test_severity_moves_with_the_figure_and_it_ends_when_calm() -> None:
    course = [(0, 0.8), (10, 0.8), (20, 0.95), (30, 0.8), (40, 0.5), (69, 0.5), (70, 0.5), (80, 0.5)]
    assert play(OwnWatch([WATCH]), *course) == [
        (10, "firing", "major"),
        (20, "firing", "critical"),
        (30, "firing", "major"),
        (70, "resolved", "major"),
    ]


def test_a_relapse_begins_the_calm_anew() -> None:
    course = [(0, 0.8), (10, 0.8), (20, 0.5), (40, 0.8), (41, 0.5), (70, 0.5), (71, 0.5)]
    assert play(OwnWatch([WATCH]), *course) == [(10, "firing", "major"), (71, "resolved", "major")]


def test_of_what_has_no_figure_nothing_is_said() -> None:
    own = OwnWatch([WATCH])
    assert own.look({}, START) == []


def test_after_a_restart_it_goes_on_with_the_same_alert() -> None:
    own = OwnWatch([WATCH])
    alert = OpenAlert(
        id="01J",
        fingerprint=fingerprint(WATCH.rule, NOWHERE),
        rule=WATCH.rule,
        domain="governance",
        zone="",
        device=None,
        service=None,
        severity=Severity.MAJOR,
        firing=True,
        shadow=False,
        starts_at=START - 5_000,
        fired=START,
        labels={},
    )
    own.restore([alert])
    assert play(own, (60, 0.8)) == []
    (ended,) = [
        *own.look({"filling": Figure(0.1)}, START + 70_000),
        *own.look({"filling": Figure(0.1)}, START + 100_000),
    ]
    assert (ended.state, ended.starts_at) == (State.RESOLVED, START - 5_000)
    assert ended.fingerprint == alert.fingerprint


def test_what_is_said_is_an_alert_of_governance_with_its_arithmetic() -> None:
    own = OwnWatch([WATCH])
    own.look({"filling": Figure(0.95, {"reason": "disk full"})}, START)
    (said,) = own.look({"filling": Figure(0.95, {"reason": "disk full"})}, START + 10_000)
    assert (said.rule, said.domain, said.subject) == (f"{OWN_GROUP}/filling", Domain.GOVERNANCE, NOWHERE)
    assert (said.evidence.value, said.evidence.threshold) == (0.95, 0.9)
    assert said.evidence.details == {"unit": "1", "reason": "disk full"}
    assert said.starts_at == START


@pytest.mark.parametrize("watch", WATCHES, ids=lambda watch: watch.id)
def test_every_watch_says_what_to_do_in_both_languages(watch: Watch) -> None:
    assert all((watch.title.en, watch.title.th, watch.advice.en, watch.advice.th))
    assert watch.severity_of(max(watch.levels.values()) + 1) is max(watch.levels, key=lambda one: one.rank)
    assert watch.severity_of(min(watch.levels.values())) is None
    own = OwnWatch()
    assert own.version_of(watch.rule) == watch.version
    assert own.version_of("other/" + watch.id) is None
