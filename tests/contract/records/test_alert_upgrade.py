"""Alerts of a database of the second schema, brought to the present one."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

from services.store.records import migrate
from services.store.records.address import database_url
from tests.contract.records.conftest import Place
from tests.contract.records.test_quarantine_upgrade import connected

NOW = 1_767_546_000_000
CLOSED, OVER, FIRING = (f"01KE4Z74M086BCNA4QB22WGF8{letter}" for letter in "ABC")
ALERT = text(
    "INSERT INTO alerts (id, fingerprint, rule, rule_version, domain, zone, severity, highest_severity, "
    "state, shadow, starts_at, ends_at, acknowledged_by, acknowledged_at, title, evidence, changes) VALUES "
    "(:id, 'f', 'a/b', 'sha256:1', 'environment', 'samyan', 'minor', 'major', "
    ":state, :shadow, :now, :ends_at, :by, :at, '{}', '{}', 2)"
)
STEP = text(
    'INSERT INTO alert_history (alert, number, at, change, state, severity, "by") VALUES '
    "(:alert, :number, :now, :change, 'firing', 'minor', :by)"
)
ALERTS: list[dict[str, Any]] = [
    {"id": CLOSED, "state": "resolved", "ends_at": NOW + 2, "by": None, "at": None},
    {"id": OVER, "state": "resolved", "ends_at": NOW + 2, "by": "somchai", "at": NOW + 1},
    {"id": FIRING, "state": "firing", "ends_at": None, "by": None, "at": None},
]
STEPS = [(CLOSED, 1, "firing", None), (CLOSED, 2, "closed", "malee"), (OVER, 1, "firing", None)]


class SecondAtMost(ScriptDirectory):
    """The migrations as they were."""

    def iterate_revisions(self, upper: Any, lower: Any, **more: Any) -> Any:
        return super().iterate_revisions("0002" if upper == "head" else upper, lower, **more)


@pytest.fixture
async def old(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A database as the second version left it."""
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "ScriptDirectory", SecondAtMost)
        await migrate.migrate(database_url(place.url, place.data))
    database = await connected(place)
    alerts = [alert | {"now": NOW, "shadow": False} for alert in ALERTS]
    steps = [dict(zip(("alert", "number", "change", "by", "now"), (*one, NOW), strict=True)) for one in STEPS]
    await database.write(lambda connection: connection.execute(ALERT, alerts).close())
    await database.write(lambda connection: connection.execute(STEP, steps).close())
    await database.close()
    return place


async def test_who_closed_and_acknowledged_is_known_of_what_was_there(old: Place) -> None:
    records = await old.open()
    found = {record.id: record for record in (await records.alerts.page({}, limit=10))[0]}
    await records.close()
    assert [found[one].closed_by for one in (CLOSED, OVER, FIRING)] == ["malee", None, None]
    assert [found[one].first_acknowledged for one in (CLOSED, OVER, FIRING)] == [None, NOW + 1, None]
    assert [found[one].acknowledged_severity for one in (CLOSED, OVER, FIRING)] == [None, "major", None]
    assert {(one.occurrences, one.flapping, str(one.labels)) for one in found.values()} == {(1, False, "{}")}


async def test_every_history_is_still_there(old: Place) -> None:
    records = await old.open()
    found = [await records.alerts.get(alert) for alert in (CLOSED, OVER, FIRING)]
    await records.close()
    assert [[event.change for event in one[1]] for one in found if one is not None] == [
        ["firing", "closed"],
        ["firing"],
        [],
    ]
