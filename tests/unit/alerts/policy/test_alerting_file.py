"""alerting.yaml: what each part of it means, and every mistake in it at once, with its line."""

from __future__ import annotations

import pytest

from devices.documents import Document, ProblemsError
from devices.model import Text
from rules.context import Context
from rules.model import Severity
from services.alerts.policy.files import read_policy
from services.alerts.policy.forms import parse_severity
from services.alerts.policy.matcher import Matcher
from services.alerts.policy.model import (
    HOUR,
    MINUTE,
    Dependency,
    FloodLimits,
    Gathering,
    Inhibition,
    Policy,
    Recurrence,
    Route,
    Step,
)
from tests.unit.alerts.policy.alertingfiles import mistakes, policy, route

MONDAY_NOON = 1_767_589_200_000  # 2026-01-05T12:00 in Bangkok
DOWN = Matcher(rules=("lights/feeder-down",))
SUNDAY_NOON = MONDAY_NOON - 24 * HOUR


def test_without_a_file_and_with_an_empty_one_nothing_is_decided() -> None:
    assert read_policy(None, Context()) == Policy()
    assert policy("# nothing yet\n") == Policy()


def test_the_short_parts() -> None:
    found = policy(
        """
        receivers: {duty: {en: Duty officer, th: เจ้าหน้าที่เวร}, lead: null}
        reopen: {within: 5m}
        flapping: {firings: 4, within: 20m, calm: 3m}
        incidents: {by: [zone, "label:site"], within: 1h, reopen: 0s}
        flood: {alerts: 20, within: 5m, ends_below: 7}
        deadlines: {delivered: 30s, acknowledged: {critical: 2m}}
        """
    )
    assert found.receivers == {"duty": Text("Duty officer", "เจ้าหน้าที่เวร"), "lead": Text("lead", "lead")}
    assert found.recurrence == Recurrence(5 * MINUTE, 4, 20 * MINUTE, 3 * MINUTE)
    assert found.gathering == Gathering(("zone", "label:site"), HOUR, 0)
    assert found.flood == FloodLimits(20, 5 * MINUTE, 7)
    assert set(found.deadlines.delivered.values()) == {30_000}
    assert found.deadlines.acknowledged[Severity.CRITICAL] == 2 * MINUTE
    assert found.deadlines.acknowledged[Severity.MINOR] == HOUR


def test_what_hangs_on_what() -> None:
    found = policy(
        """
        depends:
          - {id: feeder, cause: {rules: lights/feeder-down}, effects: {rules: ["lights/*"]}, label: feeder,
             within: 5m}
          - {id: zone, cause: {services: [air]}, effects: {rules: [air/silent]}, equal: zone, quiet: false}
        inhibit:
          - {id: worse, source: {severity: major+}, target: {severities: [minor, warning]},
             equal: [zone, service],
             reason: {th: แย่กว่า}}
        """
    )
    feeder, zone = found.dependencies
    lights = Matcher(rules=("lights/*",))
    assert feeder == Dependency(
        "feeder", Matcher(rules=("lights/feeder-down",)), lights, "feeder", (), 5 * MINUTE
    )
    assert (zone.label, zone.equal, zone.within, zone.quiet) == (None, ("zone",), 10 * MINUTE, False)
    assert found.inhibitions == (
        Inhibition(
            "worse",
            Matcher(severities=("critical", "major")),
            Matcher(severities=("minor", "warning")),
            ("zone", "service"),
            Text("แย่กว่า", "แย่กว่า"),
        ),
    )


def test_maintenance_is_kept_as_it_was_written() -> None:
    (found,) = policy(
        """
        maintenance:
          - {id: weekly, title: {en: Cleaning}, match: {zones: [samyan]}, start: 2026-01-05T01:00,
             duration: 2h, rrule: FREQ=WEEKLY;BYDAY=MO, exdates: [2026-04-13], reason: As every week}
        """
    ).maintenance
    assert (found.id, found.title.en, found.reason) == ("weekly", "Cleaning", "As every week")
    assert found.matcher == Matcher(zones=("samyan",))
    assert {key: str(value) for key, value in found.schedule.items()} == {
        "start": "2026-01-05T01:00",
        "duration": "2h",
        "rrule": "FREQ=WEEKLY;BYDAY=MO",
        "exdates": "('2026-04-13',)",
        "timezone": "Asia/Bangkok",
    }


def test_a_route_with_everything() -> None:
    (found,) = policy(
        """
        receivers: {duty: {en: Duty}, lead: {en: Lead}}
        intervals: {office: {days: mon-fri, hours: "08:00-17:00"}}
        routes:
          - id: air
            match: {domains: [environment], zones: samyan, labels: {site: [school, "k*"]}, severity: major+}
            during: office
            mute: {hours: "12:00-13:00"}
            steps: [{notify: duty}, {after: 10m, notify: [lead, duty]}]
            group: {by: [zone, rule], wait: 5s, interval: 2m}
            repeat: 1h
            resolved: false
            continue: true
        """
    ).routes
    assert found.match == Matcher(
        domains=("environment",),
        zones=("samyan",),
        severities=("critical", "major"),
        labels={"site": ("school", "k*")},
    )
    assert found.steps == (Step(0, ("duty",)), Step(10 * MINUTE, ("lead", "duty")))
    assert found.during is not None
    assert found.mute is not None
    assert (found.during.open(MONDAY_NOON), found.during.open(SUNDAY_NOON)) == (True, False)
    assert (found.mute.open(MONDAY_NOON), found.mute.open(MONDAY_NOON - MINUTE)) == (True, False)
    assert (found.group_by, found.group_wait, found.group_interval) == (("zone", "rule"), 5_000, 2 * MINUTE)
    assert (found.repeat, found.resolved, found.continues) == (HOUR, False, True)


def test_a_route_with_little_takes_everything_at_once() -> None:
    assert policy(route()).routes == (Route("one", Matcher(), (Step(0, ("duty",)),)),)


def test_hours_are_those_of_the_city_and_know_its_holidays() -> None:
    (found,) = policy(route(during='{hours: "00:00-24:00", holidays: exclude}')).routes
    new_year = 1_767_243_600_000  # 2026-01-01T12:00 in Bangkok
    assert found.during is not None
    assert (found.during.open(new_year), found.during.open(MONDAY_NOON)) == (False, True)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("critical", ("critical",)),
        ("critical+", ("critical",)),
        ("minor+", ("critical", "major", "minor")),
        ("warning+", ("critical", "major", "minor", "warning")),
        ("warning", ("warning",)),
    ],
)
def test_so_bad_or_worse(written: str, meant: tuple[str, ...]) -> None:
    assert tuple(parse_severity(written)) == meant


MISTAKES = [
    (route(match="{zone: [samyan]}"), "3: routes[0].match.zone: unknown key; did you mean zones?"),
    (route(match="{zones: [samyam]}"), "3: routes[0].match.zones[0]: no zone 'samyam'; did you mean samyan?"),
    (route(match="{zones: samyam}"), "3: routes[0].match.zones: no zone 'samyam'; did you mean samyan?"),
    (
        route(match="{services: [airy]}"),
        "3: routes[0].match.services[0]: no service 'airy'; did you mean air?",
    ),
    (
        route(match="{rules: [air/hihg]}"),
        "3: routes[0].match.rules[0]: no rule in force 'air/hihg'; did you mean",
    ),
    (
        route(match="{rules: [nakhon/broker-gone]}"),
        "no rule in force 'nakhon/broker-gone'; did you mean nakhon/",
    ),
    (route(match="{domains: [energies]}"), "unknown value 'energies'"),
    (
        route(match="{severity: bad}"),
        "must be one of critical, major, minor, warning, or major+ for that bad",
    ),
    (route(match="{severity: minor, severities: [major]}"), "give severities or severity, not both"),
    (
        route(notify="dutty"),
        "3: routes[0].notify: no receiver 'dutty'; did you mean duty? (allowed: duty, lead)",
    ),
    (route(steps="[]"), "needs steps, or notify for one step: one of them"),
    (route(steps="[{notify: duty}]", notify="lead"), "needs steps, or notify for one step: one of them"),
    (route(steps="[{after: 5m, notify: duty}]"), "routes[0].steps[0].after: the first step has none, not 5m"),
    (
        route(steps="[{notify: duty}, {after: 10m, notify: lead}, {after: 10m, notify: duty}]"),
        "routes[0].steps[2].after: must be later than the step before it (10m), not 10m",
    ),
    (route(steps="[{notify: duty}, {notify: lead}]"), "must be later than the step before it (0s), not 0s"),
    (
        route(during="night"),
        "3: routes[0].during: no interval 'night' (allowed: none yet: name them under intervals)",
    ),
    (route(during="{hours: '8-17'}"), "routes[0].during.hours: '8-17' is no span of hours"),
    (route(during="{day: mon}"), "routes[0].during.day: unknown key; did you mean days?"),
    (route(group="{by: [street]}"), "alerts have no 'street' in common (allowed: domain, zone,"),
    (route(group="{by: ['label:']}"), "alerts have no 'label:' in common"),
    (route(repeat="often"), "routes[0].repeat: must be a span of time such as 90s"),
    (route(id="One Two"), "routes[0].id: must be 1 to 64 of a-z"),
    ("routes: {a: b}\n", "1: routes: must be a list"),
    ("routes: [text]\n", "1: routes[0]: must be a mapping of keys to values"),
    ("receivers: [duty]\n", "1: receivers: must be a mapping of names to values"),
    ("receivers: {Duty Officer: {en: D}}\n", "receivers.Duty Officer: the name must be 1 to 64 of a-z"),
    ("intervals: {office: {days: monday-fry}}\n", "intervals.office.days: "),
    ("- a\n", "must be a mapping (allowed: receivers, intervals, reopen,"),
    ("a: [\n", "not YAML: "),
    ("rotues: []\n", "1: rotues: unknown key; did you mean routes?"),
    ("reopen: {within: 0s}\n", "reopen.within: must be more than nothing"),
    ("reopen: 10m\n", "reopen: must be a mapping of keys to values"),
    ("flapping: {firings: 1}\n", "flapping.firings: "),
    ("flood: {alerts: 5, ends_below: 6}\n", "flood: ends_below (6) must not be more than alerts (5)"),
    ("incidents: {by: [incident]}\n", "incidents.by: an incident can't be gathered by incident"),
    ("deadlines: {delivered: {dire: 5m}}\n", "deadlines.delivered.dire: unknown key"),
    (
        "inhibit: [{id: a, source: {}, target: {zones: samyan}}]\n",
        "inhibit[0].source: means every alert; say which",
    ),
    (
        "depends: [{id: a, cause: {zones: samyan}, effects: {rules: [air/silent]}}]\n",
        "depends[0]: needs label",
    ),
    (
        "maintenance:\n- {id: a, title: {en: A}, match: {}, start: 2026-01-05T01:00, duration: 1h, rrule: x}",
        "2: maintenance[0].rrule: ",
    ),
    (
        "maintenance: [{id: a, title: {en: A}, match: {}, start: tonight, duration: soon}]\n",
        "maintenance[0].duration: must be a span of time",
    ),
    (
        "maintenance: [{id: a, title: {en: A}, match: {}, start: 2026-01-05T01:00+07:00, duration: 1h}]\n",
        "maintenance[0].start: must be a time on the city's clock",
    ),
]


@pytest.mark.parametrize(("text", "said"), MISTAKES, ids=[said[:40] for _, said in MISTAKES])
def test_a_mistake_is_told_where_it_stands(text: str, said: str) -> None:
    found = mistakes(text)
    assert any(said in one for one in found), found


def test_the_same_id_twice_names_the_first() -> None:
    text = """
        receivers: {duty: {en: Duty}}
        routes:
          - {id: one, match: {zones: [samyan]}, notify: duty}
          - {id: one, notify: duty}
        """
    assert mistakes(text) == ["5: routes[1].id: one stands here a second time; the first is on line 4"]


def test_no_mistake_hides_another() -> None:
    text = """
        flapping: {firings: 0}
        intervals: {office: {days: mon-fri}}
        receivers: {duty: {en: Duty}}
        depends: [{id: a}]
        routes:
          - {id: one, match: {zones: [nowhere]}, during: ofice, notify: nobody}
          - {id: two, mach: {}, notify: duty, repeat: never}
        """
    found = mistakes(text)
    for key in ("flapping.firings", "depends[0].cause", "depends[0].effects", "routes[0].match.zones[0]",
                "routes[0].during", "routes[0].notify", "routes[1].mach", "routes[1].repeat"):  # fmt: skip
        assert any(f"{key}: " in one for one in found), key
    assert len(found) == 8


def test_what_is_not_known_is_not_checked() -> None:
    text = "receivers: {a: {en: A}}\nroutes: [{id: a, match: {zones: [any], rules: [of/these]}, notify: a}]\n"
    assert read_policy(Document("alerting.yaml", text), Context()).routes[0].match.zones == ("any",)


def test_the_rules_of_nakhon_itself_are_known() -> None:
    assert policy(route(match='{rules: ["nakhon/*", nakhon/broker-away]}')).routes


def test_the_mistakes_are_sorted_by_line() -> None:
    with pytest.raises(ProblemsError) as caught:
        policy(route(match="{zones: [a]}", during="b", notify="c"))
    lines = [problem.line for problem in caught.value.problems]
    assert lines == sorted(lines)
