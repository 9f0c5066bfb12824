"""The packs that come along: every file is right, tested by itself, and speaks both languages."""

from __future__ import annotations

import pytest

from devices.catalog import Catalog
from devices.model import Domain
from rules.files import Context, parse_groups
from rules.library import PACKS, UnknownPackError, library
from rules.testing import run

CATALOG = Catalog.builtin()
LIBRARY = parse_groups((), Context(CATALOG), library())
RESULTS = run(LIBRARY, CATALOG)


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: f"{result.test.group}: {result.test.name}")
def test_the_tests_of_every_pack_pass(result):
    assert result.passed, str(result)


@pytest.mark.parametrize("rule", list(LIBRARY), ids=lambda rule: rule.id)
def test_every_rule_fires_in_a_test_and_has_two_languages(rule):
    expected = {
        alert.rule
        for test in LIBRARY.tests
        if test.group == rule.group
        for moment in test.expect
        for alert in moment.alerts
    }
    assert rule.id in expected
    assert rule.heading.title.en != rule.heading.title.th
    assert rule.heading.advice is not None
    assert rule.heading.advice.en != rule.heading.advice.th


@pytest.mark.parametrize("pack", PACKS)
def test_every_domain_has_a_pack_with_limits_and_with_silence(pack):
    rules = parse_groups((), Context(CATALOG), library([pack]))
    assert {rule.heading.domain for rule in rules} == {Domain(pack)}
    kinds = {type(rule.condition).__name__ for rule in rules}
    assert kinds == {"Threshold", "Absent"}


def test_an_unknown_pack_is_named_with_those_there_are():
    with pytest.raises(UnknownPackError, match="did you mean mobility"):
        library(["mobilty"])
