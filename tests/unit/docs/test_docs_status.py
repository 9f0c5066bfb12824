"""The page about statuses holds exactly the rules, measures and keys that are in force."""

from __future__ import annotations

import pytest

from devices.documents import Document
from services.status.model import Status
from services.status.policy.forms import RuleForm
from services.status.policy.measures import MEASURES
from services.status.policy.model import default_policy
from services.status.policy.reading import default, read_document
from services.status.policy.rules import Op, StatusRule, comparisons
from tests.unit.docs import pages
from tests.unit.docs.test_docs_words import codes

PAGE = "docs/status.md"
RULES = default_policy().sets["city"].rules


def first_cells(section: str) -> list[str]:
    return [codes(cells[0])[0] for cells in pages.rows(PAGE, section) if codes(cells[0])]


def test_every_status_is_told() -> None:
    assert first_cells("How a status comes about") == list(Status)


def test_the_rules_are_those_that_come_with_nakhon() -> None:
    told = [(codes(cells[0])[0], cells[1]) for cells in pages.rows(PAGE, "Rules") if codes(cells[0])]

    assert told == [(rule.id, rule.status.value) for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_what_does_not_count_is_said(rule: StatusRule) -> None:
    told = {codes(cells[0])[0]: cells[2] for cells in pages.rows(PAGE, "Rules") if codes(cells[0])}

    assert ("not counted" in told[rule.id]) is not rule.counted
    assert ("kept" in told[rule.id]) is (rule.keep > 0)


def test_every_measure_is_told_with_its_unit() -> None:
    told = {codes(cells[0])[0]: cells[1] for cells in pages.rows(PAGE, "Conditions") if codes(cells[0])}

    assert told == {name: measure.unit.value for name, measure in MEASURES.items()}


def test_every_key_of_a_rule_is_told() -> None:
    keys = {field.alias or name for name, field in RuleForm.model_fields.items()}

    assert set(first_cells("status.yaml")) == keys


def test_the_lines_that_operators_read_are_those_in_force() -> None:
    text = pages.prose("docs/operator.md")
    limits = {
        (rule.id, one.asked.name): (one.op, one.limit) for rule in RULES for one in comparisons(rule.when)
    }

    assert limits["silence", "silent"] == (Op.ABOVE, 0.1)
    assert "more than 10 % of its devices are silent" in text
    assert limits["bad-data", "bad_data"] == (Op.ABOVE, 0.25)
    assert "more than 25 % of them can't be taken at its word" in text
    assert limits["silence-outage", "silent"] == (Op.ABOVE, 0.5)
    assert limits["critical-alerts", "alert_devices"] == (Op.AT_LEAST, 0.5)
    assert "more than half of its devices are silent, or critical alerts are open on half of" in text
    assert default_policy().silent_after == 3
    assert "silent after fifteen" in text


def test_the_example_is_read() -> None:
    example = next(e for e in pages.examples() if e.page == PAGE and e.marks.get("file") == "status.yaml")
    written = read_document(Document(str(example), example.text), default())

    assert written.silent_after == 4
    assert [rule.id for rule in written.sets["clinic"].rules][-1] == "beds"
    assert "dark-area" in [rule.id for rule in written.sets["clinic"].rules]
