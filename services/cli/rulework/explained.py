"""Why an alert fired, as lines of text: the rule, the arithmetic, the readings, each step with its times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypeAlias

import orjson

from rules.explaining import arithmetic
from rules.model import Severity
from rules.texts import value_text
from services.cli.rulework.moments import when

Doc: TypeAlias = Mapping[str, Any]

_WRITTEN = (
    "when",
    "levels",
    "severity",
    "for",
    "keep_firing_for",
    "schedule",
    "where",
    "lateness",
    "against",
)
_PLAIN = frozenset({None, "0s"})
_TIMES = ("taken", "received", "fired", "persisted", "delivered")


def same_version(alert: Doc, rule: Doc | None) -> bool | None:
    """Whether the rule in force is the version that raised the alert; None when that can't be known."""
    return None if rule is None else bool(rule["version"] == alert["rule_version"])


def lines(alert: Doc, rule: Doc | None, *, known: bool, timezone: str) -> Iterator[str]:
    """The explanation. ``rule`` is the one in force; ``known``: whether the rules in force were to be had."""
    yield from (alert["title"]["en"], alert["title"]["th"], "")
    yield from _head(alert, rule, known)
    yield from _rule(rule)
    yield from ("", "Why", *(f"  {text}" for text in _why(alert)))
    yield from _window(alert["evidence"], timezone)
    yield from _readings(alert["evidence"], timezone)
    yield from _times(alert["times"], timezone)
    yield from ("", "What happened")
    for step in alert["history"]:
        yield _step(step, timezone)


def _head(alert: Doc, rule: Doc | None, known: bool) -> Iterator[str]:
    shadow = ", in shadow mode: never announced" if alert.get("mode") == "shadow" else ""
    yield f"  alert    {alert['id']}  {alert['state']}, {alert['severity']}"
    yield f"  about    {_about(alert)}"
    yield f"  rule     {alert['rule']}{shadow}"
    yield f"  version  {_short(alert['rule_version'])}{_version(alert, rule, known)}"


def _about(alert: Doc) -> str:
    named = ((name, alert[name]) for name in ("device", "zone", "service"))
    return ", ".join(f"{name} {value}" for name, value in named if value)


def _version(alert: Doc, rule: Doc | None, known: bool) -> str:
    if not known:
        return ""
    if rule is None:
        return ", which is no longer in force"
    if same_version(alert, rule):
        return ", the one in force"
    return f"; in force now is {_short(rule['version'])}"


def _short(version: str) -> str:
    return version[:19]


def _rule(rule: Doc | None) -> Iterator[str]:
    if rule is None:
        return
    source = rule["source"]
    yield ""
    yield f"Rule in force ({source['file']}:{source['line']})"
    if rule["on"]:
        yield f"  on: {'.'.join(part for part in (rule['on'], rule['metric']) if part)}"
    for name in _WRITTEN:
        value = rule.get(name)
        if isinstance(value, Mapping):
            if value:
                yield f"  {name}: {orjson.dumps(value).decode()}"
        elif value not in _PLAIN:
            yield f"  {name}: {value}"


def _why(alert: Doc) -> Iterator[str]:
    text = arithmetic(alert["evidence"], Severity(alert["severity"]))
    yield from dict.fromkeys((text.en, text.th))


def _window(evidence: Doc, timezone: str) -> Iterator[str]:
    if "from" not in evidence or "to" not in evidence:
        return
    said = f"  window   after {_at(evidence['from'], timezone)} to {_at(evidence['to'], timezone)}"
    if "count" in evidence:
        said += f", {evidence['count']:,} readings"
    if isinstance(coverage := evidence.get("coverage"), int | float):
        said += f", coverage {coverage:.1%}"
    yield said


def _readings(evidence: Doc, timezone: str) -> Iterator[str]:
    if not evidence["readings"]:
        return
    yield ""
    yield f"Newest readings of {evidence['metric']}" if evidence["metric"] else "What it stands on"
    for reading in evidence["readings"]:
        time, value = _at(reading.get("time"), timezone), reading.get("value")
        others = (str(reading[name]) for name in ("rule", "device") if reading.get(name))
        told = value_text(float(value) if isinstance(value, int) and not isinstance(value, bool) else value)
        yield f"  {time}  {'  '.join((*others, told or '–'))}"


def _times(times: Doc, timezone: str) -> Iterator[str]:
    yield ""
    yield f"Times ({timezone})"
    for name in _TIMES:
        yield f"  {name:<10} {_at(times.get(name), timezone)}"


def _step(step: Doc, timezone: str) -> str:
    """One line of the log book."""
    return f"  {_at(step['at'], timezone)}  {step['text']['en']}"


def _at(text: str | None, timezone: str) -> str:
    if text is None:
        return "–"
    return when(round(datetime.fromisoformat(text).timestamp() * 1000), timezone)
