from __future__ import annotations

import pytest

from devices.catalog import Catalog
from devices.devicefile import References, parse_devices
from devices.documents import Document, ProblemsError
from devices.model import Device, Domain

KNOWN = References({"samyan", "makkasan"}, {"air-quality"}, Catalog.builtin())

TABLE = "id,type,zone,service,name,lon,lat,interval,domain,labels\n"


def table(text: str, *, header: str = TABLE, references: References = KNOWN) -> tuple[Device, ...]:
    return parse_devices(Document("devices.csv", header + text), references)


def listed(text: str) -> tuple[Device, ...]:
    return parse_devices(Document("devices.yaml", text), KNOWN)


def mistakes(text: str, *, header: str = TABLE) -> list[tuple[int, str, str]]:
    with pytest.raises(ProblemsError) as refused:
        table(text, header=header)
    return [(problem.line, problem.key, problem.message) for problem in refused.value.problems]


def test_a_table_as_a_spreadsheet_saves_it() -> None:
    text = (
        "\ufeffid,type,zone,name,labels\r\n"
        'aq-01,AirQualityObserved,samyan,"Gate ""1"",\r\nChula",site=school\r\n'
        "\r\n"
        ",,,,\r\n"
        " lamp-1 , Streetlight ; ACMeasurement ,makkasan\r\n"
    )
    station, lamp = table(text, header="")
    assert station.name == 'Gate "1",\r\nChula'
    assert station.labels == {"site": "school"}
    assert (lamp.id, lamp.types) == ("lamp-1", ("Streetlight", "ACMeasurement"))


def test_columns_in_any_order_and_only_those_needed() -> None:
    (device,) = table("samyan,AirQualityObserved,a\n", header="zone,type,id\n")
    assert device == Device("a", ("AirQualityObserved",), "samyan", Domain.ENVIRONMENT, 300_000)


def test_a_list_says_the_same() -> None:
    text = """
- id: aq-01
  type: [AirQualityObserved, WeatherObserved]
  zone: samyan
  service: air-quality
  name: Gate 1
  lon: 100.53
  lat: 13.735
  interval: 1m
  domain: living
  labels: {site: school}
- {id: aq-02, type: AirQualityObserved;WeatherObserved, zone: samyan, labels: a=b}
"""
    first, second = listed(text)
    types = "AirQualityObserved;WeatherObserved"
    same = f"aq-01,{types},samyan,air-quality,Gate 1,100.53,13.735,1m,living,site=school"
    assert (first,) == table(same)
    assert (second.types, second.labels) == (first.types, {"a": "b"})
    assert listed(f"devices:{text}") == (first, second)


@pytest.mark.parametrize("text", ["", "[]", "devices:", "devices: []"])
def test_a_list_of_none(text: str) -> None:
    assert listed(text) == ()


@pytest.mark.parametrize("text", ["3", "text", "a: 1", "devices: {a: 1}", "devices: 3"])
def test_what_is_no_list(text: str) -> None:
    with pytest.raises(ProblemsError, match="must be a list of devices"):
        listed(text)


def test_mistakes_in_a_list_have_their_lines() -> None:
    with pytest.raises(ProblemsError) as refused:
        listed("- {id: a, type: Streetlight, zone: samyan}\n-\n- 3\n- {id: a, typ: x, zone: y}\n")
    told = [(problem.line, problem.key) for problem in refused.value.problems]
    assert told == [
        (2, "[1].id"),
        (2, "[1].type"),
        (2, "[1].zone"),
        (3, "[2]"),
        (4, "[3].id"),
        (4, "[3].typ"),
        (4, "[3].type"),
        (4, "[3].zone"),
    ]


@pytest.mark.parametrize(
    ("row", "key", "said"),
    [
        ("AQ,Streetlight,samyan", "id", "must be 1 to 64 of a-z"),
        (",Streetlight,samyan", "id", "is missing"),
        ("a,,samyan", "type", "is missing"),
        ("a,;,samyan", "type", "at least 1 item"),
        ("a,Streetlight", "zone", "is missing"),
        ("a,Streetlamp,samyan", "type", "no observation type 'Streetlamp'; did you mean Streetlight?"),
        ("a,Streetlight;Nothing,samyan", "type", "no observation type 'Nothing'"),
        ("a,Streetlight,samyam", "zone", "no zone 'samyam'; did you mean samyan?"),
        ("a,Streetlight,samyan,air", "service", "no service 'air'"),
        ("a,Streetlight,samyan,,,181,13", "lon", "less than or equal to 180, not '181'"),
        ("a,Streetlight,samyan,,,100,nan", "lat", "finite number"),
        ('a,Streetlight,samyan,,,"100,5",13', "lon", "valid number"),
        ("a,Streetlight,samyan,,,100,", "", "lon and lat belong together"),
        ("a,Streetlight,samyan,,,,,10", "interval", "must be a span of time such as 90s"),
        ("a,Streetlight,samyan,,,,,0s", "interval", "more than nothing"),
        ("a,Streetlight,samyan,,,,,,enrgy", "domain", "did you mean energy?"),
        ("a,Streetlight,samyan,,,,,,,site", "labels", "must be k=v;k=v"),
        ("a,Streetlight,samyan,,,,,,,k=1;k=2", "labels", "every key once"),
        ("a,Streetlight,samyan,,,,,,,=1", "labels", "must be k=v;k=v"),
        ("a,b,c,d,e,f,g,h,i,j,k", "", "11 cells, the header has 10"),
        ('a,"Streetlight,samyan', "", "not CSV"),
        ('a,"Street"light,samyan', "", "not CSV"),
    ],
)
def test_a_mistake_in_a_row(row: str, key: str, said: str) -> None:
    told = mistakes(f"ok,Streetlight,samyan\n{row}\n")
    assert [message for line, name, message in told if (line, name) == (3, key) and said in message], told


def test_a_device_id_is_unique_in_its_city() -> None:
    row = "a,Streetlight,samyan\n"
    (told,) = mistakes(row + "b,Streetlight,samyan\n" + row)
    assert told == (4, "id", "a stands here a second time; the first is on line 2")


def test_lines_are_counted_as_an_editor_does() -> None:
    told = mistakes('a,Streetlight,samyan,,"two\nlines"\n\nb,Streetlight,nowhere\n')
    assert [(line, key) for line, key, _ in told] == [(5, "zone")]


def test_all_rows_are_read_before_anything_is_said() -> None:
    told = mistakes("a,b,c,d,e,f,g,h,i,j,k\nA,Streetlight,samyan\nb,Streetlight,nowhere\n")
    assert [line for line, _, _ in told] == [2, 3, 4]


@pytest.mark.parametrize(
    ("header", "key", "said"),
    [
        ("", "zone", "the column is missing"),
        ("id,type\n", "zone", "the column is missing"),
        ("id,type,zone,intervall\n", "intervall", "did you mean interval?"),
        ("id,type,zone,id\n", "id", "stands here twice"),
        ("id;type;zone\n", "id", "the column is missing"),
        ("id,type,zone,\n", "", "unknown column ''"),
    ],
)
def test_a_mistake_in_the_header(header: str, key: str, said: str) -> None:
    told = mistakes("", header=header)
    assert [message for line, name, message in told if (line, name) == (1, key) and said in message], told


def test_labels_may_hold_an_equals_sign() -> None:
    (device,) = table("a,Streetlight,samyan,,,,,,,url=a=b; b = c ;\n")
    assert device.labels == {"url": "a=b", "b": "c"}


def test_what_can_not_be_looked_up_is_not_complained_about() -> None:
    unknown = References(None, None, None)
    assert table("a,Anything,anywhere,any\n", references=unknown) == ()
