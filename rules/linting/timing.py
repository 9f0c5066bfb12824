"""Spans that do not fit how often devices report, and schedules that leave no time."""

from __future__ import annotations

from collections.abc import Iterator

from devices.calendar.schedule import Schedule
from devices.documents import Loc
from devices.spans import format_span
from rules.linting.report import Remark
from rules.linting.surroundings import Surroundings
from rules.linting.written import Part, Written, span_of

_LOCKED = 7 * 86_400_000
"""A ``keep_firing_for`` beyond this is more likely a slip of the unit than meant."""

_SINCE = 1_767_225_600_000
"""2026-01-01T00:00Z: where a schedule is looked at from. Any moment does: it is looked at for a year."""

_STATES = frozenset({"absent", "sequence", "all", "any", "not"})
"""Conditions that change without a reading, or between readings of one device."""

_SPANNED = ("window", "change", "stuck")
_SPANS_NEEDED = 2


def quick_for(rule: Written, around: Surroundings) -> Iterator[Remark]:
    """A ``for`` that is over before a second reading comes: one bad value is enough, only later."""
    interval = around.shortest(rule.rule)
    if rule.rule.hold and interval and rule.rule.hold < interval and _by_readings(rule):
        message = (
            f"is over before a second reading comes ({format_span(interval)} apart): one bad value is"
            f" enough to fire; write {format_span(interval)} or more"
        )
        yield Remark(("for",), message, format_span(rule.rule.hold))


def quick_keep(rule: Written, around: Surroundings) -> Iterator[Remark]:
    """A ``keep_firing_for`` that bridges nothing, since no reading comes while it lasts, or one too long."""
    keep, interval = rule.rule.keep, around.shortest(rule.rule)
    if keep and interval and keep < interval and _by_readings(rule):
        message = (
            f"bridges nothing: the next reading comes after {format_span(interval)};"
            f" write more than {format_span(interval)}"
        )
        yield Remark(("keep_firing_for",), message, format_span(keep))
    elif keep > _LOCKED:
        message = f"{format_span(keep)} is long: the alert stays open for as long after all is well again"
        yield Remark(("keep_firing_for",), message, format_span(keep))


def hasty_absence(rule: Written, around: Surroundings) -> Iterator[Remark]:
    """Silence told before the next reading is due."""
    after = span_of(_mapping(rule, "absent").get("after"))
    slowest = around.longest(rule.rule)
    if after is None or slowest is None or after >= slowest.interval:
        return
    every = format_span(slowest.interval)
    message = (
        f"{format_span(after)} of silence is nothing for {slowest.id}, which reports every {every}: its alert"
        " comes and goes with every reading; write more, or leave after out for three intervals"
    )
    yield Remark(("when", "absent", "after"), message, format_span(after), f"more than {every}")


def short_span(rule: Written, around: Surroundings) -> Iterator[Remark]:
    """A window, change or standstill over so little time that it hardly ever holds two readings."""
    slowest = around.longest(rule.rule)
    interval = slowest.interval if slowest else around.shortest(rule.rule)
    for part in rule.parts:
        for key in _SPANNED:
            over = span_of(part.inside(key).get("over"))
            if over is not None and interval and over < _SPANS_NEEDED * interval and not _counts(part):
                yield _short((*part.at, key, "over"), key, over, interval)


def never_open(rule: Written, around: Surroundings) -> Iterator[Remark]:  # noqa: ARG001 - a finding's form
    """A schedule without a moment in which the rule watches, or none long enough for its ``for``."""
    schedule = rule.rule.schedule
    if schedule is None:
        return
    longest = _longest(schedule)
    if longest == 0:
        message = "never opens: there is no moment of the year at which all its lines hold"
        yield Remark(("schedule",), message)
    elif longest is not None and rule.rule.hold >= longest:
        message = (
            f"the schedule is never open for so long at once ({format_span(longest)} at most): it never fires"
        )
        yield Remark(("for",), message, format_span(rule.rule.hold), f"less than {format_span(longest)}")


def _by_readings(rule: Written) -> bool:
    return _STATES.isdisjoint(rule.when)


def _counts(part: Part) -> bool:
    return part.inside("window").get("agg") == "count"


def _mapping(rule: Written, key: str) -> dict[str, object]:
    value = rule.when.get(key)
    return value if isinstance(value, dict) else {}


def _short(at: Loc, key: str, over: int, interval: int) -> Remark:
    why = {
        "window": "the window holds one reading, and its aggregate is that reading",
        "change": "newest and oldest are the same reading, and nothing ever changes",
        "stuck": "there are never two readings to compare",
    }[key]
    every = format_span(interval)
    if over > interval:
        why = "one lost reading is enough, and " + why
    message = f"is short for devices that report every {every}: {why}"
    return Remark(at, message, format_span(over), f"{format_span(_SPANS_NEEDED * interval)} or more")


def _longest(schedule: Schedule) -> int | None:
    """The longest stretch (ms) in a year during which a schedule is open; None: without end."""
    longest, now = 0, _SINCE
    end = _SINCE + 366 * 86_400_000
    while now < end:
        change = schedule.next_change(now)
        if schedule.open(now):
            if change is None:
                return None
            longest = max(longest, change - now)
        if change is None:
            break
        now = change
    return longest
