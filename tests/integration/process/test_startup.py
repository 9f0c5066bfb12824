"""What goes wrong at the start is told in words, with exit code 2, and never as a traceback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.runtime.broker import MosquittoBroker, free_port
from tests.support.cityfiles import write_city, write_config
from tests.support.process import Nakhon, until

ROOT = Path(__file__).parents[3]


def nakhon(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    command = [sys.executable, "-m", "services.cli", *arguments]
    environment = {**os.environ, **(env or {})}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=60)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def refused(*arguments: str, env: dict[str, str] | None = None) -> str:
    """Run a command that must end with exit code 2; what it says."""
    done = nakhon(*arguments, env=env)
    assert done.returncode == 2, (done.returncode, done.stdout, done.stderr)
    return done.stderr


@pytest.fixture
def city(tmp_path: Path) -> Path:
    return write_city(tmp_path / "city")


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_no_configuration(tmp_path: Path) -> None:
    assert "there is no such file" in refused("run", "--config", str(tmp_path / "nakhon.yaml"))


def test_every_mistake_of_a_configuration_at_once(tmp_path: Path) -> None:
    path = tmp_path / "nakhon.yaml"
    path.write_text(
        "city: city\ndata: data\nhttp: {port: 99999}\nmqtt: {url: 'http://x', pasword: y}\n"
        "timeseries: {kind: influx}\nlimits: {payload: lots}\n"
    )
    said = refused("run", "--config", str(path))
    for line, key in ((3, "http.port"), (4, "mqtt.url"), (4, "mqtt.pasword"), (5, "timeseries.kind")):
        assert f"nakhon.yaml:{line}: {key}:" in said
    assert "did you mean password?" in said
    assert "5 problem(s)" in said


def test_a_secret_in_the_file_is_not_wanted(tmp_path: Path, city: Path) -> None:
    config = write_config(
        tmp_path / "nakhon.yaml", city, tmp_path / "data", "mqtt://127.0.0.1:1", "timeseries: {token: abc}"
    )
    assert "NAKHON_TIMESERIES__TOKEN" in refused("run", "--config", str(config))


def test_the_environment_overrides_the_file_and_is_checked_too(tmp_path: Path, city: Path) -> None:
    config = write_config(tmp_path / "nakhon.yaml", city, tmp_path / "data", "mqtt://127.0.0.1:1")
    said = refused("run", "--config", str(config), env={"NAKHON_HTTP__PORT": "many", "NAKHON_MQT": "x"})
    assert "http.port" in said
    assert "NAKHON_MQT: is no setting; did you mean mqtt?" in said


def test_every_mistake_of_a_city_at_once(tmp_path: Path) -> None:
    city = write_city(tmp_path / "city", devices="id,type,zone\nd1,Nope,north\nd1,ACMeasurement,nowhere\n")
    (city / "city.yaml").write_text(
        (city / "city.yaml").read_text().replace("domain: energy", "domain: magic")
    )
    said = refused("demo", "--city", str(city), "--http", "0", "--mqtt", "0", "--data", str(tmp_path / "d"))
    for part in ("services[1].domain", "devices.csv:2: type", "devices.csv:3: id", "devices.csv:3: zone"):
        assert part in said


def test_a_mistake_in_a_rule_is_told_before_anything_starts(tmp_path: Path) -> None:
    rule = "  - id: r\n    on: AirQualityObserved.pm26\n    when: {above: 1}\n"
    city = write_city(tmp_path / "city", rules=f"group: g\ndomain: environment\nrules:\n{rule}")
    said = refused("demo", "--city", str(city), "--http", "0", "--mqtt", "0", "--data", str(tmp_path / "d"))
    assert "air.yaml:5" in said
    assert "pm25" in said
    assert not (tmp_path / "d").exists()


def test_a_rule_pack_that_there_is_not(tmp_path: Path) -> None:
    city = write_city(tmp_path / "city")
    (city / "city.yaml").write_text((city / "city.yaml").read_text() + "packs: [enviroment]\n")
    said = refused("demo", "--city", str(city), "--http", "0", "--mqtt", "0", "--data", str(tmp_path / "d"))
    assert "environment" in said


@pytest.mark.parametrize("option", ["--http", "--mqtt"])
def test_a_port_that_is_taken(tmp_path: Path, city: Path, taken: int, option: str) -> None:
    ports = {"--http": "0", "--mqtt": "0"} | {option: str(taken)}
    arguments = [part for pair in ports.items() for part in pair]
    said = refused("demo", "--city", str(city), "--data", str(tmp_path / "d"), *arguments)
    assert f"{taken} is taken" in said


def test_a_data_folder_that_cannot_be_written(tmp_path: Path, city: Path) -> None:
    (tmp_path / "file").write_text("")
    arguments = ["--http", "0", "--mqtt", "0", "--data", str(tmp_path / "file" / "data")]
    assert "can't write in the data folder" in refused("demo", "--city", str(city), *arguments)


def test_a_target_that_would_be_alone(tmp_path: Path, city: Path) -> None:
    config = write_config(tmp_path / "nakhon.yaml", city, tmp_path / "data", "mqtt://127.0.0.1:1")
    assert "memory bus" in refused("run", "--config", str(config), "--target", "telemetry,alerts")
    assert "choose from" in refused("run", "--config", str(config), "--target", "everything")


def test_records_of_another_city(tmp_path: Path, city: Path) -> None:
    arguments = ["--http", "0", "--mqtt", "0", "--data", str(tmp_path / "d"), "--for", "0"]
    assert nakhon("demo", "--city", str(city), *arguments).returncode == 0
    (city / "city.yaml").write_text((city / "city.yaml").read_text().replace("smallville", "bigville"))
    assert "'smallville', not 'bigville'" in refused("demo", "--city", str(city), *arguments)


def test_a_database_that_is_away(tmp_path: Path, city: Path) -> None:
    more = f"records: {{url: 'postgresql://u:secret@127.0.0.1:{free_port()}/x'}}"
    config = write_config(tmp_path / "nakhon.yaml", city, tmp_path / "data", "mqtt://127.0.0.1:1", more)
    said = refused("run", "--config", str(config))
    assert "can't be reached" in said
    assert "secret" not in said


def test_broker_and_time_series_away_are_waited_for(tmp_path: Path, city: Path) -> None:
    port = free_port()
    more = f"timeseries: {{kind: influxdb, url: 'http://127.0.0.1:{port}', org: o, bucket: b}}"
    config = write_config(
        tmp_path / "nakhon.yaml", city, tmp_path / "data", f"mqtt://127.0.0.1:{free_port()}", more
    )
    done = nakhon("run", "--config", str(config), "--for", "2", env={"NAKHON_TIMESERIES__TOKEN": "t"})
    assert done.returncode == 0
    events = [json.loads(line)["event"] for line in done.stderr.splitlines() if line.startswith("{")]
    assert any("time-series store is away" in event for event in events)
    assert any("broker is away" in event for event in events)
    assert not (tmp_path / "data" / "run.json").exists()


@pytest.mark.real
async def test_a_second_nakhon_on_the_same_folder(mosquitto: MosquittoBroker, tmp_path: Path) -> None:
    import asyncio

    city = write_city(tmp_path / "city2")
    data = tmp_path / "data"
    config = write_config(tmp_path / "nakhon.yaml", city, data, f"mqtt://{mosquitto.host}:{mosquitto.port}")

    def work() -> None:
        with Nakhon(data, ["run", "--config", str(config)]) as first:
            assert first.process is not None
            assert (data / "run.json").stat().st_mode & 0o777 == 0o600
            assert "another Nakhon is running" in refused("run", "--config", str(config))
            assert first.stop() == 0
        until(lambda: not (data / "run.json").exists(), "run.json is gone")

    await asyncio.to_thread(work)
