"""The words of the public page, in both languages, and how times and figures are written. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor

from devices.model import Text
from services.api.language import Language, said

_SHOWN = 3

STATUS: Mapping[str, Text] = {
    "operational": Text("Operational", "ปกติ"),
    "degraded": Text("Degraded", "ด้อยประสิทธิภาพ"),
    "outage": Text("Outage", "ขัดข้อง"),
    "maintenance": Text("Maintenance", "บำรุงรักษา"),
    "unknown": Text("Unknown", "ไม่ทราบ"),
}
MEANING: Mapping[str, Text] = {
    "operational": Text("works as it should", "ทำงานตามที่ควร"),
    "degraded": Text("works, but not fully", "ทำงานได้ แต่ไม่เต็มที่"),
    "outage": Text("does not work", "ใช้งานไม่ได้"),
    "maintenance": Text("planned work is under way", "อยู่ระหว่างงานตามแผน"),
    "unknown": Text("nobody can tell at present", "ขณะนี้ยังบอกไม่ได้"),
}
STATE: Mapping[str, Text] = {
    "investigating": Text("Investigating", "กำลังตรวจสอบ"),
    "identified": Text("Identified", "ทราบสาเหตุแล้ว"),
    "monitoring": Text("Monitoring", "กำลังเฝ้าติดตาม"),
    "resolved": Text("Resolved", "แก้ไขแล้ว"),
    "planned": Text("Planned", "ตามแผน"),
}
PAGE: Mapping[str, Text] = {
    "title": Text("Status of city services", "สถานะบริการของเมือง"),
    "skip": Text("Skip to the services", "ข้ามไปยังบริการ"),
    "language": Text("Language", "ภาษา"),
    "as_of": Text("Last updated", "ข้อมูลล่าสุด"),
    "time_of": Text("time of", "เวลาของ"),
    "overview": Text("The seven domains", "เจ็ดด้าน"),
    "current": Text("What is going on", "สิ่งที่กำลังเกิดขึ้น"),
    "planned": Text("Planned maintenance", "การบำรุงรักษาตามแผน"),
    "past": Text("Past notes (14 days)", "ประกาศที่ผ่านมา (14 วัน)"),
    "no_past": Text("There were none.", "ไม่มีประกาศ"),
    "services": Text("Services", "บริการ"),
    "no_service": Text("No service is defined in this domain.", "ยังไม่ได้กำหนดบริการในด้านนี้"),
    "since": Text("since", "ตั้งแต่"),
    "notes_away": Text(
        "Notes can't be read at the moment; the statuses are up to date.",
        "ขณะนี้อ่านประกาศไม่ได้ แต่สถานะเป็นปัจจุบัน",
    ),
    "past_away": Text(
        "The past can't be read at the moment; the statuses are up to date.",
        "ขณะนี้อ่านประวัติไม่ได้ แต่สถานะเป็นปัจจุบัน",
    ),
    "days_ago": Text("90 days ago", "90 วันก่อน"),
    "today": Text("today", "วันนี้"),
    "notable": Text(
        "Days that were not as they should be, or are not known", "วันที่ไม่เป็นไปตามปกติ หรือไม่ทราบสถานะ"
    ),
    "legend": Text("How to read this page", "วิธีอ่านหน้านี้"),
    "not_fine": Text(
        "Unknown is not fine: where nobody can tell how a service does, this page says so, and such days are "
        "drawn hollow and grey, never green.",
        "ไม่ทราบไม่ได้แปลว่าปกติ: หากบอกไม่ได้ว่าบริการเป็นอย่างไร หน้านี้จะแจ้งตามนั้น "
        "และวันเหล่านั้นแสดงเป็นช่องโปร่งสีเทา ไม่ใช่สีเขียว",
    ),
    "bars": Text(
        "Each bar is one day of the last 90. The taller it is, the worse the day was.",
        "แต่ละแท่งคือหนึ่งวันใน 90 วันที่ผ่านมา ยิ่งสูงยิ่งแย่",
    ),
    "figure": Text(
        "The percentage is the share of time in which a service was operational. Planned maintenance and "
        "time of which nothing is known are left out; how many days of knowledge it stands on is said beside "
        "it.",
        "ร้อยละคือสัดส่วนเวลาที่บริการเป็นปกติ ไม่นับงานบำรุงรักษาตามแผนและเวลาที่ไม่ทราบสถานะ จำนวนวันที่มีข้อมูลระบุไว้ข้างกัน",
    ),
    "refresh_on": Text("This page reads itself anew every minute.", "หน้านี้อ่านข้อมูลใหม่เองทุกนาที"),
    "refresh_stop": Text("Stop that", "หยุด"),
    "refresh_off": Text("This page does not read itself anew.", "หน้านี้ไม่อ่านข้อมูลใหม่เอง"),
    "refresh_start": Text("Do so every minute", "ให้อ่านทุกนาที"),
    "feed": Text("Follow by feed (Atom)", "ติดตามผ่านฟีด (Atom)"),
    "data": Text("As data (JSON)", "เป็นข้อมูล (JSON)"),
    "starting": Text(
        "The system began a moment ago. Statuses appear here as soon as the sensors have been heard, as a "
        "rule within a few minutes.",
        "ระบบเพิ่งเริ่มทำงาน สถานะจะแสดงทันทีที่ได้รับข้อมูลจากเซ็นเซอร์ โดยปกติภายในไม่กี่นาที",
    ),
    "work_untitled": Text("Planned work", "งานตามแผน"),
    "affects": Text("Affects", "กระทบ"),
    "begins": Text("begins", "เริ่ม"),
    "until": Text("to", "ถึง"),
}


def span_of(days: float, of: int, language: Language) -> str:
    """So much of ``of`` days: ``88.2 of 90 days``; of less than a day in hours, or minutes."""
    if days >= 1:
        known = f"{days:.1f}".removesuffix(".0")
        return f"{known} of {of} days" if language == "en" else f"{known} ใน {of} วัน"
    minutes = max(1, round(days * 1_440))
    if minutes >= 120:
        return f"{minutes // 60} hours" if language == "en" else f"{minutes // 60} ชั่วโมง"
    if minutes == 1:
        return "one minute" if language == "en" else "1 นาที"
    return f"{minutes} minutes" if language == "en" else f"{minutes} นาที"


def percent(share: float, places: int = 2) -> str:
    """A share, never rounded up: 100 % is said of what was never anything else."""
    scale = 10**places
    text = f"{floor(share * 100 * scale + 1e-9) / scale:.{places}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + " %"


def listed(names: Sequence[Text], language: Language) -> str:
    """``a, b and c``; of many the first few, and how many more."""
    texts = [said(name, language) for name in names[:_SHOWN]]
    if more := len(names) - len(texts):
        texts.append(f"อีก {more}" if language == "th" else f"{more} more")
    last = " และ" if language == "th" else " and "
    return last.join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)


def both(names: Sequence[Text]) -> Text:
    """:func:`listed` in both languages."""
    return Text(listed(names, "en"), listed(names, "th"))


def joined(clauses: Sequence[Text]) -> Text:
    """Clauses as a sentence that begins with a capital."""
    en = "; ".join(clause.en for clause in clauses)
    return Text(en[:1].upper() + en[1:], " และ".join(clause.th for clause in clauses))
