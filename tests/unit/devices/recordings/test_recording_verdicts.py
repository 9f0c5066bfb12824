"""A recording accepts and refuses the same readings as telemetry does, with the same codes."""

from __future__ import annotations

import io
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.documents import Document
from devices.model import Observation
from devices.recordings.mapform import parse_map
from devices.recordings.reading import read_recording
from devices.recordings.recording import Recording
from devices.refusal import Code
from devices.types import ObservationType
from tests.support.smallcity import small_city

OWN = """
name: Everything
version: 1
domain: living
interval: 1m
metrics:
  number: {type: number, range: [-1.5, 10]}
  free: {type: number}
  word: {type: string, values: [ok, fault]}
  text: {type: string}
  flag: {type: boolean}
"""
MAP = """
time: {column: ts}
device: {value: aq-01}
type: Everything
values: {number: number, free: free, word: word, text: text, flag: flag}
missing: []
"""
DEVICES = "id,type,zone\naq-01,Everything,north\n"


def _city() -> tuple[Any, ObservationType]:
    folder = small_city("", "id,type,zone\naq-01,AirQualityObserved,north\n")
    catalog = folder.catalog.extended([Document("types/Everything.yaml", OWN)])
    return folder, catalog["Everything"]


FOLDER, TYPE = _city()
DEVICE = FOLDER.devices[0].__class__("aq-01", ("Everything",), "north", TYPE.domain, TYPE.interval)

numbers = st.one_of(
    st.none(),
    st.floats(-3, 12, allow_nan=False),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-5, 15),
    st.sampled_from([-1.5, 10.0, 10.000001, -0.0]),
    st.booleans(),
    st.just("no number"),
)
rows = st.fixed_dictionaries(
    {},
    optional={
        "number": numbers,
        "free": numbers,
        "word": st.sampled_from(["ok", "fault", "OK", "other", None]),
        "text": st.one_of(st.none(), st.sampled_from(["a", "x" * 1_024, "x" * 1_025, "ฝุ่น"])),
        "flag": st.sampled_from([True, False, None]),
    },
)


def read(lines: list[dict[str, Any]]) -> Recording:
    catalog = {"Everything": TYPE}
    stream = io.BytesIO(b"\n".join(orjson.dumps(line) for line in lines))
    map_ = parse_map(Document("map.yaml", MAP))
    return read_recording(stream, "r.jsonl", map_, catalog, FOLDER.city, [DEVICE])


@settings(max_examples=50, deadline=None)
@given(st.lists(rows, min_size=1, max_size=30))
def test_the_verdict_on_every_row_is_that_of_its_type(values: list[dict[str, Any]]) -> None:
    start = 1_763_701_200_000
    recording = read([{"ts": start + place, **row} for place, row in enumerate(values)])
    accepted, refused, empty = [], dict[Code, int](), 0
    for place, row in enumerate(values):
        checked = TYPE.check(row, index=0)
        if checked.values is not None:
            accepted.append(
                Observation(start + place, "aq-01", "north", "Everything", checked.values, start + place)
            )
        elif all(value is None for value in row.values()):
            empty += 1
        else:
            assert checked.refusal is not None
            first = _first_in_map_order(row)
            refused[first] = refused.get(first, 0) + 1
    assert [o for batch in recording.batches(7) for o in batch] == accepted
    assert (recording.refused.counts, recording.empty) == (refused, empty)


def _first_in_map_order(row: dict[str, Any]) -> Code:
    """The first mistake of a row whose keys stand as the map has them."""
    ordered = {name: row[name] for name in ("number", "free", "word", "text", "flag") if name in row}
    refusal = TYPE.check(ordered, index=0).refusal
    assert refusal is not None
    return refusal.code
