"""Silences, for the operators who make them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from services.alerts.desks.writing import write
from services.alerts.document import document
from services.alerts.service import AlertsService
from services.runtime.clock import Clock
from services.runtime.ports import NotFoundError, Page
from services.store.records import Records
from services.store.records.silences import SilenceRecord

_PREVIEWED = 20


class SilenceDesk:
    """:class:`services.runtime.operatorports.SilencesPort`."""

    def __init__(self, alerts: AlertsService, records: Records, clock: Clock) -> None:
        self._alerts = alerts
        self._book = alerts.books.suppression
        self._records = records
        self._clock = clock

    async def silences(self, *, filters: Mapping[str, Sequence[str]], limit: int, cursor: str | None) -> Page:
        """Silences, newest first, those that are over too."""
        now = self._clock.now()
        found, following = await self._records.silences.page(
            filters.get("state", ()), now=now, limit=limit, cursor=cursor
        )
        return Page([self._book.silence_document(record, now) for record in found], following)

    async def silence(self, silence_id: str) -> Mapping[str, Any]:
        """One silence."""
        return self._document(await self._record(silence_id))

    async def add_silence(self, body: Mapping[str, Any], *, by: str) -> Mapping[str, Any]:
        """Begin one."""
        planned = self._book.add_silence(body, by=by, now=self._clock.now())
        return self._document(await write(self._alerts.turn, self._alerts.minder, planned))

    async def edit_silence(
        self, silence_id: str, body: Mapping[str, Any], *, by: str, number: int | None = None
    ) -> Mapping[str, Any]:
        """Say anew what it is; what is answered holds from now on."""
        record = await self._record(silence_id)
        planned = self._book.edit_silence(record, body, by=by, now=self._clock.now(), number=number)
        return self._document(await write(self._alerts.turn, self._alerts.minder, planned))

    async def end_silence(self, silence_id: str, *, by: str) -> Mapping[str, Any]:
        """End it now."""
        record = await self._record(silence_id)
        planned = self._book.end_silence(record, by=by, now=self._clock.now())
        return self._document(await write(self._alerts.turn, self._alerts.minder, planned))

    async def preview(self, matcher: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a silence would hold now: how many, and the first of them."""
        ids = await asyncio.to_thread(self._book.preview, matcher)
        first = ids[:_PREVIEWED]
        records = {record.id: record for record in await self._records.alerts.some(first)}
        shown = [document(records[alert]) for alert in first if alert in records]
        return {"alerts": len(ids), "items": shown}

    async def _record(self, silence_id: str) -> SilenceRecord:
        found = await self._records.silences.get(silence_id)
        if found is None:
            raise NotFoundError(f"no silence {silence_id}")
        return found

    def _document(self, record: SilenceRecord) -> Mapping[str, Any]:
        return self._book.silence_document(record, self._clock.now())
