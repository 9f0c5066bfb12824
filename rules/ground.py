"""What rules stand on beside readings: the city, its local time, and what the devices of a zone share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from devices.geometry import zone_contains
from devices.model import City, Position
from rules.measures.board import Board

DAY = 86_400_000
_QUARTER = 900_000


@dataclass(slots=True)
class Ground:
    """One city as its rules see it. ``boards`` are by rule and zone."""

    city: City
    boards: dict[tuple[str, str], Board] = field(default_factory=dict)
    _zone: ZoneInfo = field(init=False)
    _quarter: int = field(init=False, default=-1)
    _local: tuple[int, int] = field(init=False, default=(0, 0))

    def __post_init__(self) -> None:
        self._zone = ZoneInfo(self.city.timezone)

    def local(self, moment: int) -> tuple[int, int]:
        """Minute of the local day (0 to 1439) and weekday (0 is Monday) of a moment (ms)."""
        quarter, rest = divmod(moment, _QUARTER)
        if quarter != self._quarter:  # clocks are changed at full quarters of an hour
            start = self._datetime(quarter * _QUARTER)
            self._quarter = quarter
            self._local = start.hour * 60 + start.minute, start.weekday()
        minute, weekday = self._local
        return minute + rest // 60_000, weekday

    def inside(self, zone: str, position: Position) -> bool:
        """Whether a position lies in a zone of the city."""
        return zone_contains(self.city.zones[zone], *position)

    def board(self, rule: str, zone: str) -> Board:
        """What the devices of a zone share for a rule."""
        board = self.boards.get((rule, zone))
        if board is None:
            board = self.boards[rule, zone] = Board()
        return board

    def _datetime(self, moment: int) -> datetime:
        return datetime.fromtimestamp(moment / 1000, self._zone)
