"""Percentiles of what alerts took, stage by stage, beside the targets."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from rules.model import Severity
from services.alerts.deadlines import STAGES, by_timer, percentiles
from services.alerts.policy.model import Deadlines
from services.store.records.alerts import Staged

T = 1_767_546_000_000
DEADLINES = Deadlines(delivered={Severity.MAJOR: 1_000}, acknowledged={Severity.MAJOR: 60_000})


def row(**fields: Any) -> Staged:
    """An alert that a reading made fire: received after 100 ms, delivered 400 ms later."""
    given: dict[str, Any] = {
        "domain": "mobility",
        "highest_severity": "major",
        "taken": T,
        "received": T + 100,
        "fired": T,
        "persisted": T + 300,
        "delivered": T + 500,
        "notified": T + 1_500,
        "first_acknowledged": T + 30_500,
        "ends_at": None,
    }
    return Staged(**given | fields)


def stage(told: dict[str, Any], name: str, domain: str | None = None) -> dict[str, Any]:
    rows = told["all"] if domain is None else told["items"]
    (found,) = [one for one in rows if one["stage"] == name and one["domain"] == domain]
    return dict(found)


def test_each_stage_of_one_alert() -> None:
    told = percentiles([row()], DEADLINES)
    assert {name: stage(told, name)["p50"] for name in STAGES} == {
        "taken_to_received": 0.1,
        "received_to_fired": 0.0,
        "fired_to_persisted": 0.3,
        "persisted_to_delivered": 0.2,
        "received_to_delivered": 0.4,
        "delivered_to_notified": 1.0,
        "delivered_to_acknowledged": 30.0,
    }
    assert orjson.loads(orjson.dumps(told)) == told


@pytest.mark.parametrize(
    ("count", "p50", "p90", "p99", "most"), [(1, 1, 1, 1, 1), (10, 5, 9, 10, 10), (200, 100, 180, 198, 200)]
)
def test_percentiles_are_the_nearest_rank(count: int, p50: int, p90: int, p99: int, most: int) -> None:
    rows = [row(delivered=T + 100 + 1_000 * n) for n in range(count, 0, -1)]
    found = stage(percentiles(rows, DEADLINES), "received_to_delivered")
    assert [found[name] for name in ("count", "p50", "p90", "p99", "max")] == [count, p50, p90, p99, most]


def test_domains_stand_by_themselves_and_together() -> None:
    told = percentiles([row(), row(domain="energy", delivered=T + 5_000)], DEADLINES)
    assert [one["domain"] for one in told["items"]] == ["energy"] * len(STAGES) + ["mobility"] * len(STAGES)
    assert stage(told, "received_to_delivered", "mobility")["max"] == 0.4
    assert stage(told, "received_to_delivered", "energy")["max"] == 4.9
    assert stage(told, "received_to_delivered")["count"] == 2


def test_what_a_timer_fired_is_measured_from_its_firing() -> None:
    timed = row(fired=T + 300_000, persisted=T + 300_100, delivered=T + 300_200)
    silent = row(taken=None, received=None, fired=T)
    assert by_timer(timed)
    assert by_timer(silent)
    assert not by_timer(row())
    told = percentiles([timed], DEADLINES)
    assert stage(told, "received_to_delivered")["p50"] == 0.2
    assert stage(told, "received_to_fired")["p50"] == 299.9
    assert stage(percentiles([silent], DEADLINES), "received_to_delivered")["p50"] == 0.5


def test_the_share_within_the_target() -> None:
    rows = [row(delivered=T + 1_100), row(delivered=T + 1_101), row(), row(highest_severity="warning")]
    found = stage(percentiles(rows, DEADLINES), "received_to_delivered")
    assert (found["count"], found["target"]) == (4, 0.6667)
    assert stage(percentiles(rows, DEADLINES), "taken_to_received")["target"] is None


def test_what_nobody_took_up_in_time_did_not_keep_its_target() -> None:
    missed = row(first_acknowledged=None, ends_at=T + 500 + 60_001)
    short = row(first_acknowledged=None, ends_at=T + 500 + 60_000)
    still = row(first_acknowledged=None)
    found = stage(percentiles([row(), missed, short, still], DEADLINES), "delivered_to_acknowledged")
    assert (found["count"], found["target"]) == (1, 0.5)
    later = percentiles([row(), missed, short, still], DEADLINES, now=T + 600_000)
    assert stage(later, "delivered_to_acknowledged")["target"] == 0.3333


def test_a_clock_that_runs_ahead_makes_no_negative_span() -> None:
    told = percentiles([row(taken=T + 5_000, fired=T + 5_000)], DEADLINES)
    assert stage(told, "taken_to_received")["p50"] == 0.0
    assert stage(told, "fired_to_persisted")["p50"] == 0.0


def test_nothing_measured_is_nothing_told() -> None:
    told = percentiles([], DEADLINES)
    assert told["items"] == []
    assert all(one["count"] == 0 and one["p50"] is None and one["target"] is None for one in told["all"])
