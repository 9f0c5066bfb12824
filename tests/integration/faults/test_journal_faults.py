"""The journal is full, or its files are damaged."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.faults.conftest import Databases
from tests.support.auditor import Auditor, Sent
from tests.support.process import until
from tests.support.town import Town

pytestmark = pytest.mark.real

LOT = 20


@pytest.fixture(scope="package")
def journal_town(
    tmp_path_factory: pytest.TempPathFactory, mosquitto_path: str, databases: Databases
) -> Iterator[Town]:
    """A journal of 1 MiB in segments of a quarter of that."""
    folder = tmp_path_factory.mktemp("journal-town") / "town"
    with Town(
        folder, mosquitto_path, records=databases.make(), influx=True, settings="limits: {journal: 1MiB}"
    ) as town:
        yield town


@pytest.fixture
def town(journal_town: Town) -> Iterator[Town]:
    """The town with the small journal, nothing waiting in it."""
    yield journal_town
    journal_town.mend()
    if journal_town.nakhon.process_ended():
        journal_town.nakhon.start()
    journal_town.until_ready()


def cut_store(town: Town) -> None:
    assert town.store is not None
    town.store.cut()


def segments(town: Town) -> list[Path]:
    return sorted((town.data / "journal").glob("*.journal"))


def lots(auditor: Auditor, count: int) -> list[list[Sent]]:
    """Readings in lots that are journaled one after another, each of 2 KB a reading."""
    made = []
    for _ in range(count):
        made.append([auditor.publish(s, padding=2_000) for s in auditor.sensors[:LOT]])
        auditor.received()
    return made


def test_full_acknowledgement_stops_and_the_broker_queues(town: Town) -> None:
    with town.auditor(50) as auditor:
        cut_store(town)
        while town.ready()[0]:
            auditor.stream(500)
            until(
                lambda: auditor.moved()["received"] == len(auditor.sent) or not town.ready()[0], "all are in"
            )
        assert any("journal" in reason for reason in town.ready()[1])
        held = auditor.moved()["received"]
        auditor.stream(500)
        auditor.acknowledged()
        assert auditor.moved()["received"] == held < len(auditor.sent)
        size = sum(path.stat().st_size for path in segments(town))
        assert size <= 1 << 20
        town.mend()
        town.until_ready()
        found = auditor.audit(redelivered=True)
        assert found.ledger["stored"] == len(auditor.sent)


def test_unfinished_record_at_the_end(town: Town) -> None:
    with town.auditor(LOT) as auditor:
        cut_store(town)
        lots(auditor, 2)
        town.nakhon.kill()
        last = segments(town)[-1]
        beginning = last.read_bytes()[:30]
        with last.open("ab") as file:
            file.write(beginning)
        town.nakhon.start()
        town.mend()
        auditor.audit(redelivered=True)


def test_garbage_at_the_end(town: Town) -> None:
    with town.auditor(LOT) as auditor:
        cut_store(town)
        lots(auditor, 2)
        town.nakhon.kill()
        with segments(town)[-1].open("ab") as file:
            file.write(os.urandom(5_000))
        town.nakhon.start()
        town.mend()
        auditor.audit(redelivered=True)


def test_bytes_missing_at_the_end_lose_the_last_batch_only(town: Town) -> None:
    with town.auditor(LOT) as auditor:
        cut_store(town)
        lots(auditor, 2)
        last = auditor.publish(auditor.sensors[0])
        auditor.received()
        town.nakhon.kill()
        path = segments(town)[-1]
        os.truncate(path, path.stat().st_size - 5)
        auditor.watch.forget()
        town.nakhon.start()
        town.mend()
        assert auditor.audit_but_for([last]) == [last]


def test_flipped_byte_in_an_older_segment_loses_its_batch_only(town: Town) -> None:
    with town.auditor(LOT) as auditor:
        cut_store(town)
        made = lots(auditor, 12)
        town.nakhon.kill()
        older = holding(town, made[1][0])
        assert older != segments(town)[-1]
        flip(older, made[1][0])
        auditor.watch.forget()
        town.nakhon.start()
        town.mend()
        one_lot(made, auditor.audit_but_for([sent for lot in made for sent in lot]))
        assert "damage" in town.nakhon.log()


def test_flipped_byte_in_the_newest_segment_loses_its_batch_only(town: Town) -> None:
    with town.auditor(LOT) as auditor:
        cut_store(town)
        made = lots(auditor, 3)
        while holding(town, made[-2][0]) != segments(town)[-1]:
            made += lots(auditor, 1)
        town.nakhon.kill()
        flip(segments(town)[-1], made[-2][0])
        auditor.watch.forget()
        town.nakhon.start()
        town.mend()
        one_lot(made, auditor.audit_but_for([sent for lot in made for sent in lot]))
        assert "damage" in town.nakhon.log()


def one_lot(made: list[list[Sent]], lost: list[Sent]) -> None:
    """What was lost stood next to one another, in one batch."""
    ids = {id(sent) for sent in lost}
    assert ids
    assert any(ids <= {id(sent) for sent in lot} for lot in made), "a batch, and nothing of another"


def holding(town: Town, sent: Sent) -> Path:
    """The segment in which a reading is."""
    return next(path for path in segments(town) if mark(sent) in path.read_bytes())


def flip(path: Path, sent: Sent) -> None:
    """One bit of one byte of a reading."""
    content = bytearray(path.read_bytes())
    content[content.index(mark(sent))] ^= 0x10
    path.write_bytes(content)


def mark(sent: Sent) -> bytes:
    return str(sent.time).encode()
