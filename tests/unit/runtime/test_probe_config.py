"""The section ``probes:`` of nakhon.yaml."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from devices.documents import ProblemsError
from services.runtime.config import Config, read_config


def read(folder: Path, probes: str, **environment: str) -> Config:
    path = folder / "nakhon.yaml"
    path.write_text(f"city: city\ndata: data\nprobes: {probes}\n", encoding="utf-8")
    return read_config(path, environment)


def test_without_a_word_probes_ask_the_open_internet_alone(tmp_path: Path) -> None:
    probes = read(tmp_path, "{}").probes
    assert probes.enabled
    assert (probes.allow, probes.at_once, probes.reference) == ((), 20, None)
    assert probes.http_ports == {80, 443, 8080, 8443}


def test_networks_and_ports_are_read_and_paths_made_absolute(tmp_path: Path) -> None:
    probes = read(
        tmp_path,
        '{allow: ["10.20.0.0/16", "fd12::/32"], http_ports: [9000], ca_file: ca.pem}',
    ).probes
    assert probes.allow == (ip_network("10.20.0.0/16"), ip_network("fd12::/32"))
    assert probes.http_ports == {9000}
    assert probes.ca_file == tmp_path / "ca.pem"


def test_a_variable_holds_several_with_commas(tmp_path: Path) -> None:
    probes = read(
        tmp_path, "{}", NAKHON_PROBES__ALLOW="10.0.0.0/8, 192.168.0.0/16", NAKHON_PROBES__HTTP_PORTS="80"
    ).probes
    assert probes.allow == (ip_network("10.0.0.0/8"), ip_network("192.168.0.0/16"))
    assert probes.http_ports == {80}
    assert read(tmp_path, "{}", NAKHON_PROBES__ALLOW="none").probes.allow == ()


@pytest.mark.parametrize(
    ("probes", "told"),
    [
        ('{allow: ["10.20.0.5/16"]}', "must be a network such as 10.20.0.0/16"),
        ("{allow: [inside]}", "must be a network such as 10.20.0.0/16"),
        ("{at_once: 0}", "greater than or equal to 1"),
        ("{http_ports: [70000]}", "less than or equal to 65535"),
        ('{user_agent: "a\\nb"}', "user_agent"),
        ("{reference: portal.example}", "must be an address and a port such as 9.9.9.9:53"),
        ('{reference: "9.9.9.9:0"}', "must be an address and a port such as 9.9.9.9:53"),
        ('{reference: "portal.example:53"}', "must be an address and a port such as 9.9.9.9:53"),
        ("{alow: []}", "did you mean allow?"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, probes: str, told: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        read(tmp_path, probes)
    assert told in str(caught.value)
    assert "nakhon.yaml:3: probes" in str(caught.value)
