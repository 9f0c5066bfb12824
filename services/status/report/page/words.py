"""The page's words in both languages, and how they stand in its markup: both, one of them shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from html import escape
from zoneinfo import ZoneInfo

from devices.model import Text
from services.status.model import Status

STATUS: Mapping[Status, Text] = {
    Status.OPERATIONAL: Text("operational", "ปกติ"),
    Status.DEGRADED: Text("degraded", "บกพร่อง"),
    Status.OUTAGE: Text("outage", "หยุดให้บริการ"),
    Status.MAINTENANCE: Text("maintenance", "บำรุงรักษา"),
    Status.UNKNOWN: Text("unknown", "ไม่ทราบ"),
}

SEVERITIES: Mapping[str, Text] = {
    "critical": Text("critical", "วิกฤต"),
    "major": Text("major", "รุนแรง"),
    "minor": Text("minor", "เล็กน้อย"),
    "warning": Text("warning", "เตือน"),
}

CRITICALITY: Mapping[str, Text] = {
    "high": Text("high criticality", "ความสำคัญสูง"),
    "normal": Text("normal criticality", "ความสำคัญปกติ"),
    "low": Text("low criticality", "ความสำคัญต่ำ"),
}

KPI_STATE: Mapping[str, Text] = {
    "met": Text("target met", "ถึงเป้าหมาย"),
    "missed": Text("target missed", "ไม่ถึงเป้าหมาย"),
    "in_band": Text("within its band", "อยู่ในช่วง"),
    "out_of_band": Text("outside its band", "อยู่นอกช่วง"),
    "no_target": Text("no target", "ไม่มีเป้าหมาย"),
    "not_enough_data": Text("not enough data", "ข้อมูลไม่เพียงพอ"),
}

TURNED: Mapping[str, Text] = {
    "better": Text("better than before", "ดีขึ้นกว่าช่วงก่อน"),
    "worse": Text("worse than before", "แย่ลงกว่าช่วงก่อน"),
    "same": Text("as before", "เท่าช่วงก่อน"),
}

STAGE: Mapping[str, Text] = {
    "received_to_delivered": Text("reading received → alert shown", "รับข้อมูล → แสดงการแจ้งเตือน"),
    "delivered_to_notified": Text("alert shown → somebody told", "แสดง → แจ้งผู้รับผิดชอบ"),
    "delivered_to_acknowledged": Text("alert shown → acknowledged", "แสดง → รับทราบ"),
}

_MONTHS_EN = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_MONTHS_TH = (
    "มกราคม",
    "กุมภาพันธ์",
    "มีนาคม",
    "เมษายน",
    "พฤษภาคม",
    "มิถุนายน",
    "กรกฎาคม",
    "สิงหาคม",
    "กันยายน",
    "ตุลาคม",
    "พฤศจิกายน",
    "ธันวาคม",
)
_SHORT_TH = ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.")
_BUDDHIST = 543


def both(text: Text) -> str:
    """A text in both languages, as markup; one that reads alike in both stands once."""
    if text.en == text.th:
        return escape(text.en)
    return "".join(
        f'<span class="{language}" lang="{language}">{escape(words)}</span>'
        for language, words in (("en", text.en), ("th", text.th))
    )


def say(english: str, thai: str) -> str:
    """A sentence in both languages, as markup."""
    return both(Text(english, thai))


def drawn(text: Text, attributes: str) -> str:
    """A text inside a drawing."""
    if text.en == text.th:
        return f"<text {attributes}>{escape(text.en)}</text>"
    return "".join(
        f'<text class="{language}" {attributes}>{escape(words)}</text>'
        for language, words in (("en", text.en), ("th", text.th))
    )


def period_name(name: str) -> Text:
    """``2026-10`` as October 2026 and ตุลาคม 2569; a quarter and a year likewise."""
    year = int(name[:4])
    thai_year = year + _BUDDHIST
    if "Q" in name:
        quarter = name[-1]
        return Text(f"Quarter {quarter} of {year}", f"ไตรมาส {quarter} พ.ศ. {thai_year}")
    if len(name) == 4:
        return Text(str(year), f"พ.ศ. {thai_year}")
    month = int(name[5:]) - 1
    return Text(f"{_MONTHS_EN[month]} {year}", f"{_MONTHS_TH[month]} {thai_year}")


def short_period(name: str) -> Text:
    """The same, short enough for an axis: ``Oct``, ``Q3``, ``2026``."""
    if "Q" in name:
        return Text(f"{name[-2:]} {name[2:4]}", f"{name[-2:]} {int(name[:4]) % 100 + 43}")
    if len(name) == 4:
        return Text(name, str(int(name) + _BUDDHIST))
    month = int(name[5:]) - 1
    return Text(_MONTHS_EN[month][:3], _SHORT_TH[month])


def day_name(day: date) -> Text:
    """``20 Nov 2026`` and ``20 พ.ย. 2569``."""
    return Text(
        f"{day.day} {_MONTHS_EN[day.month - 1][:3]} {day.year}",
        f"{day.day} {_SHORT_TH[day.month - 1]} {day.year + _BUDDHIST}",
    )


def moment_name(ms: int, timezone: str) -> Text:
    """A moment as the city's clocks showed it: ``20 Nov 2026 14:05``."""
    local = datetime.fromtimestamp(ms / 1000, ZoneInfo(timezone))
    day = day_name(local.date())
    return Text(f"{day.en} {local:%H:%M}", f"{day.th} {local:%H:%M} น.")


def span_name(seconds: float) -> Text:
    """A span in its two largest units."""
    whole = round(seconds)
    if whole < 60:
        return Text(f"{whole} s", f"{whole} วินาที")
    minutes = whole // 60
    if minutes < 60:
        return Text(f"{minutes} min", f"{minutes} นาที")
    if minutes < 48 * 60:
        hours, rest = divmod(minutes, 60)
        return Text(f"{hours} h {rest:02d} min", f"{hours} ชม. {rest:02d} นาที")
    days, rest = divmod(minutes // 60, 24)
    return Text(f"{days} d {rest} h", f"{days} วัน {rest} ชม.")


def number(value: float) -> str:
    """No more digits than help: ``1,234``, ``56.3``, ``7.25``."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    digits = 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 4
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".")


def percent(share: float | None, digits: int = 2) -> str:
    """A share as per cent. It is never rounded up to a whole that was not reached, nor down to nothing."""
    if share is None:
        return "–"
    shown = f"{100 * share:.{digits}f}"
    whole = f"{100:.{digits}f}"
    if shown == whole and share < 1:
        shown = f"{100 - 10**-digits:.{digits}f}"
    if 0 < share < 0.5 * 10 ** -(digits + 2):
        return f"≤ {10**-digits:.{digits}f} %"
    return f"{shown} %"


def minutes(seconds: float) -> str:
    """Seconds as minutes, whole ones; a little is not nothing."""
    if 0 < seconds < 30:
        return "&lt;1"
    return f"{seconds / 60:,.0f}"


def with_unit(value: float, unit: str) -> str:
    """A value with its unit, as text."""
    return f"{number(value)} {unit}".strip()
