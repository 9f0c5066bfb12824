"""How what waits on disk is written: records with checksums, one after another in a file.

Record layout, little endian: ``crc32 u32 | length u32 | kind u8 | first u64 | count u32 | body``; the
checksum covers everything after itself. The body of a batch holds its columns one after another: received
times, flags, lengths, then all topics, then all payloads: a batch of 1,000 costs four array copies.
"""

from __future__ import annotations

import mmap
import struct
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import orjson

_CHECKSUM = struct.Struct("<I")
_HEADER = struct.Struct("<IBQI")
PREFIX = _CHECKSUM.size + _HEADER.size
"""Bytes of a record before its body."""

BATCH, NOTE, ENTRY = 1, 2, 3
_KINDS = frozenset({BATCH, NOTE, ENTRY})

RETAINED, SHED, HTTP, KEYED, REPLAYED = 1, 2, 4, 8, 16
"""Flags of a message: the broker had kept it and delivered it on subscribing; it was over its sender's rate;
it came over HTTP; it belongs to a request with an idempotency key; it is taken out of the quarantine."""


class Message(NamedTuple):
    """One message as it came in. ``size`` is its payload's full length, if ``payload`` was cut short."""

    topic: bytes
    payload: bytes
    received: int
    flags: int
    size: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages that were journaled together; ``first`` is the position of the first of them."""

    first: int
    messages: Sequence[Message]

    @property
    def end(self) -> int:
        """Position after the last message."""
        return self.first + len(self.messages)


@dataclass(frozen=True, slots=True)
class Note:
    """Something else that the journey could not compute again, at a position of its own."""

    first: int
    data: Mapping[str, Any]

    @property
    def end(self) -> int:
        """Position after the note."""
        return self.first + 1


@dataclass(frozen=True, slots=True)
class Entry:
    """Bytes that mean something to whoever wrote them, at a position of their own."""

    first: int
    body: bytes

    @property
    def end(self) -> int:
        """Position after the entry."""
        return self.first + 1


Record: TypeAlias = Batch | Note | Entry


class Damage(NamedTuple):
    """Bytes of a file, from ``start`` to ``end``, that are no sound record."""

    path: Path
    start: int
    end: int


def frame(kind: int, first: int, count: int, body: bytes) -> bytes:
    """A record, ready to be written."""
    header = _HEADER.pack(PREFIX + len(body), kind, first, count)
    return _CHECKSUM.pack(zlib.crc32(body, zlib.crc32(header))) + header + body


def encode(messages: Sequence[Message]) -> bytes:
    """The body of a batch."""
    topics, payloads, received, flags, sizes = zip(*messages, strict=True)
    return b"".join(
        (
            array("q", received).tobytes(),
            bytes(flags),
            array("I", sizes).tobytes(),
            array("I", map(len, topics)).tobytes(),
            array("I", map(len, payloads)).tobytes(),
            *topics,
            *payloads,
        )
    )


def scan(path: Path) -> Iterator[tuple[Record | Damage, int]]:
    """Everything in a file, in order, each with the offset after it.

    What is no sound record is passed over up to the next one that is, and comes out as one damage.
    """
    with path.open("rb") as file:
        if not path.stat().st_size:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            at, lost, size = 0, None, len(data)
            while at < size:
                end = _sound(data, at, size)
                if end == 0:
                    lost = at if lost is None else lost
                    at += 1
                    continue
                if lost is not None:
                    yield Damage(path, lost, at), at
                    lost = None
                yield _record(data, at, end), end
                at = end
            if lost is not None:
                yield Damage(path, lost, size), size


def _sound(data: mmap.mmap, at: int, size: int) -> int:
    """Where the record that begins here ends; 0 when none does."""
    if size - at < PREFIX:
        return 0
    length, kind, _, _ = _HEADER.unpack_from(data, at + _CHECKSUM.size)
    end = at + length
    if kind not in _KINDS or length < PREFIX or end > size:
        return 0
    (checksum,) = _CHECKSUM.unpack_from(data, at)
    return end if zlib.crc32(data[at + _CHECKSUM.size : end]) == checksum else 0


def _record(data: mmap.mmap, at: int, end: int) -> Record:
    _, kind, first, count = _HEADER.unpack_from(data, at + _CHECKSUM.size)
    body = data[at + PREFIX : end]
    if kind == BATCH:
        return _batch(first, count, body)
    return Note(first, orjson.loads(body)) if kind == NOTE else Entry(first, body)


def _batch(first: int, count: int, body: bytes) -> Batch:
    view = memoryview(body)
    received, view = array("q", view[: 8 * count].tobytes()), view[8 * count :]
    flags, view = bytes(view[:count]), view[count:]
    sizes, view = array("I", view[: 4 * count].tobytes()), view[4 * count :]
    topic_sizes, view = array("I", view[: 4 * count].tobytes()), view[4 * count :]
    payload_sizes, view = array("I", view[: 4 * count].tobytes()), view[4 * count :]
    at, payload_at = 0, sum(topic_sizes)
    messages = []
    for i in range(count):
        topic = bytes(view[at : at + topic_sizes[i]])
        payload = bytes(view[payload_at : payload_at + payload_sizes[i]])
        at += topic_sizes[i]
        payload_at += payload_sizes[i]
        messages.append(Message(topic, payload, received[i], flags[i], sizes[i]))
    return Batch(first, messages)
