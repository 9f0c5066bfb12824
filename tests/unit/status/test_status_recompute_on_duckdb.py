"""History computed again from a real time-series store, and how long it keeps the event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.status.feeding import heard
from services.status.model import Kind, Subject
from services.status.policy.model import StatusPolicy
from services.status.recompute import past
from services.status.recompute.past import Sources
from services.status.recompute.recomputation import Recomputation
from services.store.records import Records
from services.store.timeseries.duckdb import DuckDBStore
from tests.unit.status.statuspast import DEVICES, HOUR, MINUTE, SECOND, START, Town, prepared, probe, reading

TRAFFIC = [one for one in DEVICES if one.id.startswith("tf-")]
PROBE = DEVICES[-1]


@pytest.fixture
def policy() -> StatusPolicy:
    return prepared()


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[Records]:
    records = await Records.open(None, tmp_path)
    yield records
    await records.close()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DuckDBStore]:
    store = DuckDBStore(tmp_path / "timeseries.duckdb")
    await store.open()
    yield store
    await store.close()


@pytest.mark.parametrize("named", [1_000, 2])
async def test_readings_and_probes_are_played_from_duckdb(
    policy: StatusPolicy, records: Records, store: DuckDBStore, monkeypatch: pytest.MonkeyPatch, named: int
) -> None:
    """Half of the traffic sensors deliver the hour from 01:00 only later; so does the portal's probe, which
    was down from 01:20 to 01:40. ``named``: many devices are asked for by their types and zones."""
    monkeypatch.setattr(past, "_NAMED", named)
    monkeypatch.setattr(past, "BATCH", 100)
    town = Town(records, policy)
    sources = Sources(town.city, town.directory, store, records, lambda: town.works)
    recomputation = Recomputation(sources, policy, town.clock, town.objectives, pause=town._pause)
    moments = range(0, 3 * HOUR, MINUTE)
    traffic = [reading(one, at) for at in moments for one in TRAFFIC]
    probed = [probe(PROBE, at + SECOND, up=not 80 * MINUTE <= at < 100 * MINUTE) for at in moments]
    late = {one.id for one in (*TRAFFIC[:3], PROBE)}
    in_time = [
        one
        for one in sorted([*traffic, *probed])
        if one.device not in late or not HOUR <= one.time - START < 2 * HOUR
    ]
    for at in range(0, 3 * HOUR + 1, 5 * MINUTE):
        await town.look(at, *(heard(one) for one in in_time if at - 5 * MINUTE < one.time - START <= at))
    await store.write([*traffic, *probed], 1)
    town.clock.set(START + 3 * HOUR + MINUTE)
    await recomputation.run(["traffic", "portal"], START + HOUR, START + 2 * HOUR)
    assert await town.recorded(Subject(Kind.SERVICE, "traffic"), 3 * HOUR) == [
        (0.0, "operational", "well", True)
    ]
    # Down is told when it has lasted for a minute; the first good answer ends it.
    portal = await town.recorded(Subject(Kind.SERVICE, "portal"), 3 * HOUR)
    assert [what for what in portal if what[0] > 1] == [
        (80 * 60 + 1, "degraded", "probes", True),
        (81 * 60 + 1, "outage", "probes-outage", True),
        (100 * 60 + 1, "operational", "well", True),
    ]
    assert town.objectives.attainment("portal", START + HOUR, START + 2 * HOUR) == (40 * MINUTE, HOUR)
