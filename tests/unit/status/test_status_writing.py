"""What is to be remembered is written in order, and kept while the records are away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from devices.model import Text
from services.runtime.clock import ManualClock
from services.status.facts import Fact, Hearing
from services.status.model import Change, Kind, Status, Subject, Verdict
from services.status.writing import Writer
from services.store.errors import StoreUnavailableError
from tests.unit.status.statuscity import START


class Records:
    """Keeps what is written, in its order, and may be away."""

    def __init__(self) -> None:
        self.written: list[Any] = []
        self.batches: list[int] = []
        self.away = False
        self.tries = 0

    async def add(self, changes: Sequence[Change]) -> None:
        self._keep([change.at for change in changes])

    async def after(self, at: int) -> Sequence[Change]:
        return ()

    async def put(self, facts: Sequence[Fact]) -> None:
        self._keep([f"fact {fact.at}" for fact in facts])

    def recompute(self, late: Mapping[str, int]) -> None:
        self.written.append(dict(late))

    def _keep(self, items: Sequence[Any]) -> None:
        self.tries += 1
        if self.away:
            raise StoreUnavailableError("away")
        self.written += items
        self.batches.append(len(items))


def changes(*moments: int) -> list[Change]:
    verdict = Verdict(Status.OPERATIONAL, "well", Text("", ""))
    return [Change(at, Subject(Kind.SERVICE, "s"), verdict) for at in moments]


def facts(*moments: int) -> Iterable[Hearing]:
    return [Hearing(at, deaf=True) for at in moments]


def made(**more: Any) -> tuple[Writer, Records, ManualClock]:
    records, clock = Records(), ManualClock(START)
    return Writer(clock, records, records, records.recompute, **more), records, clock


async def test_all_is_written_in_the_order_in_which_it_was_told() -> None:
    writer, records, clock = made()
    writer.start()
    writer.facts(list(facts(1)))
    writer.changes(changes(2, 3))
    writer.late({"s": 2})
    writer.changes(changes(4))
    await clock.advance(0)

    assert records.written == ["fact 1", 2, 3, {"s": 2}, 4]
    await writer.stop()


async def test_while_the_records_are_away_it_is_kept_and_tried_again() -> None:
    writer, records, clock = made()
    records.away = True
    writer.start()
    writer.changes(changes(1))
    await clock.advance(0)
    writer.changes(changes(2))
    await clock.advance(5)
    assert records.written == []
    assert 2 <= records.tries <= 4

    records.away = False
    await clock.advance(2)

    assert records.written == [1, 2]
    await writer.stop()


async def test_nothing_is_computed_again_before_what_it_stands_on_is_written() -> None:
    writer, records, clock = made()
    records.away = True
    writer.start()
    writer.changes(changes(1))
    writer.late({"s": 1})
    await clock.advance(3)
    assert records.written == []

    records.away = False
    await clock.advance(2)

    assert records.written == [1, {"s": 1}]
    await writer.stop()


async def test_when_too_much_waits_the_oldest_goes_and_is_counted() -> None:
    writer, records, clock = made(most=3)
    records.away = True
    writer.start()
    writer.changes(changes(1, 2, 3))
    await clock.advance(0)
    writer.changes(changes(4, 5))
    records.away = False
    await clock.advance(2)

    assert records.written == [3, 4, 5]
    assert writer.lost == 2
    await writer.stop()


async def test_much_is_written_in_parts() -> None:
    writer, records, _ = made()
    writer.changes(changes(*range(12_000)))
    await writer.stop()

    assert records.batches == [5_000, 5_000, 2_000]
    assert len(writer) == 0


async def test_what_is_left_is_written_at_the_end_if_it_can_be() -> None:
    writer, records, clock = made()
    records.away = True
    writer.start()
    writer.changes(changes(1))
    await clock.advance(0)
    records.away = False

    await writer.stop()

    assert records.written == [1]


async def test_nothing_to_tell_is_not_told() -> None:
    writer, records, _ = made()
    writer.changes([])
    writer.facts([])
    writer.late({})

    assert await writer.flush()
    assert records.written == []
