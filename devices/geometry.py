"""Where a zone is. Positions are (longitude, latitude) in degrees, distances metres."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

from devices.model import Position, Zone

EARTH_RADIUS = 6_371_008.8
"""Mean radius of the Earth in metres (IUGG)."""


def distance(a: Position, b: Position) -> float:
    """Metres between two positions on the sphere (haversine formula; within 0.5 % of the ellipsoid)."""
    lon_a, lat_a, lon_b, lat_b = (radians(angle) for angle in (*a, *b))
    half = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS * asin(min(1.0, sqrt(half)))


def zone_contains(zone: Zone, lon: float, lat: float) -> bool:
    """Whether a position lies in the zone. Holes of its polygons count as inside."""
    if zone.center is not None and zone.radius is not None:
        return distance(zone.center, (lon, lat)) <= zone.radius
    return any(_inside(ring, lon, lat) for ring in zone.polygons)


def zone_center(zone: Zone) -> Position:
    """Its centre: the given one, or the centroid of the largest of its polygons."""
    if zone.center is not None:
        return zone.center
    return _centroid(max(zone.polygons, key=lambda ring: abs(_doubled_area(ring))))


def _inside(ring: tuple[Position, ...], lon: float, lat: float) -> bool:
    """Ray casting: a ray to the east crosses the ring an odd number of times."""
    inside = False
    for (lon_a, lat_a), (lon_b, lat_b) in _edges(ring):
        if (lat_a > lat) != (lat_b > lat):
            crossing = lon_a + (lat - lat_a) / (lat_b - lat_a) * (lon_b - lon_a)
            inside ^= lon < crossing
    return inside


def _edges(ring: tuple[Position, ...]) -> zip[tuple[Position, Position]]:
    return zip(ring, (*ring[1:], ring[0]), strict=True)


def _doubled_area(ring: tuple[Position, ...]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in _edges(_shifted(ring)))


def _centroid(ring: tuple[Position, ...]) -> Position:
    area = _doubled_area(ring)
    if area == 0:
        return ring[0]
    lon = lat = 0.0
    for a, b in _edges(_shifted(ring)):
        cross = a[0] * b[1] - b[0] * a[1]
        lon += (a[0] + b[0]) * cross
        lat += (a[1] + b[1]) * cross
    return ring[0][0] + lon / (3 * area), ring[0][1] + lat / (3 * area)


def _shifted(ring: tuple[Position, ...]) -> tuple[Position, ...]:
    """The ring with its first corner as the origin, so that small areas far from 0, 0 keep their digits."""
    lon, lat = ring[0]
    return tuple((a - lon, b - lat) for a, b in ring)
