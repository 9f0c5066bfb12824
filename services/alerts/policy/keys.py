"""What alerts have in common: the values by which they are grouped. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from services.alerts.policy.matcher import Matched

NAMES = ("domain", "zone", "service", "device", "rule", "group", "severity", "incident", "alert")
"""What alerts can be grouped by, beside ``label:NAME``."""

LABEL = "label:"


def value_of(alert: Matched, name: str) -> str | None:
    """The value of an alert under one of :data:`NAMES`, or of a label of its device."""
    if name.startswith(LABEL):
        return alert.labels.get(name.removeprefix(LABEL))
    if name == "alert":
        return alert.id
    if name == "group":
        return alert.rule.partition("/")[0]
    value: str | None = getattr(alert, name)
    return value or None


def values_of(alert: Matched, names: Sequence[str]) -> tuple[str | None, ...]:
    """:func:`value_of` for each of the names."""
    return tuple(value_of(alert, name) for name in names)
