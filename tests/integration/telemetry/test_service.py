"""The whole service but for broker and stores: what is submitted, taken again, and found after a restart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from devices.broker import BrokerAddress
from rules.engine import Engine
from rules.files import Context, parse_groups
from rules.model import Transition
from services.bus.memory import MemoryBus
from services.runtime.clock import SystemClock
from services.runtime.ports import BusyError, ConflictError, QuarantinedItem
from services.store.errors import StoreUnavailableError
from services.store.records.quarantine import QuarantineEntry
from services.telemetry.interpret import Bounds
from services.telemetry.parts import Parts
from services.telemetry.rates import Enforced, Rates
from services.telemetry.service import TelemetryService
from tests.support.memorystore import MemoryStore
from tests.support.smallcity import small_city

CITY = small_city()
HOUR_AGO = SystemClock().now() - 3_600_000
RULES = parse_groups(CITY.rules, Context(CITY.catalog, CITY.city))


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done every few seconds is done all the time."""
    monkeypatch.setattr("services.telemetry.writer._PATIENCE", (0.05, 0.1))
    monkeypatch.setattr("services.telemetry.service._SNAPSHOT_EVERY", 50)


class Directory:
    """The devices of the small city, which may change."""

    def __init__(self) -> None:
        self.devices = {device.id: device for device in CITY.devices}

    def get(self, device_id: str) -> Any:
        return self.devices.get(device_id)

    def all(self) -> list[Any]:
        return list(self.devices.values())


class Records:
    """Quarantine and alerts in plain sight."""

    def __init__(self) -> None:
        self.entries: dict[str, QuarantineEntry] = {}
        self.replayed: set[str] = set()
        self.told: list[Transition] = []
        self.settled: list[set[str]] = []

    async def add(self, entries: Sequence[QuarantineEntry]) -> None:
        self.entries.update({entry.id: entry for entry in entries})

    async def mark_replayed(self, ids: Sequence[str], _at: int) -> None:
        self.replayed |= set(ids)

    async def apply(self, transitions: Sequence[Transition]) -> None:
        self.told += transitions

    async def settle(self, alive: Collection[str]) -> int:
        self.settled.append(set(alive))
        return 0


class Place:
    """A data folder and stores that outlive the service."""

    def __init__(
        self, folder: Path, *, waiting: int = 100_000, journal: int = 64 << 20, rates: Rates | None = None
    ) -> None:
        self.folder, self.waiting, self.journal = folder, waiting, journal
        self.rates, self.rules = rates or Rates(), RULES
        self.store, self.records, self.directory = MemoryStore(), Records(), Directory()

    @asynccontextmanager
    async def service(self) -> AsyncIterator[TelemetryService]:
        """A service on them. Leaving ends it politely."""
        service = await self.started()
        try:
            yield service
        finally:
            await service.stop()

    async def started(self) -> TelemetryService:
        service = TelemetryService(
            Parts(
                city=CITY.city,
                catalog=CITY.catalog,
                devices=self.directory,
                engine=Engine(self.rules, CITY.city, CITY.devices),
                store=self.store,  # type: ignore[arg-type]
                quarantine=self.records,
                alerts=self.records,  # type: ignore[arg-type]
                bus=MemoryBus(),
                clock=SystemClock(),
                broker=BrokerAddress("127.0.0.1", 1),
                client_id="test",
                data=self.folder,
                journal=self.journal,
                bounds=Bounds(),
                waiting=self.waiting,
                rates=self.rates,
            )
        )
        await service.start()
        return service

    @staticmethod
    async def killed(service: TelemetryService) -> None:
        """What kill -9 leaves: no farewell, only files."""
        for task in service._tasks:
            task.cancel()
        await asyncio.gather(*service._tasks, return_exceptions=True)
        await service.writer.close()
        await service._waiting.close()
        await service._journal.close()


def body(*pm25: float) -> bytes:
    return json.dumps([{"pm25": value} for value in pm25]).encode()


def timed(part: int) -> bytes:
    """500 readings that say when they were taken."""
    start = HOUR_AGO + part * 500
    return json.dumps([{"ts": start + n, "values": {"pm25": 1}} for n in range(500)]).encode()


async def until(met: Any) -> None:
    async with asyncio.timeout(20):
        while not met():  # noqa: ASYNC110 - what is waited for is another thread's or task's
            await asyncio.sleep(0.01)


def totals(service: TelemetryService, device: str | None = None) -> tuple[int, int, int, int, int]:
    report: Mapping[str, Any] = service.ledger(device)
    keys = ("received", "stored", "duplicate", "quarantined", "pending")
    received, stored, duplicate, quarantined, pending = (report[key] for key in keys)
    assert received == stored + duplicate + quarantined + pending
    return received, stored, duplicate, quarantined, pending


async def test_the_same_key_again_gets_the_same_answer_and_takes_nothing_in(tmp_path: Path) -> None:
    place = Place(tmp_path)
    async with place.service() as service:
        first = await service.submit("aq-01", body(1, -1), key="k1")
        assert (first["accepted"], first["rejected"][0]["index"]) == (1, 1)
        both = await asyncio.gather(*(service.submit("aq-01", body(2), key="k2") for _ in range(5)))
        assert all(answer == both[0] for answer in both)
        assert await service.submit("aq-01", body(1, -1), key="k1") == first
        with pytest.raises(ConflictError):
            await service.submit("aq-01", body(7), key="k1")
        await service.submit("aq-02", body(7), key="k1")
        await until(lambda: service.accounts.pending == 0)
        assert totals(service) == (4, 3, 0, 1, 0)
    async with place.service() as service:
        assert await service.submit("aq-01", body(1, -1), key="k1") == first
        assert totals(service)[0] == 4


async def test_a_key_is_known_after_a_kill_too(tmp_path: Path) -> None:
    place = Place(tmp_path)
    service = await place.started()
    first = await service.submit("aq-01", body(*range(1_200)), key="long")
    assert first["accepted"] == 1_000 + 1  # pm25 ends at 1,000
    await place.killed(service)
    async with place.service() as service:
        assert await service.submit("aq-01", body(*range(1_200)), key="long") == first
        await until(lambda: service.accounts.pending == 0)
        assert totals(service) == (1_200, 1_001, 0, 199, 0)


async def test_what_nobody_registered_is_on_the_ledger(tmp_path: Path) -> None:
    place = Place(tmp_path)
    async with place.service() as service:
        answer = await service.submit("ghost", body(1))
        assert answer["rejected"][0]["code"] == "unknown_device"
        await until(lambda: service.accounts.pending == 0)
        assert totals(service) == (1, 0, 0, 1, 0)
        assert service.ledger()["domains"]["unknown"]["quarantined"] == 1
        (entry,) = place.records.entries.values()
        assert (entry.code, entry.device) == ("unknown_device", None)


async def test_after_the_mistake_is_mended_it_is_taken_again_once(tmp_path: Path) -> None:
    place = Place(tmp_path)
    device = place.directory.devices.pop("aq-02")
    async with place.service() as service:
        await service.submit("aq-02", body(1, 2))
        await until(lambda: service.accounts.pending == 0)
        (entry,) = place.records.entries.values()
        item = QuarantinedItem(
            entry.id, entry.index, entry.received, entry.topic, entry.device, entry.code, entry.payload
        )
        again = await service.replay(item)
        assert again["rejected"][0]["code"] == "unknown_device"
        assert totals(service) == (1, 0, 0, 1, 0)
        place.directory.devices["aq-02"] = device
        service.router.forget()
        again = await service.replay(item)
        assert (again["accepted"], again["rejected"]) == (2, [])
        await until(lambda: service.accounts.pending == 0)
        assert totals(service) == (2, 2, 0, 0, 0)
        assert totals(service, "aq-02") == (2, 2, 0, 0, 0)
        assert place.records.replayed == {entry.id}
        with pytest.raises(ConflictError):
            await service.replay(item)
        times = sorted(identity.time for identity in place.store.rows)
        assert times == [entry.received, entry.received + 1]


async def test_an_outage_that_outlasts_memory_and_a_kill(tmp_path: Path) -> None:
    place = Place(tmp_path, waiting=1_000)
    service = await place.started()
    place.store.fail = StoreUnavailableError("InfluxDB is away")
    for number in range(6):
        answer = await service.submit("aq-01", body(*[number + 80] * 500))
        assert answer["accepted"] == 500
    assert service.backlog.spilled
    await until(lambda: len(place.records.told) == 1)
    await until(lambda: service.writer.saved > 0 and not service.writer.saving)
    assert totals(service) == (3_000, 0, 0, 0, 3_000)
    await service.submit("aq-01", body(*[1] * 500))
    await place.killed(service)
    service = await place.started()
    assert totals(service) == (3_500, 0, 0, 0, 3_500)
    place.store.fail = None
    await until(lambda: service.accounts.pending == 0)
    assert totals(service) == (3_500, 3_500, 0, 0, 0)
    assert len(place.store.rows) == 3_500
    assert len({fingerprint.fingerprint for fingerprint in place.records.told}) == 1
    await service.stop()


async def test_what_waits_on_disk_outlives_the_loss_of_the_state(tmp_path: Path) -> None:
    place = Place(tmp_path, waiting=1_000, journal=1 << 20)
    service = await place.started()
    place.store.fail = StoreUnavailableError("InfluxDB is away")
    for number in range(6):
        await service.submit("aq-01", timed(number) + b" " * 60_000)
    await until(lambda: service._journal.journal.first > 0)
    await service.submit("aq-01", timed(7))
    await place.killed(service)
    await asyncio.to_thread((tmp_path / "state").unlink)
    place.store.fail = None
    async with place.service() as service:
        await until(lambda: service.accounts.pending == 0)
        assert len(place.store.rows) == 3_500
        assert totals(service) == (3_500, 3_500, 0, 0, 0)


async def test_ending_during_an_outage_takes_no_time_and_loses_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path)
    service = await place.started()
    place.store.fail = StoreUnavailableError("InfluxDB is away")
    await service.submit("aq-01", body(1, 2, 3))
    await until(lambda: service.writer.behind is not None)
    async with asyncio.timeout(5):
        await service.stop()
    place.store.fail = None
    async with place.service() as service:
        await until(lambda: service.accounts.pending == 0)
        assert totals(service) == (3, 3, 0, 0, 0)


async def test_a_full_journal_is_said_at_once_and_taken_up_when_there_is_room(tmp_path: Path) -> None:
    place = Place(tmp_path, waiting=1_000, journal=1 << 20)
    service = await place.started()
    place.store.fail = StoreUnavailableError("InfluxDB is away")
    enough = asyncio.Event()
    waiting = asyncio.create_task(_submit_until(service, enough))
    await until(lambda: service.intake.blocked is not None)
    enough.set()
    with pytest.raises(BusyError, match="its bound"):
        await service.submit("aq-01", body(1))
    place.store.fail = None
    await waiting
    await until(lambda: service.intake.blocked is None and service.accounts.pending == 0)
    assert (await service.submit("aq-01", body(1)))["accepted"] == 1
    await until(lambda: service.accounts.pending == 0)
    assert len(place.store.rows) == totals(service)[1] == totals(service)[0]
    await service.stop()


async def test_a_device_over_its_rate_is_refused_and_counted_and_no_other(tmp_path: Path) -> None:
    place = Place(tmp_path, rates=Rates(device_rate=0.001, device_burst=5, enforced=Enforced.ALWAYS))
    async with place.service() as service:
        answers = [await service.submit("aq-01", b'{"pm25": 1}') for _ in range(210)]
        accepted = sum(answer["accepted"] for answer in answers)
        codes = {refusal["code"] for answer in answers for refusal in answer["rejected"]}
        assert (accepted, codes) == (6, {"rate_limited"})
        assert (await service.submit("aq-02", b'{"pm25": 1}'))["accepted"] == 1
        await until(lambda: service.accounts.pending == 0)
        assert totals(service, "aq-01") == (210, 6, 0, 204, 0)
        kept = place.records.entries.values()
        assert [(entry.code, entry.payload, entry.more) for entry in kept] == [
            ("rate_limited", b'{"pm25": 1}', more) for more in (0, 99, 99)
        ]


async def _submit_until(service: TelemetryService, enough: asyncio.Event) -> None:
    number = 0
    while not enough.is_set():
        number += 1
        with suppress(BusyError):
            await service.submit("aq-01", body(*[number % 900] * 500))
