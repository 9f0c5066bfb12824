"""The journal keeps what it synced, whatever happens to the machine, and nothing it did not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.telemetry.framing import Message
from services.telemetry.journal import Journal, JournalError, JournalFullError


def message(number: int, payload: bytes = b'{"pm25": 1}') -> Message:
    return Message(
        f"nakhon/v1/c/z/environment/d{number}/telemetry".encode(), payload, 1000 + number, 0, len(payload)
    )


class Open(Protocol):
    def __call__(self, folder: Path, **bounds: int) -> Journal: ...


@pytest.fixture
def opened() -> Iterator[Open]:
    with ExitStack() as stack:

        def open_journal(folder: Path, **bounds: int) -> Journal:
            journal = Journal(folder, **({"max_bytes": 1 << 30} | bounds))
            journal.open()
            stack.callback(journal.close)
            return journal

        yield open_journal


def test_gives_back_what_was_appended_in_order(opened: Open, tmp_path: Path) -> None:
    journal = opened(tmp_path)
    first = journal.append([message(1), message(2, b"")])
    note = journal.note({"deaf": [1, 2]})
    second = journal.append([message(3, b"\x00\xff" * 50)])
    assert list(journal.read(0)) == [first, note, second]
    assert (first.first, note.first, second.first, journal.next) == (0, 2, 3, 4)


def test_reading_begins_with_the_batch_that_holds_the_position(opened: Open, tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.append([message(1), message(2)])
    second = journal.append([message(3), message(4)])
    assert list(journal.read(3)) == [second]
    assert list(journal.read(4)) == []


def test_goes_on_where_it_stood_after_reopening(opened: Open, tmp_path: Path) -> None:
    journal = opened(tmp_path)
    kept = journal.append([message(1), message(2)])
    journal.close()
    again = opened(tmp_path)
    assert again.next == 2
    assert again.last_received == 1002
    more = again.append([message(3)])
    assert list(again.read(0)) == [kept, more]


@pytest.mark.parametrize("lost", [1, 7, 20, 60])
def test_cuts_off_a_record_that_was_being_written(opened: Open, tmp_path: Path, lost: int) -> None:
    journal = opened(tmp_path)
    kept = journal.append([message(1)])
    journal.append([message(2)])
    journal.close()
    (path,) = tmp_path.glob("*.journal")
    path.write_bytes(path.read_bytes()[:-lost])
    again = opened(tmp_path)
    assert again.cut > 0
    assert again.next == 1
    after = again.append([message(9)])
    assert list(again.read(0)) == [kept, after]


def test_cuts_off_a_last_record_whose_bytes_changed(opened: Open, tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.append([message(1)])
    journal.append([message(2)])
    journal.close()
    (path,) = tmp_path.glob("*.journal")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert opened(tmp_path).next == 1


@pytest.mark.parametrize("segment_bytes", [1 << 20, 1])
@pytest.mark.parametrize("at", [0, 5, 9, 40])
def test_damage_costs_no_more_than_the_record_it_is_in(
    opened: Open, tmp_path: Path, segment_bytes: int, at: int
) -> None:
    journal = opened(tmp_path, segment_bytes=segment_bytes)
    kept = [journal.append([message(number)]) for number in range(3)]
    journal.close()
    paths = sorted(tmp_path.glob("*.journal"))
    damaged = paths[min(1, len(paths) - 1)]
    record = damaged.stat().st_size if segment_bytes == 1 else damaged.stat().st_size // 3
    data = bytearray(damaged.read_bytes())
    data[(record if segment_bytes > 1 else 0) + at] ^= 0xFF
    damaged.write_bytes(data)
    again = opened(tmp_path, segment_bytes=segment_bytes)
    assert again.next == 3
    assert list(again.read(0)) == [kept[0], kept[2]]
    assert [(lost.path, lost.end - lost.start) for lost in again.damage] == [(damaged, record)]


def test_garbage_after_the_last_record_is_cut_off(opened: Open, tmp_path: Path) -> None:
    journal = opened(tmp_path)
    kept = journal.append([message(1)])
    journal.close()
    (path,) = tmp_path.glob("*.journal")
    path.write_bytes(path.read_bytes() + bytes(range(256)) * 4)
    again = opened(tmp_path)
    assert (again.cut, again.next) == (1024, 1)
    after = again.append([message(2)])
    assert list(again.read(0)) == [kept, after]
    assert again.damage == []


@pytest.mark.parametrize("segment_bytes", [1 << 20, 150, 1])
@pytest.mark.parametrize("position", [0, 3, 7, 20])
def test_forgets_everything_from_a_position_on(
    opened: Open, tmp_path: Path, segment_bytes: int, position: int
) -> None:
    journal = opened(tmp_path, segment_bytes=segment_bytes)
    journal.put([bytes([number]) * 30 for number in range(10)])
    journal.put([bytes([number]) * 30 for number in range(10, 20)])
    journal.cut_from(position)
    assert (journal.next, [entry.first for entry in journal.read(0)]) == (position, list(range(position)))
    journal.put([b"new"])
    journal.close()
    again = opened(tmp_path, segment_bytes=segment_bytes)
    assert (again.next, again.size) == (position + 1, journal.size)
    assert [entry.first for entry in again.read(0)] == list(range(position + 1))


def test_what_others_keep_beside_it_counts_against_its_bound(opened: Open, tmp_path: Path) -> None:
    journal = opened(tmp_path, max_bytes=1_000)
    journal.beside = lambda: 990
    with pytest.raises(JournalFullError):
        journal.append([message(1)])
    journal.beside = lambda: 0
    journal.append([message(1)])


def test_refuses_beyond_its_bound_and_takes_again_after_trimming(opened: Open, tmp_path: Path) -> None:
    journal = opened(tmp_path, max_bytes=2_000, segment_bytes=500)
    while journal.size < 1_900:
        journal.append([message(1)])
    with pytest.raises(JournalFullError):
        journal.append([message(1), message(2)])
    full = journal.next
    assert journal.size <= 2_000
    journal.trim(full)
    journal.append([message(1)])
    assert journal.next == full + 1
    assert journal.first > 0
    with pytest.raises(JournalError, match="no longer"):
        list(journal.read(0))


def test_trimming_keeps_everything_from_the_position_on(opened: Open, tmp_path: Path) -> None:
    journal = opened(tmp_path, segment_bytes=200)
    batches = [journal.append([message(number)]) for number in range(20)]
    journal.trim(7)
    assert list(journal.read(7)) == batches[7:]
    journal.close()
    assert list(opened(tmp_path, segment_bytes=200).read(7)) == batches[7:]


def test_trimming_behind_a_reader_loses_it_nothing(opened: Open, tmp_path: Path) -> None:
    journal = opened(tmp_path, segment_bytes=150)
    journal.put([bytes([number]) * 20 for number in range(3)])
    for number in range(3, 40):
        journal.put([bytes([number]) * 20])
    seen = []
    for entry in journal.read(0):
        seen.append(entry.first)
        journal.trim(entry.first)
    assert seen == list(range(40))


def test_trimming_everything_keeps_the_position(opened: Open, tmp_path: Path) -> None:
    journal = opened(tmp_path, segment_bytes=1)
    for number in range(3):
        journal.append([message(number)])
    journal.trim(3)
    journal.close()
    assert opened(tmp_path).next == 3


def test_an_unusable_folder_is_told_in_words(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("a file where the folder should be")
    with pytest.raises(JournalError, match="can't use the journal"):
        opened(tmp_path / "journal")


def test_a_full_disk_leaves_no_half_record(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = opened(tmp_path)
    kept = journal.append([message(1)])

    def refuse(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("services.telemetry.journal.os.fdatasync", refuse)
        with pytest.raises(JournalError, match="No space left"):
            journal.append([message(2)])
    after = journal.append([message(3)])
    assert list(journal.read(0)) == [kept, after]
    assert (kept.end, after.first) == (1, 1)


messages = st.builds(
    lambda topic, payload, received, flags: Message(topic, payload, received, flags, len(payload)),
    st.binary(max_size=60),
    st.binary(max_size=200),
    st.integers(0, 1 << 50),
    st.integers(0, 255),
)


@given(st.lists(st.lists(messages, min_size=1, max_size=5), max_size=8))
def test_any_bytes_come_back(tmp_path_factory: pytest.TempPathFactory, batches: list[list[Message]]) -> None:
    journal = Journal(tmp_path_factory.mktemp("journal"), max_bytes=1 << 30, segment_bytes=300)
    journal.open()
    with closing(journal):
        written = [journal.append(batch) for batch in batches]
        assert list(journal.read(0)) == written
