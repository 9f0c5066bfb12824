"""``nakhon devices check`` as people and scripts call it: what it prints, and how it ends."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from devices.broker import BrokerAddress
from services.cli import main
from services.cli.checking import live
from services.cli.checking.live import Heard
from services.cli.common import Server
from tests.support.cityfiles import write_city, write_config

TOPIC = "nakhon/v1/smallville/north/environment/aq-01"
NOW = 1_767_546_000_000


class Ended(NamedTuple):
    """An exit code, and what was written."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Check = Callable[..., Ended]


@pytest.fixture
def check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterable[Check]:
    """The command, called in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["nakhon", "devices", "check", *arguments])
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    return call


@pytest.fixture
def payloads(tmp_path: Path) -> Path:
    file = tmp_path / "day.jsonl"
    file.write_text('{"pm25": 1}\n{"pm25": -1}\n{"pm26": 1}\n')
    return file


@pytest.fixture
def city(tmp_path: Path) -> str:
    return str(write_city(tmp_path / "city"))


def test_refusals_are_lines_and_exit_code_1(check: Check, payloads: Path) -> None:
    done = check("day.jsonl", "--type", "AirQualityObserved")
    assert done.code == 1
    assert [line.partition(" ")[0] for line in done.out.splitlines()] == ["day.jsonl:2:", "day.jsonl:3:", "3"]


def test_json_is_one_document(check: Check, payloads: Path) -> None:
    done = check("day.jsonl", "--type", "AirQualityObserved", "--json")
    assert done.code == 1
    assert {key: done.json[key] for key in ("readings", "accepted", "refused")} == {
        "readings": 3,
        "accepted": 1,
        "refused": 2,
    }
    assert [(found["file"], found["line"]) for found in done.json["rejected"]] == [
        ("day.jsonl", 2),
        ("day.jsonl", 3),
    ]


def test_all_is_well(check: Check, tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text('{"pm25": 1}')
    done = check("a.json", "b.json", "--type", "AirQualityObserved")
    assert (done.code, done.out) == (0, "all 2 readings would be accepted\n")


def test_a_device_of_the_city_brings_its_types(check: Check, city: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"type": "WeatherObserved", "values": {"temperature": 30}}')
    assert check("a.json", "--device", "aq-02", "--city", city).code == 0
    assert check("a.json", "--device", "aq-01", "--city", city).code == 1


def test_recorded_messages_are_judged_with_their_topics(check: Check, city: str, tmp_path: Path) -> None:
    lines = [{"topic": f"{TOPIC}/{channel}", "payload": {"pm25": 1}} for channel in ("telemetry", "nowhere")]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    done = check("a.jsonl", "--city", city, "--json")
    assert [(found["line"], found["code"]) for found in done.json["rejected"]] == [(2, "bad_topic")]
    assert len(done.json["topics"]) == 2
    assert check("a.jsonl", "--type", "AirQualityObserved").code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["day.jsonl"], "day.jsonl:1: against what?"),
        (["day.jsonl", "--type", "AirQuality"], "did you mean AirQualityObserved?"),
        (
            ["day.jsonl", "--type", "Footfall", "--device", "aq-01", "--city", "city"],
            "either --device or --type",
        ),
        (["day.jsonl", "--device", "aq-01"], "which city? Name its folder"),
        (["day.jsonl", "--device", "aq-09", "--city", "city"], "did you mean aq-0"),
        (["day.jsonl", "--topic", "nakhon/#"], "either FILE"),
        (["none.json", "--type", "Footfall"], "can't read none.json"),
        ([], "name payload files, a live --topic, or the --device"),
        (["--topic", "a", "--device", "b"], "either --topic or --device"),
        (["--topic", "a/#/b", "--mqtt", "mqtt://127.0.0.1"], "+ stands for one whole level"),
        (["--topic", "a/b+", "--mqtt", "mqtt://127.0.0.1"], "+ stands for one whole level"),
        (["--topic", "nakhon/#"], "name a broker with --mqtt"),
        (["--topic", "nakhon/#", "--mqtt", "http://x"], "is not a broker's address"),
        (["--topic", "nakhon/#", "--mqtt", "mqtt://127.0.0.1:1"], "which city?"),
        (["--topic", "nakhon/#", "--mqtt", "mqtt://127.0.0.1:1", "--type", "Footfall"], "no broker answers"),
    ],
)
def test_usage_is_told_with_exit_code_2(
    check: Check, payloads: Path, city: str, arguments: list[str], told: str
) -> None:
    done = check(*arguments)
    assert done.code == 2
    assert told in done.err
    assert done.out == ""


class Said:
    """Stands in for listening: what is 'heard', and where."""

    def __init__(self, *messages: Heard) -> None:
        self.messages = messages
        self.asked: list[tuple[BrokerAddress, str, float]] = []

    def __call__(self, broker: BrokerAddress, topic: str) -> Any:
        def listen(
            seconds: float, take: Callable[[Heard], None], *, stop: threading.Event, tick: Any
        ) -> None:
            self.asked.append((broker, topic, seconds))
            for message in self.messages:
                take(message)
            tick(seconds)

        return SimpleNamespace(listen=listen)


def hear(monkeypatch: pytest.MonkeyPatch, *messages: tuple[str, str]) -> Said:
    said = Said(*(Heard(topic, payload.encode(), False, NOW) for topic, payload in messages))
    monkeypatch.setattr(live, "Listener", said)
    return said


LIVE = ("--mqtt", "mqtt://broker", "--city", "city")


def test_what_comes_live_is_judged_as_the_journey_does(
    check: Check, city: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = hear(
        monkeypatch,
        (f"{TOPIC}/telemetry", '{"pm25": 1}'),
        (f"{TOPIC}/telemetry", '{"pm25": -1}'),
        (f"{TOPIC}/status", '{"online": true}'),
        (f"{TOPIC}/verdict", "whatever Nakhon says"),
        (f"{TOPIC}/telemetry".replace("north", "south"), '{"pm25": 1}'),
        ("nakhon/v1/smallville/x", "{}"),
    )
    done = check("--topic", "nakhon/#", "--for", "12", "--json", *LIVE)
    assert said.asked == [(BrokerAddress("broker", 1883), "nakhon/#", 12.0)]
    assert done.code == 1
    assert [found["code"] for found in done.json["rejected"]] == ["out_of_range", "wrong_zone", "bad_topic"]
    assert done.json["rejected"][0]["topic"] == f"{TOPIC}/telemetry"
    assert (done.json["readings"], done.json["accepted"]) == (4, 1)


def test_a_device_is_listened_to_wherever_it_publishes(
    check: Check, city: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = hear(monkeypatch, (f"{TOPIC}/telemetry", '{"pm25": 1}'))
    assert check("--device", "aq-01", *LIVE).code == 0
    assert said.asked[0][1] == "nakhon/v1/+/+/+/aq-01/#"


def test_live_against_a_type_only_the_grammar_of_topics_counts(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear(
        monkeypatch,
        ("nakhon/v1/any/where/energy/thing/telemetry", '{"pm25": 1}'),
        ("nakhon/v1/any/where/energy/thing/status", '{"online": false}'),
        ("nakhon/v1/any/where/energy/THING/telemetry", '{"pm25": 1}'),
    )
    done = check("--topic", "#", "--type", "AirQualityObserved", "--mqtt", "mqtt://broker", "--json")
    assert [found["code"] for found in done.json["rejected"]] == ["bad_topic"]
    assert done.json["accepted"] == 1


def test_when_nothing_comes_it_says_what_to_look_at(
    check: Check, city: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear(monkeypatch)
    done = check("--topic", "nakhon/#", *LIVE, "--json")
    assert done.code == 1
    assert done.json["readings"] == 0
    assert all(word in done.err for word in ("nothing came", "the topic", "the rights", "the broker"))


def test_the_city_and_the_broker_of_a_running_nakhon_are_found(
    check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".nakhon").mkdir()
    run = {"pid": 1, "http": "http://here", "mqtt": "mqtt://127.0.0.1:4711", "token": "t"}
    (tmp_path / ".nakhon" / "run.json").write_text(json.dumps(run))
    monkeypatch.setattr(Server, "get", lambda self, path, **_: {"session": SESSION}[path])
    monkeypatch.setattr(Server, "all", lambda self, path, **_: {"types": [TYPE], "devices": [DEVICE]}[path])
    said = hear(monkeypatch, (f"{TOPIC}/telemetry", '{"level": 2}'), (f"{TOPIC}/telemetry", '{"level": 9}'))
    done = check("--topic", "nakhon/#", "--json")
    assert said.asked[0][0] == BrokerAddress("127.0.0.1", 4711)
    assert "city smallville at http://here" in done.err
    assert [found["contract"] for found in done.json["rejected"]] == ["Own@3"]


SESSION = {
    "name": "demo", "role": "admin",
    "city": {"id": "smallville", "name": {"en": "S", "th": "ส"}, "timezone": "UTC"},
}  # fmt: skip
TYPE = {
    "name": "Own", "version": 3, "domain": "environment", "interval": "1m", "extra": "refuse",
    "title": {"en": "Own", "th": "ของตน"},
    "metrics": {"level": {
        "type": "number", "unit": None, "range": [0, 5], "values": [], "required": False, "counter": False,
        "title": {"en": "Level", "th": "ระดับ"},
    }},
}  # fmt: skip
DEVICE = {
    "id": "aq-01", "types": ["Own"], "name": "", "domain": "environment", "zone": "north", "service": None,
    "location": None, "interval": "1m", "labels": {}, "enabled": True, "topic": f"{TOPIC}/telemetry",
    "last_seen": None, "online": None,
}  # fmt: skip


def test_the_broker_and_the_city_of_a_deployment(
    check: Check, city: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_config(tmp_path / "n.yaml", Path(city), tmp_path / "data", "mqtt://broker:1884")
    monkeypatch.setenv("NAKHON_MQTT__USERNAME", "nakhon")
    monkeypatch.setenv("NAKHON_MQTT__PASSWORD", "secret")
    said = hear(monkeypatch, (f"{TOPIC}/telemetry", '{"pm25": 1}'))
    assert check("--topic", "nakhon/#", "--config", str(config)).code == 0
    assert said.asked[0][0] == BrokerAddress("broker", 1884, username="nakhon", password="secret")
