"""The rule files through the API: how they stand, and taking them over."""

from __future__ import annotations

from typing import cast

from devices.documents import Problem
from tests.unit.api.conftest import Api
from tests.unit.api.doubles import CHANGES, RuleFiles


async def test_the_state_is_for_everybody(api: Api) -> None:
    state = await api.get("rules/state", role="viewer")
    assert (state["files"], state["problems"]) == (["rules/air.yaml"], [])


async def test_a_reload_says_what_became_of_each_rule(api: Api) -> None:
    answer = await api.call("POST", "rules/reload", role="integrator")
    assert (answer.status, await answer.json()) == (200, CHANGES)
    assert cast("RuleFiles", api.deps.rule_files).asked == ["a integrator"]


async def test_who_may_not_change_the_city_may_not_reload(api: Api) -> None:
    for role in ("viewer", "operator"):
        assert (await api.problem("POST", "rules/reload", role=role))["code"] == "forbidden"
    assert cast("RuleFiles", api.deps.rule_files).asked == []


async def test_mistakes_come_with_file_and_line(api: Api) -> None:
    files = cast("RuleFiles", api.deps.rule_files)
    files.problems = [
        Problem("rules/air.yaml", line, "rules[0].on", "no metric pm52; did you mean pm25?", "pm52", "pm25")
        for line in range(1, 10)
    ]
    problem = await api.problem("POST", "rules/reload")
    assert (problem["status"], problem["code"]) == (422, "invalid_rules")
    assert len(problem["errors"]) == 9
    assert problem["errors"][0] == {
        "file": "rules/air.yaml",
        "line": 1,
        "key": "rules[0].on",
        "value": "pm52",
        "message": "no metric pm52; did you mean pm25?",
        "allowed": "pm25",
    }
    assert "rules/air.yaml:1: rules[0].on" in problem["detail"]
    assert problem["detail"].endswith("and 4 more")
