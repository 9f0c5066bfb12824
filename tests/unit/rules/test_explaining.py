"""The sentence that says why an alert fired, in English and Thai."""

from __future__ import annotations

from typing import Any

import pytest

from rules.explaining import arithmetic
from rules.model import Severity


def said(**more: Any) -> dict[str, Any]:
    return {"metric": "pm25", "value": 81.2, "threshold": 75.0, "window": None, "readings": [], **more}


NEWEST, OLDEST = {"time": "…", "value": 90.0}, {"time": "…", "value": 60.0}
OWN = {"value": 120.0}
CASES = [
    (
        said(),
        "pm25 = 81.2 > 75 (major)",
        "pm25 = 81.2 > 75 (รุนแรง)",
    ),
    (
        said(value=0.4, threshold=0.5, metric="stateOfCharge"),
        "stateOfCharge = 0.4 < 0.5 (major)",
        "stateOfCharge = 0.4 < 0.5 (รุนแรง)",
    ),
    (
        said(metric="status", value="fault", threshold="fault"),
        "status = fault (major)",
        "status = fault (รุนแรง)",
    ),
    (
        said(window="24h mean", agg="mean", over="1d", count=288, coverage=1.0),
        "pm25: 24 h mean of 288 readings (coverage 100%) = 81.2 > 75 (major)",
        "pm25: ค่าเฉลี่ย ในช่วง 24 ชั่วโมง จาก 288 ค่า (ครอบคลุม 100%) = 81.2 > 75 (รุนแรง)",
    ),
    (
        said(agg="p95", over=5_400_000, count=1_288, coverage=0.981),
        "pm25: 1 h 30 min 95th percentile of 1,288 readings (coverage 98%) = 81.2 > 75 (major)",
        "pm25: เปอร์เซ็นไทล์ที่ 95 ในช่วง 1 ชั่วโมง 30 นาที จาก 1,288 ค่า (ครอบคลุม 98%) = 81.2 > 75 (รุนแรง)",
    ),
    (
        said(value=30.0, threshold=25.0, over="10m", relative=False, newest=NEWEST, oldest=OLDEST),
        "pm25: 90 − 60 within 10 min = 30 > 25 (major)",
        "pm25: 90 − 60 ภายใน 10 นาที = 30 > 25 (รุนแรง)",
    ),
    (
        said(value=0.5, threshold=0.2, over="10m", relative=True, newest=NEWEST, oldest=OLDEST),
        "pm25: (90 − 60) / 60 within 10 min = 0.5 > 0.2 (major)",
        "pm25: (90 − 60) / 60 ภายใน 10 นาที = 0.5 > 0.2 (รุนแรง)",
    ),
    (
        said(
            value=84.8, threshold=50.0, agg="median", neighbours=4, expected=35.2, readings=[{"value": 120.0}]
        ),
        "pm25: 120 − 35.2, the median of 4 other devices of the zone = 84.8 > 50 (major)",
        "pm25: 120 − 35.2 (มัธยฐานของอุปกรณ์อื่นในพื้นที่ 4 เครื่อง) = 84.8 > 50 (รุนแรง)",
    ),
    (
        said(value=0.97, threshold=0.9, score=0.97, expected=40.0, low=30.0, high=50.0, readings=[NEWEST]),
        "pm25: 90 where 40 was expected (30 to 50); score = 0.97 > 0.9 (major)",
        "pm25: 90 จากที่คาดไว้ 40 (30 ถึง 50) คะแนนความผิดปกติ = 0.97 > 0.9 (รุนแรง)",
    ),
    (
        said(value=0.0, threshold=0.0, over="2h", since="…", count=24, low=60.0, high=60.0),
        "pm25: 24 readings in 2 h hardly differ: 60 − 60 ≤ 0 (major)",
        "pm25: ค่า 24 ค่าในช่วง 2 ชั่วโมง แทบไม่เปลี่ยน: 60 − 60 ≤ 0 (รุนแรง)",
    ),
    (
        said(value=3.0, threshold=3.0, window="devices at once", count=3, total=4, devices=["a", "b", "c"]),
        "3 of 4 devices at once, at least 3 needed: a, b, c (major)",
        "3 จาก 4 เครื่องพร้อมกัน จากเกณฑ์อย่างน้อย 3 เครื่อง: a, b, c (รุนแรง)",
    ),
    (
        said(metric=None, value=None, threshold=None, window="all", rules=["a/b", "not a/c"]),
        "all of: a/b, not a/c",
        "ทุกกฎ: a/b, not a/c",
    ),
    (
        said(metric=None, value=None, threshold=None, window="10m", rules=["a/b", "a/c"]),
        "first a/b, then a/c within 10 min",
        "a/b แล้วตามด้วย a/c ภายใน 10 นาที",
    ),
    (
        said(metric=None, value=True, threshold=None, expr="pm25 > 37.5", values={"pm25": 40.0}),
        "pm25 > 37.5: pm25 = 40",
        "pm25 > 37.5: pm25 = 40",
    ),
    (
        said(metric=None, value="in", threshold=None, window="in samyan", geofence="samyan"),
        "it is in the zone samyan",
        "อยู่ในพื้นที่ samyan",
    ),
    (
        said(metric=None, value=None, threshold=None, window="15m"),
        "nothing heard for 15 min",
        "ไม่ได้รับข้อมูลนาน 15 นาที",
    ),
]


@pytest.mark.parametrize(("evidence", "en", "th"), CASES, ids=[case[1][:30] for case in CASES])
def test_the_sentence(evidence: dict[str, Any], en: str, th: str) -> None:
    text = arithmetic(evidence, Severity.MAJOR)
    assert (text.en, text.th) == (en, th)


def test_a_unit_stands_with_its_numbers() -> None:
    assert arithmetic(said(), Severity.MAJOR, "µg/m³").en == "pm25 = 81.2 µg/m³ > 75 µg/m³ (major)"


def test_evidence_of_which_nothing_is_left_is_told_all_the_same() -> None:
    nothing = {"metric": "pm25", "value": None, "threshold": None, "window": None, "readings": []}
    assert arithmetic(nothing).en == "pm25 = –"
    assert arithmetic({}).en
    assert arithmetic(said(agg="mean", over="what")).en == "pm25 = 81.2 > 75"
    assert arithmetic(said(relative=True, over=None)).en == "pm25 = 81.2 > 75"
