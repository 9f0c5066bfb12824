"""What goes into Flux can't get out of its literal; what comes back is read as it is meant."""

from __future__ import annotations

import re

import pytest

from services.store.errors import StoreRefusedError
from services.store.timeseries import annotated, flux
from services.store.timeseries.protocol import Selection

EVIL = ['"', "\\", "${x}", "/", ")$/) |> drop(", "a|b", ".*", "\n", '\\"', "[a]", "{1}", "^$"]


@pytest.mark.parametrize("value", EVIL)
def test_a_string_literal_ends_where_it_should(value: str) -> None:
    literal = flux.text(value)
    inside = literal[1:-1]
    assert literal[0] == literal[-1] == '"'
    assert not re.search(r'(?<!\\)(?:\\\\)*"', inside)
    assert not re.search(r"(?<!\\)(?:\\\\)*\$\{", inside)
    assert "\n" not in inside


@pytest.mark.parametrize("value", [value for value in EVIL if value != "\n"])
def test_a_regular_expression_means_its_values_and_nothing_else(value: str) -> None:
    condition = flux.one_of("device", (value, "other"))
    expression = condition.removeprefix("r.device =~ /").removesuffix("/")
    assert not re.search(r"(?<!\\)(?:\\\\)*/", expression)
    pattern = re.compile(expression.replace("\\/", "/"))
    assert pattern.search(value)
    assert not pattern.search(value + "x")
    assert not pattern.search("x")


def test_one_value_needs_no_regular_expression() -> None:
    assert flux.one_of("zone", ("samyan",)) == 'r.zone == "samyan"'


def test_times_that_influxdb_can_not_date_are_left_out() -> None:
    query = flux.source("b", Selection(-5, 2**62), own_fields=True)
    assert "start: 1970-01-01T00:00:00.000Z, stop: 2262-01-01T00:00:00.000Z" in query
    assert flux.is_empty(Selection(-5, 0))
    assert not flux.is_empty(Selection(-5, 1))


ANSWER = (
    "#datatype,string,long,dateTime:RFC3339,double,string,string,string,string\r\n"
    "#group,false,false,false,false,true,true,true,true\r\n"
    "#default,_result,,,,,,,\r\n"
    ",result,table,_time,_value,_field,_measurement,device,zone\r\n"
    ",,0,2026-01-05T00:00:00Z,1.5,pm25,A,d1,z\r\n"
    ",,0,2026-01-05T00:00:00.5Z,2.5,pm25,A,d1,z\r\n"
    "\r\n"
    "#datatype,string,long,dateTime:RFC3339,string,string,string,string,string\r\n"
    "#group,false,false,false,false,true,true,true,true\r\n"
    "#default,_result,,,,,,,\r\n"
    ",result,table,_time,_value,_field,_measurement,device,zone\r\n"
    ',,1,2026-01-05T00:00:00.5Z,"a ""b"",\r\n#c",status,A,d1,z\r\n'
    "\r\n"
)


def test_tables_become_readings() -> None:
    first, second = annotated.observations(annotated.tables(ANSWER))
    assert (second.time - first.time, first.values) == (500, {"pm25": 1.5})
    assert second.values == {"pm25": 2.5, "status": 'a "b",\n#c'}


def test_no_answer_is_no_table() -> None:
    assert annotated.tables("\r\n\r\n") == []


def test_an_answer_that_breaks_off_says_why() -> None:
    broken = (
        "#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n"
        ",error,reference\r\n,out of memory,897\r\n"
    )
    with pytest.raises(StoreRefusedError, match="out of memory"):
        annotated.tables(ANSWER + broken)
