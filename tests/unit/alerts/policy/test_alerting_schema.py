"""The schema of alerting.yaml, as an editor uses it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from devices.documents import Document, parse
from services.alerts.policy.schema import alerting_schema
from tests.unit.alerts.policy.alertingfiles import route

SCHEMA = alerting_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
PILOT = Path(__file__).parents[4] / "deploy" / "cities" / "bangkok-pilot" / "alerting.yaml"


def takes(text: str) -> bool:
    return VALIDATOR.is_valid(parse(Document("alerting.yaml", text)).data)


def keys() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, form in (("file", SCHEMA), *SCHEMA["$defs"].items()):
        for key, node in form.get("properties", {}).items():
            yield f"{name}.{key}", node


def test_it_is_a_schema_and_the_pilot_fits() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    VALIDATOR.validate(parse(Document("alerting.yaml", PILOT.read_text(encoding="utf-8"))).data)


@pytest.mark.parametrize(("key", "node"), [pytest.param(*item, id=item[0]) for item in keys()])
def test_every_key_is_explained_in_both_languages(key: str, node: dict[str, Any]) -> None:
    english, _, thai = node.get("markdownDescription", "").partition("\n\n")
    assert english.isascii() or "…" in english, key
    assert any("ก" <= letter <= "๛" for letter in thai), key


@pytest.mark.parametrize(
    "text",
    [
        route(match="{severity: major+, zones: samyan, severities_: x}").replace(", severities_: x", ""),
        route(during="office"),
        route(mute="{days: sat}"),
        route(steps="[{notify: duty}, {after: 10m, notify: [lead]}]", repeat="0s"),
        route(group="{by: ['label:feeder', zone]}"),
        "deadlines: {delivered: 60s, acknowledged: {critical: 5m}}\n",
    ],
)
def test_it_takes_what_is_right(text: str) -> None:
    assert takes(text)


@pytest.mark.parametrize(
    "text",
    [
        route(match="{severity: bad}"),
        route(match="{severity: minor, severities: [major]}"),
        route(match="{zone: samyan}"),
        route(match="{domains: [energies]}"),
        route(steps="[{notify: duty}]", notify="lead"),
        route(repeat="often"),
        route(group="{by: [street]}"),
        route(during="{}"),
        "deadlines: {delivered: {dire: 5m}}\n",
        "depends: [{id: a, cause: {zones: a}, effects: {zones: b}}]\n",
        "rotues: []\n",
    ],
)
def test_it_marks_what_is_wrong(text: str) -> None:
    assert not takes(text)


def test_defaults_are_told_as_people_write_them() -> None:
    assert SCHEMA["$defs"]["RouteForm"]["properties"]["repeat"]["default"] == "4h"
    assert SCHEMA["$defs"]["GroupForm"]["properties"]["wait"]["default"] == "10s"
