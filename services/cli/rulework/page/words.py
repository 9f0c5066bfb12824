"""The page's words in both languages, and how they stand in its markup: both, one of them shown."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from devices.model import Text
from rules.texts import SEVERITIES

WORDS: Mapping[str, Text] = {
    "backtest": Text("Rules played on the past", "ผลการทดสอบกฎกับข้อมูลย้อนหลัง"),
    "readings": Text("readings", "ค่าที่อ่าน"),
    "refused": Text("refused", "ถูกปฏิเสธ"),
    "alerts": Text("alerts", "การแจ้งเตือน"),
    "rules_fired": Text("rules that fired", "กฎที่แจ้งเตือน"),
    "days": Text("days", "วัน"),
    "times_in": Text("times in", "เวลาตามเขต"),
    "rules": Text("Rules", "กฎ"),
    "rule": Text("rule", "กฎ"),
    "fired": Text("fired", "ครั้ง"),
    "a_day": Text("a day", "ต่อวัน"),
    "in_all": Text("in all", "รวมเวลา"),
    "first": Text("first", "ครั้งแรก"),
    "last": Text("last", "ครั้งล่าสุด"),
    "shadow": Text("shadow", "เงา"),
    "never": Text("never fired", "ไม่เคยแจ้งเตือน"),
    "timeline": Text("When each rule fired", "ช่วงเวลาที่แต่ละกฎแจ้งเตือน"),
    "per_day": Text("Alerts per day", "จำนวนการแจ้งเตือนต่อวัน"),
    "per_week": Text("Alerts per week", "จำนวนการแจ้งเตือนต่อสัปดาห์"),
    "per_month": Text("Alerts per month", "จำนวนการแจ้งเตือนต่อเดือน"),
    "compared": Text("What changes", "สิ่งที่เปลี่ยนไป"),
    "before": Text("before", "ก่อน"),
    "after": Text("after", "หลัง"),
    "same": Text("the same", "เหมือนเดิม"),
    "changed": Text("moved", "เปลี่ยน"),
    "added": Text("more", "เพิ่ม"),
    "gone": Text("fewer", "หายไป"),
    "closer": Text("Some alerts, closer", "ตัวอย่างการแจ้งเตือน"),
    "starts": Text("begins", "เริ่ม"),
    "fires": Text("fires", "แจ้ง"),
    "ends": Text("ends", "สิ้นสุด"),
    "still": Text("still on at the end", "ยังไม่สิ้นสุด"),
    "threshold": Text("limit", "เกณฑ์"),
    "no_readings": Text("No numbers to draw for this rule.", "ไม่มีตัวเลขสำหรับวาดกราฟของกฎนี้"),
    "none": Text("No rule fired.", "ไม่มีกฎใดแจ้งเตือน"),
    "language": Text("ไทย", "English"),
    "theme": Text("light / dark", "สว่าง / มืด"),
    "list": Text("All alerts", "การแจ้งเตือนทั้งหมด"),
    "severity": Text("severity", "ระดับ"),
    "where": Text("device or zone", "อุปกรณ์หรือพื้นที่"),
    "lasted": Text("lasted", "นาน"),
    "value": Text("value", "ค่า"),
}


def say(key: str) -> str:
    """A word of the page."""
    return both(WORDS[key])


def both(text: Text) -> str:
    """A text in both languages, as markup; one that reads alike in both stands once."""
    if text.en == text.th:
        return escape(text.en)
    return "".join(
        f'<span class="{language}" lang="{language}">{escape(words)}</span>'
        for language, words in (("en", text.en), ("th", text.th))
    )


def mixed(english: str, thai: str) -> str:
    """A sentence with numbers in it, in both languages."""
    return both(Text(english, thai))


def drawn(text: Text, attributes: str) -> str:
    """A text inside a drawing."""
    return "".join(
        f'<text class="{language}" {attributes}>{escape(words)}</text>'
        for language, words in (("en", text.en), ("th", text.th))
    )


def severity_chip(severity: str) -> str:
    """A severity as a coloured word."""
    words = next(text for key, text in SEVERITIES.items() if key == severity)
    return f'<b class="chip {severity}">{both(words)}</b>'
