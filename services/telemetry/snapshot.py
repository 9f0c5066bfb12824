"""The state of the journey as of one position, in one file that is whole or not there.

Restarting means: load it, read the journal from its position, and go on as if nothing had happened. It is
saved only when everything before its position is in the stores or waits for them on disk, so that it is the
checkpoint as well.

Layout: ``crc32 u32 | position u64 | four lengths u32`` and the four parts: the ledger and the memory of
series as JSON, the rule engine's own snapshot, the writer's progress as JSON. The checksum covers all after
itself.
"""

from __future__ import annotations

import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

_CHECKSUM = struct.Struct("<I")
_HEAD = struct.Struct("<QIIII")
_FIRST_HEAD = struct.Struct("<QIII")
"""As the first version wrote it, without the writer's progress: then nothing waited on disk."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """State as of ``position``, each part as its owner wrote it."""

    position: int
    ledger: bytes
    memory: bytes
    engine: bytes
    writer: bytes = b"{}"


def save(path: Path, snapshot: Snapshot) -> None:
    """Write beside, sync, put in place.

    Raises:
        OSError: the disk refused; what was there before still is.
    """
    parts = (snapshot.ledger, snapshot.memory, snapshot.engine, snapshot.writer)
    body = _HEAD.pack(snapshot.position, *map(len, parts)) + b"".join(parts)
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(_CHECKSUM.pack(zlib.crc32(body)) + body)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def load(path: Path) -> Snapshot | None:
    """The saved state, or None when there is none or it is damaged."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    body = data[_CHECKSUM.size :]
    if len(data) < _CHECKSUM.size or _CHECKSUM.unpack_from(data)[0] != zlib.crc32(body):
        return None
    return _read(body, _HEAD) or _read(body, _FIRST_HEAD)


def _read(body: bytes, head: struct.Struct) -> Snapshot | None:
    if len(body) < head.size:
        return None
    position, *sizes = head.unpack_from(body)
    if head.size + sum(sizes) != len(body):
        return None
    parts = []
    start = head.size
    for size in sizes:
        parts.append(body[start : start + size])
        start += size
    return Snapshot(position, *parts)
