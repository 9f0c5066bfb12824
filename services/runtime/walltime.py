"""Moments and days of a city's clock as people read them, in English and Thai."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from devices.model import Text

_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS_TH = (
    *("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย."),
    *("ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."),
)
_BUDDHIST_ERA = 543


def moment(ms: int, zone: ZoneInfo) -> Text:
    """A time of the city's clock: ``5 Jan 2026 08:03``, ``5 ม.ค. 2569 08:03 น.``"""
    at = datetime.fromtimestamp(ms / 1000, zone)
    day = short_day(at.date())
    return Text(f"{day.en} {at.year} {at:%H:%M}", f"{day.th} {at.year + _BUDDHIST_ERA} {at:%H:%M} น.")


def short_day(day: date) -> Text:
    """A day of the calendar, without its year: ``20 Nov``, ``20 พ.ย.``"""
    return Text(f"{day.day} {_MONTHS_EN[day.month - 1]}", f"{day.day} {_MONTHS_TH[day.month - 1]}")
