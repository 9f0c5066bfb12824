"""What alerts about objectives say, English and Thai."""

from __future__ import annotations

from devices.model import SmartService, Text
from devices.spans import format_span
from rules.model import Severity
from services.status.objectives.burntable import BurnPair

_URGENT = Text(
    "Find out now what keeps the service from being operational: its reason and evidence are in the console. "
    "If it goes on like this the time that it may be out of service is used up within days.",
    "ตรวจสอบทันทีว่าเหตุใดบริการจึงใช้งานไม่ได้ ดูสาเหตุและหลักฐานในหน้าควบคุม "
    "หากเป็นเช่นนี้ต่อไปเวลาหยุดให้บริการที่ยอมรับได้จะหมดภายในไม่กี่วัน",
)
_CALM = Text(
    "The service is out of operation for longer than its objective allows, bit by bit. Plan what mends it; "
    "if planned work is the reason, enter it as maintenance.",
    "บริการหยุดชะงักสะสมนานกว่าที่เป้าหมายกำหนด วางแผนแก้ไข หากเกิดจากงานตามแผนให้บันทึกเป็นการบำรุงรักษา",
)


def title_of(pair: BurnPair, service: SmartService) -> Text:
    """``Air quality: error budget burns 14.4 times too fast (1h)``."""
    span, rate = format_span(pair.long), f"{pair.rate:g}"
    how = f"{rate} times too fast" if pair.rate != 1 else "faster than it may"
    much = f"เร็วกว่ากำหนด {rate} เท่า" if pair.rate != 1 else "เร็วกว่ากำหนด"
    return Text(
        f"{service.name.en}: error budget burns {how} ({span})",
        f"{service.name.th}: งบเวลาขัดข้องลดลง{much} ({span})",
    )


def advice_of(pair: BurnPair) -> Text:
    """What to do about it."""
    return _URGENT if pair.severity in {Severity.CRITICAL, Severity.MAJOR} else _CALM
