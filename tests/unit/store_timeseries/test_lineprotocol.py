"""Line protocol written by hand is what influxdb-client writes, and what can't be written is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from influxdb_client import Point, WritePrecision

from devices.model import Observation
from services.store.timeseries.lineprotocol import Encoder, UnwritableError
from tests.contract.timeseries.model import START, observation

WRITABLE = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\t\\"), min_size=1)
FIELDS = WRITABLE.filter(lambda name: not name.startswith("_") and name != "time")
VALUES = (
    st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.text(st.characters(codec="utf-8"))
)


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    return Observation(
        draw(st.integers(0, 2**42)),
        draw(WRITABLE),
        draw(WRITABLE),
        draw(WRITABLE.filter(lambda name: not name.startswith("#"))),
        draw(st.dictionaries(FIELDS, VALUES, min_size=1, max_size=5)),
        0,
        draw(st.none() | st.tuples(st.floats(-180, 180), st.floats(-90, 90))),
        draw(st.none() | st.integers(0, 2**63 - 1)),
    )


def point(one: Observation) -> str:
    """The same by influxdb-client."""
    made = Point(one.type).tag("device", one.device).tag("zone", one.zone).time(one.time, WritePrecision.MS)
    for metric, value in one.values.items():
        made.field(metric, value)
    if one.location:
        made.field("_lon", one.location[0]).field("_lat", one.location[1])
    if one.seq is not None:
        made.field("_seq", one.seq)
    line = made.to_line_protocol()
    assert line is not None
    return line


class Line:
    """A line of line protocol, read character by character as its grammar says."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self.type = self._name(", ")
        self.tags: dict[str, str] = {}
        while self._took(","):
            name = self._name("=")
            assert self._took("=")
            self.tags[name] = self._name(", ")
        assert self._took(" ")
        self.fields: dict[str, object] = {}
        while not self.fields or self._took(","):
            name = self._name("=")
            assert self._took("=")
            self.fields[name] = self._value()
        assert self._took(" ")
        self.time = int(text[self._at :])

    def _took(self, character: str) -> bool:
        if self._text[self._at] != character:
            return False
        self._at += 1
        return True

    def _name(self, ends: str) -> str:
        found = ""
        while self._text[self._at] not in ends:
            self._at += self._text[self._at] == "\\"
            found += self._text[self._at]
            self._at += 1
        return found

    def _value(self) -> object:
        if not self._took('"'):
            return _plain(self._name(", "))
        text = self._name('"')
        self._at += 1
        return text


def _plain(text: str) -> object:
    if text in {"T", "true"}:
        return True
    if text in {"F", "false"}:
        return False
    return int(text[:-1]) if text.endswith("i") else float(text)


def test_the_shape_of_a_line() -> None:
    one = observation(
        values={"pm25": 12.5, "status": 'a "b" \\', "ok": True, "off": False},
        location=(100.53, 13.73),
        seq=42,
    )
    (line,) = Encoder().encode([one]).lines
    assert line == (
        'AirQualityObserved,device=aq-01,zone=samyan pm25=12.5,status="a \\"b\\" \\\\",ok=true,off=false,'
        f"_lon=100.53,_lat=13.73,_seq=42i {START}"
    )


def test_numbers_are_floats_without_a_suffix() -> None:
    rows = [observation(values={"pm25": 1.0}), observation(START + 1, values={"pm25": 1e22})]
    assert [line.split(" ")[1] for line in Encoder().encode(rows).lines] == ["pm25=1.0", "pm25=1e+22"]


@given(st.lists(observations(), max_size=8, unique_by=lambda one: (one.device, one.type, one.time)))
def test_lines_say_what_influxdb_client_would_say(batch: list[Observation]) -> None:
    ordered, lines = Encoder().encode(batch)
    assert sorted(map(repr, ordered)) == sorted(map(repr, batch))
    for one, text in zip(ordered, lines, strict=True):
        ours, theirs = Line(text), Line(point(one))
        assert (ours.type, ours.tags, ours.time) == (theirs.type, theirs.tags, theirs.time)
        assert ours.fields == theirs.fields
        assert {name: value for name, value in ours.fields.items() if name in one.values} == one.values


def test_readings_of_one_identity_are_merged_unless_their_order_says_it_all() -> None:
    rows = [
        observation(values={"pm25": 1.0, "pm10": 5.0}),
        observation(values={"pm25": 2.0}),
        observation(values={"pm25": 3.0, "pm10": 6.0}),
    ]
    (line,) = Encoder().encode(rows).lines
    assert Line(line).fields == {"pm25": 3.0, "pm10": 6.0}
    alike = Encoder().encode([rows[0], rows[2]]).lines
    assert [Line(line).fields["pm25"] for line in alike] == [1.0, 3.0]


@pytest.mark.parametrize(
    "one",
    [
        observation(values={"a\nb": 1.0}),
        observation(values={"": 1.0}),
        observation(values={"ends in \\": 1.0}),
        observation(values={"a\\,b": 1.0}),
        observation(values={"_seq": 1.0}),
        observation(values={"time": 1.0}),
        observation(device="a\rb"),
        observation(zone=""),
        observation(type="#Type"),
    ],
)
def test_what_line_protocol_can_not_say_is_refused(one: Observation) -> None:
    with pytest.raises(UnwritableError):
        Encoder().encode([one])


def test_names_are_kept_within_a_bound() -> None:
    encoder = Encoder(most_names=10)
    for number in range(35):
        encoder.encode([observation(device=f"d-{number}", values={f"m{number}": 1.0})])
    assert encoder.names_kept <= 20
