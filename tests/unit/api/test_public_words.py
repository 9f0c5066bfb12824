"""What the public page says and draws: reasons, turns, days, figures, colours."""

from __future__ import annotations

import re
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.model import Text
from services.api.public.bars import bars
from services.api.public.model import STATUSES, Day, Uptime
from services.api.public.reasons import domain_reason, public_reason
from services.api.public.turning import turns
from services.api.public.words import MEANING, PAGE, STATE, STATUS, listed, percent, span_of
from tests.unit.api.statusdoubles import change, service

BANGKOK = ZoneInfo("Asia/Bangkok")
ZONES = {"north": Text("North", "เหนือ"), "south": Text("South", "ใต้")}
NAMES = {"air-quality": Text("Air quality", "คุณภาพอากาศ"), "power": Text("Power", "ไฟฟ้า")}


def reason(status: str, **evidence: Any) -> Text:
    return public_reason(service(status=status, evidence={"devices": 4, **evidence}), ZONES, BANGKOK)


@pytest.mark.parametrize(
    ("status", "evidence", "en", "th"),
    [
        ("operational", {"reporting": 4}, "All 4 sensors reporting", "เซ็นเซอร์ทั้ง 4 ตัวส่งข้อมูลปกติ"),
        ("operational", {"reporting": 3}, "3 of 4 sensors reporting", "เซ็นเซอร์ 3 จาก 4 ตัวส่งข้อมูลปกติ"),
        ("operational", {"devices": 0, "reporting": 0}, "Works as it should", "ทำงานตามปกติ"),
        (
            "degraded",
            {"silent": 1},
            "1 of 4 sensors silent in North",
            "เซ็นเซอร์ 1 จาก 4 ตัวไม่ส่งข้อมูล ที่เหนือ",
        ),
        (
            "outage",
            {"probe": {"up": 1, "down": 2, "unknown": 0, "items": []}},
            "2 of 3 checks fail",
            "การตรวจสอบ 2 จาก 3 รายการไม่ผ่าน",
        ),
        (
            "outage",
            {"needs": [{"id": "power", "name": {"en": "Power", "th": "ไฟฟ้า"}, "status": "outage"}]},
            "Depends on Power",
            "ขึ้นกับไฟฟ้า",
        ),
        (
            "degraded",
            {"alerts": {"critical": 1, "major": 2, "minor": 0}},
            "1 critical and 2 major alerts open",
            "มีการแจ้งเตือนระดับวิกฤต 1 และรุนแรง 2 รายการ",
        ),
        (
            "degraded",
            {"quality": {"stuck": 1, "clock": 0}},
            "Data of 1 of 4 sensors unreliable",
            "ข้อมูลของเซ็นเซอร์ 1 จาก 4 ตัวเชื่อถือไม่ได้",
        ),
        (
            "degraded",
            {"kpis": [{"id": "k", "title": {"en": "Headway", "th": "ระยะห่างรถ"}}]},
            "Off its target: Headway",
            "ไม่เป็นไปตามเป้าหมาย: ระยะห่างรถ",
        ),
        ("degraded", {}, "Trouble in North", "มีปัญหาที่เหนือ"),
        ("unknown", {"devices": 0}, "Nothing tells how it does", "ไม่มีข้อมูลที่บอกสถานะได้"),
        ("unknown", {"reporting": 0, "awaited": 0}, "Nothing is heard of it", "ไม่ได้รับข้อมูล"),
        (
            "unknown",
            {"reporting": 1, "awaited": 3},
            "1 of 4 sensors heard so far",
            "ได้รับข้อมูลแล้ว 1 จาก 4 เซ็นเซอร์",
        ),
        ("maintenance", {}, "Planned work is under way", "อยู่ระหว่างงานบำรุงรักษาตามแผน"),
        (
            "maintenance",
            {"maintenance": {"id": "m", "title": {}, "until": "2026-01-05T05:00:00.000Z"}},
            "Planned work until 5 Jan 2026 12:00",
            "งานบำรุงรักษาตามแผนถึง 5 ม.ค. 2569 12:00 น.",
        ),
        (
            "operational",
            {"closed_until": "2026-01-05T01:30:00.000Z"},
            "Outside its hours until 5 Jan 2026 08:30",
            "นอกเวลาให้บริการ ถึง 5 ม.ค. 2569 08:30 น.",
        ),
    ],
)
def test_a_reason_is_made_of_status_counts_and_zones(
    status: str, evidence: dict[str, Any], en: str, th: str
) -> None:
    assert reason(status, **evidence) == Text(en, th)


def test_several_reasons_stand_together() -> None:
    found = reason("degraded", silent=1, alerts={"major": 1})

    assert found.en == "1 of 4 sensors silent in North; 1 major alert open"


def test_a_document_of_an_older_shape_has_a_reason_too() -> None:
    bare = {"status": "degraded", "evidence": {"devices": 2, "reporting": 1}}

    assert public_reason(bare, ZONES, BANGKOK).en == "Does not do as it should"
    assert public_reason({"status": "unknown"}, ZONES, BANGKOK).en == "Nothing tells how it does"


def test_a_domain_says_which_of_its_services_are_so() -> None:
    names = [Text(name, name) for name in "abcde"]

    assert domain_reason("unknown", []).en == "No service is defined"
    assert domain_reason("operational", [("operational", name) for name in names]).en == (
        "All 5 services: operational"
    )
    mixed = [("outage", names[0]), ("operational", names[1])]
    assert domain_reason("outage", mixed) == Text("a: outage", "a: ขัดข้อง")
    assert domain_reason("degraded", [*mixed, *(("degraded", name) for name in names)]).en == (
        "a, b, c and 2 more: degraded"
    )


def told(*statuses: str) -> list[str]:
    changes = [change(number, status=status) for number, status in enumerate(statuses)]
    return [turn.status for turn in turns(reversed(changes), NAMES)][::-1]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["unknown", "operational"], []),
        (["outage", "operational"], ["outage", "operational"]),
        (["outage", "unknown", "operational"], ["outage", "operational"]),
        (["outage", "unknown", "outage"], ["outage"]),
        (["degraded", "outage", "degraded"], ["degraded", "outage", "degraded"]),
        (["degraded", "degraded"], ["degraded"]),
        (["maintenance", "operational", "unknown"], ["maintenance", "operational"]),
    ],
)
def test_turns_are_what_got_worse_and_what_is_well_again(statuses: list[str], expected: list[str]) -> None:
    assert told(*statuses) == expected


def test_turns_are_of_services_that_the_city_has_and_each_by_itself() -> None:
    changes = [
        change(3, subject="gone", status="outage"),
        change(2, subject="power", status="operational"),
        change(1, subject="air-quality", status="outage"),
    ]

    assert [(turn.service, turn.status) for turn in turns(changes, NAMES)] == [("air-quality", "outage")]


seconds = st.fixed_dictionaries({status: st.floats(0, 86_400) for status in STATUSES})


@given(seconds)
def test_what_is_mostly_unknown_is_never_drawn_as_well(held: dict[str, float]) -> None:
    day = Day("2026-01-05", held)
    if day.shown in {"operational", "maintenance"}:
        assert held["unknown"] <= 0.25 * sum(held.values())
        assert held["outage"] < 60
        assert held["degraded"] < 300


@given(st.lists(seconds, max_size=5))
def test_the_figure_leaves_out_what_is_planned_or_not_known(held: list[dict[str, float]]) -> None:
    days = tuple(Day("2026-01-05", one) for one in held)
    more = tuple(Day("2026-01-05", {**one, "maintenance": 0.0, "unknown": 0.0}) for one in held)

    assert Uptime.of(days).share == Uptime.of(more).share
    assert Uptime.of(days).share is None or 0 <= (Uptime.of(days).share or 0) <= 1


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (1.0, "100 %"),
        (0.999_999, "99.99 %"),
        (0.995, "99.5 %"),
        (0.0, "0 %"),
        (0.5, "50 %"),
        (0.1234, "12.34 %"),
    ],
)
def test_a_percentage_is_never_rounded_up(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("days", "en", "th"),
    [
        (90.0, "90 of 90 days", "90 ใน 90 วัน"),
        (88.24, "88.2 of 90 days", "88.2 ใน 90 วัน"),
        (0.5, "12 hours", "12 ชั่วโมง"),
        (0.02, "29 minutes", "29 นาที"),
        (0.0001, "one minute", "1 นาที"),
    ],
)
def test_knowledge_of_less_than_a_day_is_in_hours_or_minutes(days: float, en: str, th: str) -> None:
    assert (span_of(days, 90, "en"), span_of(days, 90, "th")) == (en, th)


def test_many_days_worth_a_line_are_cut_and_counted() -> None:
    days = [Day(f"2026-01-{n:02}", {"outage": 3_600.0 * n, "operational": 1_000.0}) for n in range(1, 11)]

    drawn = bars(days, "en")

    assert len(drawn.notable) + drawn.more == 10
    assert drawn.notable[0].startswith("10 Jan")
    assert [bar.status for bar in drawn.bars] == ["outage"] * 10


def test_every_word_is_there_in_both_languages() -> None:
    for words in (STATUS, MEANING, STATE, PAGE):
        for name, text in words.items():
            assert text.en.strip(), name
            assert re.search("[\u0e00-\u0e7f]", text.th), name
    assert listed([], "en") == ""


STYLE = (resources.files("services.api.public") / "templates" / "status.css").read_text("utf-8")
LIGHT, DARK = (dict(re.findall(r"--([\w-]+):(#\w+)", part)) for part in STYLE.split("@media", 2)[:2])


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_have_the_contrast_that_wcag_asks_for(scheme: dict[str, str]) -> None:
    for name in ("ink", "quiet", "link", *STATUSES):
        for ground in ("card", "ground"):
            assert contrast(scheme[name], scheme[ground]) >= 4.5, name
    for name in ("bar-o", "bar-d", "bar-x", "bar-m", "bar-u"):
        assert contrast(scheme[name], scheme["card"]) >= 3, name


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = "".join(2 * one for one in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
