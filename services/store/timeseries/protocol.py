"""What a time-series store does for Nakhon. One contract suite runs on every adapter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from devices.model import Observation, Value, Values
from services.store.errors import StoreError, StoreRefusedError, StoreUnavailableError
from services.store.timeseries.tallying import Quantiles, Tallied, Tally

__all__ = [
    "Aggregate",
    "Bucket",
    "Identity",
    "PartialWriteError",
    "Selection",
    "StoreError",
    "StoreRefusedError",
    "StoreUnavailableError",
    "TimeSeriesStore",
    "is_number",
]


class PartialWriteError(StoreError):
    """A batch is in the store but for ``refused``, each with the reason: the same ones are refused again.

    The rest of the batch is written, and its position kept, before this is raised.
    """

    def __init__(self, refused: Sequence[tuple[Observation, str]]) -> None:
        first, reason = refused[0]
        more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
        super().__init__(f"not storable: {first.type} of {first.device} at {first.time}: {reason}{more}")
        self.refused = tuple(refused)


class Identity(NamedTuple):
    """What makes a reading itself: device, type and the moment (ms) it was taken."""

    device: str
    type: str
    time: int


class Aggregate(StrEnum):
    """How the values of a bucket become one. ``count`` counts them, ``last`` is the newest's."""

    MEAN = "mean"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    COUNT = "count"
    MEDIAN = "median"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which readings: all of these at once, an empty tuple not limiting. ``start`` <= time < ``end`` (ms)."""

    start: int
    end: int
    devices: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()


class Bucket(NamedTuple):
    """One aggregated value. ``time`` is the bucket's start; ``device`` is None for a zone's value."""

    time: int
    device: str | None
    zone: str
    metric: str
    value: float
    count: int  # type: ignore[assignment]


class TimeSeriesStore(Protocol):
    """Readings, by identity. Values of one identity merge; the last write of a metric wins.

    Every method may raise :class:`StoreUnavailableError` (try again) or :class:`StoreRefusedError` (a
    person must act).
    """

    name: str
    """As in metrics and messages: ``duckdb``, ``influxdb``."""

    shareable: bool
    """Whether several processes may open it at once."""

    async def open(self) -> None:
        """Connect, and create what is missing (bucket, retention, tables)."""

    async def close(self) -> None:
        """Finish what runs and let go. A second call does nothing."""

    async def ping(self) -> None:
        """Return when the store would take a write now."""

    async def written(self) -> int | None:
        """The position of the last batch in the store, -1 for none yet; None if it keeps no position."""

    async def write(self, observations: Sequence[Observation], position: int) -> None:
        """Store a batch, whole, durably before returning. ``position`` rises from call to call.

        Writing the same observations again changes nothing in a store whose :meth:`written` is None;
        one that keeps the position ignores a batch at or below it.

        Raises:
            PartialWriteError: everything is written but the observations it names, which the store can't
                hold; whoever writes has to put them elsewhere.
        """

    async def existing(self, identities: Sequence[Identity]) -> Mapping[Identity, Values]:
        """The values stored under these identities; what is not stored is left out."""

    async def readings(
        self, selection: Selection, *, limit: int, after: Identity | None = None, newest_first: bool = False
    ) -> list[Observation]:
        """Readings by (time, device, type), at most ``limit``, those beyond ``after`` in that order.

        Corrections and merges are resolved. ``received`` is 0: it is not kept. ``metrics`` of the selection
        leaves out the other values, and readings that have none of them. ``newest_first`` is the same order
        backwards.
        """

    async def aggregate(
        self, selection: Selection, *, every: int, agg: Aggregate, timezone: str, by_zone: bool = False
    ) -> list[Bucket]:
        """Numbers per bucket of ``every`` ms, device (or zone) and metric, by (time, device, metric).

        Buckets begin at midnight of ``timezone`` (an IANA name) and every ``every`` after it; spans of a
        day and more align to midnights of local days (:mod:`services.store.timeseries.grid`). Empty ones are
        left out. Strings and booleans take part in ``count`` only. A device whose zone changed within a
        bucket has one value for each zone; a zone's value is that of all readings taken in it. The same
        metric of several types counts as one.

        Raises:
            ValueError: ``every`` is longer than a day without being whole days.
        """

    async def tally(self, selection: Selection, tally: Tally, *, timezone: str) -> list[Tallied]:
        """How many readings satisfy conditions, by (time, zone, device): a row for each day that has any.

        Days are those of ``timezone``. The selection names exactly one type, and no metrics: the tally names
        those.
        """

    async def quantiles(self, selection: Selection, shares: Sequence[float]) -> list[Quantiles]:
        """Values below which these shares (0 to 1) lie, of all readings first, then of each zone's.

        The selection names exactly one type and one metric. What is no number does not count; what has no
        numbers is left out. Between two values as :func:`services.store.timeseries.tallying.quantile` has it.
        """

    async def latest(self, selection: Selection) -> list[Observation]:
        """The newest reading of each (device, type) within the selection."""

    def replay(self, selection: Selection, *, batch: int = 10_000) -> AsyncIterator[list[Observation]]:
        """All readings of the selection in order of (time, device, type), in batches, in bounded memory."""

    async def count(self) -> int:
        """How many readings (identities) are stored."""

    async def tidy(self, now: int) -> None:
        """What has to be done now and then, as of ``now`` (ms).

        Lets go of readings that are past the retention of their type, and brings the pre-aggregated hours
        and days up to date that :meth:`aggregate` reads of long spans. Bounded work, safe to cut short and to
        call again; what is not brought up to date yet is aggregated from the readings themselves.
        """


def is_number(value: Value) -> bool:
    """Whether a value goes into arithmetic: booleans don't."""
    return isinstance(value, float)
