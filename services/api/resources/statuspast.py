"""What statuses were: changes, and days of uptime, of a domain, a service or a zone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from devices.model import Domain
from services.api import statusshapes
from services.api.paging import Count, decode, encode, page, page_of
from services.api.parameters import Moment, PageQuery, parse_moment
from services.api.problems import bad_parameter
from services.api.resources.paged import here
from services.api.routes import V1, Answer, Call, Route
from services.runtime.ports import NotFoundError
from services.runtime.statusports import HistoryPort

MOST_DAYS = 400
"""More than a year of a calendar."""

_NOTHING = "no history of statuses is kept here"


class HistoryQuery(PageQuery):
    """Which changes: those that came within a span."""

    start: Moment | None = Field(None, description="Inclusive. Left out: from the beginning.")
    end: Moment | None = Field(None, description="Exclusive. Left out: up to now.")


class DomainHistoryQuery(HistoryQuery):
    """Which changes: the domain's own and those of its services, or one kind of them."""

    kind: Literal["domain", "service"] | None = Field(None, description="Only these; both when left out.")


class UptimeQuery(PageQuery):
    """Which days: those up to today."""

    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = Field(90, description="How many, today the last.")


class _Source(NamedTuple):
    """What a history is asked for."""

    kind: str
    subjects: Sequence[str]


async def domain_history(call: Call[DomainHistoryQuery, None]) -> Answer:
    """Changes of a domain and of its services, newest first."""
    domain = known_domain(call)
    services = [one.id for one in call.deps.city.services.values() if one.domain == domain]
    sources = [_Source("domain", [domain]), _Source("service", services)]
    wanted = call.query.kind
    return await _changes(call, [one for one in sources if one.subjects and wanted in (None, one.kind)])


async def service_history(call: Call[HistoryQuery, None]) -> Answer:
    """Changes of a service, newest first."""
    return await _changes(call, [_Source("service", [known_service(call)])])


async def zone_history(call: Call[HistoryQuery, None]) -> Answer:
    """Changes of a zone, newest first."""
    return await _changes(call, [_Source("zone", [known_zone(call)])])


async def domain_uptime(call: Call[UptimeQuery, None]) -> Answer:
    """How a domain was, day by day."""
    return await _uptime(call, "domain", known_domain(call))


async def service_uptime(call: Call[UptimeQuery, None]) -> Answer:
    """How a service was, day by day."""
    return await _uptime(call, "service", known_service(call))


async def zone_uptime(call: Call[UptimeQuery, None]) -> Answer:
    """How a zone was, day by day."""
    return await _uptime(call, "zone", known_zone(call))


def known_domain(call: Call[Any, None]) -> Domain:
    """The domain that the path names."""
    name = call.path("domain")
    if name not in set(Domain):
        raise NotFoundError(f"no domain {name!r}; the domains are {', '.join(Domain)}")
    return Domain(name)


def known_service(call: Call[Any, None]) -> str:
    """The service that the path names."""
    name = call.path("id")
    if name not in call.deps.city.services:
        raise NotFoundError(f"no service {name!r} in this city")
    return name


def known_zone(call: Call[Any, None]) -> str:
    """The zone that the path names."""
    name = call.path("id")
    if name not in call.deps.city.zones:
        raise NotFoundError(f"no zone {name!r} in this city")
    return name


async def _changes(call: Call[Any, None], sources: Sequence[_Source]) -> Answer:
    """A page of what several histories tell, newest first.

    A cursor is the moment of the last change told and how many of that moment were: each history is asked
    anew from there, so that none of them has to know of the others.
    """
    query, history = call.query, here(call.deps.history, _NOTHING)
    start = query.start or 0
    end = call.deps.clock.now() + 1 if query.end is None else query.end
    if start > end:
        raise bad_parameter("end", "lies before start", "a time after start")
    last, told = decode(query, tuple[Count, Count]) or (end - 1, 0)
    found = await _merged(history, sources, start, min(end, last + 1), told + query.limit + 1)
    shown = found[told : told + query.limit]
    if len(found) <= told + query.limit:
        return Answer(page(shown, None))
    moment = parse_moment(shown[-1]["at"])
    same = sum(parse_moment(one["at"]) == moment for one in shown)
    before = told if moment == last else 0
    return Answer(page(shown, encode(query, [moment, before + same])))


async def _merged(
    history: HistoryPort, sources: Sequence[_Source], start: int, end: int, limit: int
) -> list[Any]:
    found: list[Any] = []
    for kind, subjects in sources:
        part = await history.changes(kind, subjects, start=start, end=end, limit=limit, cursor=None)
        found += part.items
    # Steady: what came at the same moment stays in the order in which it was told.
    return sorted(found, key=lambda one: one["at"], reverse=True)


async def _uptime(call: Call[UptimeQuery, None], kind: str, subject: str) -> Answer:
    history = here(call.deps.history, _NOTHING)
    days = await history.uptime(kind, subject, days=call.query.days, end=call.deps.clock.now())
    return Answer(page_of(days, call.query))


_CODES = ("not_found", "unavailable", "store_refused")


def _route(path: str, handler: Any, query: Any, answer: Any, summary: str, part: dict[str, str]) -> Any:
    return Route(
        method="GET",
        path=f"{V1}/{path}",
        handler=handler,
        summary=summary,
        tag="status",
        query=query,
        answer=answer,
        codes=_CODES,
        parameters=part,
    )


_DOMAIN = {"domain": f"One of {', '.join(Domain)}."}
_SERVICE = {"id": "The service's id."}
_ZONE = {"id": "The zone's id."}
_CHANGES, _DAYS = statusshapes.StatusChanges, statusshapes.Uptime

ROUTES: tuple[Route[Any, Any], ...] = (
    _route(
        "domains/{domain}/history",
        *(domain_history, DomainHistoryQuery, _CHANGES),
        summary="Every change of a domain and its services, newest first",
        part=_DOMAIN,
    ),
    _route(
        "domains/{domain}/uptime",
        *(domain_uptime, UptimeQuery, _DAYS),
        summary="How a domain was, day by day",
        part=_DOMAIN,
    ),
    _route(
        "services/{id}/history",
        *(service_history, HistoryQuery, _CHANGES),
        summary="Every change of a service, newest first",
        part=_SERVICE,
    ),
    _route(
        "services/{id}/uptime",
        *(service_uptime, UptimeQuery, _DAYS),
        summary="How a service was, day by day",
        part=_SERVICE,
    ),
    _route(
        "zones/{id}/history",
        *(zone_history, HistoryQuery, _CHANGES),
        summary="Every change of a zone, newest first",
        part=_ZONE,
    ),
    _route(
        "zones/{id}/uptime",
        *(zone_uptime, UptimeQuery, _DAYS),
        summary="How a zone was, day by day",
        part=_ZONE,
    ),
)
