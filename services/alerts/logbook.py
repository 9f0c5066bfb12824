"""The history of an alert as a log book: each step with who took it, and in a sentence. Pure.

Other parts add steps of their own by ``Changes.amend``; a step that is not known here is told by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from devices.model import Text
from devices.spans import parse_span
from rules.explaining import arithmetic
from rules.model import Severity
from rules.texts import SEVERITIES, same, span_text
from services.alerts.endings import ENDINGS, ending
from services.runtime.clock import rfc3339
from services.store.records.alerts import NAKHON, AlertEvent, AlertRecord

Tell: TypeAlias = Callable[[AlertEvent, AlertEvent | None], Text]
"""A step, and the one before it, as a sentence."""


def entries(record: AlertRecord, history: Iterable[AlertEvent]) -> list[dict[str, Any]]:
    """The log book, JSON-ready; ``history`` is in the order of the steps.

    ``by`` is null for the rules, ``evidence`` for everybody else. ``detail`` is what a step of Nakhon's own
    has to say. ``reason`` says in words why an alert ended whose condition did not.
    """
    found: list[dict[str, Any]] = []
    before: AlertEvent | None = None
    for event in history:
        found.append(_entry(record, event, before))
        before = event
    return found


def _entry(record: AlertRecord, event: AlertEvent, before: AlertEvent | None) -> dict[str, Any]:
    ended = ending(event.evidence)
    return {
        "number": event.number,
        "at": rfc3339(event.at),
        "change": event.change,
        "state": event.state.value,
        "severity": event.severity.value,
        "by": event.by,
        "actor": actor(record, event.by),
        "text": sentence(event, before).as_dict(),
        "note": event.note,
        "assigned_to": event.assigned_to,
        "evidence": event.evidence,
        "detail": event.detail,
        "reason": None if ended is None else {"code": ended.value, **ENDINGS[ended].as_dict()},
    }


def actor(record: AlertRecord, by: str | None) -> dict[str, str]:
    """Who took a step: the alert's rule, Nakhon of itself, or an operator."""
    if by is None:
        return {"kind": "rule", "name": record.rule}
    if by == NAKHON:
        return {"kind": "nakhon", "name": "Nakhon"}
    return {"kind": "operator", "name": by}


def sentence(event: AlertEvent, before: AlertEvent | None = None) -> Text:
    """A step in words; ``before`` is the one that it followed."""
    tell = _TELL.get(event.change)
    if tell is None:
        return _with_note(_strange(event), event.note)
    try:
        text = tell(event, before)
    except (LookupError, TypeError, ValueError):
        # What another version wrote, or of which a part is missing.
        text = _strange(event)
    return _with_note(text, event.note)


def _strange(event: AlertEvent) -> Text:
    """A step of which no more is known than its name, and who took it."""
    words = event.change.replace("_", " ")
    if _by_person(event):
        return Text(f"{event.by}: {words}", f"{event.by}: {words}")
    return Text(words.capitalize(), words.capitalize())


def _by_person(event: AlertEvent) -> bool:
    return event.by is not None and event.by != NAKHON


def _with_note(text: Text, note: str | None) -> Text:
    return Text(f"{text.en}: “{note}”", f"{text.th}: “{note}”") if note else text


def _sum(event: AlertEvent, severity: Severity | None = None) -> Text | None:
    """The arithmetic behind a step, None when it has none."""
    said = event.evidence
    if not said or (said.get("value") is None and said.get("threshold") is None and len(said) <= _PLAIN):
        return None
    return arithmetic(said, severity)


_PLAIN = 5  # keys of evidence that says nothing but the contract's own


def _joined(text: Text, more: Text | None) -> Text:
    return text if more is None else Text(f"{text.en}: {more.en}", f"{text.th}: {more.th}")


def _pending(event: AlertEvent, _before: AlertEvent | None) -> Text:
    text = Text(
        "The condition began; it must last before the alert fires", "เริ่มเข้าเงื่อนไข รอครบเวลาก่อนแจ้งเตือน"
    )
    return _joined(text, _sum(event))


def _firing(event: AlertEvent, _before: AlertEvent | None) -> Text:
    word = SEVERITIES[event.severity]
    return _joined(Text(f"Fired as {word.en}", f"แจ้งเตือนระดับ{word.th}"), _sum(event))


def _severity(event: AlertEvent, before: AlertEvent | None) -> Text:
    word = SEVERITIES[event.severity]
    if before is None:
        text = Text(f"Severity is now {word.en}", f"ระดับความรุนแรงเป็น{word.th}")
    else:
        was, rose = SEVERITIES[before.severity], event.severity.rank > before.severity.rank
        en, th = ("rose", "เพิ่มขึ้น") if rose else ("fell", "ลดลง")
        text = Text(f"Severity {en} from {was.en} to {word.en}", f"ความรุนแรง{th}จาก{was.th}เป็น{word.th}")
    return _joined(text, _sum(event))


def _resolved(event: AlertEvent, _before: AlertEvent | None) -> Text:
    ended = ending(event.evidence)
    if ended is not None:
        return _joined(Text("Ended", "สิ้นสุด"), ENDINGS[ended])
    held = (event.detail or {}).get("held")
    if held is not None:
        since = held["from"]
        return Text(
            f"Over: the condition has stayed false since {since}",
            f"สิ้นสุด: ไม่เข้าเงื่อนไขอีกเลยตั้งแต่ {since}",
        )
    return _joined(Text("Over: the condition ended", "สิ้นสุด: ไม่เข้าเงื่อนไขแล้ว"), _sum(event))


def _acknowledged(event: AlertEvent, _before: AlertEvent | None) -> Text:
    word = SEVERITIES[event.severity]
    return Text(f"{event.by} acknowledged it as {word.en}", f"{event.by} รับทราบที่ระดับ{word.th}")


def _unacknowledged(event: AlertEvent, _before: AlertEvent | None) -> Text:
    return Text(f"{event.by} took the acknowledgement back", f"{event.by} ยกเลิกการรับทราบ")


def _assigned(event: AlertEvent, _before: AlertEvent | None) -> Text:
    if event.assigned_to is None:
        return Text(f"{event.by} took it from whoever had it", f"{event.by} ยกเลิกการมอบหมาย")
    if event.assigned_to == event.by:
        return Text(f"{event.by} took it on", f"{event.by} รับไปดำเนินการเอง")
    return Text(f"{event.by} assigned it to {event.assigned_to}", f"{event.by} มอบหมายให้ {event.assigned_to}")


def _commented(event: AlertEvent, _before: AlertEvent | None) -> Text:
    return Text(f"{event.by} wrote", f"{event.by} บันทึก")


def _closed(event: AlertEvent, _before: AlertEvent | None) -> Text:
    return Text(f"{event.by} closed it by hand", f"{event.by} ปิดการแจ้งเตือนด้วยตนเอง")


def _inactive(_event: AlertEvent, _before: AlertEvent | None) -> Text:
    return Text("The condition ended before the alert fired", "ไม่เข้าเงื่อนไขแล้วก่อนครบเวลาแจ้งเตือน")


def _reopened(event: AlertEvent, _before: AlertEvent | None) -> Text:
    said = event.detail or {}
    times, word = said["occurrence"], SEVERITIES[event.severity]
    text = Text(
        f"Reopened: fired as {word.en} for the {_nth(times)} time",
        f"เปิดใหม่: แจ้งเตือนอีกครั้งที่ระดับ{word.th} ครั้งที่ {times}",
    )
    given = said.get("acknowledged")
    if given is not None:
        text = Text(
            f"{text.en}; the acknowledgement of {given['by']} no longer counts",
            f"{text.th} การรับทราบของ {given['by']} ไม่มีผลแล้ว",
        )
    return _joined(text, _sum(event))


def _nth(number: int) -> str:
    """``2nd``, ``3rd``, ``11th``."""
    suffix = "th" if number % 100 in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{suffix}"


def _recurred(event: AlertEvent, _before: AlertEvent | None) -> Text:
    times, word = (event.detail or {})["occurrence"], SEVERITIES[event.severity]
    text = Text(f"Fired as {word.en} for the {_nth(times)} time", f"แจ้งเตือนอีกครั้งที่ระดับ{word.th} ครั้งที่ {times}")
    return _joined(text, _sum(event))


def _flapping(event: AlertEvent, _before: AlertEvent | None) -> Text:
    said = event.detail or {}
    over = span_text(parse_span(said["over"]))
    return Text(
        f"Flapping: it fired {said['firings']} times within {over.en}; from now on its end is held back",
        f"แจ้งเตือนติด ๆ ดับ ๆ: {said['firings']} ครั้งภายใน {over.th} จากนี้จะรอให้สงบก่อนจึงถือว่าสิ้นสุด",
    )


def _held(event: AlertEvent, _before: AlertEvent | None) -> Text:
    until = (event.detail or {})["until"]
    return Text(
        f"The condition ended; the alert is held open until {until}, in case it comes back",
        f"ไม่เข้าเงื่อนไขแล้ว แต่ยังเปิดไว้จนถึง {until} เผื่อเกิดขึ้นอีก",
    )


def _joined_incident(event: AlertEvent, _before: AlertEvent | None) -> Text:
    incident = (event.detail or {})["incident"]
    return Text(f"Joined incident {incident}", f"รวมเข้ากับเหตุการณ์ {incident}")


def _caused(event: AlertEvent, _before: AlertEvent | None) -> Text:
    cause = (event.detail or {}).get("cause")
    if cause is None:
        return Text("Stands under no other alert any more", "ไม่ได้เป็นผลจากการแจ้งเตือนอื่นแล้ว")
    return Text(f"Stands under alert {cause}, its cause", f"เป็นผลจากการแจ้งเตือน {cause}")


def _suppressed(event: AlertEvent, _before: AlertEvent | None) -> Text:
    said = event.detail or {}
    kind = _SUPPRESSIONS.get(str(said.get("kind")), Text("suppression", "การระงับ"))
    until = said.get("until")
    text = Text(f"Nobody outside is told: {kind.en}", f"ระงับการแจ้งออกภายนอก: {kind.th}")
    if until is not None:
        text = Text(f"{text.en} until {until}", f"{text.th} ถึง {until}")
    return _joined(text, _told(said.get("reason")))


_SUPPRESSIONS: Mapping[str, Text] = {
    "silence": Text("silence", "การปิดเสียง"),
    "maintenance": Text("maintenance", "การบำรุงรักษา"),
    "inhibition": Text("another alert says it already", "มีการแจ้งเตือนอื่นครอบคลุมแล้ว"),
    "cause": Text("its cause is told instead", "แจ้งเฉพาะต้นเหตุ"),
}


def _told(reason: object) -> Text | None:
    if isinstance(reason, Mapping):
        return Text(str(reason["en"]), str(reason["th"]))
    return same(str(reason)) if reason else None


def _unsuppressed(_event: AlertEvent, _before: AlertEvent | None) -> Text:
    return Text("Its receivers are told of it again", "กลับมาแจ้งผู้รับตามปกติ")


_TELL: Mapping[str, Tell] = {
    "pending": _pending,
    "firing": _firing,
    "severity": _severity,
    "resolved": _resolved,
    "inactive": _inactive,
    "acknowledged": _acknowledged,
    "unacknowledged": _unacknowledged,
    "assigned": _assigned,
    "commented": _commented,
    "closed": _closed,
    "reopened": _reopened,
    "recurred": _recurred,
    "flapping": _flapping,
    "held": _held,
    "joined": _joined_incident,
    "caused": _caused,
    "suppressed": _suppressed,
    "unsuppressed": _unsuppressed,
}
