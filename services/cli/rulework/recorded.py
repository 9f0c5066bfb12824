"""A recording as history: the devices that it holds readings of, and no others, exist in it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from devices.documents import Document, Problem, ProblemsError
from devices.recordings.mapform import RecordingMap, parse_map
from devices.recordings.reading import Progress, read_recording
from devices.recordings.recording import Recording
from services.runtime.backtests import Refusals

if TYPE_CHECKING:
    from devices.city import CityFolder
    from devices.model import Device, Observation

_TIME = attrgetter("time")


class RecordedHistory:
    """The readings of a recording from ``start`` until before ``end`` (ms), where they are given."""

    costly = False

    span: tuple[int | None, int | None] = (None, None)
    """Time is what the readings say."""

    def __init__(self, recording: Recording, start: int | None = None, end: int | None = None) -> None:
        self.name = recording.name
        self._recording = recording
        self._start, self._end = start, end

    def devices(self) -> Sequence[Device]:
        return self._recording.devices

    def refusals(self) -> Mapping[str, Refusals]:
        refused = self._recording.refused
        return {
            code: Refusals(count, tuple(str(s) for s in refused.samples if s.code == code))
            for code, count in refused.by_code().items()
        }

    def readings(self) -> Iterator[Sequence[Observation]]:
        batches = self._recording.batches()
        return batches if self._start is None and self._end is None else self._within(batches)

    def _within(self, batches: Iterator[list[Observation]]) -> Iterator[list[Observation]]:
        for batch in batches:
            first = 0 if self._start is None else bisect_left(batch, self._start, key=_TIME)
            last = len(batch) if self._end is None else bisect_left(batch, self._end, key=_TIME)
            if first < last:
                yield batch[first:last]


def read_map(path: Path) -> RecordingMap:
    """The map in a file.

    Raises:
        ProblemsError: it can't be read, or whatever is wrong in it.
    """
    try:
        return parse_map(Document(str(path), path.read_text(encoding="utf-8-sig")))
    except (OSError, UnicodeDecodeError) as error:
        raise ProblemsError([Problem(str(path), 0, "", f"can't be read: {_why(error)}")]) from None


def read_file(
    path: Path, map_: RecordingMap, folder: CityFolder, tell: Callable[[Progress], None] | None = None
) -> Recording:
    """The recording in a file.

    Raises:
        ProblemsError: it can't be read, or does not fit its map.
    """
    try:
        with path.open("rb") as stream:
            return read_recording(
                stream, path.name, map_, folder.catalog, folder.city, folder.devices, report=tell
            )
    except OSError as error:
        raise ProblemsError([Problem(str(path), 0, "", f"can't be read: {_why(error)}")]) from None


def _why(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
