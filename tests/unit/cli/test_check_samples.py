"""Payload files as integrators keep them."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from services.cli.checking.samples import Sample, read_samples
from services.runtime.lifecycle import StartupError


def samples(folder: Path, name: str, text: str) -> list[tuple[int, bytes, str | None]]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    found = read_samples(str(path))
    assert {sample.file for sample in found} <= {str(path)}
    return [(sample.line, sample.payload, sample.topic) for sample in found]


def test_a_json_file_is_one_payload_as_it_stands(tmp_path: Path) -> None:
    text = '\n{"pm25":\n 1}\n'
    assert samples(tmp_path, "a.json", text) == [(2, text.encode(), None)]


def test_an_array_is_one_payload(tmp_path: Path) -> None:
    assert samples(tmp_path, "a.json", '[{"pm25": 1},\n{"pm25": 2}]') == [
        (1, b'[{"pm25": 1},\n{"pm25": 2}]', None)
    ]


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.JSONL", "a.json", "a.txt"])
def test_lines_are_payloads_of_their_own(tmp_path: Path, name: str) -> None:
    found = samples(tmp_path, name, '{"pm25": 1}\n\n{"pm25": NaN}\r\n')
    assert found == [(1, b'{"pm25": 1}', None), (3, b'{"pm25": NaN}', None)]


def test_in_lines_also_the_first_may_be_broken(tmp_path: Path) -> None:
    assert [line for line, _, _ in samples(tmp_path, "a.jsonl", '{"pm25"\n{"pm25": 1}')] == [1, 2]


def test_a_broken_file_of_many_lines_is_one_broken_payload(tmp_path: Path) -> None:
    assert len(samples(tmp_path, "a.json", '{"pm25": 1,\n"no2": }\n')) == 1


def test_a_recorded_message_brings_its_topic(tmp_path: Path) -> None:
    lines = [
        {"topic": "t/1", "payload": {"pm25": 1}, "qos": 1},
        {"topic": "t/2", "payload": '{"pm25": NaN}'},
        {"topic": "t/3", "payload": "/w==", "payload_encoding": "base64"},
    ]
    text = "\n".join(map(json.dumps, lines))
    assert samples(tmp_path, "a.jsonl", text) == [
        (1, b'{"pm25":1}', "t/1"),
        (2, b'{"pm25": NaN}', "t/2"),
        (3, b"\xff", "t/3"),
    ]


def test_a_recorded_payload_that_is_no_base_64_is_told_with_its_line(tmp_path: Path) -> None:
    line = json.dumps({"topic": "t/1", "payload": "abc", "payload_encoding": "base64"})
    with pytest.raises(StartupError, match=r"a\.jsonl:2: the payload is no base 64"):
        samples(tmp_path, "a.jsonl", f'{{"pm25": 1}}\n{line}')


def test_a_payload_with_a_key_topic_is_no_recorded_message(tmp_path: Path) -> None:
    assert samples(tmp_path, "a.json", '{"topic": 3, "payload": 4}')[0][2] is None
    assert samples(tmp_path, "b.json", '{"topic": "x"}')[0][2] is None


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b'{"pm25": 1}')))
    assert read_samples("-") == [Sample("standard input", 1, b'{"pm25": 1}')]


def test_what_can_not_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty.json").write_text(" \n")
    for name, told in (("empty.json", "is empty"), ("none.json", "No such file"), (".", "is a folder")):
        with pytest.raises(StartupError, match=told):
            read_samples(str(tmp_path / name))
