"""Changes and facts into the records, and out of them again, for the live course of the statuses."""

from __future__ import annotations

from collections.abc import Sequence

from devices.model import Text
from services.runtime.clock import Clock
from services.status.facts import Fact
from services.status.history.factdata import row_of
from services.status.history.timeline import record_of
from services.status.model import Change, Kind, Status, Subject, Verdict
from services.store.records.facts import StatusFactRecords
from services.store.records.history import StatusChangeRecord, StatusHistoryRecords

YEARS_KEPT = 3 * 366 * 86_400_000
"""How long (ms) changes and facts are kept: the certificate is renewed with them, every two years."""

_AT_ONCE = 5_000


class Archive:
    """:class:`services.status.writing.History` and ``FactStore`` on the records.

    Every method may raise :class:`services.store.errors.StoreError`.
    """

    def __init__(self, history: StatusHistoryRecords, facts: StatusFactRecords, clock: Clock) -> None:
        self._history = history
        self._facts = facts
        self._clock = clock

    async def add(self, changes: Sequence[Change]) -> None:
        """Keep these, in this order."""
        await self._history.add(map(record_of, changes), recorded=self._clock.now())

    async def after(self, at: int) -> Sequence[Change]:
        """What was told of moments after ``at`` (ms) and still holds to be true, oldest first."""
        found: list[Change] = []
        last: tuple[int, int] | None = None
        while records := await self._history.after(at, following=last, limit=_AT_ONCE):
            found += map(change_of, records)
            last = records[-1].at, records[-1].seq
        return found

    async def put(self, facts: Sequence[Fact]) -> None:
        """Keep these, in this order; what other records tell is left out."""
        rows = [row for row in map(row_of, facts) if row is not None]
        if rows:
            await self._facts.add(rows)

    async def trim(self, now: int) -> int:
        """Let go of what is older than three years, some of it at a time; answers how much."""
        oldest = now - YEARS_KEPT
        return await self._history.trim(oldest) + await self._facts.trim(oldest)


def change_of(record: StatusChangeRecord) -> Change:
    """What is recorded, as it was told."""
    reason = Text(record.reason["en"], record.reason["th"])
    return Change(
        record.at,
        Subject(Kind(record.kind), record.subject),
        Verdict(Status(record.status), record.rule, reason, record.counted),
        record.evidence,
        record.latched,
    )
