"""The packs that come along: every file is right, tested by itself, says where its limits come from, and
speaks both languages."""

from __future__ import annotations

import re
from functools import cache

import pytest

from devices.catalog import Catalog
from devices.model import Domain
from rules.files import Context, parse_groups
from rules.kinds import KINDS
from rules.library import PACKS, UnknownPackError, library
from rules.testing import run

CATALOG = Catalog.builtin()
LIBRARY = parse_groups((), Context(CATALOG), library())
RESULTS = run(LIBRARY, CATALOG)

_ENTRY = re.compile(r"^  - id: (?P<id>\S+) # source: (?P<source>.+)$", re.MULTILINE)
_TAG = re.compile(r"\[([A-Za-z0-9]+)\]")
_THAI = re.compile("[ก-๛]")


@cache
def texts() -> dict[str, str]:
    """Each group's file."""
    groups = ((re.search(r"^group: (\S+)$", one.text, re.MULTILINE), one.text) for one in library())
    return {found[1]: text for found, text in groups if found}


def sources(group: str) -> dict[str, str]:
    return {found["id"]: found["source"] for found in _ENTRY.finditer(texts()[group])}


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: f"{result.test.group}: {result.test.name}")
def test_the_tests_of_every_pack_pass(result):
    assert result.passed, str(result)


@pytest.mark.parametrize("rule", list(LIBRARY), ids=lambda rule: rule.id)
def test_every_rule_fires_in_a_test_of_its_file(rule):
    expected = {
        alert.rule
        for test in LIBRARY.tests
        if test.group == rule.group
        for moment in test.expect
        for alert in moment.alerts
    }
    assert rule.id in expected


@pytest.mark.parametrize("rule", list(LIBRARY), ids=lambda rule: rule.id)
def test_every_rule_speaks_both_languages_and_says_what_to_do(rule):
    title, advice = rule.heading.title, rule.heading.advice
    assert advice is not None
    for text in (title, advice):
        assert _THAI.search(text.th), text.th
        assert not _THAI.search(text.en), text.en
    assert len(advice.en) >= 10


@pytest.mark.parametrize("rule", list(LIBRARY), ids=lambda rule: rule.id)
def test_every_rule_says_where_its_limit_comes_from(rule):
    """``# source: …`` beside its id; what stands in brackets is told at the top of the file."""
    source = sources(rule.group).get(rule.id.removeprefix(f"{rule.group}/"))
    assert source is not None
    head = texts()[rule.group].partition("group:")[0]
    for tag in _TAG.findall(source):
        assert f"[{tag}]" in head, f"{tag} is not told at the top"


@pytest.mark.parametrize("group", sorted(texts()))
def test_every_source_at_the_top_is_cited(group):
    told = set(_TAG.findall(texts()[group].partition("group:")[0]))
    cited = {tag for source in sources(group).values() for tag in _TAG.findall(source)}
    assert told <= cited


@pytest.mark.parametrize("pack", PACKS)
def test_every_domain_has_a_pack_with_limits_with_silence_and_with_more(pack):
    rules = list(parse_groups((), Context(CATALOG), library([pack])))
    assert {rule.heading.domain for rule in rules} == {Domain(pack)}
    kinds = {type(rule.condition).__name__ for rule in rules}
    assert {"Threshold", "Absent", "Quorum", "Windowed"} <= kinds
    assert len(rules) >= 10


def test_the_packs_show_every_kind_but_those_that_speak_of_one_city():
    """A geofence names a zone. What is not so is true of nearly every device: it is a part of other rules."""
    used = {key for text in texts().values() for key in KINDS if re.search(rf"[{{ ]{key}: ", text)}
    assert set(KINDS) - used == {"geofence", "not"}


def test_an_unknown_pack_is_named_with_those_there_are():
    with pytest.raises(UnknownPackError, match="did you mean mobility"):
        library(["mobilty"])
