"""The journal: every message as it came in, synced to disk before it is acknowledged.

A folder of segments, each named after the first position in it. A segment is a row of records; a record
is a micro-batch of messages or one note. Positions count messages and notes since the first start, so
*read from a position, in order, again if need be* is all that the rest of the journey asks of its source.

Record layout, little endian: ``crc32 u32 | length u32 | kind u8 | first u64 | count u32 | body``; the
checksum covers everything after itself. The body of a batch holds its columns one after another: received
times, flags, lengths, then all topics, then all payloads: a batch of 1,000 costs four array copies.

A record that ends early or fails its checksum at the end of the last segment was being written when the
machine stopped; it was never acknowledged, and is cut off on opening.
"""

from __future__ import annotations

import os
import struct
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson

_CHECKSUM = struct.Struct("<I")
_HEADER = struct.Struct("<IBQI")
_PREFIX = _CHECKSUM.size + _HEADER.size
_BATCH, _NOTE = 1, 2
_SUFFIX = ".journal"
RETAINED = 1
"""Flag of a message that the broker had kept and delivered on subscribing."""


class JournalError(Exception):
    """The journal can't be read or written. The text says which file and what to do."""


class JournalFullError(JournalError):
    """The journal has reached its bound; nothing may be acknowledged until some of it is processed."""


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


@dataclass(slots=True)
class Journal:
    """The segments of one folder. Not thread-safe: one thread at a time appends, trims or reads."""

    folder: Path
    max_bytes: int
    segment_bytes: int = 32 << 20
    next: int = 0
    size: int = 0
    cut: int = 0
    """Bytes of an unfinished record that opening cut off."""
    last_received: int = 0
    """Received time of the newest message found on opening."""
    _segments: list[tuple[int, Path]] = field(default_factory=list)
    _file: BinaryIO | None = None
    _file_size: int = 0

    @property
    def first(self) -> int:
        """The oldest position that can still be read."""
        return self._segments[0][0] if self._segments else self.next

    def open(self) -> None:
        """Find the segments, cut off an unfinished record at the end, be ready to append.

        Raises:
            JournalError: the folder can't be used.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._segments = sorted((int(p.stem), p) for p in self.folder.glob(f"*{_SUFFIX}"))
            if self._segments:
                self._recover_last()
            self.size = sum(path.stat().st_size for _, path in self._segments)
        except (OSError, ValueError) as error:
            raise JournalError(f"can't use the journal in {self.folder}: {error}; mend or move it") from None

    def close(self) -> None:
        """Close the segment being written."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def append(self, messages: Sequence[Message]) -> Batch:
        """Write and sync a batch; when this returns, it survives the machine.

        Raises:
            JournalFullError: the bound is reached; nothing was written.
            JournalError: the disk refused; nothing counts as written.
        """
        batch = Batch(self.next, messages)
        self._write(_BATCH, len(messages), _encode(messages))
        self.next = batch.end
        return batch

    def note(self, data: Mapping[str, Any]) -> Note:
        """Write and sync a note. Errors as :meth:`append`, but a note may exceed the bound a little."""
        note = Note(self.next, data)
        self._write(_NOTE, 1, orjson.dumps(data), bounded=False)
        self.next = note.end
        return note

    def read(self, start: int) -> Iterator[Batch | Note]:
        """Records from the batch that holds ``start`` on, in the order they were written.

        Raises:
            JournalError: a segment is damaged in its middle, or ``start`` has been trimmed away.
        """
        if self._segments and start < self._segments[0][0]:
            raise JournalError(f"position {start} is no longer in the journal in {self.folder}")
        for index, (_, path) in enumerate(self._segments):
            following = self._segments[index + 1][0] if index + 1 < len(self._segments) else None
            if following is not None and following <= start:
                continue
            yield from self._read_segment(path, start)

    def notes(self, start: int) -> list[Note]:
        """All notes written since position ``start``."""
        return [record for record in self.read(start) if isinstance(record, Note)]

    def trim(self, before: int) -> None:
        """Delete the segments that hold nothing at or after ``before``."""
        while len(self._segments) > 1 and self._segments[1][0] <= before:
            _, path = self._segments.pop(0)
            self.size -= path.stat().st_size
            path.unlink()

    def _write(self, kind: int, count: int, body: bytes, *, bounded: bool = True) -> None:
        record_size = _PREFIX + len(body)
        if bounded and self.size + record_size > self.max_bytes:
            raise JournalFullError(f"the journal in {self.folder} holds {self.size} bytes, its bound")
        header = _HEADER.pack(record_size, kind, self.next, count)
        checksum = zlib.crc32(body, zlib.crc32(header))
        try:
            file = self._writable()
            file.write(_CHECKSUM.pack(checksum) + header)
            file.write(body)
            file.flush()
            os.fdatasync(file.fileno())
        except OSError as error:
            self._undo()
            raise JournalError(f"can't write the journal in {self.folder}: {error.strerror}") from None
        self._file_size += record_size
        self.size += record_size

    def _writable(self) -> BinaryIO:
        if self._file is None or self._file_size >= self.segment_bytes:
            self.close()
            if not self._segments or self._file_size >= self.segment_bytes:
                path = self.folder / f"{self.next:020d}{_SUFFIX}"
                self._segments.append((self.next, path))
                self._file_size = 0
            self._file = self._segments[-1][1].open("ab")
            if self._file_size == 0:
                _sync_folder(self.folder)
        return self._file

    def _undo(self) -> None:
        """Take back a half-written record, so that the next one starts where readers expect it."""
        with suppress(OSError):
            self.close()
        self._file = None
        if self._segments:
            path = self._segments[-1][1]
            if path.exists():
                os.truncate(path, self._file_size)

    def _recover_last(self) -> None:
        first, path = self._segments[-1]
        self.next = first
        good = 0
        for record, end in _records(path):
            good = end
            self.next = record.end
            if isinstance(record, Batch):
                self.last_received = record.messages[-1].received
        self.cut = path.stat().st_size - good
        if self.cut:
            os.truncate(path, good)
        self._file_size = good

    def _read_segment(self, path: Path, start: int) -> Iterator[Batch | Note]:
        good = 0
        for record, end in _records(path):
            good = end
            if record.end > start:
                yield record
        if good != path.stat().st_size and path != self._segments[-1][1]:
            raise JournalError(
                f"{path} is damaged after byte {good}; restore it, or remove it and lose what it holds"
            )


def _encode(messages: Sequence[Message]) -> bytes:
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


def _decode(first: int, count: int, body: bytes) -> Batch:
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


def _records(path: Path) -> Iterator[tuple[Batch | Note, int]]:
    """Whole, sound records of a segment with the offset after each; stops at the first that is neither."""
    end = 0
    with path.open("rb") as file:
        while len(prefix := file.read(_PREFIX)) == _PREFIX:
            header = prefix[_CHECKSUM.size :]
            size, kind, first, count = _HEADER.unpack(header)
            body = file.read(max(size - _PREFIX, 0))
            checksum = zlib.crc32(body, zlib.crc32(header))
            if len(body) != size - _PREFIX or _CHECKSUM.unpack(prefix[: _CHECKSUM.size])[0] != checksum:
                return
            end += size
            yield (Note(first, orjson.loads(body)) if kind == _NOTE else _decode(first, count, body)), end


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
