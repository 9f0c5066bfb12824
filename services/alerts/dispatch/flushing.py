"""What a case tells at a moment, and whom. Pure: the case stays as it is until it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from typing import Any, NamedTuple, TypeAlias

from rules.model import Severity
from services.alerts.dispatch.audience import Audience, Mark
from services.alerts.dispatch.case import Case
from services.alerts.notify.naming import name_of
from services.alerts.notify.notice import MOST_SHOWN, Notice, Reason
from services.store.records.cases import FIRING, RESOLVED, CaseRow, Told, telling_id

Channels: TypeAlias = Callable[[str], Sequence[str]]
"""The channels by which a receiver is reached."""

Documents: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Contract documents of alerts, by their ids."""


class Said(NamedTuple):
    """What is said of one alert."""

    alert: str
    state: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Telling:
    """What one audience is told at once, in one notice for each channel of each receiver.

    ``news`` is what they did not know; ``shown`` are the alerts that are told one by one.
    """

    id: str
    audience: int
    reason: Reason
    news: tuple[Said, ...]
    shown: tuple[str, ...]
    mark: Mark
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Flush:
    """What a case tells at ``at`` (ms), to be written in one transaction before anything goes out.

    ``left`` are alerts of which all is said. ``row`` is the case as it is then, None where nothing changed.
    """

    case: str
    at: int
    tellings: tuple[Telling, ...] = ()
    left: tuple[str, ...] = ()
    waiting: int | None = None
    number: int = 0
    closed: bool = False
    row: CaseRow | None = None

    def told(self) -> list[Told]:
        """Who was told what of which alert."""
        return [
            Told(said.alert, telling.id, said.state, said.severity.value)
            for telling in self.tellings
            for said in telling.news
        ]


def tellings(case: Case, now: int) -> list[Telling]:
    """What is to be told now, before it is put into notices."""
    mute = case.route.mute
    if mute is not None and mute.open(now):
        return []
    found = [_telling(case, number, now) for number in range(len(case.audiences))]
    told = [telling for telling in found if telling is not None]
    return [
        replace(one, id=telling_id(case.id, one.audience, case.number + count))
        for count, one in enumerate(told, start=1)
    ]


def _telling(case: Case, number: int, now: int) -> Telling | None:
    audience = case.audiences[number]
    if not audience.mark.reached:
        return _escalation(case, number, now)
    due = audience.due(case.route, case.waiting_alerts > 0)
    if due is None or due > now:
        return None
    news = [_said(case, alert) for alert in audience.fresh]
    reason = _reason(audience, news)
    if reason is None and not _repeats(case, audience, now):
        return None
    if reason is None:
        shown = _shown(case, ())
        return _of(case, number, Reason.REPEAT, [_said(case, alert) for alert in shown], shown, now)
    return _of(case, number, reason, news, _shown(case, news), now)


def _escalation(case: Case, number: int, now: int) -> Telling | None:
    due = case.step_due(number)
    if due is None or due > now:
        return None
    news = [Said(alert, FIRING, how.severity) for alert, how in case.members.items() if how.counts]
    return _of(case, number, Reason.ESCALATION, news, _shown(case, news), now)


def _of(
    case: Case, number: int, reason: Reason, news: Sequence[Said], shown: tuple[str, ...], now: int
) -> Telling:
    mark = case.audiences[number].mark
    early = mark.last is not None and now < mark.last + case.route.group_interval
    worst = max((said.severity.rank for said in news if said.state == FIRING), default=-1)
    after = replace(
        mark,
        reached=True,
        last=now,
        hurried=now if early else mark.hurried,
        worst=max(mark.worst, worst),
    )
    return Telling("", number, reason, tuple(news), shown, after)


def _said(case: Case, alert: str) -> Said:
    how = case.members[alert]
    return Said(alert, RESOLVED if how.over else FIRING, how.severity)


def _reason(audience: Audience, news: Iterable[Said]) -> Reason | None:
    """Why this must be told; None when they can do without."""
    found = {_why(audience, said) for said in news}
    return next((one for one in (Reason.FIRING, Reason.SEVERITY, Reason.RESOLVED) if one in found), None)


def _why(audience: Audience, said: Said) -> Reason | None:
    if said.state == RESOLVED:
        return Reason.RESOLVED
    heard = audience.told.get(said.alert)
    if heard is None:
        return Reason.FIRING
    return Reason.SEVERITY if said.severity.rank > heard.rank else None


def _repeats(case: Case, audience: Audience, now: int) -> bool:
    last, repeat = audience.mark.last, case.route.repeat
    return bool(repeat and case.waiting_alerts) and last is not None and last + repeat <= now


def _shown(case: Case, news: Sequence[Said]) -> tuple[str, ...]:
    """What is new before what is known, what fires before what is over, then the worst and newest."""
    first = nlargest(MOST_SHOWN, news, key=_prominence)
    shown = [said.alert for said in first]
    if len(shown) < MOST_SHOWN and case.firing:
        new = {said.alert for said in news}
        others = (
            (how.severity.rank, alert)
            for alert, how in case.members.items()
            if how.counts and alert not in new
        )
        shown += [alert for _, alert in nlargest(MOST_SHOWN - len(shown), others)]
    return tuple(shown)


def _prominence(said: Said) -> tuple[bool, int, str]:
    return (said.state == FIRING, said.severity.rank, said.alert)


@dataclass(frozen=True, slots=True)
class Words:
    """What notices are made of beside the case."""

    city: str
    channels: Channels
    documents: Documents
    incident: Mapping[str, Any] | None


def flush(case: Case, now: int, words: Words, found: Sequence[Telling] | None = None) -> Flush:
    """All that the case tells now; ``found`` is what :func:`tellings` said, when it was asked before."""
    found = tellings(case, now) if found is None else found
    told = [replace(one, notices=_notices(case, one, now, words)) for one in found]
    left = _left(case, told)
    waiting = case.waiting
    if told and waiting is None and case.waiting_alerts:
        waiting = now
    closed = len(left) == len(case.members)
    number = case.number + len(told)
    row = None
    if told or left:
        marks = [audience.mark for audience in case.audiences]
        for one in told:
            marks[one.audience] = one.mark
        row = case.row(closed=now if closed else None, waiting=waiting, marks=marks, number=number)
    return Flush(case.id, now, tuple(told), left, waiting, number, closed, row)


def _left(case: Case, told: Sequence[Telling]) -> tuple[str, ...]:
    """Alerts of whose end everybody has heard then."""
    over = {said.alert for one in told for said in one.news if said.state == RESOLVED}
    if not over:
        return ()
    heard = {one.audience: {said.alert for said in one.news} for one in told}
    return tuple(
        alert
        for alert in sorted(over)
        if not any(
            alert in audience.told and alert not in heard.get(number, ())
            for number, audience in enumerate(case.audiences)
        )
    )


def _notices(case: Case, telling: Telling, now: int, words: Words) -> tuple[Notice, ...]:
    model = _notice(case, telling, now, words)
    return tuple(
        replace(model, id=notice_id(telling.id, receiver, channel), receiver=receiver, channel=channel)
        for receiver in case.receivers(telling.audience)
        for channel in words.channels(receiver)
    )


def notice_id(telling: str, receiver: str, channel: str) -> str:
    """The idempotency key: what is told to whom in which way."""
    return name_of(telling, receiver, channel)


def _notice(case: Case, telling: Telling, now: int, words: Words) -> Notice:
    shown = tuple(words.documents[alert] for alert in telling.shown if alert in words.documents)
    escalates = telling.reason is Reason.ESCALATION and case.waiting is not None
    return Notice(
        id="",
        receiver="",
        channel="",
        reason=telling.reason,
        created=now,
        city=words.city,
        case=case.id,
        route=case.route.id,
        title=_title(shown, words.incident),
        severity=_severity(case, telling),
        firing=case.firing,
        resolved=sum(said.state == RESOLVED for said in telling.news),
        suppressed=case.suppressed,
        grouped=dict(zip(case.route.group_by, case.values, strict=True)),
        incident=words.incident,
        alerts=shown,
        after=now - case.waiting if escalates and case.waiting is not None else None,
    )


def _title(shown: Sequence[Mapping[str, Any]], incident: Mapping[str, Any] | None) -> Mapping[str, str]:
    if incident is not None and "title" in incident:
        return dict(incident["title"])
    return dict(shown[0].get("title", {})) if shown else {}


def _severity(case: Case, telling: Telling) -> str | None:
    """The worst that fires; when nothing does any more, the worst of what is over."""
    found = case.severity
    if found is None:
        found = max((said.severity for said in telling.news), key=lambda one: one.rank, default=None)
    return None if found is None else found.value
