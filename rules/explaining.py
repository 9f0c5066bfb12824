"""An alert's arithmetic in a sentence, in both languages: what was reckoned from what, and what it passed.

It reads evidence as alerts carry it: the contract's five keys, and beside them what the kind of rule has to
say. Spans may be milliseconds or as people write them. What it does not know it leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from devices.model import Text
from devices.spans import parse_span
from rules.model import Severity
from rules.texts import SEVERITIES, same, span_text, value_text

Said: TypeAlias = Mapping[str, Any]

_HOUR = 3_600_000
_MOST_NAMES = 10

AGGREGATES: Mapping[str, Text] = {
    "mean": Text("mean", "ค่าเฉลี่ย"),
    "min": Text("lowest", "ค่าต่ำสุด"),
    "max": Text("highest", "ค่าสูงสุด"),
    "sum": Text("sum", "ผลรวม"),
    "count": Text("count", "จำนวน"),
    "median": Text("median", "มัธยฐาน"),
    "p90": Text("90th percentile", "เปอร์เซ็นไทล์ที่ 90"),
    "p95": Text("95th percentile", "เปอร์เซ็นไทล์ที่ 95"),
    "stddev": Text("standard deviation", "ส่วนเบี่ยงเบนมาตรฐาน"),
    "rate": Text("rate", "อัตราการเปลี่ยนแปลง"),
}


def arithmetic(said: Said, severity: Severity | None = None, unit: str | None = None) -> Text:
    """``pm25: 24 h mean of 288 readings = 81.2 > 75 (major)``.

    ``severity`` is that of the limit that was passed, ``unit`` that of the value.
    """
    tell = next((tell for knows, tell in _KINDS if knows(said)), _threshold)
    gap = f" {unit}" if unit else ""
    try:
        text = tell(said, gap)
    except (LookupError, TypeError, ValueError):
        # Evidence that another version wrote, or of which a part was too large to keep.
        text = _threshold(said, gap)
    return _with_severity(text, said, severity)


def _with_severity(text: Text, said: Said, severity: Severity | None) -> Text:
    if severity is None or said.get("threshold") is None:
        return text
    word = SEVERITIES[severity]
    return Text(f"{text.en} ({word.en})", f"{text.th} ({word.th})")


def _threshold(said: Said, unit: str) -> Text:
    return same(f"{_metric(said)}{_compared(said, unit)}")


def _window(said: Said, unit: str) -> Text:
    agg = AGGREGATES.get(str(said["agg"]), same(str(said["agg"])))
    over = _span(said["over"])
    coverage = said.get("coverage")
    count = f"{said.get('count', 0):,}"
    share = f"{coverage:.0%}" if isinstance(coverage, int | float) else None
    en = f"{_subject(said)}{over.en} {agg.en} of {count} readings"
    th = f"{_subject(said)}{agg.th} ในช่วง {over.th} จาก {count} ค่า"
    if share is not None:
        en, th = f"{en} (coverage {share})", f"{th} (ครอบคลุม {share})"
    compared = _compared(said, unit)
    return Text(f"{en}{compared}", f"{th}{compared}")


def _change(said: Said, unit: str) -> Text:
    over, newest, oldest = _span(said["over"]), _at(said, "newest"), _at(said, "oldest")
    sum_ = f"({newest} − {oldest}) / {oldest}" if said["relative"] else f"{newest} − {oldest}"
    compared = _compared(said, "" if said["relative"] else unit)
    return Text(
        f"{_subject(said)}{sum_} within {over.en}{compared}",
        f"{_subject(said)}{sum_} ภายใน {over.th}{compared}",
    )


def _deviation(said: Said, unit: str) -> Text:
    agg = AGGREGATES.get(str(said.get("agg")), same(str(said.get("agg"))))
    count, expected, compared = said["neighbours"], _value(said.get("expected")), _compared(said, unit)
    sum_ = f"{_subject(said)}{_value(_last(said))} − {expected}"
    return Text(
        f"{sum_}, the {agg.en} of {count} other devices of the zone{compared}",
        f"{sum_} ({agg.th}ของอุปกรณ์อื่นในพื้นที่ {count} เครื่อง){compared}",
    )


def _anomaly(said: Said, unit: str) -> Text:
    reading, expected = f"{_value(_last(said))}{unit}", _value(said["expected"])
    low, high, compared = _value(said.get("low")), _value(said.get("high")), _compared(said, "")
    return Text(
        f"{_subject(said)}{reading} where {expected} was expected ({low} to {high}); score{compared}",
        f"{_subject(said)}{reading} จากที่คาดไว้ {expected} ({low} ถึง {high}) คะแนนความผิดปกติ{compared}",
    )


def _stuck(said: Said, unit: str) -> Text:
    over, count = _span(said["over"]), f"{said.get('count', 0):,}"
    low, high = _value(said.get("low")), _value(said.get("high"))
    spread = f"{high} − {low}" if "low" in said else _value(said.get("value"))
    limit = said.get("threshold")
    bound = "" if limit is None else f" ≤ {_value(limit)}{unit}"
    return Text(
        f"{_subject(said)}{count} readings in {over.en} hardly differ: {spread}{bound}",
        f"{_subject(said)}ค่า {count} ค่าในช่วง {over.th} แทบไม่เปลี่ยน: {spread}{bound}",
    )


def _quorum(said: Said, _unit: str) -> Text:
    devices, count, total = _names(said.get("devices", ())), said["count"], said["total"]
    needed = _value(said.get("threshold"))
    return Text(
        f"{count} of {total} devices at once, at least {needed} needed: {devices}",
        f"{count} จาก {total} เครื่องพร้อมกัน จากเกณฑ์อย่างน้อย {needed} เครื่อง: {devices}",
    )


def _rules(said: Said, _unit: str) -> Text:
    names, window = list(said["rules"]), said.get("window")
    if window in {"all", "any"}:
        word = {"all": Text("all of", "ทุกกฎ"), "any": Text("any of", "อย่างน้อยหนึ่งกฎ")}[str(window)]
        return Text(f"{word.en}: {_names(names)}", f"{word.th}: {_names(names)}")
    within = _span(window)
    first, then = names[0], names[-1]
    return Text(
        f"first {first}, then {then} within {within.en}", f"{first} แล้วตามด้วย {then} ภายใน {within.th}"
    )


def _expression(said: Said, _unit: str) -> Text:
    values = said.get("values") or {}
    told = ", ".join(f"{name} = {_value(value)}" for name, value in values.items())
    return same(f"{said['expr']}: {told}" if told else str(said["expr"]))


def _geofence(said: Said, _unit: str) -> Text:
    zone, inside = said["geofence"], str(said.get("window", "")).startswith("in ")
    if inside:
        return Text(f"it is in the zone {zone}", f"อยู่ในพื้นที่ {zone}")
    return Text(f"it is out of the zone {zone}", f"อยู่นอกพื้นที่ {zone}")


def _absent(said: Said, _unit: str) -> Text:
    span = _span(said["window"])
    return Text(f"nothing heard for {span.en}", f"ไม่ได้รับข้อมูลนาน {span.th}")


def _is_absent(said: Said) -> bool:
    return said.get("threshold") is None and _is_span(said.get("window"))


_KINDS: Sequence[tuple[Callable[[Said], bool], Callable[[Said, str], Text]]] = (
    (lambda said: "neighbours" in said, _deviation),
    (lambda said: "score" in said and "expected" in said, _anomaly),
    (lambda said: "over" in said and "relative" in said, _change),
    (lambda said: "over" in said and "agg" in said, _window),
    (lambda said: "over" in said and "since" in said, _stuck),
    (lambda said: "count" in said and "total" in said, _quorum),
    (lambda said: bool(said.get("rules")), _rules),
    (lambda said: "expr" in said, _expression),
    (lambda said: "geofence" in said, _geofence),
    (_is_absent, _absent),
)
"""By what their evidence holds, since an alert outlives its rule."""


def _metric(said: Said) -> str:
    return str(said.get("metric") or "")


def _subject(said: Said) -> str:
    return f"{said['metric']}: " if said.get("metric") else ""


def _compared(said: Said, unit: str) -> str:
    """`` = 81.2 > 75``: the value and the limit."""
    value, limit = said.get("value"), said.get("threshold")
    text = f" = {_value(value)}{unit}"
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in (value, limit))
    if value is None or limit is None or not numbers:
        return text
    sign = ">" if value > limit else "<" if value < limit else "="
    return f"{text} {sign} {_value(limit)}{unit}"


def _value(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    return value_text(value) or "–"


def _last(said: Said) -> Any:
    readings = said.get("readings") or ()
    return readings[-1].get("value") if readings else None


def _at(said: Said, name: str) -> str:
    reading = said.get(name)
    return _value(reading.get("value") if isinstance(reading, Mapping) else None)


def _names(names: Sequence[Any]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(map(str, names[:_MOST_NAMES])) + (f" +{more}" if more > 0 else "")


def _is_span(said: Any) -> bool:
    try:
        parse_span(said)
    except ValueError:
        return False
    return True


def _span(said: Any) -> Text:
    """A span for people; hours stay hours up to three days."""
    span = said if isinstance(said, int) else parse_span(said)
    if span % _HOUR == 0 and 0 < span <= 72 * _HOUR:
        return Text(f"{span // _HOUR} h", f"{span // _HOUR} ชั่วโมง")
    return span_text(span)
