"""In what words a status is explained, English and Thai."""

from __future__ import annotations

import pytest

from devices.model import Text
from services.runtime.walltime import moment
from services.status.judging.quality import quality_clauses
from services.status.model import (
    BadClock,
    DataQuality,
    Evidence,
    OffBand,
    Status,
    Work,
    ZoneCount,
)
from services.status.policy.rules import RuleList
from tests.unit.status.evidences import (
    BANGKOK,
    CRITICAL,
    DEFAULT,
    MAJOR,
    NAME,
    WARNING,
    criticals,
    evidence,
    judge,
    judged,
    need,
    on,
    probe,
    probed,
    rules,
)
from tests.unit.status.statuscity import MINUTE, START

HOUR = 60 * MINUTE
CLOSED_TH = "อยู่นอกเวลาให้บริการถึง 5 ม.ค. 2569 01:00 น."
WELL_EN = "all 2 sensors reporting; its probe answers"
WELL_TH = "เซ็นเซอร์ทั้ง 2 ตัวส่งข้อมูลปกติ และการตรวจสอบผ่าน"
SILENT_TH = "เซ็นเซอร์ 4 จาก 12 ตัวไม่ส่งข้อมูล ที่โยธี"


def reason(given: Evidence, found: RuleList = DEFAULT, at: int = START) -> Text:
    """Without the name of the service, which is always in front."""
    en, th = (judged(given, found, at).reason.as_dict()[language] for language in ("en", "th"))
    assert en.startswith("Traffic counts: ")
    assert th.startswith("ปริมาณจราจร: ")
    return Text(en.removeprefix("Traffic counts: "), th.removeprefix("ปริมาณจราจร: "))


@pytest.mark.parametrize(
    ("given", "en", "th"),
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
            evidence(1, 0, newest=START + HOUR),
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
            "1 critical and 2 major alerts open in Yothi; all 12 sensors reporting",
            "มีการแจ้งเตือนระดับวิกฤต 1 และรุนแรง 2 รายการ ที่โยธี และเซ็นเซอร์ทั้ง 12 ตัวส่งข้อมูลปกติ",
        ),
        (
            evidence(12, 8, 0, on(WARNING)),
            "4 of 12 sensors silent in Yothi; 1 warning alert open in Yothi",
            "เซ็นเซอร์ 4 จาก 12 ตัวไม่ส่งข้อมูล ที่โยธี และมีการแจ้งเตือนระดับเฝ้าระวัง 1 รายการ ที่โยธี",
        ),
        (
            evidence(12, 12, 0, *criticals(7)),
            "critical alerts on 7 of 12 sensors in Yothi; all 12 sensors reporting",
            "แจ้งเตือนวิกฤตที่เซ็นเซอร์ 7 จาก 12 ตัว ที่โยธี และเซ็นเซอร์ทั้ง 12 ตัวส่งข้อมูลปกติ",
        ),
        (
            probed(probe(up=True), probe(up=True, name="b"), alerts=tuple(criticals(1))),
            "critical alerts on 1 of 2 probes in Yothi; all 2 probes answer",
            "แจ้งเตือนวิกฤตที่การตรวจสอบ 1 จาก 2 รายการ ที่โยธี และการตรวจสอบทั้ง 2 รายการผ่าน",
        ),
        (
            evidence(2, 2, 0, *criticals(2), probes=(probe(up=True),)),
            f"critical alerts on 2 of 3 sensors and probes in Yothi; {WELL_EN}",
            f"แจ้งเตือนวิกฤตที่เซ็นเซอร์และการตรวจสอบ 2 จาก 3 รายการ ที่โยธี และ{WELL_TH}",
        ),
        (
            evidence(12, 12, deaf_since=START, newest=START),
            "nothing can be heard since 5 Jan 2026 00:00, because the MQTT broker is away",
            "รับข้อมูลไม่ได้ตั้งแต่ 5 ม.ค. 2569 00:00 น. เพราะเชื่อมต่อโบรกเกอร์ MQTT ไม่ได้",
        ),
        (
            evidence(12, 12, deaf_since=START, newest=START, down=True),
            "nothing is known since 5 Jan 2026 00:00, because Nakhon did not run",
            "ไม่มีข้อมูลตั้งแต่ 5 ม.ค. 2569 00:00 น. เพราะระบบ Nakhon ไม่ได้ทำงาน",
        ),
        (
            evidence(12, 12, work=Work("w", Text("New sensors", "เซ็นเซอร์ใหม่"), START + HOUR)),
            "in maintenance until 5 Jan 2026 01:00: New sensors; all 12 sensors reporting",
            "อยู่ระหว่างบำรุงรักษาถึง 5 ม.ค. 2569 01:00 น.: เซ็นเซอร์ใหม่ และเซ็นเซอร์ทั้ง 12 ตัวส่งข้อมูลปกติ",
        ),
        (
            evidence(12, 8, work=Work("w", Text("New sensors", "เซ็นเซอร์ใหม่"), None)),
            "in maintenance: New sensors; 4 of 12 sensors silent in Yothi",
            "อยู่ระหว่างบำรุงรักษา: เซ็นเซอร์ใหม่ และเซ็นเซอร์ 4 จาก 12 ตัวไม่ส่งข้อมูล ที่โยธี",
        ),
        (
            evidence(12, 0, closed_until=START + HOUR),
            "closed until 5 Jan 2026 01:00; nothing heard from its 12 sensors since 5 Jan 2026 00:00",
            f"{CLOSED_TH} และไม่ได้รับข้อมูลจากเซ็นเซอร์ทั้ง 12 ตัว ตั้งแต่ 5 ม.ค. 2569 00:00 น.",
        ),
        (
            evidence(1, 1, closed_until=0),
            "closed; its sensor is reporting",
            "อยู่นอกเวลาให้บริการ และเซ็นเซอร์ส่งข้อมูลปกติ",
        ),
        (probed(probe(up=True)), "its probe answers", "การตรวจสอบผ่าน"),
        (probed(probe(up=True), probe(up=True)), "all 2 probes answer", "การตรวจสอบทั้ง 2 รายการผ่าน"),
        (probed(probe(up=False, code=503)), "its probe fails: portal (503)", "การตรวจสอบไม่ผ่าน: portal (503)"),
        (
            probed(probe(up=False), probe(up=True, name="dns"), probe(None, name="tls")),
            "1 of 3 probes fails: portal; 1 of 3 probes not heard",
            "การตรวจสอบ 1 จาก 3 รายการไม่ผ่าน: portal และการตรวจสอบ 1 จาก 3 รายการไม่มีผล",
        ),
        (
            probed(*[probe(up=False, name=name) for name in ("a", "b", "c", "d", "e")]),
            "5 of 5 probes fail: a, b, c and 2 more",
            "การตรวจสอบ 5 จาก 5 รายการไม่ผ่าน: a, b, c และอีก 2 รายการ",
        ),
        (
            evidence(1, 1, 0, probes=(probe(None),)),
            "its sensor is reporting; its probe is not heard",
            "เซ็นเซอร์ส่งข้อมูลปกติ และยังไม่มีผลการตรวจสอบ",
        ),
        (
            evidence(2, 0, 0, probes=(probe(None, at=START + HOUR), probe(None, at=None))),
            "nothing heard from its 2 sensors and its 2 probes since 5 Jan 2026 01:00",
            "ไม่ได้รับข้อมูลจากเซ็นเซอร์ทั้ง 2 ตัว และการตรวจสอบทั้ง 2 รายการ ตั้งแต่ 5 ม.ค. 2569 01:00 น.",
        ),
        (
            probed(probe(up=True, certificate=12.9)),
            "its probe answers; certificate of portal expires in 12 days",
            "การตรวจสอบผ่าน และใบรับรองของ portal จะหมดอายุใน 12 วัน",
        ),
        (
            evidence(
                12, 8, probes=(probe(up=True, certificate=1.2), probe(up=True, name="b", certificate=90))
            ),
            "4 of 12 sensors silent in Yothi; all 2 probes answer; certificate of portal expires in 1 day",
            f"{SILENT_TH} และการตรวจสอบทั้ง 2 รายการผ่าน และใบรับรองของ portal จะหมดอายุใน 1 วัน",
        ),
        (
            probed(probe(up=False, certificate=-0.1)),
            "its probe fails: portal; certificate of portal has expired",
            "การตรวจสอบไม่ผ่าน: portal และใบรับรองของ portal หมดอายุแล้ว",
        ),
        (
            evidence(1, 1, 0, needs=(need(Status.OUTAGE), need(Status.OUTAGE, "Power", "ไฟฟ้า"))),
            "its sensor is reporting; Water and Power, which it needs, are in outage",
            "เซ็นเซอร์ส่งข้อมูลปกติ และน้ำ และไฟฟ้า ซึ่งบริการนี้ต้องใช้ ขัดข้อง",
        ),
        (
            evidence(1, 1, 0, needs=(need(Status.DEGRADED), need(Status.MAINTENANCE, "Power", "ไฟฟ้า"))),
            "its sensor is reporting; Water, which it needs, is degraded",
            "เซ็นเซอร์ส่งข้อมูลปกติ และน้ำ ซึ่งบริการนี้ต้องใช้ ด้อยประสิทธิภาพ",
        ),
        (
            Evidence(needs=(need(Status.OPERATIONAL), need(Status.MAINTENANCE, "Power", "ไฟฟ้า"))),
            "Power, which it needs, is in maintenance",
            "ไฟฟ้า ซึ่งบริการนี้ต้องใช้ อยู่ระหว่างบำรุงรักษา",
        ),
        (
            Evidence(needs=(need(Status.OPERATIONAL),)),
            "Water, which it needs, is operational",
            "น้ำ ซึ่งบริการนี้ต้องใช้ ปกติ",
        ),
        (
            Evidence(needs=(need(Status.OPERATIONAL), need(Status.OPERATIONAL, "Power"))),
            "all 2 services that it needs are operational",
            "บริการทั้ง 2 รายการที่ต้องใช้ปกติ",
        ),
        (
            Evidence(needs=(need(Status.UNKNOWN),)),
            "Water, which it needs, is unknown",
            "น้ำ ซึ่งบริการนี้ต้องใช้ ไม่ทราบสถานะ",
        ),
    ],
)
def test_a_reason_has_the_numbers_in_both_languages(given: Evidence, en: str, th: str) -> None:
    assert reason(given) == Text(en, th)


FRESH = rules("{id: old, status: degraded, when: {freshness: {above: 5}}}")
WHOLE = rules("{id: holes, status: degraded, when: {completeness: {below: 0.9}}}")
GAPS = rules("{id: gaps, status: degraded, when: {gaps: {above: 0.1}}}")
REFUSED = rules("{id: refused, status: degraded, when: {refused: {above: 0.1}}}")
SLOW = rules("{id: slow, status: degraded, when: {probe_latency: {above: 2000}}}")
KPIS = rules("{id: kpis, status: degraded, when: {kpis_off: {at_least: 1}}}")
ALERTED = rules("{id: many, status: outage, when: {alert_devices: {severity: major+, at_least: 0.2}}}")
OWN_WORDS = rules(
    "{id: own, status: degraded, when: {silent: {above: 0}}, reason: {en: Crews know, th: ช่างทราบแล้ว}}"
)
BEDS = OffBand("beds", Text("Bed occupancy", "อัตราครองเตียง"), 91.5, "%", None, 85.0)
CLEAN = OffBand("pm25", Text("Clean days", "วันที่อากาศดี"), 88.0, "", 95.0, None)


@pytest.mark.parametrize(
    ("found", "given", "en", "th"),
    [
        (
            FRESH,
            evidence(1, 1, newest=START - 30 * MINUTE),
            "its sensor is reporting; the newest reading is 30 min old",
            "เซ็นเซอร์ส่งข้อมูลปกติ และข้อมูลล่าสุดเก่า 30 นาที",
        ),
        (
            WHOLE,
            evidence(1, 1, data=DataQuality(0.72)),
            "its sensor is reporting; 72 % of the expected readings came",
            "เซ็นเซอร์ส่งข้อมูลปกติ และได้รับข้อมูลร้อยละ 72 ของที่คาดไว้",
        ),
        (
            GAPS,
            evidence(4, 4, data=DataQuality(gaps=2)),
            "all 4 sensors reporting; gaps in the data of 2 of 4 sensors",
            "เซ็นเซอร์ทั้ง 4 ตัวส่งข้อมูลปกติ และข้อมูลของเซ็นเซอร์ 2 จาก 4 ตัวขาดช่วง",
        ),
        (
            REFUSED,
            evidence(4, 4, data=DataQuality(refused=2)),
            "all 4 sensors reporting; readings of 2 of 4 sensors refused",
            "เซ็นเซอร์ทั้ง 4 ตัวส่งข้อมูลปกติ และข้อมูลของเซ็นเซอร์ 2 จาก 4 ตัวถูกปฏิเสธ",
        ),
        (
            SLOW,
            probed(probe(up=True, latency=3200.4), probe(up=True, name="b", latency=20.0)),
            "all 2 probes answer; portal answers in 3,200 ms",
            "การตรวจสอบทั้ง 2 รายการผ่าน และportal ตอบใน 3,200 มิลลิวินาที",
        ),
        (
            KPIS,
            evidence(1, 1, kpis=(BEDS, CLEAN)),
            "its sensor is reporting; Bed occupancy is 91.5 %, above 85; Clean days is 88, below 95",
            "เซ็นเซอร์ส่งข้อมูลปกติ และอัตราครองเตียง 91.5 % สูงกว่า 85 และวันที่อากาศดี 88 ต่ำกว่า 95",
        ),
        (
            ALERTED,
            evidence(10, 10, 0, *criticals(2), on(MAJOR, "tf-0"), on(WARNING, "tf-9")),
            "critical and major alerts on 2 of 10 sensors in Yothi; all 10 sensors reporting",
            "แจ้งเตือนวิกฤต และรุนแรงที่เซ็นเซอร์ 2 จาก 10 ตัว ที่โยธี และเซ็นเซอร์ทั้ง 10 ตัวส่งข้อมูลปกติ",
        ),
        (
            OWN_WORDS,
            evidence(10, 9),
            "Crews know; 1 of 10 sensors silent in Yothi",
            "ช่างทราบแล้ว และเซ็นเซอร์ 1 จาก 10 ตัวไม่ส่งข้อมูล ที่โยธี",
        ),
    ],
)
def test_what_a_rule_looks_at_is_said(found: RuleList, given: Evidence, en: str, th: str) -> None:
    assert reason(given, found) == Text(en, th)


@pytest.mark.parametrize(
    "given",
    [
        evidence(1, 1, newest=START - 30 * MINUTE),
        evidence(1, 1, data=DataQuality(0.1, gaps=1, refused=1)),
        evidence(1, 1, kpis=(BEDS,)),
    ],
)
def test_what_no_rule_looks_at_is_not(given: Evidence) -> None:
    assert reason(given).en == "its sensor is reporting"


def test_a_rule_that_is_only_kept_says_until_when() -> None:
    found = judge(rules("{id: quiet, status: outage, when: {silent: {above: 0.5}}, keep: 2m}"))
    found.look(evidence(10, 4), START)

    verdict = found.look(evidence(10, 10), START + MINUTE)

    assert verdict.status is Status.OUTAGE
    assert verdict.reason == Text(
        "Traffic counts: all 10 sensors reporting; over if it stays so until 5 Jan 2026 00:03",
        "ปริมาณจราจร: เซ็นเซอร์ทั้ง 10 ตัวส่งข้อมูลปกติ และถือว่าสิ้นสุดหากเป็นเช่นนี้ถึง 5 ม.ค. 2569 00:03 น.",
    )


def test_a_service_that_has_just_opened_says_until_when_it_has_time() -> None:
    found = judge()
    found.look(evidence(10, 4, closed_until=START + MINUTE), START)

    assert found.look(evidence(10, 4), START + MINUTE).reason == Text(
        "Traffic counts: 6 of 10 sensors silent in Yothi; "
        "just opened, it has until 5 Jan 2026 00:16 to report",
        "ปริมาณจราจร: เซ็นเซอร์ 6 จาก 10 ตัวไม่ส่งข้อมูล ที่โยธี และเพิ่งเปิดให้บริการ รอข้อมูลถึง 5 ม.ค. 2569 00:16 น.",
    )


def test_a_closed_service_that_is_heard_again_says_no_more_than_that_it_is_closed() -> None:
    found = judge()
    found.look(evidence(1, 0, closed_until=0), START)

    verdict = found.look(evidence(1, 1, closed_until=0), START + MINUTE)

    assert (verdict.rule, verdict.reason.en) == ("closed", "Traffic counts: closed; its sensor is reporting")


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

    assert reason(Evidence(counts, (), START)).en.endswith(f"sensors silent in {where}")


@pytest.mark.parametrize(
    ("data", "en", "th"),
    [
        (
            DataQuality(stuck=2, stuck_devices=("aq-01", "aq-07")),
            "2 of 12 sensors stuck: aq-01, aq-07",
            "เซ็นเซอร์ 2 จาก 12 ตัวค่าค้าง: aq-01, aq-07",
        ),
        (
            DataQuality(stuck=5, stuck_devices=("a", "b", "c")),
            "5 of 12 sensors stuck: a, b, c and 2 more",
            "เซ็นเซอร์ 5 จาก 12 ตัวค่าค้าง: a, b, c และอีก 2 ตัว",
        ),
        (
            DataQuality(clock=1, clock_devices=(BadClock("aq-03", -45),)),
            "clock of aq-03 is 45 s ahead",
            "นาฬิกาของ aq-03 เร็วไป 45 วินาที",
        ),
        (
            DataQuality(clock=2, clock_devices=(BadClock("aq-03", -119), BadClock("aq-04", 7_260))),
            "clocks of 2 of 12 sensors wrong: aq-03 119 s ahead, aq-04 2 h behind",
            "นาฬิกาของเซ็นเซอร์ 2 จาก 12 ตัวไม่ตรง: aq-03 เร็วไป 119 วินาที, aq-04 ช้าไป 2 ชั่วโมง",
        ),
        (
            DataQuality(clock=1, clock_devices=(BadClock("aq-03", 600),)),
            "clock of aq-03 is 10 min behind",
            "นาฬิกาของ aq-03 ช้าไป 10 นาที",
        ),
        (
            DataQuality(clock=1, clock_devices=(BadClock("aq-03", 1_767_546_000),)),
            "clock of aq-03 is 20458 days behind",
            "นาฬิกาของ aq-03 ช้าไป 20458 วัน",
        ),
    ],
)
def test_the_devices_with_bad_data_are_named_in_both_languages(data: DataQuality, en: str, th: str) -> None:
    assert list(quality_clauses(data, 12)) == [Text(en, th)]


def test_of_good_data_nothing_is_said() -> None:
    assert list(quality_clauses(DataQuality(0.5, refused=7, gaps=3), 12)) == []


def test_moments_are_the_citys_and_thai_years_are_buddhist() -> None:
    assert moment(START, BANGKOK) == Text("5 Jan 2026 00:00", "5 ม.ค. 2569 00:00 น.")


def test_a_reason_begins_with_the_name_of_the_service() -> None:
    assert judged(evidence(1, 1)).reason == Text(
        f"{NAME.en}: its sensor is reporting", f"{NAME.th}: เซ็นเซอร์ส่งข้อมูลปกติ"
    )
