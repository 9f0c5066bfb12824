"""``quality``: how good the data of devices is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from heapq import nsmallest
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from devices.model import Device, Domain
from services.api import qualityshapes
from services.api.paging import decode, encode, page
from services.api.parameters import Many, PageQuery, split_many
from services.api.resources.devices import known
from services.api.routes import V1, Answer, Call, NoQuery, Route
from services.runtime.quality import DeviceQuality

_AT_A_TIME = 200
"""Devices that are looked at before others get their turn: a few milliseconds."""


class QualityQuery(PageQuery):
    """Of which devices: any of each given parameter."""

    device: Many = ()
    zone: Many = ()
    domain: Annotated[tuple[Domain, ...], BeforeValidator(split_many)] = ()
    service: Many = ()
    problem: Annotated[tuple[qualityshapes.ProblemName, ...], BeforeValidator(split_many)] = Field(
        (), description="Devices that have one of these."
    )


async def list_quality(call: Call[QualityQuery, None]) -> Answer:
    """Quality of enabled devices, by id."""
    query = call.query
    found: list[Mapping[str, Any]] = []
    for number, device in enumerate(_matching(call, decode(query, str)), 1):
        if number % _AT_A_TIME == 0:
            await asyncio.sleep(0)
        quality = _quality(call, device)
        if query.problem and set(query.problem).isdisjoint(quality.problems):
            continue
        if len(found) == query.limit:
            return Answer(page(found, encode(query, found[-1]["device"])))
        found.append(_document(call, device, quality))
    return Answer(page(found, None))


def _matching(call: Call[QualityQuery, None], after: str | None) -> list[Device]:
    """The devices that the query means, by id; no more than needed when each of them is an item."""
    query, city = call.query, call.deps.city
    devices = (
        device
        for device in call.deps.registry.all()
        if device.enabled
        and (after is None or device.id > after)
        and (not query.device or device.id in query.device)
        and (not query.zone or device.zone in query.zone)
        and (not query.domain or device.domain in query.domain)
        and (not query.service or city.service_of(device) in query.service)
    )
    if query.problem:
        return sorted(devices, key=lambda device: device.id)
    return nsmallest(query.limit + 1, devices, key=lambda device: device.id)


def _quality(call: Call[Any, None], device: Device) -> DeviceQuality:
    """Of a device of which nothing is known all is empty."""
    return call.deps.quality.quality(device.id) or DeviceQuality(call.deps.clock.now())


async def get_quality(call: Call[NoQuery, None]) -> Answer:
    """Quality of one device."""
    device = known(call, call.path("id"))
    return Answer(_document(call, device, _quality(call, device)))


def _document(call: Call[Any, None], device: Device, quality: DeviceQuality) -> Mapping[str, Any]:
    return {
        "device": device.id,
        "zone": device.zone,
        "domain": device.domain.value,
        "service": call.deps.city.service_of(device),
        **quality.as_dict(),
    }


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/quality",
        handler=list_quality,
        summary="How good the data of devices is, by id",
        tag="telemetry",
        query=QualityQuery,
        answer=qualityshapes.Qualities,
    ),
    Route(
        method="GET",
        path=f"{V1}/devices/{{id}}/quality",
        handler=get_quality,
        summary="How good the data of a device is",
        tag="telemetry",
        answer=qualityshapes.Quality,
        codes=("not_found",),
        parameters={"id": "Its id."},
    ),
)
