"""Tables of the pages hold exactly what the code knows: keys, codes, kinds, metrics, statuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel

from devices.calendar.forms import ScheduleForm
from devices.documents import Document, parse
from devices.refusal import Code
from rules.forms import RuleForm, TestForm
from rules.kinds import KINDS, kind_of
from rules.linting import FINDINGS
from rules.model import Severity, State
from rules.texts import VARIABLES
from services.app.alertexports import export_alerts, export_health
from services.app.exports import export
from services.app.statusexports import export_statuses
from services.runtime.config import Config
from services.runtime.metrics import Metrics
from services.status import Status
from tests.unit.docs import pages

ADMINISTRATOR = "docs/administrator.md"
RULE_AUTHOR = "docs/rule-author.md"
_NOT_SETTINGS = ("NAKHON_TOKEN", "NAKHON_TEST_")


def codes(cell: str) -> list[str]:
    """What stands in backquotes in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def settings() -> dict[str, Any]:
    """Every key of the configuration with its default, ``section.key``."""
    found: dict[str, Any] = {}
    for name, field in Config.model_fields.items():
        found |= beneath(name, field.default) if isinstance(field.default, BaseModel) else {name: None}
    return found


def beneath(name: str, section: BaseModel) -> dict[str, Any]:
    """The keys of a section, and of the sections in it."""
    found: dict[str, Any] = {}
    for key in type(section).model_fields:
        value = getattr(section, key)
        found |= beneath(f"{name}.{key}", value) if isinstance(value, BaseModel) else {f"{name}.{key}": value}
    return found


def told_settings() -> dict[str, str]:
    """Every key in the table of nakhon.yaml with the default it gives."""
    found = {}
    for cells in pages.rows(ADMINISTRATOR, "nakhon.yaml"):
        keys = [key for key in codes(cells[0]) if key in {"city", "data"} or "." in key]
        defaults = cells[1].split(", ")
        found |= dict(
            zip(keys, defaults if len(defaults) == len(keys) else cells[1:2] * len(keys), strict=True)
        )
    return found


def test_every_key_of_the_configuration_is_told_and_no_other() -> None:
    assert told_settings().keys() == settings().keys()


@pytest.mark.parametrize(
    ("key", "default"), [item for item in settings().items() if item[1] not in (None, {})]
)
def test_its_default_is_the_one_in_force(key: str, default: Any) -> None:
    *sections, name = key.split(".")
    model: Any = Config
    for section in sections:
        model = model.model_fields[section].annotation
    assert getattr(model.model_validate({name: told_settings()[key]}), name) == default


def test_every_variable_of_the_environment_is_a_setting() -> None:
    text = "".join(pages.read(pages.name(page)) for page in pages.PAGES)
    named = set(re.findall(r"NAKHON_[A-Z0-9_]*[A-Z0-9]", text))
    assert named
    keys = {f"NAKHON_{key.replace('.', '__')}".upper(): default for key, default in settings().items()}
    beneath = tuple(f"{key}__" for key, default in keys.items() if default == {})
    assert {name for name in named if not name.startswith((*_NOT_SETTINGS, *beneath))} <= keys.keys()


def test_every_verdict_code_is_told_and_no_other() -> None:
    told = [code for cells in pages.rows("docs/integrator.md", "Verdicts")[2:] for code in codes(cells[0])]
    assert sorted(told) == sorted(Code)


def test_every_key_of_a_rule_and_every_kind_is_told_and_no_other() -> None:
    keys = {code for first, *_ in pages.rows(RULE_AUTHOR, "A rule") for code in codes(first)}
    kinds = {code for first, *_ in pages.rows(RULE_AUTHOR, "Conditions") for code in codes(first)} - {"when"}
    assert keys == {field.alias or name for name, field in RuleForm.model_fields.items()}
    assert {re.match(r"\{(\w+)", kind)[1] for kind in kinds} == set(KINDS)  # type: ignore[index]


def test_every_key_of_a_schedule_and_of_a_test_is_told_and_no_other() -> None:
    for heading, form in (("Schedules", ScheduleForm), ("Tests", TestForm)):
        told = [codes(first)[0] for first, *_ in pages.rows(RULE_AUTHOR, heading)[2:]]
        assert sorted(told) == sorted(form.model_fields)


def test_everything_that_check_looks_for_is_told_and_no_other() -> None:
    told = {tuple(row) for row in pages.rows(RULE_AUTHOR, "What check finds")[2:]}
    assert told == {(finding.weight.value, first_line(finding.look)) for finding in FINDINGS}


def first_line(function: Callable[..., object]) -> str:
    """What a function says of itself, as a page writes it."""
    said, _, _ = (function.__doc__ or "").partition("\n")
    return said.rstrip(".").replace("``", "`")


def test_the_kinds_of_the_guide_are_conditions_that_are_read() -> None:
    for first, *_ in pages.rows(RULE_AUTHOR, "Conditions")[2:]:
        for when in codes(first):
            kind = kind_of(said := parse(Document("", when)).data)
            assert kind is not None
            kind.form.model_validate(said)


def test_every_variable_of_a_title_is_told_and_no_other() -> None:
    told = [code[1:-1] for first, *_ in pages.rows(RULE_AUTHOR, "Texts")[2:] for code in codes(first)]
    assert set(told) == set(VARIABLES)


def test_every_metric_is_told_and_no_other() -> None:
    metrics = Metrics()
    for register in (export, export_alerts, export_health, export_statuses):
        register(SimpleNamespace(metrics=metrics))  # type: ignore[arg-type]
    there = {
        family.name for collector in metrics._registry._collector_to_names for family in collector.describe()
    }
    told = {
        code.partition("{")[0].removesuffix("_total")
        for cells in pages.rows(ADMINISTRATOR, "Watching it")
        for code in codes(cells[0])
    }
    assert told == there


def test_statuses_severities_and_states_are_told() -> None:
    text = pages.prose("docs/operator.md")
    told = [cells[0] for cells in pages.rows("docs/operator.md", "Status")[2:]]
    assert sorted(told) == sorted(Status)
    assert f"worst first: {', '.join(Severity)}" in text
    assert all(f"*{state}*" in text for state in State if state is not State.INACTIVE)


def console_words(language: str) -> dict[str, set[str]]:
    """Each key of the console's texts and what it says, without the texts that take arguments."""
    text = (pages.ROOT / f"services/console/src/i18n/{language}.ts").read_text(encoding="utf-8")
    found: dict[str, set[str]] = {}
    for key, said in re.findall(r'(\w+): "([^"]+)"', text):
        found.setdefault(key, set()).add(said.lower())
    return found


def test_the_words_are_those_of_the_console() -> None:
    english, thai = console_words("en"), console_words("th")
    said = {(en, th) for key, texts in english.items() for en in texts for th in thai.get(key, ())}
    words = [
        pair for cells in pages.rows("docs/operator.md", "Words")[2:] for pair in (cells[0:2], cells[3:5])
    ]
    assert len(words) > 10
    assert {(en.partition(" (")[0], th) for en, th in words} <= said
