"""The KPIs of a report: this period, how they came to it, and how the zones compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from devices.model import City, Domain, Text
from services.runtime.ports import InvalidError
from services.runtime.statusports import KpisPort
from services.status.kpis.periods import Calendar, Kind
from services.status.report.courses import moment, text_of
from services.status.report.model import KpiPart, KpiPoint, ReportPeriod
from services.status.report.periods import name_of, trend_periods

_CITY = Text("whole city", "ทั้งเมือง")


async def gather_kpis(
    port: KpisPort, city: City, period: ReportPeriod, calendar: Calendar, trend: int
) -> list[KpiPart]:
    """Every KPI of the city over the period."""
    catalogue = {document["id"]: document for document in port.catalogue()}
    spans = trend_periods(calendar, period, trend)
    kind = spans[0].kind
    asking = _Asking(port, catalogue.values())
    now = await asking.all(period.kind, period.start, period.end)
    by_zone = _grouped(await asking.all(period.kind, period.start, period.end, zones=("*",)))
    by_period = _grouped(await asking.all(kind.value, spans[0].start, spans[-1].end))
    return [
        _part(
            catalogue.get(document["id"], document),
            document,
            _trend(by_period.get(document["id"], ()), calendar, kind),
            _zones(by_zone.get(document["id"], ()), city),
        )
        for document in now
        if document["zone"] is None
    ]


class _Asking:
    """Asks for many values a domain at a time, or a KPI at a time where that is more than is answered."""

    def __init__(self, port: KpisPort, catalogue: Iterable[Mapping[str, Any]]) -> None:
        self._port = port
        self._ids: dict[str, list[str]] = {}
        for said in catalogue:
            self._ids.setdefault(said["domain"], []).append(said["id"])

    async def all(
        self, period: str, start: int, end: int, zones: Sequence[str] = ()
    ) -> list[Mapping[str, Any]]:
        """Of every KPI; one of which even alone too much is asked is left out."""
        found: list[Mapping[str, Any]] = []
        for domain, ids in self._ids.items():
            try:
                found += await self._port.kpis(
                    domain=domain, zones=zones, period=period, start=start, end=end
                )
            except InvalidError:
                for kpi in ids:
                    with suppress(InvalidError):
                        found += await self._port.kpis(
                            kpi=kpi, zones=zones, period=period, start=start, end=end
                        )
        return found


def _grouped(documents: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for document in documents:
        found.setdefault(document["id"], []).append(document)
    return found


def _trend(documents: Iterable[Mapping[str, Any]], calendar: Calendar, kind: Kind) -> list[KpiPoint]:
    """Oldest first, by the names of the periods."""
    ordered = sorted(documents, key=lambda document: moment(document["period"]["start"]))
    found = []
    for document in ordered:
        name = name_of(calendar.at(kind, moment(document["period"]["start"])))
        found.append(_point(document, Text(name, name)))
    return found


def _zones(documents: Iterable[Mapping[str, Any]], city: City) -> list[KpiPoint]:
    return [
        _point(document, city.zones[document["zone"]].name)
        for document in documents
        if document["zone"] in city.zones
    ]


def _point(document: Mapping[str, Any], name: Text) -> KpiPoint:
    return KpiPoint(
        name, document["value"], document["state"], document["coverage"], document.get("samples") or 0
    )


def _part(
    said: Mapping[str, Any], document: Mapping[str, Any], trend: list[KpiPoint], zones: list[KpiPoint]
) -> KpiPart:
    band, target, goal = said.get("band"), document.get("target"), said.get("goal")
    return KpiPart(
        id=said["id"],
        domain=Domain(said["domain"]),
        title=text_of(said["title"]),
        formula=text_of(said["formula"]),
        unit=said["unit"],
        direction=said["direction"],
        target=float(target) if isinstance(target, int | float) else None,
        goal=None if goal is None else text_of(goal),
        band=None if band is None else (band[0], band[1]),
        source=said["source"],
        verified=said["verified"],
        now=_point(document, _CITY),
        trend=trend,
        zones=zones,
        turned=document.get("trend"),
    )
