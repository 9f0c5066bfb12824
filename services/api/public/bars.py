"""Ninety days as bars: runs of days, what is said of each, and what of them in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple

from devices.model import Text
from services.api.language import Language, said
from services.api.public.model import OPERATIONAL, STATUSES, UNKNOWN, Day, Uptime
from services.api.public.words import STATUS, percent, span_of
from services.runtime.walltime import short_day

MOST_NOTABLE = 6

_NOT_KNOWN = Text("not known", "ไม่ทราบ")


class Bar(NamedTuple):
    """One day, or ``days`` of them in a row of which nothing is known. ``title`` says when and how it was."""

    status: str
    days: int
    title: str


class Bars(NamedTuple):
    """The bars of a service. ``label`` stands for them all, ``notable`` are the days worth a line.

    ``figure`` is the uptime with how many days it stands on; ``more`` counts notable days without a line.
    """

    bars: Sequence[Bar]
    label: str
    figure: str
    notable: Sequence[str]
    more: int


def bars(days: Sequence[Day], language: Language) -> Bars:
    """What is drawn and said of these days, oldest first."""
    drawn = list(_drawn(days, language))
    notable = [bar.title for bar in reversed(drawn) if bar.status != OPERATIONAL] if len(drawn) > 1 else []
    figure = _figure(Uptime.of(tuple(days)), len(days), language)
    return Bars(drawn, figure, figure, notable[:MOST_NOTABLE], max(0, len(notable) - MOST_NOTABLE))


def _drawn(days: Sequence[Day], language: Language) -> Iterator[Bar]:
    for dark, group in groupby(days, key=lambda day: day.known <= 0):
        run = list(group)
        if dark and len(run) > 1:
            first, last = _day(run[0].date, language), _day(run[-1].date, language)
            yield Bar(UNKNOWN, len(run), f"{first} – {last}: {said(_NOT_KNOWN, language)}")
        else:
            yield from (Bar(day.shown, 1, _said(day, language)) for day in run)


def _said(day: Day, language: Language) -> str:
    """``20 Nov 100 %``, ``20 Nov: operational 98.6 %, outage 1.4 %``. Shares are of what is told of it."""
    when = _day(day.date, language)
    if day.known <= 0:
        return f"{when}: {said(_NOT_KNOWN, language)}"
    if day.seconds.get(OPERATIONAL, 0.0) >= day.told:
        return f"{when} 100 %"
    parts = [
        f"{said(STATUS[status], language).lower()} {percent(day.seconds[status] / day.told, 1)}"
        for status in STATUSES
        if day.seconds.get(status, 0.0) > 0
    ]
    return f"{when}: {', '.join(parts)}"


def _figure(uptime: Uptime, days: int, language: Language) -> str:
    if uptime.share is None:
        return {
            "en": f"Nothing is known of the last {days} days",
            "th": f"ไม่มีข้อมูลของ {days} วันที่ผ่านมา",
        }[language]
    share, known = percent(uptime.share), span_of(uptime.days, days, language)
    return {"en": f"{share} operational, known of {known}", "th": f"ปกติ {share} จากข้อมูล {known}"}[language]


def _day(written: str, language: Language) -> str:
    """``2026-11-20`` as people read it."""
    return said(short_day(date.fromisoformat(written)), language)
