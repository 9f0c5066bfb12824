"""A small city on disk, and the configuration of a deployment that runs it."""

from __future__ import annotations

from pathlib import Path

from tests.support.smallcity import CITY, DEVICES, RULES


def write_city(folder: Path, *, devices: str = DEVICES, rules: str = RULES) -> Path:
    """The small city as a folder."""
    (folder / "rules").mkdir(parents=True)
    (folder / "city.yaml").write_text(CITY, encoding="utf-8")
    (folder / "devices.csv").write_text(devices, encoding="utf-8")
    (folder / "rules" / "air.yaml").write_text(rules, encoding="utf-8")
    return folder


def many_devices(count: int, zone: str = "north") -> str:
    """A devices.csv with so many air quality sensors, as ``nakhon load`` names them."""
    rows = [f"load-{number:06d},AirQualityObserved,{zone},1m" for number in range(1, count + 1)]
    return "\n".join(["id,type,zone,interval", *rows]) + "\n"


def write_config(
    path: Path, city: Path, data: Path, broker: str, more: str = "", *, client_id: str = "nakhon"
) -> Path:
    """A nakhon.yaml that uses a broker of somebody else's and any free port."""
    lines = [
        f"city: {city}",
        f"data: {data}",
        "http: {port: 0}",
        f"mqtt: {{url: '{broker}', client_id: {client_id}}}",
        more,
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
