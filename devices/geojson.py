"""Outlines of zones from GeoJSON (RFC 7946)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from devices.documents import Document, Problem, ProblemsError
from devices.model import Position

Ring: TypeAlias = tuple[Position, ...]
Rings: TypeAlias = tuple[Ring, ...]

_KINDS = "Polygon, MultiPolygon, Feature, FeatureCollection, GeometryCollection"


class _NotAnOutlineError(ValueError):
    """The file's author reads the text."""


def outlines(document: Document) -> Rings:
    """The outer rings of all polygons in a GeoJSON document, each without its closing repetition.

    Raises:
        ProblemsError: not JSON, no polygon in it, or a ring that is none.
    """
    try:
        rings = tuple(_rings(json.loads(document.text.removeprefix("\ufeff"))))
    except json.JSONDecodeError as error:
        raise ProblemsError([Problem(document.name, error.lineno, "", f"not GeoJSON: {error.msg}")]) from None
    except RecursionError:
        raise ProblemsError([Problem(document.name, 1, "", "not GeoJSON: nested too deeply")]) from None
    except _NotAnOutlineError as error:
        raise ProblemsError([Problem(document.name, 1, "", str(error))]) from None
    if not rings:
        raise ProblemsError([Problem(document.name, 1, "", "holds no polygon")])
    return rings


def _rings(data: Any) -> Iterator[Ring]:
    if not isinstance(data, Mapping):
        raise _NotAnOutlineError(f"must be a GeoJSON object: one of {_KINDS}")
    kind = data.get("type")
    if kind == "Polygon":
        yield _outer(data.get("coordinates"))
    elif kind == "MultiPolygon":
        for polygon in _list(data.get("coordinates"), "coordinates"):
            yield _outer(polygon)
    elif kind == "Feature":
        yield from _rings(data.get("geometry"))
    elif kind in {"FeatureCollection", "GeometryCollection"}:
        members = "features" if kind == "FeatureCollection" else "geometries"
        for member in _list(data.get(members), members):
            yield from _rings(member)
    else:
        raise _NotAnOutlineError(f"type is {kind!r}; a zone needs one of {_KINDS}")


def _outer(polygon: Any) -> Ring:
    rings = _list(polygon, "coordinates")
    if not rings:
        raise _NotAnOutlineError("a polygon has no ring")
    ring = tuple(_position(position) for position in _list(rings[0], "a ring"))
    if len(ring) > 1 and ring[0] == ring[-1]:
        ring = ring[:-1]
    if len(set(ring)) < 3:
        raise _NotAnOutlineError("a ring needs at least three different positions")
    return ring


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise _NotAnOutlineError(f"{what} must be an array")
    return value


def _position(value: Any) -> Position:
    numbers = value[:2] if isinstance(value, list) else []
    if len(numbers) != 2 or not all(type(n) in (int, float) and math.isfinite(n) for n in numbers):
        raise _NotAnOutlineError(f"a position must be [longitude, latitude], not {value!r:.80}")
    lon, lat = float(numbers[0]), float(numbers[1])
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise _NotAnOutlineError(f"a position must be [longitude, latitude] in degrees, not {value!r:.80}")
    return lon, lat
