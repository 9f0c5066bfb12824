"""How client commands find the Nakhon and the broker to speak to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from devices.broker import BrokerAddress
from services.cli.common import Server, broker_of, find_server, server
from services.cli.devices import _plain
from services.runtime.lifecycle import StartupError
from tests.support.cityfiles import write_config


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def runs(data: Path, *, token: str | None = None) -> Path:
    data.mkdir(parents=True)
    run = {"pid": 1, "http": "http://127.0.0.1:1/", "mqtt": "mqtt://127.0.0.1:2"}
    (data / "run.json").write_text(json.dumps(run | ({"token": token} if token else {})))
    return data


def test_a_demo_is_found_in_its_usual_folder_or_the_one_named(tmp_path: Path) -> None:
    runs(tmp_path / ".nakhon", token="usual")
    other = runs(tmp_path / "other", token="other")
    assert server(None, None, None) == Server("http://127.0.0.1:1", "usual")
    assert server(None, None, other).token == "other"
    assert server("http://there/", "mine", None) == Server("http://there", "mine")


def test_a_deployment_is_found_by_its_configuration(tmp_path: Path) -> None:
    data = runs(tmp_path / "data")
    config = write_config(tmp_path / "n.yaml", tmp_path, data, "mqtt://broker")
    assert server(None, "mine", None, config) == Server("http://127.0.0.1:1", "mine")
    with pytest.raises(StartupError, match="a token is needed"):
        server(None, None, None, config)
    config.rename(tmp_path / "nakhon.yaml")
    assert server(None, "mine", None) == Server("http://127.0.0.1:1", "mine")


def test_a_data_folder_counts_only_where_there_is_no_configuration(tmp_path: Path) -> None:
    other = runs(tmp_path / "other", token="other")
    config = write_config(
        tmp_path / "n.yaml", tmp_path, runs(tmp_path / "data", token="own"), "mqtt://broker"
    )
    assert server(None, None, other, config).token == "own"


def test_nothing_runs(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="nothing runs on elsewhere"):
        server(None, None, Path("elsewhere"))
    assert find_server(None, None, None, None) is None
    with pytest.raises(StartupError):
        find_server("http://there", None, None, None)


def test_the_broker_is_the_one_named_the_deployments_or_the_running_ones(tmp_path: Path) -> None:
    data = runs(tmp_path / ".nakhon")
    config = write_config(tmp_path / "n.yaml", tmp_path, data, "mqtt://user:secret@broker")
    own = write_config(tmp_path / "own.yaml", tmp_path, data, "", "").read_text()
    (tmp_path / "own.yaml").write_text("\n".join(line for line in own.splitlines() if "mqtt:" not in line))
    assert broker_of("mqtt://x:9", config, None) == BrokerAddress("x", 9)
    assert broker_of(None, config, None) == BrokerAddress("broker", 1883, username="user", password="secret")
    assert broker_of(None, tmp_path / "own.yaml", None) == BrokerAddress("127.0.0.1", 2)
    assert broker_of(None, None, None) == BrokerAddress("127.0.0.1", 2)
    with pytest.raises(StartupError, match="--mqtt"):
        broker_of(None, None, Path("elsewhere"))


def test_an_authority_is_trusted(tmp_path: Path) -> None:
    assert broker_of("mqtts://x", None, None, ca_file=Path("ca.pem")).ca_file == "ca.pem"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (True, "yes"),
        (None, "-"),
        ("", "-"),
        ([], "-"),
        ({}, "-"),
        (["A", "B"], "A, B"),
        ([100.5, 13.7], "100.5, 13.7"),
        ({"site": "school", "n": 0}, "site=school, n=0"),
        (0, "0"),
    ],
)
def test_values_are_shown_as_people_write_them(value: object, told: str) -> None:
    assert _plain(value) == told
