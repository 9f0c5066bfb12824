"""The log of an incident as a log book: each step with who took it, and in a sentence. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from devices.model import Text
from rules.model import Severity
from rules.texts import SEVERITIES
from services.runtime.clock import rfc3339
from services.store.records.incidents import IncidentEvent


def entries(history: Iterable[IncidentEvent]) -> list[dict[str, Any]]:
    """The log book, JSON-ready, in the order of the steps. ``by`` is null for Nakhon itself."""
    return [
        {
            "number": event.number,
            "at": rfc3339(event.at),
            "change": event.change,
            "by": event.by,
            "actor": _actor(event.by),
            "text": sentence(event).as_dict(),
            "note": event.note,
        }
        for event in history
    ]


def sentence(event: IncidentEvent) -> Text:
    """A step in words. One that another version wrote, and this does not know, is told by its name."""
    tell = _TELL.get(event.change)
    try:
        text = _strange(event) if tell is None else tell(event)
    except (LookupError, TypeError, ValueError):
        text = _strange(event)
    return Text(f"{text.en}: “{event.note}”", f"{text.th}: “{event.note}”") if event.note else text


def _actor(by: str | None) -> dict[str, str]:
    return {"kind": "nakhon", "name": "Nakhon"} if by is None else {"kind": "operator", "name": by}


def _strange(event: IncidentEvent) -> Text:
    words = event.change.replace("_", " ").capitalize()
    said = words if event.by is None else f"{event.by}: {words.lower()}"
    return Text(said, said)


def _said(event: IncidentEvent) -> Mapping[str, Any]:
    return event.detail or {}


def _several(number: int) -> Text:
    return Text("1 alert" if number == 1 else f"{number} alerts", f"การแจ้งเตือน {number} รายการ")


def _opened(event: IncidentEvent) -> Text:
    alerts = _several(_said(event)["alerts"])
    return Text(f"Opened with {alerts.en}", f"เปิดเหตุการณ์ด้วย{alerts.th}")


def _joined(event: IncidentEvent) -> Text:
    said = _said(event)
    alerts, total, sources = _several(said["alerts"]), said["total"], said.get("from")
    if sources:
        return Text(
            f"{alerts.en} came over from {', '.join(sources)}; it has had {total} by now",
            f"{alerts.th}ย้ายมาจาก {', '.join(sources)} รวมแล้ว {total} รายการ",
        )
    return Text(f"{alerts.en} joined; it has had {total} by now", f"{alerts.th}เข้าร่วม รวมแล้ว {total} รายการ")


def _left(event: IncidentEvent) -> Text:
    said = _said(event)
    alerts = _several(said["alerts"])
    return Text(f"{alerts.en} went to incident {said['to']}", f"{alerts.th}ย้ายไปยังเหตุการณ์ {said['to']}")


def _reopened(event: IncidentEvent) -> Text:
    number = _said(event)["alerts"]
    if not number:
        return Text("Opened again: an alert came back", "เปิดอีกครั้ง: การแจ้งเตือนเดิมกลับมา")
    alerts = _several(number)
    return Text(f"Opened again: {alerts.en} joined", f"เปิดอีกครั้ง: {alerts.th}เข้าร่วม")


def _severity(event: IncidentEvent) -> Text:
    before, after = Severity(_said(event)["from"]), Severity(_said(event)["to"])
    was, is_now = SEVERITIES[before], SEVERITIES[after]
    en, th = ("rose", "เพิ่มขึ้น") if after.rank > before.rank else ("fell", "ลดลง")
    return Text(f"Severity {en} from {was.en} to {is_now.en}", f"ความรุนแรง{th}จาก{was.th}เป็น{is_now.th}")


def _cause(event: IncidentEvent) -> Text:
    said = _said(event)
    if said["cause"] is None:
        return Text("Its cause went to another incident", "ต้นเหตุย้ายไปยังเหตุการณ์อื่น")
    title = said["title"]
    return Text(
        f"Its cause is alert {said['cause']}; it is called “{title['en']}”",
        f"ต้นเหตุคือการแจ้งเตือน {said['cause']} และใช้ชื่อว่า “{title['th']}”",
    )


def _titled(event: IncidentEvent) -> Text:
    title = _said(event)["title"]
    return Text(f"Called “{title['en']}” from now on", f"เปลี่ยนชื่อเป็น “{title['th']}”")


def _resolved(_event: IncidentEvent) -> Text:
    return Text("Over: none of its alerts is open any more", "สิ้นสุด: ไม่มีการแจ้งเตือนที่ยังเปิดอยู่")


def _merged(event: IncidentEvent) -> Text:
    into = _said(event)["into"]
    return Text(f"All its alerts went to incident {into}", f"การแจ้งเตือนทั้งหมดย้ายไปยังเหตุการณ์ {into}")


def _acknowledged(event: IncidentEvent) -> Text:
    return Text(f"{event.by} acknowledged it", f"{event.by} รับทราบ")


def _assigned(event: IncidentEvent) -> Text:
    to = _said(event)["to"]
    if to is None:
        return Text(f"{event.by} took it from whoever had it", f"{event.by} ยกเลิกการมอบหมาย")
    if to == event.by:
        return Text(f"{event.by} took it on", f"{event.by} รับไปดำเนินการเอง")
    return Text(f"{event.by} assigned it to {to}", f"{event.by} มอบหมายให้ {to}")


def _commented(event: IncidentEvent) -> Text:
    return Text(f"{event.by} wrote", f"{event.by} บันทึก")


def _closed(event: IncidentEvent) -> Text:
    return Text(f"{event.by} closed it by hand", f"{event.by} ปิดเหตุการณ์ด้วยตนเอง")


_TELL: Mapping[str, Callable[[IncidentEvent], Text]] = {
    "opened": _opened,
    "joined": _joined,
    "left": _left,
    "reopened": _reopened,
    "severity": _severity,
    "cause": _cause,
    "titled": _titled,
    "resolved": _resolved,
    "merged": _merged,
    "acknowledged": _acknowledged,
    "assigned": _assigned,
    "commented": _commented,
    "closed": _closed,
}
