"""What is odd about a policy that works: warnings and hints."""

from __future__ import annotations

import pytest

from services.alerts.policy.findings import covers
from services.alerts.policy.matcher import Matcher
from tests.unit.alerts.policy.alertingfiles import examined, route

HEAD = "receivers: {duty: {en: Duty}}\nroutes:\n"


def warnings(text: str) -> list[str]:
    found = examined(text)
    assert not found.problems
    return [f"{one.line}: {one.key}: {one.message}" for one in found.warnings]


def hints(text: str) -> list[str]:
    return [f"{one.line}: {one.key}: {one.message}" for one in examined(text).hints]


def two(first: str, second: str) -> list[str]:
    """The warnings of two routes in this order."""
    return warnings(
        f"{HEAD}  - {{id: one, notify: duty, {first}}}\n  - {{id: two, notify: duty, {second}}}\n"
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("match: {}", "match: {zones: [samyan]}"),
        ("match: {zones: [samyan, makkasan]}", "match: {zones: [samyan], severity: critical}"),
        ("match: {rules: ['air/*']}", "match: {rules: [air/high, air/silent]}"),
        ("match: {rules: ['air/*']}", "match: {rules: ['air/*'], labels: {site: school}}"),
        ("match: {labels: {site: [school, 's*']}}", "match: {labels: {site: school}}"),
        ("match: {severity: warning+}", "match: {}"),
        ("match: {}, during: {days: mon}", "match: {}, during: {days: mon}"),
        ("match: {}, mute: {days: mon}", "match: {zones: samyan}"),
    ],
)
def test_a_route_that_is_never_reached(first: str, second: str) -> None:
    (said,) = two(first, second)
    assert said.startswith("4: routes[1].id: is never reached: one takes all its alerts before it")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("match: {}, continue: true", "match: {zones: [samyan]}"),
        ("match: {}, during: {days: mon}", "match: {zones: [samyan]}"),
        ("match: {zones: [samyan]}", "match: {zones: [samyan, makkasan]}"),
        ("match: {zones: [samyan]}", "match: {}"),
        ("match: {rules: ['air/*']}", "match: {rules: ['*']}"),
        ("match: {labels: {site: school}}", "match: {zones: [samyan]}"),
        ("match: {labels: {site: school}}", "match: {labels: {feeder: fd-1}}"),
        ("match: {severity: minor+}", "match: {}"),
    ],
)
def test_a_route_that_can_be_reached(first: str, second: str) -> None:
    assert two(first, second) == []


def test_one_matcher_covers_itself_and_nothing_wider() -> None:
    narrow = Matcher(zones=("samyan",), labels={"site": ("school",)})
    assert covers(narrow, narrow)
    assert covers(Matcher(), narrow)
    assert not covers(narrow, Matcher())


@pytest.mark.parametrize(
    ("match", "said"),
    [
        ("{zones: ['x*']}", "3: routes[0].match.zones[0]: no zone matches 'x*'"),
        ("{rules: ['air/x*']}", "3: routes[0].match.rules[0]: no rule in force matches 'air/x*'"),
        ("{devices: [aq-02]}", "3: routes[0].match.devices[0]: no device 'aq-02'; did you mean aq-01?"),
        (
            "{labels: {sight: school}}",
            "3: routes[0].match.labels.sight: no device of the city has a label 'sight'; did",
        ),
        (
            "{labels: {site: shcool}}",
            "3: routes[0].match.labels.site: no site 'shcool'; did you mean school?",
        ),
    ],
)
def test_what_matches_nothing_yet(match: str, said: str) -> None:
    (found,) = warnings(route(match=match))
    assert found.startswith(said)


def test_globs_that_match_something_are_fine() -> None:
    assert (
        warnings(route(match="{zones: ['s*'], rules: ['*/high'], devices: ['aq-*'], labels: {site: 'sch*'}}"))
        == []
    )


def test_a_label_that_links_nothing() -> None:
    def depends(label: str) -> list[str]:
        return warnings(
            "depends: [{id: a, cause: {rules: lights/feeder-down}, effects: {rules: lights/out},"
            f" label: {label}}}]\n"
        )

    assert depends("feeder") == []
    (other,) = depends("f")
    assert (
        other == "1: depends[0].label: no device is called what the label f says (x …), so nothing is linked"
    )
    (unknown,) = depends("gateway")
    assert "no device of the city has a label 'gateway'" in unknown


def test_a_grouping_by_a_label_that_nobody_has() -> None:
    (said,) = warnings("incidents: {by: ['label:block']}\n")
    assert said.startswith("1: incidents.by: no device of the city has a label 'block'")


def test_hours_that_never_come() -> None:
    hours = "{days: sat, hours: '09:00-17:00', period: on-peak}"
    (said,) = warnings(route(during=hours))
    assert said == "3: routes[0].during: is not once open within 400 days"


def test_a_receiver_that_nobody_tells_and_alerts_of_which_nobody_hears() -> None:
    found = hints(route(match="{domains: [energy], severity: major+}"))
    assert "1: receivers.lead: no route tells this receiver of anything" in found
    assert "2: routes: nobody hears of minor, warning in the domain energy" in found
    assert "2: routes: nobody hears of critical, major, minor, warning in the domain people" in found
    assert not any("nobody hears" in one for one in hints(route()))
