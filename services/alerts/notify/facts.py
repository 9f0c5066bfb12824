"""What the templates can say of a notice: its facts, as texts of one language, cleaned and bounded. Pure.

The names here are what a deployment's own templates use; they are told in docs/operator.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from rules.explaining import arithmetic
from rules.model import Severity, State
from services.alerts.notify.notice import Notice, Reason
from services.alerts.notify.words import SEVERITY_NAMES, Words, clean

MOST_LISTED = 5
"""Alerts that a message tells one by one; the others are counted."""

MOST_DIGESTED = 12
"""Lines of a digest; the others are counted."""

_NOTE, _ADVICE, _NAME = 300, 500, 100


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """One alert. ``why`` is its arithmetic, ``where`` the zone and device; what is empty is not known.

    ``acknowledged`` tells who, when and the note; ``link`` is its page in the console.
    """

    id: str
    title: str
    severity: str
    severity_word: str
    over: bool
    zone: str
    device: str
    where: str
    since: str
    lasted: str
    ended: str
    why: str
    advice: str
    acknowledged_by: str
    acknowledged_at: str
    acknowledged_note: str
    assigned_to: str
    closed_by: str
    suppressed: str
    occurrences: int
    link: str


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One of the messages that a digest stands for."""

    reason: str
    title: str
    severity: str
    severity_word: str
    firing: int
    resolved: int
    at: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All of a notice.

    ``where`` is what its alerts have in common and the title does not say; ``since`` is when the first of
    them began, ``lasted`` how long ago that was. ``alerts`` are the worst and newest, ``more`` counts the
    others. ``acknowledged_by`` is set when somebody has all of it in hand. ``incident_open`` is how many
    alerts of its incident are open, those that this receiver does not hear of included.
    """

    reason: str
    receiver: str
    channel: str
    city: str
    title: str
    severity: str
    severity_word: str
    where: str
    since: str
    lasted: str
    created: str
    after: str
    firing: int
    resolved: int
    suppressed: int
    alerts: tuple[AlertFacts, ...]
    more: int
    digest: tuple[DigestLine, ...]
    digest_more: int
    acknowledged_by: str
    acknowledged_at: str
    acknowledged_note: str
    assigned_to: str
    incident: str
    incident_open: int
    link: str


def facts_of(notice: Notice, words: Words) -> Facts:
    """Read the notice."""
    alerts = _told(notice)
    shown = tuple(alert_facts(alert, notice.created, words) for alert in alerts[:MOST_LISTED])
    title = words.text(notice.title, 200) or (shown[0].title if shown else "")
    severity = notice.severity or (alerts[0].get("severity") if alerts else None)
    began = [at for at in map(_began, alerts) if at is not None]
    since = min(began, default=None)
    hand = _in_hand(notice, alerts)
    return Facts(
        reason=notice.reason.value,
        receiver=clean(notice.receiver, _NAME),
        channel=clean(notice.channel, _NAME),
        city=words.text(words.setting.name, _NAME),
        title=title,
        severity=severity or "",
        severity_word=words.severity(severity),
        where=_where(notice, alerts, title, words),
        since="" if since is None else words.moment(since, notice.created),
        lasted="" if since is None else words.span(notice.created - since),
        created=words.moment(notice.created, notice.created),
        after="" if notice.after is None else words.span(notice.after),
        firing=notice.firing,
        resolved=notice.resolved,
        suppressed=notice.suppressed,
        alerts=shown,
        more=_more(notice, len(shown)),
        digest=tuple(_line(item, notice.created, words) for item in notice.digest[:MOST_DIGESTED]),
        digest_more=max(0, len(notice.digest) - MOST_DIGESTED) + notice.others,
        acknowledged_by=clean(hand.get("by", ""), _NAME),
        acknowledged_at=_moment(hand.get("at"), notice.created, words),
        acknowledged_note=clean(hand.get("note") or "", _NOTE),
        assigned_to=clean(_assigned(notice, alerts), _NAME),
        incident=clean((notice.incident or {}).get("id") or "", _NAME),
        incident_open=int((notice.incident or {}).get("open") or 0),
        link=_link_of(notice, shown, words),
    )


def _told(notice: Notice) -> Sequence[Mapping[str, Any]]:
    """The alerts that it is about: of an end those that are over, else those that are not, if there are."""
    over = notice.reason is Reason.RESOLVED
    about = [alert for alert in notice.alerts if (alert.get("state") == State.RESOLVED.value) == over]
    return about or notice.alerts


def _more(notice: Notice, shown: int) -> int:
    count = notice.resolved if notice.reason is Reason.RESOLVED else notice.firing
    return max(0, count - shown)


def alert_facts(alert: Mapping[str, Any], now: int, words: Words) -> AlertFacts:
    """Read one alert's document, as of ``now`` (ms)."""
    began, ended = _began(alert), _at(alert.get("ends_at"))
    zone, device = words.zone(alert.get("zone")), clean(alert.get("device") or "", _NAME)
    hand = alert.get("acknowledged") or {}
    severity = alert.get("severity") or ""
    return AlertFacts(
        id=str(alert.get("id", "")),
        title=words.text(alert.get("title"), 200) or clean(alert.get("rule", ""), 200),
        severity=severity,
        severity_word=words.severity(severity),
        over=alert.get("state") == State.RESOLVED.value,
        zone=zone,
        device=device,
        where=_joined(zone, device),
        since="" if began is None else words.moment(began, now),
        lasted="" if began is None else words.span((now if ended is None else ended) - began),
        ended="" if ended is None else words.moment(ended, now),
        why=_why(alert, words),
        advice=words.text(alert.get("advice"), _ADVICE),
        acknowledged_by=clean(hand.get("by") or "", _NAME),
        acknowledged_at=_moment(hand.get("at"), now, words),
        acknowledged_note=clean(hand.get("note") or "", _NOTE),
        assigned_to=clean(alert.get("assigned_to") or "", _NAME),
        closed_by=clean(alert.get("closed_by") or "", _NAME),
        suppressed=words.text((alert.get("suppressed") or {}).get("reason"), _NOTE),
        occurrences=int(alert.get("occurrences") or 1),
        link=_link(words, "alert", alert.get("id")),
    )


def _why(alert: Mapping[str, Any], words: Words) -> str:
    """The arithmetic in a sentence; of one that is over it names no severity, as in the console."""
    evidence = alert.get("evidence")
    if not evidence:
        return ""
    over = alert.get("state") == State.RESOLVED.value
    name = alert.get("severity")
    severity = None if over or name not in SEVERITY_NAMES else Severity(name)
    unit = words.setting.units.get(str(evidence.get("metric")))
    return words.text(arithmetic(evidence, severity, unit), _NOTE)


def _line(item: Mapping[str, Any], now: int, words: Words) -> DigestLine:
    severity = item.get("severity")
    at = item.get("at")
    return DigestLine(
        reason=str(item.get("reason", "")),
        title=words.text(item.get("title"), 150),
        severity=severity or "",
        severity_word=words.severity(severity),
        firing=int(item.get("firing") or 0),
        resolved=int(item.get("resolved") or 0),
        at=words.moment(at, now) if isinstance(at, int) else _moment(at, now, words),
    )


def _where(notice: Notice, alerts: Sequence[Mapping[str, Any]], title: str, words: Words) -> str:
    """Zone and device, as far as all have them in common and the title does not name them already."""
    zone = words.zone(_common(notice, alerts, "zone"))
    device = clean(_common(notice, alerts, "device") or "", _NAME)
    return _joined(*(name for name in (zone, device) if name.casefold() not in title.casefold()))


def _common(notice: Notice, alerts: Sequence[Mapping[str, Any]], name: str) -> str | None:
    grouped = notice.grouped.get(name) or (notice.incident or {}).get(name)
    if grouped:
        return str(grouped)
    values = {alert.get(name) for alert in alerts}
    whole = len(alerts) >= notice.firing + notice.resolved or len(values) == len(alerts) == 1
    return values.pop() if len(values) == 1 and whole else None


def _in_hand(notice: Notice, alerts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The acknowledgement of the incident, or that of its only alert, or of the first when all have one."""
    of_incident = (notice.incident or {}).get("acknowledged")
    if of_incident:
        return dict(of_incident)
    hands = [alert.get("acknowledged") for alert in alerts]
    if not hands or not all(hands) or len(hands) < notice.firing:
        return {}
    return dict(hands[0] or {})


def _assigned(notice: Notice, alerts: Sequence[Mapping[str, Any]]) -> str:
    names = {alert.get("assigned_to") for alert in alerts}
    common = names.pop() if len(names) == 1 else None
    return (notice.incident or {}).get("assigned_to") or common or ""


def _link_of(notice: Notice, shown: Sequence[AlertFacts], words: Words) -> str:
    """The incident's page when there are several alerts, else the alert's, else the city's."""
    incident = (notice.incident or {}).get("id")
    if incident and notice.firing + notice.resolved > 1:
        return _link(words, "incidents/incident", incident)
    return _link(words, "alert", shown[0].id if shown else None)


def _link(words: Words, kind: str, key: object) -> str:
    """Where the console shows it: ``https://console/#alert/01J…``; empty when nobody said where it is."""
    console = words.setting.console
    if console is None:
        return ""
    return f"{console}/#{kind}/{quote(str(key), safe='')}" if key else f"{console}/"


def _began(alert: Mapping[str, Any]) -> int | None:
    return _at(alert.get("starts_at"))


def _at(text: object) -> int | None:
    """RFC 3339 as ms; None for what is no time."""
    try:
        return round(datetime.fromisoformat(str(text)).timestamp() * 1000)
    except ValueError:
        return None


def _moment(text: object, now: int, words: Words) -> str:
    at = _at(text)
    return "" if at is None else words.moment(at, now)


def _joined(*names: str) -> str:
    return " · ".join(name for name in names if name)
