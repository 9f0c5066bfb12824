"""The schema of rule files, as an editor uses it: it takes what is right, marks what is not, and explains."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from devices.catalog import Catalog
from devices.documents import Document, ProblemsError, parse
from devices.model import City, Device, Domain, SmartService, Text, Zone
from rules.files import Context, parse_groups
from rules.kinds import KINDS
from rules.library import library
from rules.schemas import rules_schema
from rules.schemawords import KINDS as HELP
from rules.schemawords import SNIPPETS
from rules.vocabulary import Vocabulary

CATALOG = Catalog.builtin()
SCHEMA = rules_schema()
PILOT = Path(__file__).parents[3] / "deploy" / "cities" / "bangkok-pilot" / "rules"
_PLACEHOLDER = re.compile(r"\$\{\d+:([^}]*)\}")

NAMED = Text("Name", "ชื่อ")
CITY = City(
    "test",
    NAMED,
    "Asia/Bangkok",
    {"samyan": Zone("samyan", NAMED)},
    {"air": SmartService("air", Domain.ENVIRONMENT, NAMED, (), ("AirQualityObserved",))},
)
DEVICE = Device(
    "aq-01", ("AirQualityObserved",), "samyan", Domain.ENVIRONMENT, 60_000, labels={"site": "school"}
)


@cache
def validator(*, of_city: bool = False) -> jsonschema.Draft202012Validator:
    schema = rules_schema(Vocabulary.of_city(CITY, [DEVICE], CATALOG)) if of_city else SCHEMA
    return jsonschema.Draft202012Validator(schema)


def takes(rule: str, *, of_city: bool = False) -> bool:
    """Whether the schema takes a file with a rule of these lines."""
    data = parse(Document("rules.yaml", whole(rule))).data
    return validator(of_city=of_city).is_valid(data)


def whole(rule: str) -> str:
    return f"group: g\ndomain: environment\nrules:\n  - {{id: a, {rule}}}\n"


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("document", library(), ids=lambda document: document.name)
def test_every_pack_fits(document: Document) -> None:
    validator().validate(parse(document).data)


@pytest.mark.parametrize("path", sorted(PILOT.glob("*.yaml")), ids=lambda path: path.name)
def test_every_rule_file_of_the_pilot_fits(path: Path) -> None:
    validator().validate(parse(Document(path.name, path.read_text(encoding="utf-8"))).data)


def forms() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping that the schema describes, with where it stands."""
    yield "file", SCHEMA
    for name, definition in SCHEMA["$defs"].items():
        yield name, definition
        for alternative in definition.get("anyOf", ()):
            yield f"{name} {alternative.get('title')}", alternative


@pytest.mark.parametrize(
    ("name", "form"), list(forms()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_key_is_explained_in_both_languages(name: str, form: dict[str, Any]) -> None:
    for key, node in form.get("properties", {}).items():
        assert re.search(r"[A-Za-z]{2}", node.get("description", "")), f"{name}.{key}"
        assert re.search(r"[ก-๛]", node.get("markdownDescription", "")), f"{name}.{key}"


def test_every_kind_has_help_and_no_other() -> None:
    assert HELP.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_a_kind_fits_and_a_strange_key_beside_it_does_not(kind: str) -> None:
    example = HELP[kind].example
    assert takes(f"on: AirQualityObserved.pm25, when: {example}")
    assert not takes(f"on: AirQualityObserved.pm25, when: {example[:-1]}, strange: 1}}")


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_a_snippet_is_a_rule_once_it_is_filled_in(snippet: str) -> None:
    (found,) = [
        s for s in SCHEMA["properties"]["rules"]["defaultSnippets"] if s["label"] == f"rule: {snippet}"
    ]
    rule = filled(found["body"])
    validator().validate({"group": "g", "domain": "energy", "rules": [{**rule, "on": "Type.metric"}]})


def test_the_snippets_of_a_file_and_of_a_test_fit() -> None:
    (file,) = SCHEMA["defaultSnippets"]
    (test,) = SCHEMA["properties"]["tests"]["defaultSnippets"]
    filled_in = filled(file["body"])
    filled_in["rules"][0]["on"] = "Type.metric"
    validator().validate({**filled_in, "tests": [filled(test["body"])]})


def filled(body: Any) -> Any:
    """A snippet as the editor leaves it when nothing is typed over."""
    if isinstance(body, dict):
        return {filled(key): filled(value) for key, value in body.items()}
    if isinstance(body, list):
        return [filled(item) for item in body]
    text = _PLACEHOLDER.sub(r"\1", body) if isinstance(body, str) else body
    return parse(Document("", text)).data if isinstance(body, str) and text != body else text


WRONG = [
    "when: {}",
    "when: {abov: 3}",
    "when: {above: high}",
    "when: {above: 3, below: 4}",
    "when: {above: 3, clear_above: 4}",
    "when: {above: 3, clear_below: 2, clear_above: 4}",
    "when: {clear_below: 3}",
    "when: {outside: [1, 2, 3]}",
    "when: {window: {agg: mean, over: 1h}}",
    "when: {window: {agg: average, over: 1h}, above: 3}",
    "when: {window: {agg: mean}, above: 3}",
    "when: {window: {agg: mean, over: 1 hour}, above: 3}",
    "when: {window: {agg: mean, over: 1h, cover: 1}, above: 3}",
    "when: {window: {agg: mean, over: 1h, coverage: 75}, above: 3}",
    "when: {window: {agg: mean, over: 1h}, clear_below: 3}",
    "when: {window: {agg: mean, over: 1h}, above: 3, below: 2}",
    "when: {change: {over: 1h}, absent: {}}",
    "when: {absent: {of: city}}",
    "when: {absent: {after: 15m}, above: 3}",
    "when: {stuck: {tolerance: 0}}",
    "when: {quorum: {of: {abve: 3}, at_least: 2}}",
    "when: {quorum: {of: {above: 3}, at_least: 0}}",
    "when: {quorum: {of: {above: 3}, share: 50}}",
    "when: {sequence: {first: a, within: 5m}}",
    "when: {geofence: {zone: samyan, is: inside}}",
    "when: {expr: 3}",
    "when: {all: a}",
    "when: {all: []}",
    "when: {not: [a]}",
    "when: {above: 3}, schedule: {days: monday}",
    "when: {above: 3}, schedule: {hours: 6-20}",
    "when: {above: 3}, schedule: {}",
    "when: {above: 3}, for: 5 minutes",
    "when: {above: 3}, title: {}",
    "when: {quorum: {of: {above: 3}}}",
    "when: {quorum: {of: {above: 3}, at_least: 2, share: 0.5}}",
    "when: {above: 3}, severity: bad",
    "when: {above: 3}, mode: dark",
    "when: {above: 3}, levels: {bad: 3}",
    "when: {above: 3}, where: {zone: [samyan]}",
    "when: {above: 3}, title: {english: Smoke}",
    "when: {above: 3}, serverity: minor",
    "on: pm25, when: {above: 3}",
]


@pytest.mark.parametrize("rule", WRONG)
def test_what_the_reader_refuses_the_schema_marks(rule: str) -> None:
    on = "" if rule.startswith("on:") else "on: AirQualityObserved.pm25, "
    with pytest.raises(ProblemsError):
        parse_groups([Document("rules.yaml", whole(on + rule))], Context(CATALOG))
    assert not takes(on + rule)


RIGHT = [
    "on: AirQualityObserved.pm25, when: {anomaly: {}}",
    "on: AirQualityObserved.pm25, when: {anomaly: {}, above: 0.95, clear_below: 0.8}",
    "on: AirQualityObserved.thaiAqi, when: {above: 100}",
    "on: AirQualityObserved.pm25, when: {window: {agg: rate, over: 1h, per: 1h}, outside: [-5, 5]}",
    "on: AirQualityObserved, when: {absent: {}}",
    "on: AirQualityObserved.pm25, when: {quorum: {of: {window: {agg: max, over: 1h}, above: 3}, share: 0.5}}",
    "on: AirQualityObserved.status, when: {in: [fault]}",
    "on: AirQualityObserved.pm25, when: {above: 3}, levels: {major: 5}, where: {labels: {k: [a, b]}}",
]


@pytest.mark.parametrize("rule", RIGHT)
def test_what_the_reader_takes_the_schema_takes(rule: str) -> None:
    parse_groups([Document("rules.yaml", whole(rule))], Context(CATALOG))
    assert takes(rule)


GOOD_THERE = "on: AirQualityObserved.pm25, when: {above: 3}"
NOT_THERE = [
    "on: AirQualityObserved.pm52, when: {above: 3}",
    "on: Nothing, when: {absent: {}}",
    f"{GOOD_THERE}, where: {{zones: [yothi]}}",
    f"{GOOD_THERE}, where: {{services: [flood]}}",
    f"{GOOD_THERE}, where: {{devices: [aq-02]}}",
    f"{GOOD_THERE}, where: {{labels: {{size: big}}}}",
    f"{GOOD_THERE}, where: {{labels: {{site: road}}}}",
    "on: AirQualityObserved, when: {geofence: {zone: yothi}}",
]


@pytest.mark.parametrize("rule", NOT_THERE)
def test_what_a_city_has_not_is_marked_by_its_own_schema_alone(rule: str) -> None:
    assert takes(rule)
    assert not takes(rule, of_city=True)


@pytest.mark.parametrize(
    "where",
    ["{zones: [samyan]}", "{services: [air]}", "{devices: [aq-01, 'aq-*']}", "{labels: {site: [school]}}"],
)
def test_what_a_city_has_is_taken(where: str) -> None:
    assert takes(f"{GOOD_THERE}, where: {where}", of_city=True)


def test_names_are_offered_with_what_they_mean() -> None:
    choice = rules_schema(Vocabulary.of_city(CITY, [DEVICE], CATALOG))["$defs"]["RuleForm"]["properties"][
        "on"
    ]
    told = dict(zip(choice["enum"], choice["markdownEnumDescriptions"], strict=True))
    assert told["AirQualityObserved.pm25"] == "PM2.5 · ฝุ่น PM2.5: a number, 0 to 1000 µg/m³"
    assert "thaiAqi" in "".join(told)
