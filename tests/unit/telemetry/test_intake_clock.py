"""Times of receipt never go back by themselves; a clock that was set is noted before what it stamps."""

from __future__ import annotations

from pathlib import Path

from services.runtime.clock import ManualClock
from services.telemetry.framing import Batch, Note
from services.telemetry.intake import Intake, Origin
from services.telemetry.journal import Journal
from services.telemetry.journalthread import JournalThread
from tests.support.smallcity import topic

NOW = 1_767_546_000_000
HOUR = 3_600_000


class Desk:
    """An intake on a clock that can be set."""

    def __init__(self, folder: Path) -> None:
        self.files = JournalThread(Journal(folder, 1 << 30))
        self.clock = ManualClock(NOW)

    async def open(self) -> None:
        await self.files.run(self.files.journal.open)
        self.intake = Intake(self.files, self.clock, limit=1_000)

    async def take(self) -> list[Note | int]:
        """Offer a message; what comes out: notes, and the times of receipt."""
        self.intake.offer(topic("aq-01").encode(), b"{}", origin=Origin(0, 0))
        await self.intake.drain()
        found: list[Note | int] = []
        while not self.intake.out.empty():
            record, _ = self.intake.out.get_nowait()
            found += [m.received for m in record.messages] if isinstance(record, Batch) else [record]
        return found


async def test_a_clock_set_forward_is_nobodys_silence(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    await desk.open()
    assert await desk.take() == [NOW]
    desk.clock.set(NOW + HOUR)
    note, received = await desk.take()
    assert isinstance(note, Note)
    assert note.data == {"deaf": [NOW, NOW + HOUR]}
    assert received == NOW + HOUR
    await desk.files.close()


async def test_a_clock_set_back_is_followed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    await desk.open()
    await desk.take()
    desk.clock.set(NOW - HOUR)
    assert await desk.take() == [NOW - HOUR]
    assert await desk.take() == [NOW - HOUR]
    await desk.files.close()


async def test_a_clock_that_slips_back_unasked_is_not(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    await desk.open()
    await desk.take()
    desk.clock._now -= 500
    assert await desk.take() == [NOW]
    await desk.files.close()


async def test_it_is_noticed_without_a_message_too(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    await desk.open()
    await desk.take()
    desk.clock.set(NOW + HOUR)
    desk.intake.mind_the_clock()
    assert not desk.intake.quiet
    await desk.intake.drain()
    record, _ = desk.intake.out.get_nowait()
    assert isinstance(record, Note)
    assert desk.intake.quiet
    await desk.files.close()
