"""The windows of maintenance: when the work on a city's things begins and ends, now and next. Pure.

A schedule is written as people plan, on the clock of the wall: ``{start: 2026-01-05T01:00, duration: 2h,
rrule: FREQ=WEEKLY;BYDAY=MO, exdates: [2026-04-13], timezone: Asia/Bangkok}``. Where a change of that clock
skips the start of a window, it begins as much later as the clock was set forward; where the start comes
twice, the first counts (RFC 5545, section 3.3.5). Days and weeks of a duration end at the same time of the
wall's day, however long that day is; hours and less are what they are (section 3.3.6).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from heapq import heappop, heappush
from itertools import islice
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from devices.calendar.recurrence import Rule
from devices.calendar.rrule import read_rrule
from devices.spans import parse_span

KEYS = ("start", "duration", "rrule", "exdates", "timezone")
LONGEST = timedelta(days=366)
LONGEST_RECURRING = timedelta(days=31)
MOST_LEFT_OUT = 1_000
MOST_JOINED = 4_000
"""Windows that touch or overlap, of which one long one is made at most."""

_DAY = timedelta(days=1)
_YEARS = range(1970, 2200)
_LOCAL = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_NOMINAL = re.compile(r"(\d+(?:\.\d+)?)([dw])")
_DAYS_OF = {"d": 1, "w": 7}
T = TypeVar("T")


class ScheduleError(ValueError):
    """What is wrong with a schedule: ``mistakes`` maps its keys to what is wrong and what is allowed."""

    def __init__(self, mistakes: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{key}: {text}" if key else text for key, text in mistakes.items()))
        self.mistakes = mistakes


class Span(NamedTuple):
    """Whether work is going on, and until when (ms) that stays so; None: as far as one can see."""

    active: bool
    until: int | None


@dataclass(frozen=True, slots=True)
class Duration:
    """``days`` on the calendar, then ``exact`` time."""

    days: float = 0
    exact: timedelta = timedelta()

    def after(self, moment: datetime) -> datetime:
        """The end, of a start on the wall of a zone."""
        whole = moment + timedelta(days=int(self.days))  # the same time of the wall's day
        rest = timedelta(days=self.days - int(self.days)) + self.exact
        return (whole.astimezone(UTC) + rest).astimezone(moment.tzinfo)

    @property
    def about(self) -> timedelta:
        """How long it is at most, whatever the clock does meanwhile."""
        return timedelta(days=self.days) + self.exact + (_DAY if self.days else timedelta())


@dataclass(frozen=True, slots=True)
class Windows:
    """When maintenance is. Times that are asked for and told are ms since the epoch; it never changes."""

    start: datetime
    duration: Duration
    zone: ZoneInfo
    rule: Rule | None = None
    left_out: frozenset[datetime | date] = field(default_factory=frozenset)

    @classmethod
    def of(cls, schedule: Mapping[str, object], timezone: str) -> Windows:
        """The windows of a schedule as people write it; ``timezone`` is the city's.

        Raises:
            ScheduleError: all that is wrong with it.
        """
        return _Reader(schedule).windows(timezone)

    def active(self, now: int) -> bool:
        """Whether a window is open. Its start belongs to it, its end does not."""
        return self.span(now).active

    def next_change(self, now: int) -> int | None:
        """The first moment after ``now`` at which :meth:`active` changes; None: none in sight (ten years).

        Of :data:`MOST_JOINED` windows that overlap it is the end of the last, where it is to be asked again.
        """
        return self.span(now).until

    def span(self, now: int) -> Span:
        """What holds now and until when. Windows that touch or overlap are one."""
        until: int | None = None
        for joined, (start, end) in enumerate(self._from(now)):
            if until is None and start > now:
                return Span(False, start)
            if until is not None and (start > until or joined > MOST_JOINED):
                break
            until = end if until is None else max(until, end)
        return Span(until is not None, until)

    def upcoming(self, now: int, count: int = 5) -> list[tuple[int, int]]:
        """The next windows that are not over, those that are open too, by their start."""
        return list(islice(self._from(now), count))

    def _from(self, now: int) -> Iterator[tuple[int, int]]:
        """Windows that end after ``now``, by their start."""
        moment = datetime.fromtimestamp(now / 1000, UTC)
        since = moment.astimezone(self.zone).replace(tzinfo=None) - self.duration.about - _DAY
        return (window for window in _sorted(self._windows(since)) if window[1] > now)

    def _windows(self, since: datetime) -> Iterator[tuple[int, int]]:
        for local in self._starts(since):
            if local not in self.left_out and local.date() not in self.left_out:
                # Through UTC, so that a start which the clock skips is moved on before days are counted.
                start = local.replace(tzinfo=self.zone).astimezone(UTC).astimezone(self.zone)
                yield _ms(start), _ms(self.duration.after(start))

    def _starts(self, since: datetime) -> Iterator[datetime]:
        if self.rule is not None:
            return self.rule.times(since)
        return iter((self.start,))


def _sorted(windows: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """By their start: where the clock is set forward, a later time of the wall may be an earlier moment."""
    waiting: list[tuple[int, int]] = []
    for window in windows:
        heappush(waiting, window)
        while waiting[0][0] < window[0] - _DAY / timedelta(milliseconds=1):
            yield heappop(waiting)
    while waiting:
        yield heappop(waiting)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


class _Reader:
    """Reads a schedule key by key, and gathers the mistakes."""

    def __init__(self, schedule: Mapping[str, object]) -> None:
        self._schedule = schedule
        self._mistakes: dict[str, str] = {}

    def windows(self, timezone: str) -> Windows:
        unknown = [str(key) for key in self._schedule if key not in KEYS]
        for key in unknown:
            self._mistakes[key] = f"is no part of a schedule (allowed: {', '.join(KEYS)})"
        zone = self._read("timezone", _zone, timezone)
        start = self._read("start", _start)
        duration = self._read("duration", _duration)
        left_out = self._read("exdates", _left_out, [])
        rule = None
        if self._schedule.get("rrule") is not None and zone is not None and start is not None:
            rule = self._read("rrule", lambda text: _rule(text, start, zone))
        if duration is not None:
            self._check_length(duration)
        if self._mistakes or zone is None or start is None or duration is None:
            raise ScheduleError(self._mistakes)
        windows = Windows(start, duration, zone, rule, left_out or frozenset())
        if not windows.upcoming(_ms(start.replace(tzinfo=zone)) - 1, 1):
            raise ScheduleError({"exdates": "leave no window at all"})
        return windows

    def _check_length(self, duration: Duration) -> None:
        once = self._schedule.get("rrule") is None
        longest = LONGEST if once else LONGEST_RECURRING
        if duration.days > longest.days or timedelta(days=duration.days) + duration.exact > longest:
            what = "a window" if once else "a window that recurs"
            self._mistakes["duration"] = f"{what} lasts at most {longest.days}d"

    def _read(self, key: str, read: Callable[[object], T], default: object = None) -> T | None:
        value = self._schedule.get(key)
        value = default if value is None else value
        if value is None:
            self._mistakes[key] = "is needed"
            return None
        try:
            return read(value)
        except ValueError as error:
            self._mistakes[key] = str(error)
            return None


def _zone(value: object) -> ZoneInfo:
    return zone_of(str(value))


@lru_cache(maxsize=1_024)
def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name. It reads the zone's file when it is asked for the first time.

    Raises:
        ValueError: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"no time zone {name!r}; write an IANA name such as Asia/Bangkok") from None


def _start(value: object) -> datetime:
    """A time on the wall; YAML may have read it as one already."""
    moment = value
    if isinstance(value, str) and _LOCAL.fullmatch(value.strip()):
        moment = _parsed(value.strip())
    if not isinstance(moment, datetime) or moment.tzinfo is not None or moment.year not in _YEARS:
        raise ValueError(
            "must be a time on the city's clock such as 2026-01-05T01:00, without an offset "
            f"(from {_YEARS[0]} to {_YEARS[-1]}; another clock is named by timezone)"
        )
    return moment.replace(microsecond=0)


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _duration(value: object) -> Duration:
    if parse_span(value) == 0:
        raise ValueError("must be more than nothing")
    text = str(value)
    days = sum(float(number) * _DAYS_OF[unit] for number, unit in _NOMINAL.findall(text))
    rest = _NOMINAL.sub("", text)
    try:
        return Duration(days, timedelta(milliseconds=parse_span(rest) if rest else 0))
    except OverflowError:
        raise ValueError(f"a window lasts at most {LONGEST.days}d") from None


def _rule(value: object, start: datetime, zone: ZoneInfo) -> Rule:
    if not isinstance(value, str):
        raise ValueError("must be a text such as FREQ=WEEKLY;BYDAY=MO")  # noqa: TRY004 - told as the others
    return read_rrule(value, start, zone)


def _left_out(value: object) -> frozenset[datetime | date]:
    if not isinstance(value, list | tuple) or len(value) > MOST_LEFT_OUT:
        raise ValueError(f"must be a list of at most {MOST_LEFT_OUT} days or starts, as 2026-04-13")
    return frozenset(_one_left_out(one) for one in value)


def _one_left_out(value: object) -> datetime | date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DATE.fullmatch(value.strip()):
        moment = _parsed(value.strip())
        if moment is not None:
            return moment.date()
    try:
        return _start(value)
    except ValueError:
        text = f"{value!r} is neither a day as 2026-04-13 nor a start as 2026-04-13T01:00"
        raise ValueError(text) from None


def as_written(schedule: Mapping[str, object], timezone: str) -> dict[str, Any]:
    """A schedule that was read well, JSON-ready, with its time zone."""
    left_out = _left_out(schedule.get("exdates") or [])
    return {
        "start": _written(_start(schedule["start"])),
        "duration": schedule["duration"],
        "rrule": schedule.get("rrule"),
        "exdates": sorted(map(_written, left_out)),
        "timezone": schedule.get("timezone") or timezone,
    }


def _written(moment: datetime | date) -> str:
    if not isinstance(moment, datetime):
        return moment.isoformat()
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")
