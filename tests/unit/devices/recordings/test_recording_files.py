"""Formats of recordings: whatever the file, the same rows are the same observations."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Sequence
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.documents import Document, ProblemsError
from devices.model import Observation
from devices.recordings.mapform import parse_map
from devices.recordings.reading import Progress, read_recording
from devices.recordings.recording import Recording
from tests.support.smallcity import small_city

CITY = small_city()
MAP = """
time: {column: ts}
device: {column: device}
type: AirQualityObserved
values: {pm25: pm25, status: status}
"""
HEADER = ("ts", "device", "pm25", "status")
START = 1_763_701_200_000


def read(data: bytes, name: str = "r.csv", map_: str = MAP, **more: Any) -> Recording:
    parsed = parse_map(Document("map.yaml", map_))
    return read_recording(io.BytesIO(data), name, parsed, CITY.catalog, CITY.city, CITY.devices, **more)


def observations(recording: Recording) -> list[Observation]:
    return [observation for batch in recording.batches(3) for observation in batch]


def as_csv(rows: Sequence[Sequence[Any]], header: Sequence[str] = HEADER, **dialect: Any) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, **dialect)
    writer.writerow(header)
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    return text.getvalue().encode()


def as_jsonl(rows: Sequence[Sequence[Any]]) -> bytes:
    return b"\n".join(orjson.dumps(dict(zip(HEADER, row, strict=True))) for row in rows)


def as_parquet(rows: Sequence[Sequence[Any]]) -> bytes:
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), ()]
    kinds = (pa.int64(), pa.dictionary(pa.int8(), pa.string()), pa.float64(), pa.large_string())
    table = pa.table(
        {name: pa.array(column, kind) for name, column, kind in zip(HEADER, columns, kinds, strict=True)}
    )
    stream = io.BytesIO()
    pq.write_table(table, stream, row_group_size=4)
    return stream.getvalue()


rows = st.lists(
    st.tuples(
        st.integers(START, START + 20),
        st.sampled_from(["aq-01", "aq-02", "aq-03"]),
        st.one_of(st.none(), st.floats(-10, 1_100)),
        st.sampled_from([None, "ok", "fault", "lost", "two words"]),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(rows)
def test_every_format_tells_the_same(given_rows: list[tuple[Any, ...]]) -> None:
    plain = as_csv(given_rows)
    ragged = as_csv([(*row, "") for row in given_rows], lineterminator="\n")
    expected = read(plain)
    others = [
        read(gzip.compress(plain), "r.csv.gz"),
        read(ragged),
        read(as_csv(given_rows, delimiter=";", quoting=csv.QUOTE_ALL), map_=MAP + 'csv: {delimiter: ";"}'),
        read(plain.decode().encode("utf-16"), map_=MAP + "csv: {encoding: utf-16}"),
        read(as_jsonl(given_rows), "r.jsonl"),
        read(gzip.compress(as_jsonl(given_rows)), "r.jsonl.gz"),
        read(b"[" + as_jsonl(given_rows).replace(b"\n", b",\n") + b"]", "r.json"),
        read(as_parquet(given_rows), "r.parquet"),
        read(as_parquet(given_rows), "recording"),
    ]
    for other in others:
        assert observations(other) == observations(expected)
        assert other.refused.counts == expected.refused.counts
        assert (other.rows, other.empty) == (expected.rows, expected.empty)


@settings(max_examples=50, deadline=None)
@given(rows)
def test_rows_meet_by_device_and_millisecond_and_the_last_word_holds(
    given_rows: list[tuple[Any, ...]],
) -> None:
    met: dict[tuple[int, str], dict[str, Any]] = {}
    for ts, device, pm25, status in given_rows:
        good = status in {None, "ok", "fault"} and (pm25 is None or 0 <= pm25 <= 1_000) and device != "aq-03"
        values = {name: value for name, value in (("pm25", pm25), ("status", status)) if value is not None}
        if good and values:
            met.setdefault((ts, device), {}).update(values)
    found = observations(read(as_csv(given_rows)))
    assert {(o.time, o.device): o.values for o in found} == met
    assert [o.time for o in found] == sorted(o.time for o in found)
    assert len(found) == len(met)


def test_rows_of_one_time_keep_the_order_of_the_file() -> None:
    given_rows = [(START + 5, "aq-02", 1, None), (START, "aq-02", 2, None), (START, "aq-01", 3, None)]
    assert [o.values["pm25"] for o in observations(read(as_csv(given_rows)))] == [2, 3, 1]


def test_a_file_without_a_header_is_read_by_the_names_that_the_map_gives() -> None:
    names = "csv: {columns: [ts, device, pm25, status]}"
    found = read(b"1763701200000,aq-01,5,ok\n1763701260000,aq-01,6,ok\n", map_=MAP + names)
    assert [o.values["pm25"] for o in observations(found)] == [5, 6]


@pytest.mark.parametrize("before", [b"Station report\nof 2024; draft\n", b"\n\r\nStation report\n"])
def test_lines_before_the_header_are_skipped(before: bytes) -> None:
    skip = 2 if before.startswith(b"S") else 3
    found = read(before + as_csv([(START, "aq-01", 5, "ok")]), map_=MAP + f"csv: {{skip: {skip}}}")
    assert [o.values["pm25"] for o in observations(found)] == [5]


def test_a_byte_order_mark_and_quoted_lines_do_no_harm() -> None:
    data = b'\xef\xbb\xbf"ts",device,note,pm25,status\r\n1763701200000, aq-01 ,"a\r\nb, ""c""",5,ok\r\n'
    found = read(data + b'1763701260000,"aq-01",,6,\r\n')
    assert [(o.time, o.values) for o in observations(found)] == [
        (START, {"pm25": 5, "status": "ok"}),
        (START + 60_000, {"pm25": 6}),
    ]


def test_quoted_lines_across_blocks_of_a_large_file() -> None:
    note = '"' + "line\n" * 2_000 + '"'
    lines = [f"{START + number},aq-01,{number % 900},ok,{note}" for number in range(1_000)]
    found = read(("ts,device,pm25,status,note\n" + "\n".join(lines)).encode())
    assert (found.rows, found.readings, found.refused.total) == (1_000, 1_000, 0)


def test_progress_is_told() -> None:
    told: list[Progress] = []
    data = as_csv([(START + number, "aq-01", 1, "ok") for number in range(120_000)])
    for name, content in (("r.csv", data), ("r.csv.gz", gzip.compress(data, 1))):
        told.clear()
        read(content, name, report=told.append)
        assert told[-1].rows == 120_000
        assert [step.rows for step in told] == sorted(step.rows for step in told)
        assert all(step.share is not None and 0 < step.share <= 1 for step in told)


@pytest.mark.parametrize(
    ("data", "name", "why"),
    [
        (b"", "r.csv", "is empty"),
        (b"PK\x03\x04...", "r.csv", "unpack it, or save it as CSV"),
        (gzip.compress(as_csv([(START, "aq-01", 5, "ok")]))[:-9], "r.csv.gz", "can't be unpacked"),
        (b"PAR1 and then nothing", "r.parquet", "not a whole Parquet file"),
        ("ts,device,pm25,status\n1763701200000,สถานี,5,ok\n".encode("tis-620"), "r.csv", "csv: {encoding:"),
        (b"[1, 2", "r.json", "not JSON"),
        (b"ts;device;pm25;status\n", "r.csv", 'csv: {delimiter: ";"}'),
        (b"ts,device,PM2.5,status\n", "r.csv", "no column 'pm25'; did you mean PM2.5?"),
    ],
)
def test_a_file_that_can_not_be_read_is_told_in_words(data: bytes, name: str, why: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        read(data, name)
    assert why in str(caught.value)


def test_a_file_with_a_header_only_holds_nothing() -> None:
    found = read(as_csv([]))
    assert (found.rows, found.readings, found.first, found.last, found.devices) == (0, 0, None, None, ())
    assert observations(found) == []


def test_samples_tell_where_to_look() -> None:
    given_rows = [(START + number, "aq-01", -number, "ok") for number in range(20)]
    refused = read(as_csv(given_rows)).refused
    assert refused.by_code() == {"out_of_range": 19}
    assert [sample.row for sample in refused.samples] == [2, 3, 4, 5, 6]
    assert str(refused.samples[0]) == "row 2, pm25: out_of_range '-1', expected 0 to 1000 µg/m³"


@pytest.mark.parametrize("name", ["r.csv.gz", "r.jsonl.gz"])
def test_a_large_file_that_breaks_off_is_told_in_words(name: str) -> None:
    given_rows = [(START + number, "aq-01", number % 977, "ok") for number in range(50_000)]
    whole = gzip.compress(as_csv(given_rows) if "csv" in name else as_jsonl(given_rows), 1)
    with pytest.raises(ProblemsError, match="can't be"):
        read(whole[: len(whole) // 2], name)


def test_a_city_full_of_unknown_devices_is_counted() -> None:
    given_rows = [(START, f"unknown-{number}", 1, "ok") for number in range(5_000)]
    found = read(as_csv(given_rows))
    assert found.refused.by_code() == {"unknown_device": 5_000}
    assert len(found.refused.samples) == 5


@pytest.mark.parametrize(
    ("time", "count", "hint"),
    [
        ("{column: ts}", START // 1_000, "numbers count milliseconds unless it says time: {unit: s}"),
        ("{column: ts, unit: s}", START, "written as the map says"),
        ('{column: ts, format: "%d/%m/%Y"}', START, "years such as 2566 need time: {calendar: buddhist}"),
    ],
)
def test_a_time_that_is_none_says_what_the_map_may_lack(time: str, count: int, hint: str) -> None:
    data = as_csv([(count, "aq-01", 5, "ok")])
    recording = read(data, map_=MAP.replace("{column: ts}", time))
    assert [str(sample).endswith(hint) for sample in recording.refused.samples] == [True]
