"""Refused readings, with the reason and the bytes they came as."""

from __future__ import annotations

import base64
import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Row, delete, func, select

from services.runtime.clock import rfc3339
from services.store.records.database import Database, run_many
from services.store.records.tables import quarantine as table
from services.store.records.ulid import is_ulid, ulid

PAYLOAD_LIMIT = 65_536
VALUE_LIMIT = 1_024
_TEXT_LIMIT = 1_024
_DEVICE_LIMIT = 128  # what no topic of ours can hold; PostgreSQL indexes no more than 2,700 bytes
_INDEX_BITS = 20
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """One refused reading: ``index`` within the message at ``position`` of the journal, received when (ms).

    The reason (code, path, value, expected, contract) is the verdict's. ``size`` is the payload's own
    when ``payload`` is only its beginning, as it is in entries read back from the store.
    """

    position: int
    index: int
    received: int
    topic: str
    code: str
    payload: bytes
    device: str | None = None
    path: str | None = None
    value: Any = None
    expected: str | None = None
    contract: str | None = None
    size: int | None = None

    @property
    def id(self) -> str:
        """The same for the same reading of the same message, however often it is recorded."""
        return ulid(self.received, (self.position << _INDEX_BITS) | self.index)


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry as it is kept: ``body`` in the contract's shape, and the payload's bytes.

    ``complete`` says whether ``payload`` is all that was sent; a cut one can't be sent again.
    """

    id: str
    body: Mapping[str, Any]
    payload: bytes
    complete: bool


class QuarantineRecords:
    """The table of refused readings, bounded by :meth:`trim`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, entries: Sequence[QuarantineEntry]) -> None:
        """Keep these, all or none; those that are kept already stay as they are."""
        statement = self._database.insert(table).on_conflict_do_nothing()
        await self._database.write(lambda c: run_many(c, statement, [_row(entry) for entry in entries]))

    async def page(
        self,
        *,
        limit: int,
        cursor: str | None = None,
        devices: Sequence[str] = (),
        codes: Sequence[str] = (),
        topic: str | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> tuple[list[Refused], str | None]:
        """Entries, newest first, at most ``limit``, and the cursor of the next page.

        ``topic`` is what the topic begins with; ``start`` <= time of receipt < ``end`` (ms).

        Raises:
            ValueError: the cursor is none of ours.
        """
        query = select(table).order_by(table.c.id.desc()).limit(limit + 1)
        query = query.where(*_conditions(devices, codes, topic), *_range(start, end, cursor))
        found = await self._database.read(lambda c: [_refused(row) for row in c.execute(query)])
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    async def get(self, entry_id: str) -> Refused | None:
        """The entry, or None."""
        query = select(table).where(table.c.id == entry_id)
        row = await self._database.read(lambda c: c.execute(query).one_or_none())
        return None if row is None else _refused(row)

    async def count(self) -> int:
        """How many entries are kept."""
        query = select(func.count()).select_from(table)
        return await self._database.read(lambda c: c.execute(query).scalar_one())

    async def trim(self, *, max_count: int, older_than: int) -> int:
        """Let go of what was received before ``older_than`` (ms) and of the oldest beyond ``max_count``.

        Answers how many went.
        """
        oldest_kept = select(table.c.id).order_by(table.c.id.desc()).offset(max_count).limit(1)

        def work(connection: Connection) -> int:
            gone = connection.execute(delete(table).where(table.c.id < ulid(older_than, 0))).rowcount
            beyond = connection.execute(oldest_kept).scalar_one_or_none()
            if beyond is not None:
                gone += connection.execute(delete(table).where(table.c.id <= beyond)).rowcount
            return gone

        return await self._database.write(work)


def _conditions(devices: Sequence[str], codes: Sequence[str], topic: str | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if devices:
        conditions.append(table.c.device.in_(devices))
    if codes:
        conditions.append(table.c.code.in_(codes))
    if topic:
        conditions.append(table.c.topic.startswith(topic, autoescape=True))
    return conditions


def _range(start: int | None, end: int | None, cursor: str | None) -> list[ColumnElement[bool]]:
    conditions = []
    if start is not None:
        conditions.append(table.c.id >= ulid(start, 0))
    if end is not None:
        conditions.append(table.c.id < ulid(end, 0))
    if cursor is not None:
        if not is_ulid(cursor):
            raise ValueError("the cursor is not one that a list of the quarantine gave out")
        conditions.append(table.c.id < cursor)
    return conditions


def _row(entry: QuarantineEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "received": entry.received,
        "topic": _storable(entry.topic),
        "device": _storable(entry.device, _DEVICE_LIMIT),
        "code": entry.code,
        "path": _storable(entry.path),
        "value": _json_text(entry.value),
        "expected": _storable(entry.expected),
        "contract": _storable(entry.contract),
        "payload": entry.payload[:PAYLOAD_LIMIT],
        "payload_size": len(entry.payload) if entry.size is None else entry.size,
    }


def _storable(text: str | None, limit: int = _TEXT_LIMIT) -> str | None:
    """A text that every database takes: PostgreSQL refuses NUL, UTF-8 knows no lone surrogates."""
    if text is None:
        return None
    return text[:limit].replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _json_text(value: Any) -> str | None:
    """The offending value as JSON, whatever it is; a long one as the beginning of its text."""
    if value is None:
        return None
    try:
        text = orjson.dumps(value, default=str).decode()
    except TypeError:  # an integer beyond 64 bits, a lone surrogate: shown as text, which every reader takes
        text = orjson.dumps(str(value).encode("utf-8", "replace").decode()).decode()
    return text if len(text) <= VALUE_LIMIT else orjson.dumps(text[:VALUE_LIMIT] + "…").decode()


def _refused(row: Row[Any]) -> Refused:
    body = {
        "id": row.id,
        "received": rfc3339(row.received),
        "topic": row.topic,
        "device": row.device,
        "code": row.code,
        "path": row.path,
        "value": None if row.value is None else orjson.loads(row.value),
        "expected": row.expected,
        "contract": row.contract,
    }
    complete = row.payload_size == len(row.payload)
    body |= _shown(row.payload, complete)
    if not complete:
        body["payload_size"] = row.payload_size
    return Refused(row.id, body, row.payload, complete)


def _shown(payload: bytes, complete: bool) -> dict[str, str]:
    """The payload as text where a person can read it, else in base 64, saying so."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(payload, final=complete)
    except UnicodeDecodeError:
        text = None
    if text is not None and not _UNREADABLE.search(text):
        return {"payload": text}
    return {"payload": base64.b64encode(payload).decode(), "payload_encoding": "base64"}
