"""A snapshot is whole or not there."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from services.telemetry.snapshot import Snapshot, load, save


def test_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    state = Snapshot(42, b'{"a":1}', b"", b"\x00engine")
    save(tmp_path / "state", state)
    assert load(tmp_path / "state") == state


def test_one_of_the_first_version_is_read_too(tmp_path: Path) -> None:
    parts = (b'{"ledger":1}', b"memory", b"\x00engine")
    body = struct.pack("<QIII", 7, *map(len, parts)) + b"".join(parts)
    (tmp_path / "state").write_bytes(struct.pack("<I", zlib.crc32(body)) + body)
    assert load(tmp_path / "state") == Snapshot(7, *parts)


def test_none_was_saved(tmp_path: Path) -> None:
    assert load(tmp_path / "state") is None


@pytest.mark.parametrize("cut", [0, 3, 15, 30])
def test_a_damaged_one_counts_as_none(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "state"
    save(path, Snapshot(42, b"ledger", b"memory", b"engine"))
    path.write_bytes(path.read_bytes()[:cut])
    assert load(path) is None
    save(path, Snapshot(42, b"ledger", b"memory", b"engine"))
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert load(path) is None


def test_a_failed_save_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state"
    before = Snapshot(1, b"l", b"m", b"e")
    save(path, before)

    def refuse(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("services.telemetry.snapshot.os.fsync", refuse)
    with pytest.raises(OSError, match="No space"):
        save(path, Snapshot(2, b"l", b"m", b"e"))
    assert load(path) == before
