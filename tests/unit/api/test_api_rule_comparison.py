"""A shadow rule held against the live one, over HTTP."""

from __future__ import annotations

from typing import cast

import pytest

from tests.unit.api.conftest import Api
from tests.unit.api.doubles import Alerts

START, END = 1_767_546_000_000, 1_767_632_400_000
SPAN = {"start": "2026-01-05T00:00:00+07:00", "end": "2026-01-06T00:00:00+07:00"}


def asked(api: Api) -> list[tuple[str, str, int, int]]:
    return cast("Alerts", api.deps.alerts).compared


@pytest.mark.parametrize("name", ["air/pm25-soon", "air%2Fpm25-soon", "air%2fpm25-soon"])
async def test_with_the_rule_that_it_names(api: Api, name: str) -> None:
    found = await api.get(f"rules/{name}/comparison", role="viewer", **SPAN)
    assert (found["rule"], found["against"]) == ("air/pm25-soon", "air/pm25-high")
    assert found["both"][0]["earlier_seconds"] == 2.5
    assert asked(api) == [("air/pm25-soon", "air/pm25-high", START, END)]


async def test_with_another_and_over_the_last_week_unless_said(api: Api) -> None:
    await api.get("rules/air/pm25-soon/comparison", against="air/silent")
    ((shadow, live, start, end),) = asked(api)
    assert (shadow, live, end - start) == ("air/pm25-soon", "air/silent", 7 * 86_400_000)
    assert end == api.clock.now()


async def test_what_can_not_be_compared_is_told(api: Api) -> None:
    live = await api.problem("GET", "rules/air/pm25-high/comparison")
    assert (live["code"], "is live" in live["detail"]) == ("conflict", True)
    gone = await api.problem("GET", "rules/air/pm25-soon/comparison", params={"against": "air/pm25-hihg"})
    assert (gone["code"], "did you mean air/pm25-high?" in gone["detail"]) == ("not_found", True)
    assert (await api.problem("GET", "rules/air/nothing/comparison"))["code"] == "not_found"
    swapped = {"start": SPAN["end"], "end": SPAN["start"]}
    wrong = await api.problem("GET", "rules/air/pm25-soon/comparison", params=swapped)
    assert (wrong["code"], wrong["parameter"]) == ("bad_parameter", "start")


async def test_a_rule_may_be_called_comparison(api: Api) -> None:
    problem = await api.problem("GET", "rules/air/comparison")
    assert "no rule 'air/comparison'" in problem["detail"]
