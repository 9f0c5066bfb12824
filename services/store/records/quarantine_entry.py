"""A refused reading on its way into the records, and as it comes back from them."""

from __future__ import annotations

import base64
import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Row

from services.runtime.clock import rfc3339
from services.store.records.quarantine_cause import cause_of
from services.store.records.ulid import rest_of, ulid

PAYLOAD_LIMIT = 256 << 10
"""Bytes of a payload that are kept; a longer one is cut, and can't be replayed."""

VALUE_LIMIT = 1_024
BY_STORE = 1 << 19
"""Indexes from here on are of readings that the store refused: each has a payload of its own."""

_TEXT_LIMIT = 1_024
_DEVICE_LIMIT = 128  # what no topic of ours can hold; PostgreSQL indexes no more than 2,700 bytes
_INDEX_BITS = 20
_INDEX = (1 << _INDEX_BITS) - 1
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """One refused reading: ``index`` within the message at ``position`` of the journal, received when (ms).

    The reason (code, path, value, expected, contract) is the verdict's. ``size`` is the payload's own
    when ``payload`` is only its beginning. ``more`` is how many refusals like it were counted and not
    kept: of a flood only samples are.
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
    more: int = 0

    @property
    def id(self) -> str:
        """The same for the same reading of the same message, however often it is recorded."""
        return ulid(self.received, (self.position << _INDEX_BITS) | self.index)


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry as it is kept: ``body`` in the contract's shape, and the payload's bytes.

    ``index`` is the reading's place in ``payload``. ``complete`` says whether ``payload`` is all that was
    sent; a cut one can't be sent again. ``replayed`` is when (ms) it was accepted after all.
    """

    id: str
    body: Mapping[str, Any]
    payload: bytes
    complete: bool
    index: int = 0
    received: int = 0
    replayed: int | None = None


def first_of(entry_id: str) -> str:
    """The identifier of the first reading of the entry's message."""
    return entry_id[:-4] + "0000"  # 20 bits


def row_of(entry: QuarantineEntry) -> dict[str, Any]:
    """The row of an entry, without its payload."""
    entry_id = entry.id
    path, expected, contract = storable(entry.path), storable(entry.expected), storable(entry.contract)
    return {
        "id": entry_id,
        "received": entry.received,
        "topic": storable(entry.topic),
        "device": storable(entry.device, _DEVICE_LIMIT),
        "code": entry.code,
        "path": path,
        "value": _json_text(entry.value),
        "expected": expected,
        "contract": contract,
        "payload_size": len(entry.payload) if entry.size is None else entry.size,
        "message": entry_id if entry.index >= BY_STORE else first_of(entry_id),
        "cause": cause_of(entry.code, path, contract, expected).key,
        "more": entry.more,
        "replayed": None,
    }


def refused_of(row: Row[Any], payload: bytes | None, *, shown: int | None = None) -> Refused:
    """An entry as it is kept. Of a payload longer than ``shown`` bytes the body has the beginning."""
    payload = payload or b""
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
    complete = row.payload_size == len(payload)
    beginning = payload if shown is None else payload[:shown]
    whole = len(beginning) == row.payload_size
    body |= _readable(beginning, whole)
    if not whole:
        body["payload_size"] = row.payload_size
    body["more"] = row.more
    body["replayed"] = None if row.replayed is None else rfc3339(row.replayed)
    index = rest_of(row.id) & _INDEX
    return Refused(
        row.id, body, payload, complete, 0 if index >= BY_STORE else index, row.received, row.replayed
    )


def storable(text: str | None, limit: int = _TEXT_LIMIT) -> str | None:
    """A text that every database takes: PostgreSQL refuses NUL, UTF-8 knows no lone surrogates."""
    if text is None:
        return None
    text = text[:limit].replace("\0", "\ufffd")
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _json_text(value: Any) -> str | None:
    """The offending value as JSON, whatever it is; a long one as the beginning of its text."""
    if value is None:
        return None
    try:
        text = orjson.dumps(value, default=str).decode()
    except TypeError:  # an integer beyond 64 bits, a lone surrogate: shown as text, which every reader takes
        text = orjson.dumps(str(value).encode("utf-8", "replace").decode()).decode()
    return text if len(text) <= VALUE_LIMIT else orjson.dumps(text[:VALUE_LIMIT] + "…").decode()


def _readable(payload: bytes, complete: bool) -> dict[str, str]:
    """The payload as text where a person can read it, else in base 64, saying so."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(payload, final=complete)
    except UnicodeDecodeError:
        text = None
    if text is not None and not _UNREADABLE.search(text):
        return {"payload": text}
    return {"payload": base64.b64encode(payload).decode(), "payload_encoding": "base64"}
