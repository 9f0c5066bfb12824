"""Why a route does not take an alert, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from devices.calendar.schedule import Schedule
from devices.model import Text
from services.alerts.policy.matcher import FIELDS, Matched, Matcher
from services.alerts.policy.model import Route

_WORDS = {
    "rules": Text("rule", "กฎ"),
    "domains": Text("domain", "ด้าน"),
    "zones": Text("zone", "โซน"),
    "services": Text("service", "บริการ"),
    "devices": Text("device", "อุปกรณ์"),
    "severities": Text("severity", "ความรุนแรง"),
    "incidents": Text("incident", "เหตุการณ์"),
}
_ATTRIBUTES = {
    **{name: name.removesuffix("s") for name in ("rules", "domains", "zones", "services", "devices")},
    "severities": "severity",
    "incidents": "incident",
}
_SHOWN = 4


def why_not(route: Route, alert: Matched, at: int) -> Text | None:
    """What keeps the route from taking the alert at ``at`` (ms) by itself; None: nothing does."""
    reasons = list(_mismatches(route.match, alert))
    if route.during is not None and not route.during.open(at):
        reasons.append(closed(route.during, at))
    if not reasons:
        return None
    return Text("; ".join(reason.en for reason in reasons), "; ".join(reason.th for reason in reasons))


def closed(hours: Schedule, at: int) -> Text:
    """That the route's hours are not now."""
    if hours.next_change(at) is None:
        return Text("its hours never come", "ไม่มีช่วงเวลาทำงาน")
    return Text("outside its hours", "นอกช่วงเวลาของเส้นทาง")


def taken_by(route: Route) -> Text:
    """That a route before it took the alert."""
    return Text(f"{route.id} before it takes it", f"{route.id} ซึ่งมาก่อนรับไปแล้ว")


def _mismatches(match: Matcher, alert: Matched) -> Iterator[Text]:
    for name in FIELDS:
        patterns = getattr(match, name)
        if patterns and not Matcher(**{name: patterns}).matches(alert):
            word, value = _WORDS[name], getattr(alert, _ATTRIBUTES[name])
            yield _differs(word, patterns, value or None)
    for label, patterns in match.labels.items():
        if not Matcher(labels={label: patterns}).matches(alert):
            yield _differs(Text(f"label {label}", f"ป้ายกำกับ {label}"), patterns, alert.labels.get(label))


def _differs(word: Text, patterns: Sequence[str], value: str | None) -> Text:
    wanted = " | ".join(patterns[:_SHOWN]) + (" …" if len(patterns) > _SHOWN else "")
    return Text(
        f"{word.en} is {value or 'not given'}, not {wanted}",
        f"{word.th}เป็น {value or '–'} ไม่ใช่ {wanted}",
    )
