"""``status.yaml``: what it means, and every mistake in it told at once, with where and what is allowed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from devices.catalog import Catalog
from devices.city import CityFolder
from devices.documents import Document, ProblemsError
from devices.model import City, Criticality, Text
from services.runtime.cityfolder import read_city
from services.status.model import Status
from services.status.policy.model import StatusPolicy, default_policy, read_status_policy
from services.status.policy.rules import Asked, Comparison, Join, Joined, Op, StatusRule
from tests.support.cityfiles import write_city
from tests.unit.status.statuscity import CITY, TRAFFIC

CATALOG = Catalog.builtin()
DEFAULT_IDS = [rule.id for rule in default_policy().sets["city"].rules]


def folder(text: str | None, city: City = CITY) -> CityFolder:
    status = None if text is None else Document("status.yaml", text)
    return CityFolder(city, CATALOG, (), status=status)


def read(text: str | None, city: City = CITY) -> StatusPolicy:
    return read_status_policy(folder(text, city))


def listed(*lines: str) -> str:
    return "\n".join(["sets:", "  city:", *(f"    - {line}" for line in lines)])


def ids(policy: StatusPolicy, name: str = "city") -> list[str]:
    return [rule.id for rule in policy.sets[name].rules]


def problems(text: str, city: City = CITY) -> list[str]:
    with pytest.raises(ProblemsError) as error:
        read(text, city)
    return [str(problem) for problem in error.value.problems]


@pytest.mark.parametrize("text", [None, "", "# nothing yet", "{}"])
def test_a_city_that_decided_nothing_has_the_default(text: str | None) -> None:
    policy = read(text)

    assert (policy.silent_after, ids(policy)) == (3.0, DEFAULT_IDS)
    assert policy.domains.at_most == {Criticality.LOW: Status.DEGRADED}


def test_what_a_rule_says() -> None:
    policy = read(
        "silent_after: 2.5\n"
        + listed(
            "{id: it, status: outage, when: {silent: {above: 0.5, clear_below: 0.4}}, for: 1m30s, keep: 2m,"
            " counted: false, reason: {en: Quiet, th: เงียบ}, unless: {closed: true}}",
            "{id: well-known, status: degraded, when: {alerts: {severity: major+, above: 2},"
            " any: [{not: {deaf: false}}, {dependencies: {status: [unknown, outage], at_most: 0.5}}]}}",
        )
    )

    closed = Comparison(Asked("closed"), Op.IS, True)
    assert policy.silent_after == 2.5
    assert policy.sets["city"].rules == (
        StatusRule(
            "it",
            Status.OUTAGE,
            Comparison(Asked("silent"), Op.ABOVE, 0.5, 0.4),
            closed,
            90_000,
            120_000,
            counted=False,
            reason=Text("Quiet", "เงียบ"),
        ),
        StatusRule(
            "well-known",
            Status.DEGRADED,
            Joined(
                Join.ALL,
                (
                    Comparison(Asked("alerts", ("critical", "major")), Op.ABOVE, 2),
                    Joined(
                        Join.ANY,
                        (
                            Joined(Join.NOT, (Comparison(Asked("deaf"), Op.IS, False),)),
                            Comparison(Asked("dependencies", ("outage", "unknown")), Op.AT_MOST, 0.5),
                        ),
                    ),
                ),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("severity", "only"),
    [
        ("major", ("major",)),
        ("major+", ("critical", "major")),
        ("[warning, critical]", ("critical", "warning")),
        ("[minor+, warning]", ("critical", "major", "minor", "warning")),
    ],
)
def test_severities_one_or_several_or_that_bad_or_worse(severity: str, only: tuple[str, ...]) -> None:
    line = f"{{id: it, status: outage, when: {{alerts: {{severity: {severity}, above: 0}}}}}}"

    assert read(listed(line)).sets["city"].asked == (Asked("alerts", only),)


def test_left_out_all_severities_and_statuses_count() -> None:
    policy = read(listed("{id: it, status: outage, when: {alerts: {above: 0}, dependencies: {above: 0}}}"))

    assert [len(asked.only) for asked in policy.sets["city"].asked] == [4, 5]


def test_a_set_of_its_own_stands_beside_the_citys() -> None:
    text = "sets: {safety: [{id: strict, status: outage, when: {silent: {above: 0}}}]}"
    policy = read(text, replace(CITY, services={"a": replace(TRAFFIC, rules="safety"), "b": TRAFFIC}))

    assert ids(policy) == DEFAULT_IDS
    assert policy.rules_of(replace(TRAFFIC, rules="safety")) is policy.sets["safety"]
    assert policy.rules_of(TRAFFIC) is policy.sets["city"]
    assert ids(policy, "safety") == ["strict"]


def test_a_set_may_use_another_and_change_it() -> None:
    policy = read("""
sets:
  safety:
    - {id: first-of-all, status: outage, when: {devices: {at_most: 1}}}
    - use: city
    - {id: silence, status: degraded, when: {silent: {above: 0}}}
    - {id: slow, status: degraded, when: {probe_latency: {above: 2000}}, before: bad-data}
    - {id: alerts, status: outage, when: {alerts: {at_least: 1}}, before: silence-outage}
    - {id: at-last, status: degraded, when: {gaps: {above: 0.5}}}
""")
    place = DEFAULT_IDS.index

    expected = [name for name in DEFAULT_IDS if name != "alerts"]
    expected.insert(place("silence-outage"), "alerts")
    expected.insert(expected.index("bad-data"), "slow")
    assert ids(policy, "safety") == ["first-of-all", *expected, "at-last"]
    silence = next(rule for rule in policy.sets["safety"].rules if rule.id == "silence")
    assert silence.when == Comparison(Asked("silent"), Op.ABOVE, 0)
    assert ids(policy) == DEFAULT_IDS


def test_the_citys_own_set_may_use_nakhons_and_others_then_use_the_citys() -> None:
    policy = read("""
sets:
  strict:
    - use: city
    - {id: more, status: degraded, when: {gaps: {above: 0.5}}}
  city:
    - use: city
    - {id: old, status: degraded, when: {freshness: {above: 5}}}
""")

    assert ids(policy) == [*DEFAULT_IDS, "old"]
    assert ids(policy, "strict") == [*DEFAULT_IDS, "old", "more"]


def test_how_services_weigh_on_their_domain_and_zone() -> None:
    policy = read("domains: {low: operational, normal: degraded}\nzones: {high: degraded}")

    assert policy.domains.at_most == {
        Criticality.LOW: Status.OPERATIONAL,
        Criticality.NORMAL: Status.DEGRADED,
    }
    assert policy.zones.at_most == {Criticality.LOW: Status.DEGRADED, Criticality.HIGH: Status.DEGRADED}


GOOD = "when: {silent: {above: 0.5}}"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("7", "sets.city[0]: must be a mapping of keys to values, not 7"),
        (f"{{status: outage, {GOOD}}}", "sets.city[0].id: is missing"),
        (f"{{id: Out, status: outage, {GOOD}}}", "sets.city[0].id: must be "),
        (f"{{id: well, status: outage, {GOOD}}}", "sets.city[0].id: well is what decides when no rule holds"),
        (f"{{id: it, {GOOD}}}", "sets.city[0].status: is missing"),
        (f"{{id: it, status: outages, {GOOD}}}", "unknown value 'outages'; did you mean outage? (allowed: "),
        (f"{{id: it, status: outage, {GOOD}, fore: 1m}}", "sets.city[0].fore: unknown key"),
        (f"{{id: it, status: outage, {GOOD}, for: 1 minute}}", "must be a span of time such as 90s"),
        (f"{{id: it, status: outage, {GOOD}, counted: maybe}}", "sets.city[0].counted: "),
        (f"{{id: it, status: outage, {GOOD}, reason: {{en: Quiet}}}}", "sets.city[0].reason.th: is missing"),
        (f"{{id: it, status: outage, {GOOD}, before: silence}}", "no rule 'silence' in the used set"),
        ("{id: it, status: outage}", "sets.city[0].when: is missing"),
        (
            "{id: it, status: outage, when: silent}",
            "when: must be a condition such as {silent: {above: 0.5}}",
        ),
        ("{id: it, status: outage, when: {}}", "when: must be a condition such as"),
        (
            "{id: it, status: outage, when: {silnt: {above: 1}}}",
            "when.silnt: unknown measure; did you mean silent?",
        ),
        (
            "{id: it, status: outage, when: {silent: 0.5}}",
            "must be compared, as in {silent: {above: 0.5}} (allowed",
        ),
        (
            "{id: it, status: outage, when: {silent: {}}}",
            "needs exactly one of above, at_least, below, at_most; it",
        ),
        ("{id: it, status: outage, when: {silent: {above: 0.1, below: 0.5}}}", "it has above and below"),
        ("{id: it, status: outage, when: {silent: {over: 0.5}}}", "when.silent.over: unknown key"),
        (
            "{id: it, status: outage, when: {silent: {above: much}}}",
            "when.silent.above: must be a valid number",
        ),
        (
            "{id: it, status: outage, when: {silent: {above: 50}}}",
            "50 is no share; did you mean 0.5? (allowed: 0 to 1)",
        ),
        ("{id: it, status: outage, when: {silent: {above: 500}}}", "500 is no share (allowed: 0 to 1)"),
        ("{id: it, status: outage, when: {silent: {above: 1}}}", "can never hold: silent is never above 1"),
        ("{id: it, status: outage, when: {devices: {below: 0}}}", "can never hold: devices is never below 0"),
        ("{id: it, status: outage, when: {devices: {above: -1}}}", "devices is never less than 0"),
        (
            "{id: it, status: outage, when: {freshness: {above: 1e9}}}",
            "above: is more than anybody waits for",
        ),
        (
            "{id: it, status: outage, when: {silent: {above: 0.5, clear_below: 0.6}}}",
            "clear_below: is on the wrong side of the limit (allowed: at most 0.5)",
        ),
        (
            "{id: it, status: outage, when: {silent: {below: 0.5, clear_above: 0.4}}}",
            "clear_above: is on the wrong side of the limit (allowed: at least 0.5)",
        ),
        (
            "{id: it, status: outage, when: {silent: {above: 0.5, clear_above: 0.4}}}",
            "clear_above: does not go with above (allowed: clear_below)",
        ),
        (
            "{id: it, status: outage, when: {silent: {severity: major, above: 0.5}}}",
            "severity: does not go with silent, but with alerts, alert_devices",
        ),
        (
            "{id: it, status: outage, when: {alerts: {severity: majr, above: 0}}}",
            "unknown severity 'majr'; did you mean major? (allowed: critical, major, minor, warning)",
        ),
        (
            "{id: it, status: outage, when: {alerts: {severity: [], above: 0}}}",
            "severity: must name at least one",
        ),
        (
            "{id: it, status: outage, when: {dependencies: {status: [outage, up], above: 0}}}",
            "status: unknown status 'up' (allowed: operational, degraded, outage, maintenance, unknown)",
        ),
        (
            "{id: it, status: outage, when: {closed: {above: 0}}}",
            "closed: is a state, to be compared with true or",
        ),
        (
            "{id: it, status: outage, when: {any: {closed: true}}}",
            "any: must be a list of 1 to 50 conditions",
        ),
        (
            "{id: it, status: outage, when: {all: [{closed: true}, 5]}}",
            "when.all[1]: must be a condition such as",
        ),
        ("{id: it, status: outage, when: {not: {open: true}}}", "when.not.open: unknown measure"),
        (f"{{id: it, status: outage, {GOOD}, unless: {{open: true}}}}", "unless.open: unknown measure"),
        ("{use: safty}", "use: no set 'safty' (allowed: city)"),
        ("{use: city, id: it}", "sets.city[0].id: unknown key"),
    ],
)
def test_a_mistake_is_told_where_it_stands(line: str, said: str) -> None:
    told = problems(listed(line))

    assert len(told) == 1
    assert told[0].startswith("status.yaml:3: ")
    assert said in told[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "status.yaml: must be a mapping"),
        ("sets: []", "sets: must be a mapping of names to lists of rules"),
        ("sets: {city: {}}", "sets.city: must be a list of 1 to 200 rules"),
        ("sets: {city: []}", "sets.city: must be a list of 1 to 200 rules"),
        ("sets: {My Set: [{use: city}]}", "sets.My Set: the name must be "),
        ("silent_after: 0", "silent_after: must be greater than or equal to 1, not 0"),
        ("silent: 3", "silent: unknown key; did you mean silent_after?"),
        ("domains: {low: broken}", "domains.low: unknown value 'broken'"),
        ("domains: {lowest: outage}", "domains.lowest: unknown key; did you mean low?"),
        ("sets: {a: [{use: b}], b: [{use: a}]}", "makes a circle"),
        ("sets: {a: [{use: a}]}", "makes a circle"),
        ("sets: {a: [{use: city}, {use: city}]}", "sets.a[1]: a set can use one other set"),
        (
            f"sets:\n  a:\n  - {{id: it, status: outage, {GOOD}}}\n  - {{id: it, status: outage, {GOOD}}}",
            "status.yaml:4: sets.a[1].id: it stands here a second time; the first is on line 3",
        ),
        ("sets: {city: [}", "not YAML"),
        (
            f"sets: {{a: [{{use: city}}, {{id: it, status: outage, {GOOD}, before: silenc}}]}}",
            "no rule 'silenc' in the used set; did you mean silence?",
        ),
    ],
)
def test_a_mistake_in_the_file_is_told(text: str, said: str) -> None:
    told = problems(text)

    assert len(told) == 1, told
    assert said.replace("status.yaml: ", "") in told[0]


def test_all_mistakes_are_told_together() -> None:
    city = replace(CITY, services={"traffic": replace(TRAFFIC, id="traffic", rules="safty")})
    told = problems(
        """silent_after: none
sets:
  safety:
    - {id: one, status: outag, when: {silnt: {above: 0.5}}}
    - {id: two, status: outage, when: {silent: {above: 2}}, keep: long}
domains: {low: up}
""",
        city,
    )

    assert [line.split(": ")[:2] for line in told] == [
        ["city.yaml", "services.traffic.rules"],
        ["status.yaml:1", "silent_after"],
        ["status.yaml:4", "sets.safety[0].status"],
        ["status.yaml:4", "sets.safety[0].when.silnt"],
        ["status.yaml:5", "sets.safety[1].keep"],
        ["status.yaml:5", "sets.safety[1].when.silent.above"],
        ["status.yaml:6", "domains.low"],
    ]
    assert "no set of status rules 'safty'; did you mean safety? (allowed: city, safety)" in told[0]


def test_a_service_that_names_a_set_which_is_not_there_is_told_without_a_file_too() -> None:
    city = replace(CITY, services={"traffic": replace(TRAFFIC, id="traffic", rules="safety")})
    with pytest.raises(ProblemsError, match="no set of status rules 'safety'"):
        read(None, city)


def test_nesting_beyond_reason_is_refused() -> None:
    deep = "{closed: true}"
    for _ in range(20):
        deep = f"{{not: {deep}}}"

    assert (
        "is nested deeper than 10 levels" in problems(listed(f"{{id: it, status: outage, when: {deep}}}"))[0]
    )


def test_the_file_in_a_citys_folder_is_read(tmp_path: Path) -> None:
    city = write_city(tmp_path / "city")
    (city / "status.yaml").write_text("silent_after: 5\n", encoding="utf-8")

    assert read_status_policy(read_city(city)).silent_after == 5.0
