"""The sketch of docs/first-reading.md, compiled as it stands there and run in a world that goes wrong."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from devices import topics
from devices.codecs.status import decode_status
from services.cli.checking.settings import of_folder
from services.cli.checking.trial import Trial
from services.telemetry.interpret import Bounds
from tests.fixtures.mosquitto import missing
from tests.unit.docs.pages import ROOT, examples

pytestmark = pytest.mark.real

WORLD = Path(__file__).parent / "arduino"
PILOT = ROOT / "deploy" / "cities" / "bangkok-pilot"
EPOCH = 1_763_701_200_000
EVERY, MINUTE = 10_000, 60_000
OFFLINE = (4 * MINUTE, 7 * MINUTE)
DEVICE = "nakhon/v1/bangkok-pilot/samyan/environment/aq-01"
FLAGS = ("-std=c++17", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover")


class Line(NamedTuple):
    """What the sketch did, and when (ms after it was switched on)."""

    kind: str
    at: int
    retained: bool
    qos: int
    topic: str
    payload: str

    @property
    def data(self) -> Any:
        return json.loads(self.payload)


def lines(text: str) -> Iterator[Line]:
    for line in text.splitlines():
        kind, at, retained, qos, topic, payload = line.split("\t")
        yield Line(kind, int(at), retained == "1", int(qos), topic, payload)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> list[Line]:
    """A quarter of an hour of the sketch."""
    compiler = shutil.which("g++")
    if compiler is None:
        missing("a C++ compiler", "Debian: apt install g++")
    assert compiler is not None
    folder = tmp_path_factory.mktemp("arduino")
    (sketch,) = [example.text for example in examples() if example.marks.get("file") == "aq01.ino"]
    # What the Arduino IDE makes of a sketch: C++ that includes Arduino.h first.
    (folder / "sketch.cpp").write_text(f"#include <Arduino.h>\n{sketch}", encoding="utf-8")
    program = folder / "sketch"
    sources = [str(folder / "sketch.cpp"), str(WORLD / "driver.cpp")]
    made = subprocess.run(
        [compiler, *FLAGS, f"-I{WORLD}", *sources, "-o", str(program)], capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
    ran = subprocess.run([str(program)], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    return list(lines(ran.stdout))


def of_kind(done: list[Line], kind: str, channel: str = "") -> list[Line]:
    return [line for line in done if line.kind == kind and line.topic.endswith(channel)]


def test_nothing_is_wrong(done: list[Line]) -> None:
    assert of_kind(done, "wrong") == []


def test_every_reading_would_be_accepted_as_it_comes(done: list[Line]) -> None:
    trial = Trial(of_folder(PILOT, Bounds()))
    published = of_kind(done, "published", "/telemetry")
    assert len(published) > 70
    for line in published:
        assert (line.topic, line.qos, line.retained) == (f"{DEVICE}/telemetry", 1, False)
        judged = trial.judge(line.topic, line.payload.encode(), EPOCH + line.at)
        assert judged is not None
        assert (len(judged.accepted), judged.refused) == (1, []), line


def test_an_outage_loses_nothing(done: list[Line]) -> None:
    taken = [line.data["ts"] - EPOCH for line in of_kind(done, "published", "/telemetry")]
    since, until = 20_000, 10 * MINUTE  # from NTP's answer until no sensor measures anything
    assert [at for at in dict.fromkeys(taken) if at < until] == list(range(since, until, EVERY))
    held = [at for at in taken if OFFLINE[0] <= at < OFFLINE[1]]
    assert len(held) == 18


def test_what_was_not_acknowledged_is_sent_again_as_the_same_reading(done: list[Line]) -> None:
    payloads = [line.payload for line in of_kind(done, "published", "/telemetry")]
    (twice,) = {payload for payload in payloads if payloads.count(payload) > 1}
    assert payloads.count(twice) == 2


def test_what_was_not_measured_is_left_out(done: list[Line]) -> None:
    published = of_kind(done, "published", "/telemetry")
    without = [line.at for line in published if "temperature" not in line.data["values"]]
    assert without
    assert all(9 * MINUTE <= at < 10 * MINUTE for at in without)
    assert [line for line in published if 10 * MINUTE <= line.at < 11 * MINUTE] == []
    assert [line for line in published if line.at >= 11 * MINUTE]


def test_nothing_is_sent_with_a_clock_that_is_not_set(done: list[Line]) -> None:
    assert min(line.data["ts"] for line in of_kind(done, "published", "/telemetry")) >= EPOCH


def test_attempts_to_connect_become_rarer(done: list[Line]) -> None:
    failed = [line.at for line in of_kind(done, "failed")]
    pauses = [later - earlier for earlier, later in itertools.pairwise(failed)]
    assert OFFLINE[0] <= failed[0] < failed[-1] < OFFLINE[1]
    assert 500 <= pauses[0] <= 1_100
    assert 4 <= len(failed) <= 15
    assert max(pauses) <= 61_000
    assert pauses[-1] > 10 * pauses[0]


def test_it_says_that_it_is_there_and_leaves_a_last_will(done: list[Line]) -> None:
    (will,) = of_kind(done, "will")
    assert (will.topic, will.retained, will.qos) == (f"{DEVICE}/status", True, 1)
    assert decode_status(will.payload.encode()) is False
    said = of_kind(done, "published", "/status")
    assert len(said) == len(of_kind(done, "connected")) == 2
    assert all(
        (line.retained, line.qos, decode_status(line.payload.encode())) == (True, 1, True) for line in said
    )


def test_it_hears_its_verdicts(done: list[Line]) -> None:
    heard = of_kind(done, "subscribed")
    assert {topics.parse(line.topic).channel for line in heard} == {topics.Channel.VERDICT}
    assert len(heard) == 2
    assert of_kind(done, "printed")
