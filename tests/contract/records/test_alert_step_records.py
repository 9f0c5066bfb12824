"""How severe alerts were, step by step, on each database."""

from __future__ import annotations

from typing import Any

import pytest

from rules.model import Severity, State
from services.store.records import Records
from services.store.records.alertdata import AlertEvent, AlertRecord, Changes
from services.store.records.alertsteps import AlertStep, AlertStepRecords
from services.store.records.ulid import ulid

NOW = 1_767_546_000_000
Told = list[tuple[int, str, str]]


@pytest.fixture
def steps(records: Records) -> AlertStepRecords:
    return records.alert_steps


async def keep(records: Records, number: int, told: Told, **more: Any) -> str:
    """An alert with these steps: (at, state, severity)."""
    name = ulid(NOW + told[0][0], number)
    fired = [at for at, state, _ in told if state == "firing"]
    values: dict[str, Any] = {
        "fingerprint": f"{number:016x}",
        "rule": "r/x",
        "rule_version": "v",
        "domain": "mobility",
        "zone": "yothi",
        "device": "tf-1",
        "service": "traffic",
        "severity": Severity(told[-1][2]),
        "highest_severity": Severity.CRITICAL,
        "state": State(told[-1][1]),
        "shadow": False,
        "starts_at": NOW + told[0][0],
        "title": {"en": "t", "th": "t"},
        "advice": None,
        "evidence": {},
        "ends_at": NOW + told[-1][0] if told[-1][1] == "resolved" else None,
        "fired": NOW + fired[0] if fired else None,
        "changes": len(told),
        **more,
    }
    events = [
        AlertEvent(name, place, NOW + at, state, State(state), Severity(severity))
        for place, (at, state, severity) in enumerate(told, 1)
    ]
    changes = Changes(alerts={name: AlertRecord(name, **values)}, events={name: events})
    await records.alerts.change([name], lambda _known: changes)
    return name


def brief(found: list[AlertStep]) -> list[tuple[int, str | None]]:
    return [(step.at - NOW, step.severity) for step in found]


async def test_the_severity_of_an_alert_through_time(records: Records, steps: AlertStepRecords) -> None:
    told = [(10, "pending", "minor"), (20, "firing", "minor"), (25, "firing", "minor")]
    name = await keep(records, 1, [*told, (30, "firing", "major"), (50, "resolved", "major")])
    found = await steps.span(["traffic"], start=NOW, end=NOW + 100)
    assert brief(found) == [(20, "minor"), (30, "major"), (50, None)]
    assert found[0] == AlertStep(
        NOW + 20, name, Severity.MINOR, "r/x", "mobility", "yothi", "tf-1", "traffic"
    )
    # Only what fired from a moment on, and the steps before another; also those long before.
    assert brief(await steps.span(["traffic"], start=NOW + 50, end=NOW + 100)) == brief(found)
    assert await steps.span(["traffic"], start=NOW + 51, end=NOW + 100) == []
    assert brief(await steps.span(["traffic"], start=NOW, end=NOW + 30)) == [(20, "minor")]
    assert await steps.span(["traffic"], start=NOW, end=NOW + 20) == []


async def test_only_those_about_these_services_and_whole_zones(
    records: Records, steps: AlertStepRecords
) -> None:
    told: Told = [(10, "firing", "major")]
    await keep(records, 1, told)
    await keep(records, 2, told, service="parking")
    await keep(records, 3, told, service=None)
    zone = await keep(records, 4, told, service=None, device=None)
    await keep(records, 5, told, shadow=True)
    await keep(records, 6, [(10, "pending", "major")])
    found = await steps.span(["parking"], start=NOW, end=NOW + 100)
    assert {step.service for step in found} == {None, "parking"}
    assert len(found) == 2
    assert [step.alert for step in await steps.span([], start=NOW, end=NOW + 100)] == [zone]


async def test_an_alert_that_came_back_was_over_in_between(records: Records, steps: AlertStepRecords) -> None:
    told = [(10, "firing", "major"), (20, "resolved", "major"), (40, "firing", "minor")]
    await keep(records, 1, told)
    found = await steps.span(["traffic"], start=NOW, end=NOW + 100)
    assert brief(found) == [(10, "major"), (20, None), (40, "minor")]


async def test_an_end_that_was_held_back_counts_from_when_the_condition_ended(
    records: Records, steps: AlertStepRecords
) -> None:
    await keep(records, 1, [(10, "firing", "major"), (90, "resolved", "major")], ends_at=NOW + 60)
    found = await steps.span(["traffic"], start=NOW, end=NOW + 100)
    assert brief(found) == [(10, "major"), (60, None)]
    assert await steps.span(["traffic"], start=NOW + 61, end=NOW + 100) == []
