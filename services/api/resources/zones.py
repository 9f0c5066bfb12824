"""``zones``: the areas of the city, drawn."""

from __future__ import annotations

from collections import Counter
from math import asin, atan2, cos, degrees, pi, radians, sin
from typing import Any

from devices.geometry import EARTH_RADIUS, zone_center
from devices.model import Position, Zone
from services.api import shapes
from services.api.paging import page_of
from services.api.parameters import PageQuery
from services.api.routes import V1, Answer, Call, Route

_CORNERS = 64


def geometry(zone: Zone) -> dict[str, Any]:
    """A zone as GeoJSON; a circle as a polygon of 64 corners."""
    if zone.center is not None and zone.radius is not None:
        return {"type": "Polygon", "coordinates": [_closed(_circle(zone.center, zone.radius))]}
    rings = [[_closed(ring)] for ring in zone.polygons]
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings[0]}
    return {"type": "MultiPolygon", "coordinates": rings}


def _closed(ring: tuple[Position, ...]) -> list[Position]:
    return [*ring, ring[0]] if ring[0] != ring[-1] else list(ring)


def _circle(center: Position, radius: float) -> tuple[Position, ...]:
    """Points at ``radius`` metres around a centre, counter-clockwise (direct problem on the sphere)."""
    lon, lat = (radians(angle) for angle in center)
    arc = radius / EARTH_RADIUS
    corners = []
    for step in range(_CORNERS):
        bearing = -2 * pi * step / _CORNERS
        to_lat = asin(sin(lat) * cos(arc) + cos(lat) * sin(arc) * cos(bearing))
        across = sin(bearing) * sin(arc) * cos(lat)
        to_lon = lon + atan2(across, cos(arc) - sin(lat) * sin(to_lat))
        corners.append((round(degrees(to_lon), 7), round(degrees(to_lat), 7)))
    return tuple(corners)


async def list_zones(call: Call[PageQuery, None]) -> Answer:
    """All zones, in the order of the city's file."""
    counts = Counter(device.zone for device in call.deps.registry.all())
    items = [_document(zone, counts[zone.id]) for zone in call.deps.city.zones.values()]
    return Answer(page_of(items, call.query), lasting=True)


def _document(zone: Zone, devices: int) -> dict[str, Any]:
    return {
        "id": zone.id,
        "name": zone.name.as_dict(),
        "geometry": geometry(zone),
        "center": zone_center(zone),
        "radius": zone.radius,
        "devices": devices,
    }


ROUTES = (
    Route(
        method="GET",
        path=f"{V1}/zones",
        handler=list_zones,
        summary="The zones of the city with their outlines (GeoJSON)",
        tag="catalogue",
        query=PageQuery,
        answer=shapes.Zones,
    ),
)
