"""Maps: what they may say, what is told when they are wrong, and the devices that they register."""

from __future__ import annotations

import io
from typing import Any

import jsonschema
import pytest

from devices.documents import Document, ProblemsError, parse
from devices.recordings.mapform import map_schema, parse_map
from devices.recordings.reading import read_recording
from devices.recordings.recording import Recording
from tests.support.smallcity import small_city

CITY = small_city()
WHOLE = """
city: ../smallville
csv: {delimiter: ",", decimal: ".", encoding: utf-8}
time: {column: date, format: "%d/%m/%Y %H:%M", zone: Asia/Bangkok}
device: {column: station, map: {"Station 1": aq-01}}
zone: {value: north}
type: AirQualityObserved
interval: 1h
values:
  pm25: {column: "PM2.5"}
  no2: {column: NO2, unit: µg/m³}
missing: ["", NA, "-999"]
register: true
"""
LONG = """
time: {columns: [date, time]}
device: {value: aq-01}
type: AirQualityObserved
long: {metric: parameter, value: value, map: {"PM2.5": pm25, no2: {metric: no2, unit: µg/m³}, bc: null}}
"""


def read(rows: str, map_: str = WHOLE) -> Recording:
    parsed = parse_map(Document("map.yaml", map_))
    stream = io.BytesIO(rows.encode())
    return read_recording(stream, "r.csv", parsed, CITY.catalog, CITY.city, CITY.devices)


def problems(map_: str, rows: str | None = None) -> str:
    with pytest.raises(ProblemsError) as caught:
        read(rows or "", map_)
    return str(caught.value)


@pytest.mark.parametrize("text", [WHOLE, LONG, WHOLE.replace("interval: 1h\n", "interval: 90s\n")])
def test_what_a_map_may_say_its_schema_allows(text: str) -> None:
    parse_map(Document("map.yaml", text))
    jsonschema.Draft202012Validator(map_schema()).validate(parse(Document("map.yaml", text)).data)


def test_the_contracts_map_reads() -> None:
    form = parse_map(Document("map.yaml", WHOLE)).form
    assert form.columns == ("date", "station", "PM2.5", "NO2")
    assert (form.interval, form.register_, form.city) == (3_600_000, True, "../smallville")
    assert form.numbers().missing == ("", "NA", "-999")


def test_all_mistakes_of_a_map_are_told_at_once_with_their_lines() -> None:
    text = problems("""time: {column: date, format: "%Q", zone: Asia/Bankok}
device: {}
csv: {encoding: utf-88, delimter: ;}
values: {1x: {colum: a}}
long: {metric: a}
intervall: 5
""")
    for line in (
        "map.yaml:1: time.format: unknown %Q",
        "map.yaml:1: time.zone: no IANA time zone 'Asia/Bankok'; did you mean Asia/Bangkok?",
        "map.yaml:1: type: is missing",
        "map.yaml:2: device: needs either column, or value",
        "map.yaml:3: csv.encoding: no encoding 'utf-88'",
        "map.yaml:3: csv.delimter: unknown key; did you mean delimiter?",
        "map.yaml:4: values.1x.column: is missing",
        "map.yaml:5: long.value: is missing",
        "map.yaml:6: intervall: unknown key; did you mean interval?",
    ):
        assert line in text


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("AirQualityObserved", "AirQuality", "6: type: no observation type 'AirQuality'; did you mean"),
        ("north", "nort", "5: zone.value: smallville has no zone 'nort'; did you mean north?"),
        ("pm25:", "pm2_5:", "9: values.pm2_5: AirQualityObserved has no metric 'pm2_5'; did you mean pm25?"),
        ("µg/m³", "µg", "10: values.no2.unit: 'µg' can't be converted to ppb"),
        ("NO2", "NO3", "10: values.no2.column: r.csv has no column 'NO3'; did you mean NO2?"),
        ("date,", "day,", "3: time.column: r.csv has no column 'day'"),
    ],
)
def test_what_a_map_names_must_be_there(old: str, new: str, told: str) -> None:
    text = problems(WHOLE.strip().replace(old, new), "date,station,PM2.5,NO2\n")
    assert f"map.yaml:{told}" in text
    assert "allowed:" in text


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("bc: null", "bc: black", "4: long.map.bc: AirQualityObserved has no metric 'black'"),
        ("µg/m³", "°C", "4: long.map.no2.unit: no2: '°C' can't be converted to ppb"),
        ("value: value", "value: value, unit: ppb", "4: long.unit: pm25: 'ppb' can't be converted to µg/m³"),
    ],
)
def test_what_a_long_map_names_must_be_there(old: str, new: str, told: str) -> None:
    assert f"map.yaml:{told}" in problems(LONG.strip().replace(old, new))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("time: {column: a, columns: [b]}", "needs either column, or columns"),
        ("time: {column: a, unit: s, format: '%F'}", "takes no format"),
        ("time: {column: a, calendar: buddhist}", "calendar belongs to a format"),
        ("csv: {decimal: ',', thousands: ','}", "can't be the same sign"),
        ("values: {}", "needs either values"),
    ],
)
def test_what_makes_no_sense_together(text: str, why: str) -> None:
    base = {line.split(":")[0]: line for line in LONG.strip().splitlines()}
    key = text.partition(":")[0]
    if key == "values":
        base.pop("long")
    assert why in problems("\n".join({**base, key: text}.values()))


HEAD = "date,station,PM2.5,NO2\n"


def test_devices_that_the_city_does_not_list_are_made_up() -> None:
    found = read(HEAD + "01/01/2026 00:00,Station 1,1,\n01/01/2026 00:00,Din Daeng (54t),2,\n")
    assert [(d.id, d.interval) for d in found.devices] == [("aq-01", 3_600_000), ("din-daeng-54t", 3_600_000)]
    (made,) = found.registered
    assert (made.types, made.zone, made.domain, made.name) == (
        ("AirQualityObserved",),
        "north",
        "environment",
        "Din Daeng (54t)",
    )


def test_without_an_interval_it_is_the_devices_or_the_types() -> None:
    text = WHOLE.replace("interval: 1h\n", "")
    found = read(HEAD + "01/01/2026 00:00,aq-01,1,\n01/01/2026 00:00,new,2,\n", text)
    assert [(d.id, d.interval) for d in found.devices] == [("aq-01", 60_000), ("new", 300_000)]


def test_two_names_that_would_be_one_device_are_told() -> None:
    found = read(HEAD + "01/01/2026 00:00,St. 9,1,\n01/01/2026 00:00,st 9,2,\n01/01/2026 00:00,สถานี,2,\n")
    assert found.refused.by_code() == {"unknown_device": 2}
    assert [d.id for d in found.devices] == ["st-9"]
    assert all("device.map" in sample.expected for sample in found.refused.samples)


def test_registering_needs_a_zone_that_is_there() -> None:
    rows = HEAD + "01/01/2026 00:00,new,1,\n"
    assert "zone: new has to be registered, and needs a zone" in problems(
        WHOLE.replace("zone: {value: north}\n", ""), rows
    )
    by_column = WHOLE.replace("zone: {value: north}", "zone: {column: NO2, map: {'1': south}}")
    assert [d.zone for d in read(rows.replace(",1,", ",1,1"), by_column).registered] == ["south"]
    assert "smallville has no zone '2'" in problems(by_column, rows.replace(",1,", ",1,2"))


def test_without_registering_unknown_devices_are_refused() -> None:
    text = WHOLE.replace("register: true\n", "").replace("zone: {value: north}\n", "")
    found = read(HEAD + "01/01/2026 00:00,new,1,\n01/01/2026 00:00,aq-02,2,\n01/01/2026 00:00,,2,\n", text)
    assert (found.readings, found.refused.by_code()) == (1, {"unknown_device": 2})


def test_numbers_may_have_thousands() -> None:
    text = WHOLE.replace('decimal: "."', 'decimal: ",", thousands: "."').replace(
        'delimiter: ","', "delimiter: ;"
    )
    rows = "date;station;PM2.5;NO2\n01/01/2026 00:00;aq-01;1.000,0;\n01/01/2026 00:01;aq-01;1.0;\n"
    found = read(rows, text)
    values: list[Any] = [o.values for batch in found.batches() for o in batch]
    assert (values, found.refused.by_code()) == ([{"pm25": 1000.0}], {"wrong_type": 1})
