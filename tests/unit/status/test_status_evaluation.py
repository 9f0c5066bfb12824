"""What the evidence says about a service, and in what words."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.model import Text
from rules.model import Severity
from services.status.evaluate import (
    Cause,
    Evidence,
    OpenAlert,
    Policy,
    Status,
    ZoneCount,
    assess,
    worst,
)
from services.status.texts import Speaker, domain_reason, moment
from tests.unit.status.statuscity import CITY, START

BANGKOK = ZoneInfo("Asia/Bangkok")
SPEAKER = Speaker({zone.id: zone.name for zone in CITY.zones.values()}, BANGKOK, START)
NAME = Text("Traffic counts", "ปริมาณจราจร")
CRITICAL, MAJOR, MINOR, WARNING = Severity.CRITICAL, Severity.MAJOR, Severity.MINOR, Severity.WARNING


def evidence(
    devices: int = 12, reporting: int = 12, awaited: int = 0, *alerts: OpenAlert, newest: int | None = START
) -> Evidence:
    return Evidence((ZoneCount("yothi", devices, reporting, awaited),), alerts, newest)


def on(severity: Severity, device: str | None = "tf-01", zone: str = "yothi") -> OpenAlert:
    return OpenAlert(severity, zone, device)


def criticals(count: int) -> list[OpenAlert]:
    return [on(CRITICAL, f"tf-{n}") for n in range(count)]


@pytest.mark.parametrize(
    ("given_evidence", "status", "cause"),
    [
        (evidence(0, 0), Status.UNKNOWN, Cause.NO_DEVICE),
        (evidence(12, 0), Status.UNKNOWN, Cause.NOTHING_HEARD),
        (evidence(12, 0, 12), Status.UNKNOWN, Cause.NOTHING_HEARD),
        (evidence(12, 0, 0, on(CRITICAL)), Status.UNKNOWN, Cause.NOTHING_HEARD),
        (evidence(12, 5), Status.OUTAGE, Cause.SILENCE),
        (evidence(12, 6), Status.DEGRADED, Cause.SILENCE),
        (evidence(12, 8), Status.DEGRADED, Cause.SILENCE),
        (evidence(10, 9), Status.OPERATIONAL, Cause.WELL),
        (evidence(12, 10), Status.DEGRADED, Cause.SILENCE),
        (evidence(12, 11), Status.OPERATIONAL, Cause.WELL),
        (evidence(12, 12), Status.OPERATIONAL, Cause.WELL),
        (evidence(12, 1, 11), Status.UNKNOWN, Cause.AWAITED),
        (evidence(12, 6, 6), Status.OPERATIONAL, Cause.WELL),
        (evidence(12, 1, 4), Status.OUTAGE, Cause.SILENCE),
        (evidence(12, 1, 8), Status.DEGRADED, Cause.SILENCE),
        (evidence(12, 12, 0, on(MINOR), on(WARNING)), Status.OPERATIONAL, Cause.WELL),
        (evidence(12, 12, 0, on(MAJOR)), Status.DEGRADED, Cause.ALERTS),
        (evidence(12, 12, 0, on(CRITICAL)), Status.DEGRADED, Cause.ALERTS),
        (evidence(12, 12, 0, on(MAJOR, None)), Status.DEGRADED, Cause.ALERTS),
        (evidence(12, 1, 11, on(MAJOR)), Status.DEGRADED, Cause.ALERTS),
        (evidence(12, 12, 0, *criticals(5)), Status.DEGRADED, Cause.ALERTS),
        (evidence(12, 12, 0, *criticals(6)), Status.OUTAGE, Cause.CRITICAL_ALERTS),
        (evidence(12, 12, 0, *[on(CRITICAL, "tf-01")] * 6), Status.DEGRADED, Cause.ALERTS),
        (evidence(1, 1, 0, on(CRITICAL)), Status.OUTAGE, Cause.CRITICAL_ALERTS),
        (evidence(12, 12, 0, *[on(CRITICAL, None)] * 6), Status.DEGRADED, Cause.ALERTS),
    ],
)
def test_the_status_of_a_service(given_evidence: Evidence, status: Status, cause: Cause) -> None:
    assert assess(given_evidence, Policy()) == (status, cause)


def test_the_lines_are_the_policys() -> None:
    strict = Policy(degraded_below=1.0, outage_below=0.8, degrading=frozenset({WARNING}))

    assert assess(evidence(10, 9), strict).status is Status.DEGRADED
    assert assess(evidence(10, 7), strict).status is Status.OUTAGE
    assert assess(evidence(10, 10, 0, on(WARNING)), strict).status is Status.DEGRADED
    assert assess(evidence(10, 10, 0, on(MAJOR)), strict).status is Status.OPERATIONAL


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20), st.integers(0, 3))
def test_silence_is_never_fine_and_more_of_it_never_better(
    reporting: int, silent: int, awaited: int, majors: int
) -> None:
    alerts = [on(MAJOR)] * majors

    def status(more_silent: int) -> Status:
        devices = reporting + silent + awaited
        return assess(evidence(devices, reporting - more_silent, awaited, *alerts), Policy()).status

    if reporting == 0:
        assert status(0) is Status.UNKNOWN
    elif reporting > 1:
        assert status(1).rank >= status(0).rank or status(0) is Status.UNKNOWN


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], Status.UNKNOWN),
        ([Status.OPERATIONAL, Status.OPERATIONAL], Status.OPERATIONAL),
        ([Status.OPERATIONAL, Status.UNKNOWN], Status.UNKNOWN),
        ([Status.UNKNOWN, Status.DEGRADED], Status.DEGRADED),
        ([Status.DEGRADED, Status.OUTAGE, Status.UNKNOWN], Status.OUTAGE),
        ([Status.UNKNOWN, Status.UNKNOWN], Status.UNKNOWN),
        ([Status.OPERATIONAL, Status.MAINTENANCE], Status.MAINTENANCE),
    ],
)
def test_a_domain_is_as_its_worst_service(statuses: list[Status], expected: Status) -> None:
    assert worst(statuses) is expected


def reason(given_evidence: Evidence) -> Text:
    return SPEAKER.reason(NAME, assess(given_evidence, Policy()).cause, given_evidence)


@pytest.mark.parametrize(
    ("given_evidence", "en", "th"),
    [
        (evidence(12, 8), "4 of 12 sensors silent in Yothi", "เซ็นเซอร์ 4 จาก 12 ตัวไม่ส่งข้อมูล ที่โยธี"),
        (evidence(12, 12), "all 12 sensors reporting", "เซ็นเซอร์ทั้ง 12 ตัวส่งข้อมูลปกติ"),
        (evidence(1, 1), "its sensor is reporting", "เซ็นเซอร์ส่งข้อมูลปกติ"),
        (evidence(0, 0, newest=None), "no enabled device belongs to it", "ไม่มีอุปกรณ์ที่เปิดใช้งาน"),
        (
            evidence(12, 0, 12, newest=None),
            "nothing heard from its 12 sensors since the start on 5 Jan 2026 00:00",
            "ไม่ได้รับข้อมูลจากเซ็นเซอร์ทั้ง 12 ตัว ตั้งแต่เริ่มระบบเมื่อ 5 ม.ค. 2569 00:00 น.",
        ),
        (
            evidence(1, 0, newest=START + 3_600_000),
            "nothing heard from its sensor since 5 Jan 2026 01:00",
            "ไม่ได้รับข้อมูลจากเซ็นเซอร์ ตั้งแต่ 5 ม.ค. 2569 01:00 น.",
        ),
        (
            evidence(12, 7, 5),
            "7 of 12 sensors reporting, 5 not heard yet",
            "เซ็นเซอร์ 7 จาก 12 ตัวส่งข้อมูลแล้ว อีก 5 ตัวยังไม่ได้รับข้อมูล",
        ),
        (
            evidence(12, 12, 0, on(MAJOR), on(CRITICAL), on(MAJOR)),
            "all 12 sensors reporting; 1 critical and 2 major alerts open in Yothi",
            "เซ็นเซอร์ทั้ง 12 ตัวส่งข้อมูลปกติ และมีการแจ้งเตือนระดับวิกฤต 1 และรุนแรง 2 รายการ ที่โยธี",
        ),
        (
            evidence(12, 8, 0, on(WARNING)),
            "4 of 12 sensors silent in Yothi; 1 warning alert open in Yothi",
            "เซ็นเซอร์ 4 จาก 12 ตัวไม่ส่งข้อมูล ที่โยธี และมีการแจ้งเตือนระดับเฝ้าระวัง 1 รายการ ที่โยธี",
        ),
        (
            evidence(12, 12, 0, *criticals(7)),
            "all 12 sensors reporting; critical alerts on 7 of 12 sensors in Yothi",
            "เซ็นเซอร์ทั้ง 12 ตัวส่งข้อมูลปกติ และแจ้งเตือนวิกฤตที่เซ็นเซอร์ 7 จาก 12 ตัว ที่โยธี",
        ),
    ],
)
def test_a_reason_has_the_numbers_in_both_languages(given_evidence: Evidence, en: str, th: str) -> None:
    assert reason(given_evidence) == Text(f"Traffic counts: {en}", f"ปริมาณจราจร: {th}")


@pytest.mark.parametrize(
    ("silent", "where"),
    [
        ({"yothi": 1, "samyan": 3}, "Samyan (3) and Yothi (1)"),
        ({"yothi": 1, "samyan": 3, "rama-1": 2}, "Samyan (3), Rama I (2) and Yothi (1)"),
        (
            {"yothi": 1, "samyan": 3, "rama-1": 2, "makkasan": 1},
            "Samyan (3), Rama I (2), Makkasan (1) and one more zone",
        ),
        ({"yothi": 1, "moved-away": 1}, "moved-away (1) and Yothi (1)"),
    ],
)
def test_the_zones_with_most_are_named_first(silent: dict[str, int], where: str) -> None:
    counts = tuple(ZoneCount(zone, 10, 10 - number, 0) for zone, number in silent.items())

    text = SPEAKER.reason(NAME, Cause.SILENCE, Evidence(counts, (), START)).en

    assert text.endswith(f"sensors silent in {where}")


def test_a_domain_gives_the_reason_of_its_worst_service_and_says_how_many_are_like_it() -> None:
    bad, good, also = Text("bad", "แย่"), Text("good", "ดี"), Text("also", "ด้วย")
    services = [(Status.OPERATIONAL, good), (Status.DEGRADED, bad), (Status.DEGRADED, also)]

    assert domain_reason(Status.DEGRADED, services).en == "bad (and 1 more service degraded)"
    assert domain_reason(Status.DEGRADED, services[:2]) == bad
    assert domain_reason(Status.OPERATIONAL, services[:1]) == good
    assert domain_reason(Status.OPERATIONAL, services[:1] * 3).en == "all 3 services operational"
    assert domain_reason(Status.UNKNOWN, []).en == "no service is defined"


def test_moments_are_the_citys_and_thai_years_are_buddhist() -> None:
    assert moment(START, BANGKOK) == Text("5 Jan 2026 00:00", "5 ม.ค. 2569 00:00 น.")
