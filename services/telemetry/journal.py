"""The journal: every message as it came in, synced to disk before it is acknowledged.

A folder of segments, each named after the first position in it. A segment is a row of records
(:mod:`services.telemetry.framing`); a record is a micro-batch of messages or one note. Positions count
messages and notes since the first start, so *read from a position, in order, again if need be* is all that
the rest of the journey asks of its source. What else has to wait on disk in order uses the same segments.

What is not a sound record at the end of the last segment was being written when the machine stopped; it was
never acknowledged, and is cut off on opening. Anywhere else it is damage: it is passed over, remembered in
:attr:`Journal.damage`, and everything after it is read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from services.telemetry.framing import (
    BATCH,
    ENTRY,
    NOTE,
    Batch,
    Damage,
    Message,
    Note,
    Record,
    encode,
    frame,
    scan,
)

_SUFFIX = ".journal"


class JournalError(Exception):
    """The journal can't be read or written. The text says which file and what to do."""


class JournalFullError(JournalError):
    """The journal has reached its bound; nothing may be acknowledged until some of it is processed."""


def _nothing() -> int:
    return 0


@dataclass(slots=True)
class Journal:
    """The segments of one folder. Not thread-safe: one thread at a time appends, trims or reads.

    ``max_bytes`` bounds it together with what ``beside()`` says that others keep on the same account.
    """

    folder: Path
    max_bytes: int
    segment_bytes: int = 32 << 20
    beside: Callable[[], int] = _nothing
    next: int = 0
    size: int = 0
    cut: int = 0
    """Bytes of an unfinished record that opening cut off."""
    last_received: int = 0
    """Received time of the newest message found on opening."""
    damage: list[Damage] = field(default_factory=list)
    """What reading passed over."""
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
        record = frame(BATCH, self.next, len(messages), encode(messages))
        if self.size + len(record) + self.beside() > self.max_bytes:
            raise JournalFullError(f"the journal in {self.folder} holds {self.size} bytes, its bound")
        self._write(record)
        self.next = batch.end
        return batch

    def note(self, data: Mapping[str, Any]) -> Note:
        """Write and sync a note. Errors as :meth:`append`, but a note may exceed the bound a little."""
        note = Note(self.next, data)
        self._write(frame(NOTE, self.next, 1, orjson.dumps(data)))
        self.next = note.end
        return note

    def put(self, bodies: Sequence[bytes]) -> None:
        """Write and sync entries, each at a position of its own. They may exceed the bound.

        Raises:
            JournalError: the disk refused; none of them counts as written.
        """
        self._write(b"".join([frame(ENTRY, at, 1, body) for at, body in enumerate(bodies, self.next)]))
        self.next += len(bodies)

    def read(self, start: int) -> Iterator[Record]:
        """Records from the batch that holds ``start`` on, in the order they were written.

        Raises:
            JournalError: ``start`` has been trimmed away.
        """
        if self._segments and start < self._segments[0][0]:
            raise JournalError(f"position {start} is no longer in the journal in {self.folder}")
        # Segments may be trimmed, and begun, between one record and the next.
        segments = list(self._segments)
        for index, (_, path) in enumerate(segments):
            following = segments[index + 1][0] if index + 1 < len(segments) else None
            if following is not None and following <= start:
                continue
            for found, _ in scan(path):
                if isinstance(found, Damage):
                    self._passed_over(found)
                elif found.end > start:
                    yield found

    def notes(self, start: int) -> list[Note]:
        """All notes written since position ``start``."""
        return [record for record in self.read(start) if isinstance(record, Note)]

    def trim(self, before: int) -> None:
        """Delete the segments that hold nothing at or after ``before``."""
        while len(self._segments) > 1 and self._segments[1][0] <= before:
            _, path = self._segments.pop(0)
            self.size -= path.stat().st_size
            path.unlink()

    def cut_from(self, position: int) -> None:
        """Forget every record at or after ``position``; what is appended next goes there."""
        self.close()
        while self._segments and self._segments[-1][0] >= position:
            _, path = self._segments.pop()
            path.unlink()
        if self._segments:
            _, path = self._segments[-1]
            kept = [
                end for found, end in scan(path) if not isinstance(found, Damage) and found.end <= position
            ]
            os.truncate(path, kept[-1] if kept else 0)
        self.size = sum(path.stat().st_size for _, path in self._segments)
        self._file_size = self._segments[-1][1].stat().st_size if self._segments else 0
        self.next = position

    def _write(self, records: bytes) -> None:
        try:
            file = self._writable()
            file.write(records)
            file.flush()
            os.fdatasync(file.fileno())
        except OSError as error:
            self._undo()
            raise JournalError(f"can't write the journal in {self.folder}: {error.strerror}") from None
        self._file_size += len(records)
        self.size += len(records)

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
        for found, end in scan(path):
            if isinstance(found, Damage):
                continue
            good = end
            self.next = max(self.next, found.end)
            if isinstance(found, Batch):
                self.last_received = found.messages[-1].received
        self.cut = path.stat().st_size - good
        if self.cut:
            os.truncate(path, good)
        self._file_size = good

    def _passed_over(self, damage: Damage) -> None:
        if damage not in self.damage:
            self.damage.append(damage)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
