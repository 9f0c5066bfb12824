"""Writes what cases tell, and hands it to the sender: many cases in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection

from services.alerts.dispatch.book import CaseBook
from services.alerts.dispatch.flushing import Flush
from services.alerts.notify.outbox import row_of
from services.alerts.notify.sender import Sender
from services.store.errors import StoreError
from services.store.records import cases, notifications
from services.store.records.cases import CaseChanges, CaseRecords
from services.store.records.notifications import NotificationRow

Load: TypeAlias = Callable[[Sequence[str]], Awaitable[Mapping[str, Mapping[str, Any]]]]
"""The documents of these, by id; one that is not there any more is left out."""

TOGETHER = 200
"""Cases that one transaction writes."""


class Dispatcher:
    """Everything is called under the turn: no alert changes between what is told and its being kept."""

    def __init__(
        self, book: CaseBook, records: CaseRecords, sender: Sender, *, documents: Load, incidents: Load
    ) -> None:
        self._book = book
        self._records = records
        self._sender = sender
        self._documents = documents
        self._incidents = incidents

    async def load(self, now: int) -> None:
        """Let the book take over what the store holds, once the board has; and the sender what waits.

        Raises:
            StoreError: the same may be tried again.
        """
        changes = self._book.load(await self._records.open(), now)
        if changes:
            await self._records.write(lambda c: cases.put(c, changes))
        self._sender.wake()

    async def flush(self, now: int) -> bool:
        """Tell what is due, some cases at once; answers whether more is.

        Raises:
            StoreError: nobody knows whether it was written. The book is to be loaded before the next one.
        """
        due = self._book.due(now, TOGETHER)
        if not due:
            return False
        flushes = await self._flushes(due, now)
        rows = [
            row_of(notice, telling.id)
            for flush in flushes
            for telling in flush.tellings
            for notice in telling.notices
        ]
        changes = _changes(flushes)
        if rows or changes:
            await self._write(changes, rows)
        for flush in flushes:
            self._book.took(flush)
        self._sender.add(rows)
        return len(due) == TOGETHER

    async def _flushes(self, due: Sequence[str], now: int) -> list[Flush]:
        needed = {alert: None for case in due for alert in self._book.needed(case, now)}
        documents = await self._documents(list(needed)) if needed else {}
        about = {case: self._book.incident(case) for case in due}
        ids = {incident for incident in about.values() if incident is not None}
        incidents = await self._incidents(sorted(ids)) if ids and needed else {}
        return [self._book.flush(case, now, documents, incidents.get(about[case] or "")) for case in due]

    async def _write(self, changes: CaseChanges, rows: Sequence[NotificationRow]) -> None:
        def work(connection: Connection) -> None:
            cases.put(connection, changes)
            notifications.put(connection, rows)

        try:
            await self._records.write(work)
        except StoreError:
            self._sender.wake()  # it may have been written all the same
            raise


def _changes(flushes: Sequence[Flush]) -> CaseChanges:
    changes = CaseChanges()
    for flush in flushes:
        if flush.row is not None:
            changes.rows.append(flush.row)
        changes.left += [(flush.case, alert) for alert in flush.left]
        changes.told += flush.told()
    return changes
