"""Values of indicators over periods that are over, and the daily parts that they were made of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import Connection, Row, select, update

from services.store.records.database import Database, run_many
from services.store.records.tables import kpi_values as table

PARTS = "parts"
"""The period of rows that hold what a day adds, zone by zone, in ``detail``."""


@dataclass(frozen=True, slots=True)
class KpiRecord:
    """A value of an indicator. ``zone`` is empty for the whole city, ``value`` None: not enough data.

    Times are ms, ``end`` is exclusive. ``definition`` is the digest of what it was computed by; ``computed``
    0: readings came since, it has to be computed again. ``detail`` is JSON-ready.
    """

    kpi: str
    zone: str
    period: str
    start: int
    end: int
    value: float | None
    coverage: float | None
    samples: int
    definition: str
    computed: int
    detail: Mapping[str, Any] = field(default_factory=dict)


_COLUMNS = tuple(column.name for column in fields(KpiRecord))


class KpiRecords:
    """The table of indicators."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, records: Iterable[KpiRecord]) -> None:
        """Write values, all or none; one of the same indicator, zone, period and start is replaced."""
        rows = [{name: getattr(record, name) for name in _COLUMNS} for record in records]
        if rows:
            await self._database.write(lambda c: run_many(c, self._database.upsert(table), rows))

    async def find(
        self, kpis: Collection[str], period: str, *, start: int, end: int, zones: Collection[str] = ()
    ) -> list[KpiRecord]:
        """What is kept of these indicators for periods that begin in [start, end), by time.

        ``zones`` none: of all zones and of the city (the empty one).
        """
        query = select(table).where(
            table.c.kpi.in_(list(kpis)),
            table.c.period == period,
            table.c.start >= start,
            table.c.start < end,
        )
        if zones:
            query = query.where(table.c.zone.in_(list(zones)))
        query = query.order_by(table.c.start, table.c.kpi, table.c.zone)
        return await self._database.read(lambda c: [_record(row) for row in c.execute(query)])

    async def invalidate(self, kpis: Collection[str], *, start: int, end: int) -> int:
        """Mark all that any part of [start, end) belongs to as to be computed again; answers how many."""
        if not kpis:
            return 0
        statement = (
            update(table)
            .where(table.c.kpi.in_(list(kpis)), table.c.start < end, table.c.end > start)
            .values(computed=0)
        )

        def work(connection: Connection) -> int:
            return connection.execute(statement).rowcount

        return await self._database.write(work)


def _record(row: Row[Any]) -> KpiRecord:
    return KpiRecord(**row._mapping)  # noqa: SLF001 - the public name of this attribute begins with _
