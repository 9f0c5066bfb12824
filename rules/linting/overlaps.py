"""Two rules that say the same of the same devices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rules.linting.report import Remark
from rules.linting.surroundings import Surroundings
from rules.linting.written import COMPARISONS, Written, plain
from rules.ruleset import Where


def same_said_twice(rule: Written, around: Surroundings) -> Iterator[Remark]:
    """A rule that watches the same thing of the same devices in the same way as another.

    Of two rules of one's own the later is told; a rule of a pack is never told, the city's beside it is.
    """
    passed = False
    for other in around.alike(rule):
        passed = passed or other.rule.id == rule.rule.id
        if (passed and other.own) or not _share_devices(rule, other, around):
            continue
        how = _overlap(rule, other)
        if how is not None:
            yield Remark(_key(rule), f"{how} {other.rule.id} ({other.place}){_advice(rule, other)}")


def _overlap(rule: Written, other: Written) -> str | None:
    """How two rules on the same measure overlap, devices aside; None when they do not."""
    if _compared(rule.when) != _compared(other.when):
        return "overlaps with" if _nested(rule, other) else None
    if rule.rule.hold == other.rule.hold and rule.whole.levels == other.whole.levels:
        return "says the same as"
    return None if rule.severity != other.severity else "overlaps with"


def _nested(rule: Written, other: Written) -> bool:
    """One limit beyond the other, on the same side, neither with levels: whoever passes one passes both."""
    if rule.rule.hold != other.rule.hold or rule.whole.levels or other.whole.levels:
        return False
    key, other_key = rule.whole.comparison, other.whole.comparison
    if {key, other_key} <= {"equals", "in"}:
        return not _members(rule.when).isdisjoint(_members(other.when))
    if key == other_key == "outside":
        (low, high), (other_low, other_high) = rule.when[key], other.when[key]
        return bool((low <= other_low and high >= other_high) or (other_low <= low and other_high >= high))
    return key == other_key and key in {"above", "below"}


def _members(when: Mapping[str, Any]) -> set[Any]:
    values = when["in"] if "in" in when else [when["equals"]]
    return {(type(value) is bool, value) for value in values}


def _compared(when: Mapping[str, Any]) -> bytes:
    return plain({key: value for key, value in when.items() if key in COMPARISONS})


def _share_devices(rule: Written, other: Written, around: Surroundings) -> bool:
    if around.devices:
        others = {device.id for device in around.devices_of(other.rule)}
        return any(device.id in others for device in around.devices_of(rule.rule))
    return _may_meet(rule.rule.where, other.rule.where)


def _may_meet(one: Where, two: Where) -> bool:
    """Whether a device could be meant by both; globs are taken to meet each other."""
    if one.zones and two.zones and one.zones.isdisjoint(two.zones):
        return False
    if one.services and two.services and one.services.isdisjoint(two.services):
        return False
    if one.exact_devices and two.exact_devices and set(one.exact_devices).isdisjoint(two.exact_devices):
        return False
    shared = one.labels.keys() & two.labels.keys()
    return not any(set(one.labels[label]).isdisjoint(two.labels[label]) for label in shared)


def _key(rule: Written) -> tuple[str, ...]:
    comparison = rule.whole.comparison
    return ("when",) if comparison is None else ("when", comparison)


def _advice(rule: Written, other: Written) -> str:
    if not other.own:
        return f": give it that id (group {other.rule.group}) to take its place, or narrow where"
    if rule.whole.comparison in {"above", "below"}:
        return ": both fire for the same reading; make it one rule with levels, or narrow where"
    return ": both fire for the same reading; keep one, or narrow where"
