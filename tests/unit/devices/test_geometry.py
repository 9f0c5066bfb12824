from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.documents import Document, ProblemsError
from devices.geojson import outlines
from devices.geometry import distance, zone_center, zone_contains
from devices.model import Text, Zone

NAME = Text("Zone", "โซน")
SQUARE = ((100.0, 13.0), (102.0, 13.0), (102.0, 15.0), (100.0, 15.0))
AREA = Zone("area", NAME, (SQUARE,))
CIRCLE = Zone("circle", NAME, center=(100.5, 13.75), radius=600)

positions = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


def test_a_degree_of_latitude() -> None:
    assert distance((100, 13), (100, 14)) == pytest.approx(111_195, abs=1)


def test_bangkok_to_chiang_mai() -> None:
    assert distance((100.5018, 13.7563), (98.9853, 18.7883)) == pytest.approx(582_000, rel=0.01)


@given(positions, positions)
def test_distance_is_the_same_both_ways_and_never_beyond_the_antipode(
    a: tuple[float, float], b: tuple[float, float]
) -> None:
    assert distance(a, b) == pytest.approx(distance(b, a), abs=1e-6)
    assert 0 <= distance(a, b) <= 20_015_200
    assert distance(a, a) == 0


def test_what_lies_in_a_polygon() -> None:
    assert zone_contains(AREA, 101, 14)
    assert zone_contains(AREA, 100.001, 14.999)
    for outside in [(99.9, 14), (102.1, 14), (101, 12.9), (101, 15.1), (14, 101)]:
        assert not zone_contains(AREA, *outside)


def test_a_polygon_with_a_bay_has_it_outside() -> None:
    bay = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (2.0, 1.0), (0.0, 4.0))
    zone = Zone("bay", NAME, (bay,))
    assert not zone_contains(zone, 2, 2)
    assert zone_contains(zone, 2, 0.5)
    assert zone_contains(zone, 0.5, 2)


def test_what_lies_in_a_circle() -> None:
    assert zone_contains(CIRCLE, 100.5, 13.75)
    assert zone_contains(CIRCLE, 100.5, 13.7553)
    assert not zone_contains(CIRCLE, 100.5, 13.7555)


def test_centres() -> None:
    assert zone_center(CIRCLE) == (100.5, 13.75)
    assert zone_center(AREA) == pytest.approx((101, 14))
    small = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))
    assert zone_center(Zone("two", NAME, (small, SQUARE))) == pytest.approx((101, 14))
    line = ((5.0, 5.0), (6.0, 6.0), (7.0, 7.0))
    assert zone_center(Zone("line", NAME, (line,))) == (5.0, 5.0)


@pytest.mark.parametrize("turn", [1, -1])
def test_the_centre_does_not_depend_on_the_direction(turn: int) -> None:
    assert zone_center(Zone("area", NAME, (SQUARE[::turn],))) == pytest.approx((101, 14))


def geojson(data: object) -> Document:
    return Document("zones/z.geojson", json.dumps(data))


RING = [[100, 13], [102, 13], [102, 15, 4.5], [100, 15], [100, 13]]
POLYGON = {"type": "Polygon", "coordinates": [RING, [[101, 14], [101.1, 14], [101, 14.1], [101, 14]]]}


@pytest.mark.parametrize(
    "data",
    [
        POLYGON,
        {"type": "MultiPolygon", "coordinates": [POLYGON["coordinates"]]},
        {"type": "Feature", "properties": {"name": "x"}, "geometry": POLYGON},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": POLYGON}]},
        {"type": "GeometryCollection", "geometries": [POLYGON]},
    ],
)
def test_outlines_of_all_kinds(data: object) -> None:
    assert outlines(geojson(data)) == (SQUARE,)


def test_outlines_of_several_areas() -> None:
    both = {"type": "MultiPolygon", "coordinates": [[RING], [RING]]}
    assert outlines(geojson(both)) == (SQUARE, SQUARE)


def test_a_byte_order_mark_and_tabs_are_no_mistakes() -> None:
    text = "\ufeff" + json.dumps(POLYGON, indent="\t")
    assert outlines(Document("zones/z.geojson", text)) == (SQUARE,)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "not GeoJSON"),
        ('{\n"type": ]', 2, "not GeoJSON"),
        ("[" * 100_000, 1, "nested too deeply"),
        ("[]", 1, "must be a GeoJSON object"),
        ('{"type": "Point", "coordinates": [1, 2]}', 1, "'Point'"),
        ('{"type": "Feature", "geometry": null}', 1, "must be a GeoJSON object"),
        ('{"type": "FeatureCollection", "features": []}', 1, "holds no polygon"),
        ('{"type": "FeatureCollection"}', 1, "features must be an array"),
        ('{"type": "Polygon", "coordinates": []}', 1, "no ring"),
        ('{"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [1, 2]]]}', 1, "three different positions"),
        ('{"type": "Polygon", "coordinates": [[["1", 2]]]}', 1, "[longitude, latitude]"),
        ('{"type": "Polygon", "coordinates": [[[13, 100]]]}', 1, "in degrees"),
        ('{"type": "Polygon", "coordinates": [[[NaN, 1]]]}', 1, "[longitude, latitude]"),
    ],
)
def test_what_is_wrong_with_an_outline_is_said(text: str, line: int, said: str) -> None:
    with pytest.raises(ProblemsError) as refused:
        outlines(Document("zones/z.geojson", text))
    (problem,) = refused.value.problems
    assert (problem.file, problem.line) == ("zones/z.geojson", line)
    assert said in problem.message
