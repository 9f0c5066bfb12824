"""``nakhon rules check``: what it tells, where, and with which exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from services.cli import build

HEAD = "group: g\ndomain: environment\nrules:\n"
GOOD = "  - {id: good, on: AirQualityObserved.pm25, when: {above: 60, clear_below: 50}}\n"
ODD = "  - {id: odd, on: AirQualityObserved.o3, when: {above: 0.07}}\n"
WRONG = "  - {id: wrong, on: AirQualityObserved.pm52, when: {above: 60}}\n"


@pytest.fixture
def check(tmp_path: Path) -> Callable[..., Result]:
    """The command on files of these texts, against the pilot city."""

    def run(*texts: str, options: tuple[str, ...] = ()) -> Result:
        folder = tmp_path / "rules"
        folder.mkdir()
        for place, text in enumerate(texts):
            (folder / f"{place}.yaml").write_text(text, encoding="utf-8")
        return CliRunner().invoke(build(), ["rules", "check", "--rules", str(folder), *options])

    return run


def told(result: Result) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_good_rules_are_counted(check: Callable[..., Result]) -> None:
    result = check(HEAD + GOOD)
    assert result.exit_code == 0
    assert "1 rules, 0 tests, against the city bangkok-pilot" in result.stdout


def test_a_mistake_has_a_file_a_line_and_a_suggestion(check: Callable[..., Result]) -> None:
    result = check(HEAD + GOOD + WRONG)
    assert result.exit_code == 1
    assert "0.yaml:5: rules[1].on: AirQualityObserved has no metric pm52; did you mean pm25?" in result.stderr
    assert "1 problem(s)" in result.stdout


def test_a_warning_alone_is_no_failure_unless_one_is_strict(check: Callable[..., Result]) -> None:
    result = check(HEAD + ODD)
    assert result.exit_code == 0
    assert "0.yaml:4: rules[0].when.above: 0.07 is very little: did you mean 70?" in result.stderr
    assert "1 warning(s)" in result.stdout


def test_strict_makes_warnings_fail(check: Callable[..., Result]) -> None:
    assert check(HEAD + ODD, options=("--strict",)).exit_code == 1


def test_strict_leaves_hints_alone(check: Callable[..., Result]) -> None:
    assert check(HEAD + GOOD, options=("--strict",)).exit_code == 0


def test_json_carries_all_that_was_found_and_nothing_else_is_printed(check: Callable[..., Result]) -> None:
    document = told(check(HEAD + ODD, options=("--json",)))
    assert document["rules"] == 1
    assert document["problems"] == []
    (warning,) = document["warnings"]
    assert warning["file"].endswith("0.yaml")
    assert (warning["line"], warning["key"], warning["value"]) == (4, "rules[0].when.above", 0.07)
    assert all("no advice" in hint["message"] or "no test" in hint["message"] for hint in document["hints"])


def test_a_broken_file_hides_no_warning_of_another(check: Callable[..., Result]) -> None:
    other = HEAD.replace("group: g", "group: h")
    result = check(HEAD + WRONG, other + ODD, options=("--json",))
    assert result.exit_code == 1
    document = told(result)
    assert [problem["key"] for problem in document["problems"]] == ["rules[0].on"]
    assert [warning["key"] for warning in document["warnings"]] == ["rules[0].when.above"]


def test_a_rule_like_one_of_a_pack_in_force_is_told(check: Callable[..., Result]) -> None:
    rule = "  - {id: again, on: AirQualityObserved.status, when: {equals: fault}}\n"
    result = check(HEAD + rule)
    assert (
        "says the same as air-quality/station-fault (library/environment/air-quality.yaml:" in result.stderr
    )


def test_a_rule_in_the_shadow_may_be_held_against_one_that_is_in_force(check: Callable[..., Result]) -> None:
    rule = (
        "  - {id: next, on: AirQualityObserved.status, when: {in: [fault]}, mode: shadow, against: RIVAL}\n"
    )
    assert check(HEAD + rule.replace("RIVAL", "air-quality/station-fault")).exit_code == 0


def test_a_rival_that_is_not_in_force_is_told(check: Callable[..., Result]) -> None:
    rule = (
        "  - {id: next, on: AirQualityObserved.status, when: {in: [fault]}, mode: shadow, against: RIVAL}\n"
    )
    result = check(HEAD + rule.replace("RIVAL", "air-quality/station-folt"))
    assert result.exit_code == 1
    assert "did you mean air-quality/station-fault?" in result.stderr


def test_all_rules_of_the_city_with_its_packs() -> None:
    result = CliRunner().invoke(build(), ["rules", "check", "--json"])
    assert result.exit_code == 0
    document = told(result)
    assert document["rules"] > 40
    assert document["problems"] == []


def test_where_there_is_no_rule_file_it_says_so(check: Callable[..., Result]) -> None:
    result = check()
    assert result.exit_code == 1
    assert "there is no rule file (*.yaml) here" in result.stderr
