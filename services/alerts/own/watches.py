"""What Nakhon watches in itself: figures, limits, and what somebody who is called at night should do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from devices.model import Text
from rules.model import OWN_GROUP, Severity

_SECOND = 1_000
_MINUTE = 60 * _SECOND


@dataclass(frozen=True, slots=True)
class Watch:
    """One figure and its limits.

    ``levels`` map severities to the limit above which they hold; ``hold`` is for how long (ms) before it
    fires, ``calm`` for how long it must be good again. ``unit`` is the figure's.
    """

    id: str
    metric: str
    unit: str
    levels: Mapping[Severity, float]
    hold: int
    title: Text
    advice: Text
    calm: int = 30 * _SECOND

    @property
    def rule(self) -> str:
        """The id that its alerts carry."""
        return f"{OWN_GROUP}/{self.id}"

    @property
    def version(self) -> str:
        """What tells two definitions of it apart."""
        levels = sorted((severity.value, limit) for severity, limit in self.levels.items())
        text = repr((self.id, self.metric, levels, self.hold, self.calm))
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()[:16]

    def severity_of(self, value: float) -> Severity | None:
        """The worst severity whose limit the figure is above."""
        over = [severity for severity, limit in self.levels.items() if value > limit]
        return max(over, key=lambda severity: severity.rank, default=None)


WATCHES: tuple[Watch, ...] = (
    Watch(
        "broker-away",
        "deaf_seconds",
        "s",
        {Severity.MAJOR: 10, Severity.CRITICAL: 120},
        0,
        Text("Nakhon hears no sensors: the broker is away", "ไม่ได้รับข้อมูลจากเซนเซอร์: ติดต่อโบรกเกอร์ไม่ได้"),
        Text(
            "Look whether the MQTT broker runs and can be reached. Until it does every service is unknown "
            "and no silence is judged; nothing that devices keep is lost.",
            "ตรวจสอบว่าโบรกเกอร์ MQTT ทำงานและเชื่อมต่อได้ ระหว่างนี้สถานะของทุกบริการไม่ทราบ และไม่มีการตัดสินว่าอุปกรณ์เงียบ",
        ),
        calm=5 * _SECOND,
    ),
    Watch(
        "taking-nothing",
        "blocked_seconds",
        "s",
        {Severity.CRITICAL: 5},
        0,
        Text("Nakhon takes in no readings", "ระบบไม่รับข้อมูลใหม่"),
        Text(
            "The journal can't be written: the disk is full or fails, or the journal has reached its limit. "
            "Make room. The broker keeps what it can until then.",
            "เขียนเจอร์นัลไม่ได้: ดิสก์เต็มหรือขัดข้อง หรือเจอร์นัลถึงขีดจำกัด โปรดเพิ่มพื้นที่ว่าง",
        ),
        calm=5 * _SECOND,
    ),
    Watch(
        "journal-filling",
        "journal_share",
        "1",
        {Severity.MAJOR: 0.7, Severity.CRITICAL: 0.9},
        10 * _SECOND,
        Text("The journal is filling up", "เจอร์นัลใกล้เต็ม"),
        Text(
            "Readings come in faster than the stores take them, or a store is away. When the journal is full "
            "nothing is taken in any more: bring the store back, or raise limits.journal.",
            "ข้อมูลเข้าเร็วกว่าที่ฐานข้อมูลรับได้ หรือฐานข้อมูลไม่พร้อม เมื่อเจอร์นัลเต็มระบบจะหยุดรับข้อมูล",
        ),
    ),
    Watch(
        "store-behind",
        "behind_seconds",
        "s",
        {Severity.MINOR: 60, Severity.MAJOR: 300},
        0,
        Text("Readings wait for the time-series store", "ข้อมูลรอการบันทึกลงฐานข้อมูลอนุกรมเวลา"),
        Text(
            "The store is away, refuses, or is too slow. Rules and alerts go on; charts and KPIs lack the "
            "newest readings until it has caught up.",
            "ฐานข้อมูลไม่พร้อม ปฏิเสธ หรือช้าเกินไป กฎและการแจ้งเตือนยังทำงาน แต่กราฟและตัวชี้วัดจะขาดข้อมูลล่าสุด",
        ),
    ),
    Watch(
        "clock-wrong",
        "clock_offset_seconds",
        "s",
        {Severity.MAJOR: 5},
        5 * _SECOND,
        Text("The clock of Nakhon's machine is wrong", "นาฬิกาของเครื่องที่รันระบบไม่ถูกต้อง"),
        Text(
            "It was set, or most devices disagree with it. Look after its time service (NTP): readings of "
            "devices whose clocks are right may be refused, and alerts carry wrong times.",
            "นาฬิกาถูกปรับ หรืออุปกรณ์ส่วนใหญ่มีเวลาไม่ตรงกัน โปรดตรวจสอบบริการเวลา (NTP)",
        ),
    ),
    Watch(
        "broker-drops",
        "dropped_lately",
        "messages",
        {Severity.MAJOR: 0},
        0,
        Text("The broker drops messages", "โบรกเกอร์ทิ้งข้อความ"),
        Text(
            "The broker had no room for what it had acknowledged to devices; these readings are lost. Raise "
            "its queue limits, or find out who floods it.",
            "โบรกเกอร์ไม่มีที่ว่างสำหรับข้อความที่ตอบรับแล้ว ข้อมูลเหล่านี้สูญหาย โปรดเพิ่มขีดจำกัดคิวหรือหาต้นเหตุ",
        ),
        calm=5 * _MINUTE,
    ),
    Watch(
        "notifications-failing",
        "failed_lately",
        "notifications",
        {Severity.MAJOR: 0},
        0,
        Text("Somebody could not be notified", "ส่งการแจ้งเตือนถึงผู้รับไม่สำเร็จ"),
        Text(
            "A receiver refused a notification, or did not take it for too long. Look at Notices for the "
            "reason, mend its settings, and tell the person another way.",
            "ผู้รับปฏิเสธหรือไม่ตอบรับการแจ้งเตือนนานเกินไป ดูสาเหตุที่หน้าการแจ้ง แก้ไขการตั้งค่า และแจ้งบุคคลนั้นด้วยวิธีอื่น",
        ),
        calm=10 * _MINUTE,
    ),
    Watch(
        "rule-failing",
        "faults_lately",
        "faults",
        {Severity.WARNING: 0},
        0,
        Text("A rule fails at its work", "กฎทำงานผิดพลาด"),
        Text(
            "Its alerts can't be relied on; the others go on. The log names the rule and the reason.",
            "การแจ้งเตือนของกฎนี้เชื่อถือไม่ได้ กฎอื่นยังทำงานตามปกติ ดูชื่อกฎและสาเหตุในบันทึกระบบ",
        ),
        calm=10 * _MINUTE,
    ),
)
