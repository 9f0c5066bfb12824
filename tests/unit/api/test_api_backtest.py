"""``rules/backtest``: rules on stored history, in a process of its own, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from devices.city import CityFolder
from devices.documents import Document
from devices.model import Observation
from rules.library import library
from services.api import backtesting, backtestshapes
from services.api.backtesting import Asked, Backtests
from services.api.deps import ApiDeps
from services.api.problems import ProblemError
from services.runtime.clock import ManualClock
from services.runtime.ports import BusyError
from tests.unit.api.conftest import Api
from tests.unit.api.doubles import Series

START = 1_767_546_000_000
HOUR = 3_600_000
RULES = """
group: mine
domain: environment
rules:
  - {id: high, on: AirQualityObserved.pm25, when: {above: 40}}
"""
SPAN = {"start": "2026-01-05T00:00:00+07:00", "end": "2026-01-05T06:00:00+07:00"}


@pytest.fixture
async def history(api: Api) -> Api:
    """Six hours of one station, the fourth hour bad; it is the day after."""
    rows = [
        Observation(START + hour * HOUR, "aq-01", "north", "AirQualityObserved", {"pm25": value}, 0)
        for hour, value in enumerate((10.0, 20.0, 90.0, 20.0, 10.0, 10.0))
    ]
    await api.store.write(rows, 0)
    api.clock.set(START + 24 * HOUR)
    return api


async def post(api: Api, **body: Any) -> Any:
    answer = await api.call("POST", "rules/backtest", json={**SPAN, **body})
    assert answer.status == 200, await answer.text()
    return await answer.json()


async def test_rules_of_the_body_are_played_on_stored_history(history: Api) -> None:
    answer = await post(history, rules=RULES)
    backtestshapes.Backtest.model_validate(answer)
    assert (answer["readings"], answer["refused"]) == (6, 0)
    assert (answer["from"], answer["to"]) == ("2026-01-04T17:00:00.000Z", "2026-01-04T23:00:00.000Z")
    assert [(rule["rule"], rule["fired"]) for rule in answer["rules"]] == [("mine/high", 1)]
    [alert] = answer["alerts"]
    assert (alert["starts_at"], alert["ends_at"]) == ("2026-01-04T19:00:00.000Z", "2026-01-04T20:00:00.000Z")
    assert "scores" not in answer


async def test_several_files_are_one_set(history: Api) -> None:
    other = RULES.replace("group: mine", "group: other")
    answer = await post(history, rules=[RULES, other])
    assert [rule["rule"] for rule in answer["rules"]] == ["mine/high", "other/high"]


async def test_scores_come_as_rows(history: Api) -> None:
    odd = RULES.replace("{above: 40}", "{anomaly: {}, above: 0.9}")
    answer = await post(history, rules=odd, scores=True)
    assert len(answer["scores"]) == 6
    assert answer["scores"][0][:4] == ["2026-01-04T17:00:00.000Z", "aq-01", "pm25", 10.0]


async def test_an_end_that_has_not_come_is_now(history: Api) -> None:
    answer = await post(history, rules=RULES, end="2027-01-01T00:00:00Z")
    assert answer["to"] == "2026-01-05T17:00:00.000Z"


async def test_mistakes_are_told_by_file_and_line(history: Api) -> None:
    wrong = [RULES, RULES.replace("pm25", "pm26").replace("mine", "other")]
    problem = await history.problem("POST", "rules/backtest", json={**SPAN, "rules": wrong})
    assert (problem["status"], problem["code"]) == (422, "invalid_rules")
    [error] = problem["errors"]
    assert (error["file"], error["line"], error["key"]) == ("rules[1]", 5, "rules[0].on")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"start": "2026-01-06T00:00:00Z"}, "before end"),
        ({"start": "yesterday"}, "start"),
        ({"rules": 7}, "rules"),
        ({"until": "now"}, "until"),
        ({"start": "2030-01-01T00:00:00Z", "end": "2030-01-02T00:00:00Z"}, "before now"),
    ],
)
async def test_what_the_body_lacks_is_told(history: Api, body: dict[str, Any], told: str) -> None:
    problem = await history.problem("POST", "rules/backtest", json={**SPAN, **body})
    assert problem["status"] == 422
    assert told in problem["detail"]


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("operator", 403), (None, 401)])
async def test_only_integrators_and_administrators_may(history: Api, role: str | None, status: int) -> None:
    problem = await history.problem("POST", "rules/backtest", role=role, json=SPAN)
    assert problem["status"] == status


async def test_without_rules_those_in_force_are_played(history: Api) -> None:
    answer = await post(history)
    assert [rule["rule"] for rule in answer["rules"]] == ["air/pm25-high", "air/silent"]
    assert {alert["rule"] for alert in answer["alerts"]} == {"air/pm25-high", "air/silent"}


@pytest.fixture(scope="module")
def packs() -> list[str]:
    return [document.text for document in library()]


async def test_rules_of_every_pack_travel_to_the_worker(history: Api, packs: list[str]) -> None:
    answer = await post(history, rules=packs)
    assert len(answer["rules"]) > 40


def asked(folder: CityFolder) -> Asked:
    return Asked(folder, (Document("rules.yaml", RULES),), (), START, START + 6 * HOUR)


class Slow(Series):
    """A store that gives its first page and then nothing more."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()

    async def replay(self, selection: Any, *, batch: int = 10_000) -> AsyncIterator[list[Observation]]:
        yield [Observation(START, "aq-01", "north", "AirQualityObserved", {"pm25": 1.0}, 0)]
        self.reached.set()
        await asyncio.Event().wait()


async def test_one_is_at_work_at_a_time_and_an_end_makes_room(deps: ApiDeps, folder: CityFolder) -> None:
    store, backtests = Slow(), Backtests()
    first = asyncio.create_task(backtests.run(asked(folder), replace(deps, store=store)))
    await store.reached.wait()
    with pytest.raises(BusyError, match="another backtest"):
        await backtests.run(asked(folder), deps)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert b'"readings":0' in await backtests.run(asked(folder), deps)


async def test_one_that_takes_too_long_is_ended(deps: ApiDeps, folder: CityFolder) -> None:
    with pytest.raises(ProblemError, match="shorter span"):
        await Backtests(patience=0.05).run(asked(folder), replace(deps, store=Slow()))


async def test_more_readings_than_one_may_play_are_refused(deps: ApiDeps, folder: CityFolder) -> None:
    store = Series()
    rows = [
        Observation(START + n, "aq-01", "north", "AirQualityObserved", {"pm25": 1.0}, 0) for n in range(20)
    ]
    await store.write(rows, 0)
    with pytest.raises(ProblemError, match="more than 10 readings"):
        await Backtests(most=10).run(asked(folder), replace(deps, store=store))


async def test_a_worker_that_fails_is_told_of(
    deps: ApiDeps, folder: CityFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backtesting, "_MODULE", "services.runtime.gone")
    with pytest.raises(ProblemError, match="ended before it was done"):
        await Backtests().run(asked(folder), deps)


def test_the_clock_of_these_tests_begins_where_the_history_does() -> None:
    assert ManualClock().now() == START
