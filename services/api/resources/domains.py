"""``domains``: how the seven domains are doing."""

from __future__ import annotations

from devices.model import Domain
from services.api import shapes
from services.api.paging import page_of
from services.api.parameters import PageQuery
from services.api.routes import V1, Answer, Call, NoQuery, Route
from services.runtime.ports import NotFoundError


async def list_domains(call: Call[PageQuery, None]) -> Answer:
    """All seven, in their official order."""
    return Answer(page_of(call.deps.status.domains(), call.query))


async def get_domain(call: Call[NoQuery, None]) -> Answer:
    """One of them."""
    name = call.path("domain")
    for domain in call.deps.status.domains():
        if domain["domain"] == name:
            return Answer(domain)
    raise NotFoundError(f"no domain {name!r}; the domains are {', '.join(Domain)}")


ROUTES = (
    Route(
        method="GET",
        path=f"{V1}/domains",
        handler=list_domains,
        summary="The seven domains with status, reason and evidence",
        tag="status",
        query=PageQuery,
        answer=shapes.Domains,
    ),
    Route(
        method="GET",
        path=f"{V1}/domains/{{domain}}",
        handler=get_domain,
        summary="One domain",
        tag="status",
        answer=shapes.DomainStatus,
        codes=("not_found",),
        parameters={"domain": f"One of {', '.join(Domain)}."},
    ),
)
