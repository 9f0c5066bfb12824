"""How far a backtest is: a line that moves on a terminal, one every ten seconds elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from services.cli.rulework.moments import when

if TYPE_CHECKING:
    from devices.recordings.reading import Progress as RecordingProgress
    from rules.backtest.play import Progress

_TELL_EVERY = {True: 0.1, False: 10.0}


class _Line:
    """One line that changes."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._began = time.monotonic()
        self._next = self._began + _TELL_EVERY[self._terminal]

    def due(self) -> bool:
        """Whether it is time to tell again."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + _TELL_EVERY[self._terminal]
        return True

    def rate(self, count: int) -> float:
        """So many a second since the beginning."""
        return count / max(time.monotonic() - self._began, 0.001)

    def write(self, text: str) -> None:
        """Put this in the line's place."""
        sys.stderr.write(f"\r\x1b[K{text}" if self._terminal else f"{text}\n")
        sys.stderr.flush()

    def clear(self) -> None:
        """Leave a clean line."""
        if self._terminal:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


class Reading(_Line):
    """How far a recording is read. Nothing remains of it on a terminal once it is cleared."""

    def __call__(self, progress: RecordingProgress) -> None:
        if self.due():
            share = "" if progress.share is None else f" ({progress.share:.0%} of the file)"
            self.write(f"reading: {progress.rows:,} rows{share}, {self.rate(progress.rows):,.0f} rows/s")


class Teller(_Line):
    """How far rules are played."""

    def __init__(self, timezone: str) -> None:
        super().__init__()
        self._timezone = timezone

    def __call__(self, progress: Progress) -> None:
        if self.due():
            text = f"{progress.readings:,} readings, up to {when(progress.time, self._timezone)}, "
            self.write(text + f"{progress.fired:,} alerts, {self.rate(progress.readings):,.0f} readings/s")
