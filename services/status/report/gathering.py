"""Gathers a report through the ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from devices.model import DOMAIN_TITLES, Domain, Text
from services.status.kpis.periods import Calendar
from services.status.model import Status
from services.status.report import kpifigures
from services.status.report.alarms import Fired, alarm_figures, flood_of, stages_of
from services.status.report.courses import course_of, moment, seconds_by_rule, text_of
from services.status.report.model import (
    AlarmPart,
    Course,
    DomainPart,
    FloodPart,
    KpiPart,
    ObjectivePart,
    QualityPart,
    RefusedPart,
    ReportData,
    ReportPeriod,
    ServicePart,
    StagePart,
    UnknownPart,
)
from services.status.report.parts import ReportParts
from services.store.records.ulid import time_of, ulid

MOST_SERVICES = 300
"""Services that are told one by one."""
MOST_CHANGES = 20_000
"""Changes of one service or domain that are read."""
MOST_ALERTS = 500_000
TREND = 12

DEAF = "deaf"
"""The rule by which Nakhon says that it could not hear."""

_PAGE = 5_000
_LONG_PENDING = 7 * 86_400_000
"""An alert that fired in the period may have begun this much (ms) before it."""
_QUARTER = 92 * 86_400_000


async def gather(parts: ReportParts, period: ReportPeriod, calendar: Calendar) -> ReportData:
    """All that a report of this period says."""
    listed = list(parts.services.services())
    shown = listed[:MOST_SERVICES]
    objectives = {
        document["service"]: document
        for document in await parts.history.objectives(start=period.start, end=period.until)
    }
    services = [await _service(parts, period, document, objectives) for document in shown]
    return ReportData(
        city=parts.city.name,
        city_id=parts.city.id,
        timezone=parts.city.timezone,
        version=parts.version,
        period=period,
        made=parts.clock.now(),
        domains=[await _domain(parts, period, domain) for domain in Domain],
        services=services,
        kpis=await _kpis(parts, period, calendar),
        alarms=await _alarms(parts, period, first_record(services)),
        quality=await _quality(parts, period),
        unknown=unknown_parts(services),
        unheard=max((_deaf(service.course) for service in services), default=0.0),
        left_out=len(listed) - len(shown),
        zones=len(parts.city.zones),
        devices=parts.devices() if parts.devices is not None else 0,
    )


async def _course(parts: ReportParts, period: ReportPeriod, kind: str, subject: str) -> Course:
    days = await parts.history.uptime(kind, subject, days=period.days, end=period.until)
    changes: list[Mapping[str, Any]] = []
    cursor: str | None = None
    while len(changes) < MOST_CHANGES:
        page = await parts.history.changes(
            kind, [subject], start=period.start, end=period.until, limit=_PAGE, cursor=cursor
        )
        changes += page.items
        if (cursor := page.next) is None:
            break
    before = await parts.history.changes(kind, [subject], start=0, end=period.start, limit=1, cursor=None)
    return course_of(days, [*changes, *before.items], period)


async def _domain(parts: ReportParts, period: ReportPeriod, domain: Domain) -> DomainPart:
    services = sum(1 for service in parts.city.services.values() if service.domain is domain)
    course = await _course(parts, period, "domain", domain.value)
    return DomainPart(domain, DOMAIN_TITLES[domain], services, course)


async def _service(
    parts: ReportParts,
    period: ReportPeriod,
    document: Mapping[str, Any],
    objectives: Mapping[str, Mapping[str, Any]],
) -> ServicePart:
    told, owner = objectives.get(document["id"]), document.get("owner")
    quality = (document.get("evidence") or {}).get("quality") or {}
    return ServicePart(
        document["id"],
        text_of(document["name"]),
        Domain(document["domain"]),
        document.get("criticality", "normal"),
        None if owner is None else text_of(owner),
        await _course(parts, period, "service", document["id"]),
        None if told is None else objective_part(told),
        quality.get("completeness"),
    )


def objective_part(document: Mapping[str, Any]) -> ObjectivePart:
    """An objective from what the API tells of it."""
    return ObjectivePart(
        document["target"],
        document["window"],
        document["attained"],
        document["good_seconds"],
        document["counted_seconds"],
        document["budget_seconds"],
        document["budget_left_seconds"],
    )


def unknown_parts(services: Sequence[ServicePart]) -> list[UnknownPart]:
    """Of which services nothing was known for a while, the longest first, and why."""
    found = [_unknown(service) for service in services if service.course.of(Status.UNKNOWN) > 0]
    return sorted(found, key=lambda part: (-part.seconds, part.service))


def _unknown(service: ServicePart) -> UnknownPart:
    course = service.course
    total = course.of(Status.UNKNOWN)
    causes: dict[str, tuple[Text, float]] = {}
    for spell in course.spells:
        if spell.status is Status.UNKNOWN and spell.rule != DEAF:
            _, before = causes.get(spell.rule, (spell.reason, 0.0))
            causes[spell.rule] = (spell.reason, before + spell.seconds)
    deaf = _deaf(course)
    told = sum(seconds for _, seconds in causes.values()) + deaf
    longest = sorted(causes.values(), key=lambda cause: -cause[1])
    unrecorded = total - told if total - told >= 1 else 0.0  # less is rounding
    return UnknownPart(service.id, service.name, total, deaf, unrecorded, longest)


def _deaf(course: Course) -> float:
    return seconds_by_rule(course, Status.UNKNOWN).get(DEAF, 0.0)


async def _kpis(parts: ReportParts, period: ReportPeriod, calendar: Calendar) -> list[KpiPart]:
    if parts.kpis is None:
        return []
    return await kpifigures.gather_kpis(parts.kpis, parts.city, period, calendar, TREND)


def first_record(services: Sequence[ServicePart]) -> int | None:
    """When (ms) the first status of the period was recorded; None when none was."""
    return min(
        (service.course.spells[0].start for service in services if service.course.spells), default=None
    )


async def _alarms(parts: ReportParts, period: ReportPeriod, since: int | None) -> AlarmPart:
    fired, cut = await _fired(parts, period)
    return alarm_figures(
        fired,
        period,
        operators=parts.operators,
        since=since,
        floods=await _floods(parts, period),
        stages=await _stages(parts, period),
        cut=cut,
    )


async def _fired(parts: ReportParts, period: ReportPeriod) -> tuple[list[Fired], bool]:
    """Those that fired within the period. Ids begin with the time at which an alert began."""
    found: list[Fired] = []
    cursor: str | None = ulid(period.until, 0)
    while parts.alerts is not None and cursor is not None and len(found) < MOST_ALERTS:
        page = await parts.alerts.alerts(filters={}, limit=_PAGE, cursor=cursor)
        for alert in page.items:
            at = alert["times"]["fired"]
            if at is not None and alert["mode"] == "live" and period.start <= moment(at) < period.until:
                found.append(Fired(moment(at), alert["domain"], alert["severity"], alert["rule"]))
        cursor = page.next
        if page.items and time_of(page.items[-1]["id"]) < period.start - _LONG_PENDING:
            cursor = None
    return found, cursor is not None


async def _floods(parts: ReportParts, period: ReportPeriod) -> list[FloodPart]:
    found: list[FloodPart] = []
    cursor: str | None = None
    while parts.floods is not None:
        page = await parts.floods.floods(limit=_PAGE, cursor=cursor)
        floods = [flood_of(document) for document in page.items]
        found += [flood for flood in floods if _touches(flood, period)]
        cursor = page.next
        if cursor is None or (floods and max(one.began for one in floods) < period.start):
            break
    return sorted(found, key=lambda flood: flood.began)


def _touches(flood: FloodPart, period: ReportPeriod) -> bool:
    return flood.began < period.until and (flood.ended is None or flood.ended > period.start)


async def _stages(parts: ReportParts, period: ReportPeriod) -> list[StagePart]:
    """Percentiles can't be added up: of more than a quarter none are told."""
    if parts.deadlines is None or period.until - period.start > _QUARTER:
        return []
    return stages_of(await parts.deadlines.deadlines(start=period.start, end=period.until))


async def _quality(parts: ReportParts, period: ReportPeriod) -> QualityPart:
    refused: list[RefusedPart] = []
    if parts.refused is not None:
        refused = [
            RefusedPart(one["code"], one["path"], one["contract"], one["count"], one["devices"])
            for one in await parts.refused(period.start, period.until)
        ]
    if parts.ledger is None:
        return QualityPart(refused)
    told = parts.ledger()
    counts = ("received", "stored", "duplicate", "quarantined", "pending")
    return QualityPart(refused, moment(told["since"]), *(int(told[name]) for name in counts))
