"""``nakhon rules diff`` and ``test``: exit codes, and what build servers read."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from tests.unit.cli.rulework.conftest import RULES, Bench

TESTED = """
group: air
domain: environment
rules:
  - {id: high, on: AirQualityObserved.pm25, when: {above: 40}}
tests:
  - name: it fires
    observe: [{device: x, at: 0s, values: {pm25: 50}}]
    expect: [{at: 1s, alerts: [{rule: high, device: x}]}]
  - name: it is <quiet> & calm
    observe: [{device: x, at: 0s, values: {pm25: 50}}]
    expect: [{at: 1s, alerts: []}]
  - name: of another town
    city: elsewhere
    observe: [{device: x, at: 0s, values: {pm25: 50}}]
    expect: [{at: 1s, alerts: []}]
"""


def test_a_version_that_fires_the_same_differs_in_nothing(bench: Bench, rules: str) -> None:
    answer = bench.json("diff", "--rules", rules, "--against", rules, *bench.recording())
    assert answer["differ"] is False
    assert [(one["before"], one["same"]) for one in answer["compared"]] == [
        ("mine/high", 1),
        ("mine/never", 0),
    ]


def test_a_version_that_fires_otherwise_ends_with_one(bench: Bench, rules: str) -> None:
    later = bench.file("later.yaml", RULES.replace("for: 2h", "for: 3h"))
    result = bench("diff", "--rules", later, "--against", rules, *bench.recording())
    assert result.exit_code == 1
    assert "mine/high: 1 moved" in result.stdout
    assert "fires 2026-01-05 03:00 → 2026-01-05 04:00" in result.stdout
    assert "1 rules fire the same, 1 do not" in result.stdout


def test_without_an_old_version_the_city_s_own_is_meant(bench: Bench) -> None:
    newer = bench.file(
        "air.yaml",
        "group: air\ndomain: environment\nrules:\n"
        "  - {id: pm25-high, on: AirQualityObserved.pm25, when: {above: 70}, severity: major}\n",
    )
    answer = bench.json("diff", "--rules", newer, *bench.recording(((0, 72), (1, 10))), code=1)
    [one] = answer["compared"]
    assert (one["before"], one["after"], len(one["added"])) == ("air/pm25-high", "air/pm25-high", 1)


def test_a_difference_has_a_page(bench: Bench, rules: str, tmp_path: Path) -> None:
    later = bench.file("later.yaml", RULES.replace("for: 2h", "for: 3h"))
    page = tmp_path / "page.html"
    bench.json("diff", "--rules", later, "--against", rules, *bench.recording(), "--html", str(page), code=1)
    assert "What changes" in page.read_text(encoding="utf-8")


def test_without_a_single_reading_nothing_is_the_same(bench: Bench, rules: str) -> None:
    result = bench("diff", "--rules", rules, "--against", rules, *bench.recording(((0, -5),)))
    assert result.exit_code == 1
    assert "no reading to play" in result.stderr
    assert "fire the same" not in result.stdout


def test_a_difference_of_nothing_is_a_mistake(bench: Bench) -> None:
    result = bench("diff", *bench.recording())
    assert "--rules" in str(result.exception)


def test_results_of_tests_are_junit_s(bench: Bench, tmp_path: Path) -> None:
    tested = bench.file("tested.yaml", TESTED)
    file = tmp_path / "out" / "junit.xml"
    result = bench("test", "--rules", tested, "--city", "city", "--junit", str(file))
    assert result.exit_code == 1
    root = ET.fromstring(file.read_text(encoding="utf-8"))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("3", "1", "1")
    [suite] = root
    cases = {case.get("name"): case for case in suite}
    assert suite.get("name") == "air"
    assert len(cases["it fires"]) == 0
    [failure] = cases["it is <quiet> & calm"]
    assert failure.tag == "failure"
    assert "air/high x" in (failure.text or "")
    [error] = cases["of another town"]
    assert "needs the city elsewhere" in (error.text or "")


def test_tests_that_pass_end_with_zero(bench: Bench, tmp_path: Path) -> None:
    passing = bench.file("passing.yaml", TESTED.split("  - name: it is <quiet>", maxsplit=1)[0])
    result = bench("test", "--rules", passing, "--city", "city")
    assert result.exit_code == 0
    assert "1 passed, 0 failed" in result.stdout


def test_the_check_command_tells_all_mistakes_as_json(bench: Bench) -> None:
    wrong = bench.file("wrong.yaml", RULES.replace("pm25", "pm26"))
    answer = bench.json("check", "--rules", wrong, "--city", "city", code=1)
    assert [problem["line"] for problem in answer["problems"]] == [5, 6]
