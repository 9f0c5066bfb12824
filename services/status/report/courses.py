"""From what the API tells of statuses to spells and sums. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from devices.model import Text
from services.status.model import Status
from services.status.report.model import Course, DayBar, ReportPeriod, Revised, Spell

_BAD = (Status.OUTAGE, Status.DEGRADED)


def moment(text: str) -> int:
    """RFC 3339 as ms."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def text_of(document: Mapping[str, str]) -> Text:
    return Text(document["en"], document["th"])


def course_of(
    days: Iterable[Mapping[str, Any]], changes: Iterable[Mapping[str, Any]], period: ReportPeriod
) -> Course:
    """A course from its uptime days and its changes (in any order), that before the period among them."""
    bars = [_bar(day) for day in days]
    told = sorted(changes, key=lambda change: moment(change["at"]))
    within = [change for change in told if moment(change["at"]) >= period.start]
    return Course(
        bars,
        {status: sum(bar.seconds.get(status, 0.0) for bar in bars) for status in Status},
        spells(told, period),
        len(within),
        [_revised(change) for change in within if change["revised"]],
    )


def _bar(day: Mapping[str, Any]) -> DayBar:
    seconds = {Status(name): float(value) for name, value in day["seconds"].items()}
    worst = None if day["worst"] is None else Status(day["worst"])
    return DayBar(date.fromisoformat(day["day"]), seconds, worst, day.get("attained"))


def _revised(change: Mapping[str, Any]) -> Revised:
    return Revised(
        moment(change["at"]), Status(change["status"]), text_of(change["reason"]), moment(change["recorded"])
    )


def spells(changes: Sequence[Mapping[str, Any]], period: ReportPeriod) -> list[Spell]:
    """What held within the period, oldest first; neighbours of one status and rule are one spell."""
    found: list[Spell] = []
    for place, change in enumerate(changes):
        at = moment(change["at"])
        over = moment(changes[place + 1]["at"]) if place + 1 < len(changes) else period.until
        start, end = max(at, period.start), min(over, period.until)
        if start >= end:
            continue
        status, last = Status(change["status"]), found[-1] if found else None
        if last is not None and (last.status, last.rule, last.end) == (status, change["rule"], start):
            found[-1] = Spell(
                last.start, end, status, last.rule, last.reason, last.began, end == period.until
            )
        else:
            reason = text_of(change["reason"])
            found.append(Spell(start, end, status, change["rule"], reason, at, end == period.until))
    return found


def worst_spells(course: Course, most: int) -> list[Spell]:
    """Outages before what was merely degraded, the longest of each first."""
    bad = [spell for spell in course.spells if spell.status in _BAD]
    return sorted(bad, key=lambda spell: (-spell.status.rank, -spell.seconds, spell.start))[:most]


def seconds_by_rule(course: Course, status: Status) -> dict[str, float]:
    """For how long a status held, by the rule that said so."""
    found: dict[str, float] = {}
    for spell in course.spells:
        if spell.status is status:
            found[spell.rule] = found.get(spell.rule, 0.0) + spell.seconds
    return found
