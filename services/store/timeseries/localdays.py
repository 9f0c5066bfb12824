"""The local day that a moment falls into, for many moments."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from services.store.timeseries.grid import DAY, pieces

_QUARTER = 900_000
_MOST = 100_000


class LocalDays:
    """Midnights of one time zone (an IANA name), in ms UTC. Midnights lie on quarters of an hour."""

    def __init__(self, timezone: str) -> None:
        self.timezone = timezone
        self._known: dict[int, tuple[int, int]] = {}
        self._zone: ZoneInfo | None = None

    def load(self) -> None:
        """Read the zone from disk; as long as this lives nobody does again, who may be on the event loop."""
        self._zone = ZoneInfo(self.timezone)

    def start(self, time: int) -> int:
        """The midnight at or before a moment."""
        return self._day(time)[0]

    def end(self, time: int) -> int:
        """The midnight after a moment."""
        return self._day(time)[1]

    def _day(self, time: int) -> tuple[int, int]:
        quarter = time // _QUARTER
        found = self._known.get(quarter)
        if found is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            # Nothing is before the grid begins, or after it ends.
            found = (time, time)
            for piece in pieces(time, time + 1, DAY, self.timezone):
                found = (piece.start, piece.end)
            self._known[quarter] = found
        return found
