"""Statuses in the API's shapes: services, zones and domains, and how each came about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from devices.model import DOMAIN_TITLES, City, Domain
from rules.model import Severity
from services.runtime.clock import optional_rfc3339, rfc3339
from services.status.course import Course
from services.status.course.scope import Part, Scope, Service
from services.status.model import DataQuality, Evidence, Kind, OffBand, ProbeState, Subject, Work

ObjectiveOf: TypeAlias = Callable[[str, int], Mapping[str, Any] | None]
"""A service's objective as the API tells it, at a moment (ms); None when it has none."""


def service_document(
    course: Course, service: Service, objective: Mapping[str, Any] | None, now: int
) -> dict[str, Any]:
    """A service: how it is, since when and why, its parts by zone, and what it stands on."""
    smart, whole = service.smart, service.whole
    parts = [part for part in service.parts.values() if part.present]
    return {
        "id": service.id,
        "name": smart.name.as_dict(),
        "domain": service.domain.value,
        "criticality": smart.criticality.value,
        "owner": None if smart.owner is None else smart.owner.as_dict(),
        **_standing(course, whole),
        "zones": [_part(course, part) for part in sorted(parts, key=_zone)],
        "evidence": evidence_document(course.evidence(service.id), now),
        "objective": objective,
    }


def domain_document(course: Course, domain: Domain, services: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The contract's domain status."""
    subject = Subject(Kind.DOMAIN, domain.value)
    verdict = course.verdict(subject)
    return {
        "domain": domain.value,
        "title": DOMAIN_TITLES[domain].as_dict(),
        "status": verdict.status.value,
        "since": rfc3339(course.since(subject)),
        "reason": verdict.reason.as_dict(),
        "services": list(services),
    }


def zone_document(course: Course, city: City, zone: str) -> dict[str, Any]:
    """A zone: how it is, and the services in it."""
    subject = Subject(Kind.ZONE, zone)
    verdict = course.verdict(subject)
    return {
        "zone": zone,
        "name": city.zones[zone].name.as_dict(),
        "status": verdict.status.value,
        "since": rfc3339(course.since(subject)),
        "reason": verdict.reason.as_dict(),
        "services": [
            {"id": scope.service.id, "status": scope.standing.verdict.status.value}
            for scope in course.zones()[zone].members
        ],
    }


def explanation_document(course: Course, service: Service, now: int) -> dict[str, Any]:
    """How a service's status came about, and that of its part in each zone."""
    parts = [part for part in service.parts.values() if part.present]
    return {
        "id": service.id,
        "name": service.smart.name.as_dict(),
        "domain": service.domain.value,
        "criticality": service.smart.criticality.value,
        "since": rfc3339(service.whole.standing.since),
        **_explained(course, service.whole, now),
        "zones": [
            {
                "zone": part.place,
                "since": rfc3339(part.standing.since),
                **_explained(course, part, now),
            }
            for part in sorted(parts, key=_zone)
        ],
    }


def _explained(course: Course, scope: Scope, now: int) -> dict[str, Any]:
    assert scope.judge is not None
    evidence = course.evidence(scope.service.id, scope.zone)
    return {**scope.judge.explain(evidence, now), "evidence": evidence_document(evidence, now)}


def _standing(course: Course, scope: Scope) -> dict[str, Any]:
    verdict = course.worded(scope)
    return {
        "status": verdict.status.value,
        "since": rfc3339(scope.standing.since),
        "reason": verdict.reason.as_dict(),
        "rule": verdict.rule or None,
        "counted": verdict.counted,
    }


def _part(course: Course, part: Part) -> dict[str, Any]:
    verdict = course.worded(part)
    found = [probe.found_so() for probe in part.probes.values()]
    return {
        "zone": part.place,
        "status": verdict.status.value,
        "since": rfc3339(part.standing.since),
        "reason": verdict.reason.as_dict(),
        "devices": part.devices + len(found),
        "reporting": part.reporting + sum(probe.up is not None for probe in found),
    }


def _zone(part: Part) -> str:
    return part.place


def evidence_document(evidence: Evidence, now: int) -> dict[str, Any]:
    """What a status stands on. Spans are in seconds, the latency of probes in ms.

    Probes are devices, too: they are counted among them, and told by themselves under ``probe``.
    """
    known = sum(probe.up is not None for probe in evidence.probes)
    lost = sum(probe.up is None and probe.at is not None for probe in evidence.probes)
    return {
        "devices": evidence.devices + len(evidence.probes),
        "reporting": evidence.reporting + known,
        "silent": evidence.silent + lost,
        "awaited": evidence.awaited + len(evidence.probes) - known - lost,
        "freshness": freshness(evidence.newest, now),
        "interval": None if evidence.interval is None else evidence.interval / 1000,
        "open_alerts": len(evidence.alerts),
        "alerts": _severities(evidence),
        "probe": _probes(evidence.probes) if evidence.probes else None,
        "quality": _quality(evidence.data),
        "needs": [
            {"id": need.id, "name": need.name.as_dict(), "status": need.status.value}
            for need in evidence.needs
        ],
        "kpis": [_kpi(kpi) for kpi in evidence.kpis],
        "maintenance": None if evidence.work is None else _work(evidence.work),
        "closed_until": optional_rfc3339(evidence.closed_until or None),
    }


def freshness(newest: int | None, now: int) -> int | None:
    """Seconds since the newest reading."""
    return None if newest is None else max(0, now - newest) // 1000


def _severities(evidence: Evidence) -> dict[str, int]:
    counts = {severity.value: 0 for severity in Severity}
    for alert in evidence.alerts:
        counts[alert.severity.value] += 1
    return counts


def _probes(probes: tuple[ProbeState, ...]) -> dict[str, Any]:
    return {
        "up": sum(probe.up is True for probe in probes),
        "down": sum(probe.up is False for probe in probes),
        "unknown": sum(probe.up is None for probe in probes),
        "items": [
            {
                "id": probe.id,
                "up": probe.up,
                "at": optional_rfc3339(probe.at),
                "latency": probe.latency,
                "code": probe.code,
                "certificate_days": probe.certificate,
            }
            for probe in probes
        ],
    }


def _quality(data: DataQuality | None) -> dict[str, Any] | None:
    if data is None:
        return None
    return {
        "completeness": data.completeness,
        "refused": data.refused,
        "stuck": data.stuck,
        "clock": data.clock,
        "gaps": data.gaps,
    }


def _kpi(kpi: OffBand) -> dict[str, Any]:
    return {**kpi._asdict(), "title": kpi.title.as_dict()}


def _work(work: Work) -> dict[str, Any]:
    return {"id": work.id, "title": work.title.as_dict(), "until": optional_rfc3339(work.until)}
