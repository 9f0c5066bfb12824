from __future__ import annotations

import jsonschema
import pytest

from devices.documents import Document, ProblemsError, parse
from rules.files import Context, parse_groups
from rules.library import library
from rules.model import RESERVED_GROUPS, Severity
from rules.schemas import rules_schema
from rules.testing import run

PM = "on: AirQualityObserved.pm25"


@pytest.fixture
def problem(rules_of):
    """The one problem of a rule, as text without its file."""

    def of(rule):
        with pytest.raises(ProblemsError) as caught:
            rules_of(rule.replace("PM", PM))
        assert len(caught.value.problems) == 1, str(caught.value)
        return str(caught.value)

    return of


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{id: a, on: AirQualityObservd.pm25, when: {above: 1}}", "did you mean AirQualityObserved?"),
        ("{id: a, on: AirQualityObserved.pm2, when: {above: 1}}", "did you mean pm25? (allowed: pm1, pm25"),
        ("{id: a, on: AirQualityObserved, when: {above: 1}}", "needs a metric"),
        ("{id: a, when: {above: 1}}", "needs a metric"),
        ("{id: a, PM, when: {above: 1001}}", "1001 lies beyond what pm25 can be (allowed: 0 to 1000"),
        ("{id: a, PM, when: {above: 1000}}", "can never be true: pm25 is never above 1000"),
        ("{id: a, PM, when: {below: 0}}", "can never be true: pm25 is never below 0"),
        ("{id: a, PM, when: {above: 10, clear_below: 11}}", "wrong side of above"),
        ("{id: a, PM, when: {below: 10, clear_above: 9}}", "wrong side of below"),
        ("{id: a, PM, when: {above: 10, clear_above: 9}}", "clear_above belongs to below"),
        ("{id: a, PM, when: {above: 10, below: 9}}", "exactly one of above, below, outside"),
        ("{id: a, PM, when: {clear_below: 9}}", "says no condition (allowed: window, change"),
        ("{id: a, PM, when: {outside: [9, 3]}}", "must be [low, high]"),
        ("{id: a, PM, when: {outside: [3, 9], clear_within: [2, 8]}}", "must lie within outside"),
        ("{id: a, PM, when: {outside: [0, 1000]}}", "can never be true"),
        ("{id: a, PM, when: {equals: high}}", "'high' can't equal a value of pm25"),
        ("{id: a, on: AirQualityObserved.status, when: {equals: falt}}", "did you mean fault?"),
        ("{id: a, on: AirQualityObserved.status, when: {above: 3}}", "status is a string; use equals or in"),
        ("{id: a, PM, when: {window: {agg: mean, over: 24h}}}", "exactly one of above"),
        ("{id: a, PM, when: {window: {agg: avg, over: 24h}, above: 3}}", "when.window.agg"),
        ("{id: a, PM, when: {window: {agg: mean}, above: 3}}", "when.window.over: is missing"),
        ("{id: a, PM, when: {window: {agg: mean, over: 1h}, above: 2000}}", "2000 lies beyond what pm25"),
        ("{id: a, PM, when: {window: {agg: mean, over: 36h, tumbling: true}, above: 3}}", "whole days"),
        ("{id: a, PM, when: {window: {agg: mean, over: 1h, per: 1h}, above: 3}}", "a meaning with agg: rate"),
        (
            "{id: a, on: AirQualityObserved.status, when: {window: {agg: mean, over: 1h}, above: 3}}",
            "of numbers",
        ),
        ("{id: a, PM, when: {change: {over: 1h}, above: 1001}}", "1001 lies beyond what the change of pm25"),
        ("{id: a, PM, when: {stuck: {over: 1h}}, levels: {minor: 3}}", "no meaning with stuck"),
        ("{id: a, PM, when: {anomaly: {}, above: 2}}", "2 lies beyond what the score can be"),
        ("{id: a, PM, when: {anomaly: {season: yearly}}}", "when.anomaly.season"),
        ("{id: a, PM, when: {geofence: {zone: samyn}}}", "did you mean samyan?"),
        ("{id: a, PM, when: {quorum: {of: {above: 3}}}}", "needs at_least or share"),
        ("{id: a, PM, when: {quorum: {of: {abov: 3}, at_least: 2}}}", "when.quorum.of.abov: no condition"),
        ("{id: a, PM, when: {quorum: {of: {above: 3000}, at_least: 2}}}", "when.quorum.of.above: 3000 lies"),
        (
            "{id: a, PM, when: {quorum: {of: {absent: {of: zone}}, at_least: 2}}}",
            "must be about one device",
        ),
        ("{id: a, when: {all: [b]}}", "when.all: there is no rule air/b"),
        ("{id: a, when: {not: a}}", "go round in a circle"),
        ("{id: a, when: {sequence: {first: b, then: b, within: 5m}}}", "must be another rule"),
        ("{id: a, on: AirQualityObserved, when: {expr: pm25 >}}", "is no expression"),
        ("{id: a, on: AirQualityObserved, when: {expr: pm52 > 3}}", "did you mean pm25?"),
        ("{id: a, on: AirQualityObserved, when: {expr: pm25 + 1}}", "must say true or false"),
        ("{id: a, on: AirQualityObserved, when: {expr: status > 3}}", "when.expr: "),
        ("{id: a, when: {expr: pm25 > 3}}", "needs an observation type"),
        ("{id: a, PM, when: {abov: 3}}", "did you mean above?"),
        ("{id: a, PM, when: {above: 3}, schedule: {}}", "rules[0].schedule"),
        ("{id: a, PM, when: {above: 3}, schedule: {days: mon-fry}}", "rules[0].schedule.days"),
        ("{id: a, PM, when: {above: 3}, lateness: soon}", "rules[0].lateness: must be a span"),
        ("{id: a, PM, when: {above: 3}, against: b}", "is for rules in shadow mode"),
        ("{id: a, PM, when: {above: 3}, for: 5 minutes}", "rules[0].for: must be a span of time"),
        ("{id: a, PM, when: {above: 3}, severity: bad}", "severity: unknown value 'bad'"),
        ("{id: a, PM, when: {above: 3}, mode: dark}", "rules[0].mode"),
        ("{id: A, PM, when: {above: 3}}", "rules[0].id"),
        ("{id: a, PM, when: {above: 3}, where: {zones: [samyn]}}", "did you mean samyan?"),
        (
            "{id: a, PM, when: {above: 3}, where: {services: [ar]}}",
            "no service ar; did you mean air?",
        ),
        ("{id: a, PM, when: {above: 3}, where: {zone: [samyan]}}", "did you mean zones?"),
        ("{id: a, PM, when: {above: 3}, levels: {minor: 3, major: 2}}", "must be beyond minor (3)"),
        ("{id: a, PM, when: {above: 3}, levels: {minor: 2}}", "is never reached: above is 3"),
        ("{id: a, PM, when: {above: 3}, levels: {warning: 5}}", "must be milder than warning"),
        ("{id: a, PM, when: {above: 3}, levels: {bad: 5, minor: 3}}", "levels.bad: unknown key"),
        ("{id: a, PM, when: {outside: [3, 5]}, levels: {minor: 3}}", "no meaning with outside"),
        ("{id: a, PM, when: {equals: 5}, levels: {minor: 3}}", "no meaning with equals"),
        ("{id: a, PM, when: {absent: {}}, levels: {minor: 3}}", "no meaning with absent"),
        ("{id: a, PM, when: {absent: {after: 0s}}}", "when.absent.after"),
        ("{id: a, PM, when: {absent: {of: city}}}", "when.absent.of: unknown value 'city'"),
        (
            "{id: a, PM, when: {absent: {for: 3m}}}",
            "when.absent.for: unknown key (allowed: after, of)",
        ),
        ('{id: a, PM, when: {above: 3}, title: {en: "{zon}"}}', "no variable {zon} here; did you"),
        (
            '{id: a, PM, when: {above: 3}, title: {en: "{zone"}}',
            "a brace that belongs to no variable",
        ),
        ('{id: a, PM, when: {above: 3}, advice: {th: "{after}"}}', "no variable {after} here"),
        (
            '{id: a, PM, when: {absent: {of: zone}}, title: {en: "{device}"}}',
            "no variable {device} here",
        ),
    ],
)
def test_a_mistake_is_told_with_what_is_allowed(problem, rule, said):
    text = problem(rule)
    assert text.startswith("rules.yaml:4: rules[0]")
    assert said in text


def test_all_mistakes_of_all_files_come_together(catalog):
    first = """group: air
domain: environment
rules:
  - id: a
    on: AirQualityObserved.pm2
    when: {above: 3}
    for: soon
  - id: b
    on: AirQualityObserved.pm25
    when: {above: 3, clear_below: 4}
tests:
  - name: t
    observe: [{device: aq-01, values: {pm25: 3}, every: 5m}]
    expect: [{at: 5m, alerts: [{rule: c}]}]
"""
    second = "group: air\ndomain: city\nextra: 1\nrules: []\n"
    third = "group: [\n"
    documents = [Document("1.yaml", first), Document("2.yaml", second), Document("3.yaml", third)]
    with pytest.raises(ProblemsError) as caught:
        parse_groups(documents, Context(catalog))
    places = [(p.file, p.line, p.key) for p in caught.value.problems]
    assert places == [
        ("1.yaml", 5, "rules[0].on"),
        ("1.yaml", 7, "rules[0].for"),
        ("1.yaml", 10, "rules[1].when.clear_below"),
        ("1.yaml", 13, "tests[0].observe[0]"),
        ("2.yaml", 2, "domain"),
        ("2.yaml", 3, "extra"),
        ("2.yaml", 4, "rules"),
        ("3.yaml", 2, ""),
    ]


def test_ids_stand_once_in_their_group(catalog):
    text = f"group: air\ndomain: environment\nrules: [{{id: a, {PM}, when: {{above: 3}}}}]\n"
    other = text.replace("group: air", "group: other")
    documents = [Document("1.yaml", text), Document("2.yaml", other), Document("3.yaml", text)]
    with pytest.raises(ProblemsError, match=r"3.yaml:3.*air/a stands here a second time.*1.yaml:3"):
        parse_groups(documents, Context(catalog))


@pytest.mark.parametrize("group", sorted(RESERVED_GROUPS))
def test_groups_of_alerts_that_no_rule_raises_are_taken(rules_of, group):
    text = f"group: {group}\ndomain: environment\nrules: [{{id: a, {PM}, when: {{above: 3}}}}]\n"
    about = RESERVED_GROUPS[group]
    with pytest.raises(ProblemsError, match=rf":1: group: is the group of the alerts about {about}"):
        rules_of(text)


def test_a_test_may_only_expect_rules_of_its_file(rules_of):
    text = (
        f"group: air\ndomain: environment\nrules: [{{id: dust, {PM}, when: {{above: 3}}}}]\n"
        "tests: [{name: t, expect: [{at: 5m, alerts: [{rule: dst}]}]}]\n"
    )
    with pytest.raises(ProblemsError, match="this file has no rule dst; did you mean dust"):
        rules_of(text)


def test_a_rule_of_the_city_takes_the_place_of_the_librarys(catalog):
    own = f"group: air-quality\ndomain: environment\nrules: [{{id: pm25-high, {PM}, when: {{above: 15}}}}]\n"
    rules = parse_groups([Document("own.yaml", own)], Context(catalog), library(["environment"]))
    assert rules.rules["air-quality/pm25-high"].heading.title.en.startswith("{metric}")
    assert "air-quality/pm10-high" in rules.rules
    assert "air-quality" not in {test.group for test in rules.tests}
    assert "waste" in {test.group for test in rules.tests}


def test_a_file_of_the_city_is_tested_alone_though_the_library_has_its_group(catalog):
    own = (
        f"group: air-quality\ndomain: environment\nrules: [{{id: dust, {PM}, when: {{above: 15}}}}]\n"
        "tests: [{name: t, observe: [{device: a, every: 5m, for: 1h, values: {pm25: 90}}],"
        " expect: [{at: 5h, alerts: [{rule: dust, device: a}]}]}]\n"
    )
    rules = parse_groups([Document("own.yaml", own)], Context(catalog), library(["environment"]))
    results = {(result.test.group, result.test.name): result for result in run(rules, catalog)}
    assert results["air-quality", "t"].passed, str(results["air-quality", "t"])
    assert len(results) > 10


def test_the_version_follows_what_a_rule_says_and_nothing_else(rules_of):
    def version(rule):
        return rules_of(rule).rules["air/a"].version

    base = version(f"{{id: a, {PM}, when: {{above: 3}}, for: 5m}}")
    assert base.startswith("sha256:")
    assert len(base) == len("sha256:") + 64
    assert version(f"{{id: a, when: {{above: 3.0}}, {PM}, for: 300s, severity: warning}} # comment") == base
    changed = [
        f"{{id: a, {PM}, when: {{above: 4}}, for: 5m}}",
        f"{{id: a, {PM}, when: {{above: 3}}, for: 6m}}",
        f"{{id: a, {PM}, when: {{above: 3, clear_below: 2}}, for: 5m}}",
        f"{{id: a, {PM}, when: {{above: 3}}, for: 5m, title: {{en: x}}}}",
        f"{{id: a, {PM}, when: {{above: 3}}, for: 5m, severity: minor}}",
        f"{{id: a, {PM}, when: {{above: 3}}, for: 5m, where: {{zones: [samyan]}}}}",
        "{id: a, on: AirQualityObserved.no2, when: {above: 3}, for: 5m}",
    ]
    assert len({version(rule) for rule in changed} | {base}) == len(changed) + 1


def test_defaults(rules_of):
    rule = rules_of(f"{{id: a, {PM}, when: {{above: 3}}}}").rules["air/a"]
    assert rule.severities == (Severity.WARNING,)
    assert (rule.hold, rule.keep, rule.heading.shadow) == (0, 0, False)


def test_a_text_in_one_language_stands_for_both(rules_of):
    rule = rules_of(f"{{id: a, {PM}, when: {{above: 3}}, title: {{th: ฝุ่น}}}}").rules["air/a"]
    assert rule.heading.title.as_dict() == {"en": "ฝุ่น", "th": "ฝุ่น"}


@pytest.mark.parametrize("document", library(), ids=lambda document: document.name)
def test_the_schema_takes_what_is_right(document):
    jsonschema.validate(parse(document).data, rules_schema(), jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "rule",
    [
        {"id": "a", "when": {"window": {}}},
        {"id": "a", "when": {"above": "high"}},
        {"id": "a", "when": {"above": 3}, "for": "5 minutes"},
        {"id": "a", "when": {"above": 3}, "schedule": {}},
        {"id": "A b", "when": {"above": 3}},
        {"when": {"above": 3}},
    ],
)
def test_the_schema_refuses_what_is_wrong(rule):
    data = {"group": "air", "domain": "environment", "rules": [rule]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, rules_schema(), jsonschema.Draft202012Validator)
