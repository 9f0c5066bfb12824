"""A rule as the API tells it: all that an author or an operator may ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devices.spans import format_span
from rules.ruleset import Rule
from services.app.rulefiles import Teller

LIBRARY = "library/"
"""What the names of files of Nakhon's own packs begin with."""


def describe(
    rule: Rule, tell: Teller, open_alerts: Mapping[str, Mapping[str, int]], evaluations: Mapping[str, int]
) -> dict[str, Any]:
    """One rule. ``open_alerts`` counts by rule and state, ``evaluations`` by group.

    ``when``, ``levels``, ``where`` and ``schedule`` are as the file has them.
    """
    heading, entry = rule.heading, rule.document
    counts = open_alerts.get(rule.id, {})
    levels = entry.get("levels")
    return {
        "id": heading.id,
        "group": rule.group,
        "domain": heading.domain.value,
        "version": heading.version,
        "source": source(rule.source, tell),
        "on": rule.on,
        "metric": rule.metric,
        "kind": rule.kind,
        "when": entry.get("when"),
        "levels": levels,
        "severity": None if levels else entry.get("severity", "warning"),
        "for": format_span(rule.hold),
        "keep_firing_for": format_span(rule.keep),
        "schedule": entry.get("schedule"),
        "where": entry.get("where", {}),
        "lateness": format_span(rule.lateness),
        "mode": "shadow" if heading.shadow else "live",
        "against": rule.against,
        "title": heading.title.as_dict(),
        "advice": heading.advice.as_dict() if heading.advice else None,
        "alerts": {"pending": counts.get("pending", 0), "firing": counts.get("firing", 0)},
        "group_evaluations": evaluations.get(rule.group, 0),
    }


def source(place: str, tell: Teller) -> dict[str, Any]:
    """Where a rule stands: file, line, and the pack of the library that it comes from, if it does."""
    file, _, line = place.rpartition(":")
    name = tell.name(file)
    pack = name.removeprefix(LIBRARY).partition("/")[0] if name.startswith(LIBRARY) else None
    return {"file": name or None, "line": int(line) if line.isdigit() else None, "pack": pack}
