"""The schema of status.yaml takes what the reader takes, and helps in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from devices.documents import Document, ProblemsError, parse
from services.runtime.cityfolder import read_city
from services.status.policy import reading
from services.status.policy.measures import MEASURES
from services.status.policy.model import read_status_policy
from services.status.policy.schema import status_schema
from tests.unit.status.test_status_file import GOOD, listed

SCHEMA = status_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
DEFAULT = Path(reading.__file__).with_name("default.yaml")
PILOT = Path(__file__).parents[3] / "deploy" / "cities" / "bangkok-pilot"
_THAI = re.compile("[ก-๛]")


def taken(text: str) -> bool:
    try:
        reading.read_document(Document("status.yaml", text), reading.default())
    except ProblemsError:
        return False
    return True


def test_it_is_a_schema_and_takes_the_rules_that_come_with_nakhon() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    VALIDATOR.validate(parse(Document("default.yaml", DEFAULT.read_text(encoding="utf-8"))).data)


def test_the_pilots_file_is_taken_and_its_services_find_their_sets() -> None:
    VALIDATOR.validate(
        parse(Document("status.yaml", (PILOT / "status.yaml").read_text(encoding="utf-8"))).data
    )
    folder = read_city(PILOT)
    policy = read_status_policy(folder)

    assert {"city", "safety", "online"} <= set(policy.sets)
    assert {policy.rules_of(service).name for service in folder.city.services.values()} <= set(policy.sets)
    assert policy.rules_of(folder.city.services["flood-watch"]).name == "safety"


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("silent_after: 2.5", True),
        ("silent_after: 0.5", False),
        ("sets: {city: []}", False),
        ("sets: {city: [{use: city}]}", True),
        ("domains: {low: operational}", True),
        ("domains: {low: fine}", False),
        (listed(f"{{id: it, status: outage, {GOOD}, for: 1m, keep: 2m, counted: false}}"), True),
        (listed(f"{{id: it, status: outage, {GOOD}, for: soon}}"), False),
        (listed(f"{{id: it, status: outage, {GOOD}, reason: {{en: a}}}}"), False),
        (listed("{id: it, status: outage}"), False),
        (listed("{id: it, status: outage, when: {}}"), False),
        (listed("{id: it, status: outage, when: {closed: true, silent: {at_least: 0.5}}}"), True),
        (listed("{id: it, status: outage, when: {closed: 1}}"), False),
        (listed("{id: it, status: outage, when: {any: [{deaf: true}, {not: {closed: true}}]}}"), True),
        (listed("{id: it, status: outage, when: {any: []}}"), False),
        (listed("{id: it, status: outage, when: {silent: {above: 0.5, clear_below: 0.4}}}"), True),
        (listed("{id: it, status: outage, when: {silent: {above: 0.5, clear_above: 0.6}}}"), False),
        (listed("{id: it, status: outage, when: {silent: {above: 0.5, below: 0.6}}}"), False),
        (listed("{id: it, status: outage, when: {silent: {above: 50}}}"), False),
        (listed("{id: it, status: outage, when: {devices: {above: 50}}}"), True),
        (listed("{id: it, status: outage, when: {alerts: {severity: major+, above: 5}}}"), True),
        (listed("{id: it, status: outage, when: {alerts: {severity: [minor, major], above: 5}}}"), True),
        (listed("{id: it, status: outage, when: {alerts: {severity: bad, above: 5}}}"), False),
        (listed("{id: it, status: outage, when: {silent: {severity: major, above: 0.5}}}"), False),
        (listed("{id: it, status: outage, when: {dependencies: {status: outage, above: 0.5}}}"), True),
        (listed("{id: it, status: outage, when: {certificate_days: {below: -1}}}"), True),
        (listed("{id: it, status: outage, when: {sillent: {above: 0.5}}}"), False),
    ],
)
def test_schema_and_reader_agree(text: str, good: bool) -> None:
    assert VALIDATOR.is_valid(parse(Document("status.yaml", text)).data) is good
    assert taken(text) is good


def keys() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, form in (("StatusForm", SCHEMA), *SCHEMA["$defs"].items()):
        for key, node in form.get("properties", {}).items():
            yield f"{name}.{key}", node


@pytest.mark.parametrize(("name", "node"), list(keys()), ids=[name for name, _ in keys()])
def test_an_editor_tells_about_every_key_in_both_languages(name: str, node: dict[str, Any]) -> None:
    en, _, th = node["markdownDescription"].partition("\n\n")
    assert en == node["description"], name
    assert _THAI.search(th), name
    assert not _THAI.search(en), name


def test_every_measure_is_offered() -> None:
    assert set(MEASURES) < set(SCHEMA["$defs"]["Condition"]["properties"])
    for measure in MEASURES.values():
        assert _THAI.search(measure.title.th)
        assert not _THAI.search(measure.title.en)
