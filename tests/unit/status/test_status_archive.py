"""Changes and facts as they are written down and read again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from devices.model import Device, Domain, Text
from rules.model import Severity
from services.runtime.clock import ManualClock
from services.status.facts import Alerted, Banded, Fact, Heard, Hearing, Registered, Surveyed
from services.status.history import archive as archives
from services.status.history.archive import YEARS_KEPT, Archive
from services.status.history.factdata import fact_of, row_of
from services.status.model import (
    BadClock,
    Change,
    DataQuality,
    Kind,
    OffBand,
    Status,
    Subject,
    Verdict,
)
from services.status.recompute.recomputation import since_of
from services.store.records import Records
from services.store.records.database import from_json, to_json
from services.store.records.facts import StatusFactRecord
from services.store.records.history import StatusChangeRecord

NOW = 1_767_546_000_000
DEVICE = Device(
    "tf-1",
    ("TrafficFlowObserved", "ServiceProbe"),
    "yothi",
    Domain.MOBILITY,
    60_000,
    name="One",
    location=(100.5, 13.7),
    labels={"site": "school"},
)
FACTS: list[Fact] = [
    Hearing(NOW, True, since=NOW - 10_000),
    Hearing(NOW, False),
    Surveyed(NOW, "traffic", None, DataQuality(0.97, 1, 2, 1, 0, 3, ("a", "b"), (BadClock("c", -4.5),))),
    Surveyed(NOW, "traffic", "yothi", None),
    Banded(NOW, "traffic", (OffBand("tti", Text("TTI", "ดัชนี"), 2.7, "1", None, 2.5),)),
    Banded(NOW, "traffic", ()),
    Registered(NOW, "tf-1", DEVICE, None),
    Registered(NOW, "tf-1", None, DEVICE),
]


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[Records]:
    records = await Records.open(None, tmp_path)
    yield records
    await records.close()


@pytest.fixture
def archive(records: Records) -> Archive:
    return Archive(records.status_history, records.status_facts, ManualClock(NOW + 100))


def change(at: int, name: str = "traffic") -> Change:
    verdict = Verdict(Status.DEGRADED, "silence", Text("4 of 12", "4 จาก 12"), counted=False)
    return Change(
        NOW + at, Subject(Kind.SERVICE, name), verdict, {"devices": 12}, {"silence": {"held": True}}
    )


@pytest.mark.parametrize("fact", FACTS, ids=repr)
def test_a_fact_is_read_as_it_was_written(fact: Fact) -> None:
    row = row_of(fact)
    assert row is not None
    kept = StatusFactRecord(row.at, row.kind, row.subject, from_json(to_json(row.value)))
    assert fact_of(kept) == fact


def test_what_other_records_tell_is_not_written() -> None:
    assert row_of(Heard(NOW, "tf-1")) is None
    alert = Alerted(NOW, "01J", Severity.MAJOR, "r/x", "mobility", "yothi", None, "traffic")
    assert row_of(alert) is None
    assert fact_of(StatusFactRecord(NOW, "of-a-newer-version", "", {})) is None


async def test_what_was_told_is_read_again(archive: Archive) -> None:
    told = [change(1), change(2, "parking"), change(2)]
    await archive.add(told)
    assert await archive.after(NOW) == told
    assert await archive.after(NOW + 1) == told[1:]


async def test_many_changes_of_one_moment_are_read_in_pieces(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_AT_ONCE", 3)
    told = [change(5, f"s{number}") for number in range(10)]
    await archive.add(told)
    assert await archive.after(NOW) == told


async def test_facts_are_kept_and_all_of_it_goes_after_three_years(
    archive: Archive, records: Records
) -> None:
    await archive.put([*FACTS, Heard(NOW, "tf-1")])
    kept = await records.status_facts.span(
        ["hearing", "surveyed", "banded", "registered"], start=0, end=NOW + 1, limit=100
    )
    assert len(kept) == len(FACTS)
    await archive.add([change(1), change(2)])
    assert await archive.trim(NOW + YEARS_KEPT) == 0
    # Of one kind and subject the last stays: one of each pair goes, and one of the two changes.
    assert await archive.trim(NOW + YEARS_KEPT + 10) == 1 + 3
    assert await archive.trim(NOW + YEARS_KEPT + 10) == 0


def record(
    at: int, status: str, rule: str = "r", counted: bool = True, **evidence: int
) -> StatusChangeRecord:
    reason = {"en": "", "th": ""}
    return StatusChangeRecord("service", "a", at, status, rule, reason, counted, evidence)


def test_since_when_a_status_is_so() -> None:
    well = record(10, "operational")
    out = record(20, "outage", "silence")
    assert since_of([well]) == 10
    assert since_of([well, out]) == 20
    assert since_of([well, out, record(30, "outage", "alerts"), record(40, "outage")]) == 20
    # A time in which nothing could be heard does not count, with the wait after it.
    deaf = record(50, "unknown", "deaf", counted=False, deaf_since=48)
    awaited = record(60, "unknown", "awaited", counted=False)
    assert since_of([well, deaf, awaited, record(70, "operational")]) == 10
    assert since_of([well, deaf, awaited]) == 50
    assert since_of([out, deaf, awaited, record(70, "operational")]) == 70
    assert since_of([well, awaited, record(70, "operational")]) == 70
    assert since_of([deaf, record(70, "operational")]) == 70
