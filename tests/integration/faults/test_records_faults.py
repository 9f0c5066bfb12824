"""The records (devices, alerts, quarantine) are away; what has to be recorded waits."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.process import until
from tests.support.town import Town

pytestmark = pytest.mark.real


@contextmanager
def records_away(town: Town) -> Iterator[None]:
    """PostgreSQL can't be reached, or another program keeps SQLite's file locked."""
    if town.database is not None:
        town.database.cut()
        yield
        town.database.mend()
        return
    other = sqlite3.connect(town.data / "records.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def test_alerts_and_quarantine_wait_and_nothing_is_lost(town: Town) -> None:
    with town.auditor() as auditor:
        loud, bad, *others = auditor.sensors
        auditor.stream(50)
        auditor.received()
        with records_away(town):
            auditor.publish(loud, 99.0)
            for _ in range(5):
                auditor.raw(bad.topic, b'{"activePower": "much"}', "wrong_type", bad)
            for sensor in others:
                auditor.publish(sensor)
            auditor.acknowledged()
            time.sleep(1.5)
            assert not [alert for _, alert in auditor.alerts if alert["device"] == loud.id], (
                "nothing is announced before it is persisted"
            )
        until(lambda: any(alert["device"] == loud.id for _, alert in auditor.alerts), "the alert is out")
        auditor.audit(redelivered=True)
        recorded = town.nakhon.all(f"/api/v1/alerts?device={loud.id}")
        announced = [alert for _, alert in auditor.alerts if alert["device"] == loud.id]
        assert [alert["id"] for alert in recorded] == [announced[0]["id"]]
