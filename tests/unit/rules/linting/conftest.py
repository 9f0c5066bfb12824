"""A small city for findings, and what is found in rules that are given as the lines of their entries."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from devices.catalog import Catalog
from devices.documents import Document
from devices.model import City, Device, Domain, SmartService, Text, Zone
from rules.files import Context, parse_groups
from rules.linting import lint

MINUTE = 60_000


def named(name: str) -> Text:
    return Text(name, name)


CITY = City(
    "test",
    named("Test"),
    "Asia/Bangkok",
    {zone: Zone(zone, named(zone)) for zone in ("samyan", "yothi")},
    {
        "air": SmartService("air", Domain.ENVIRONMENT, named("Air"), (), ("AirQualityObserved",)),
        "flood": SmartService("flood", Domain.ENVIRONMENT, named("Flood"), (), ("FloodMonitoring",)),
    },
)


def device(name: str, kind: str, interval: int = MINUTE, *, located: bool = False, site: str = "") -> Device:
    labels = {"site": site} if site else {}
    location = (100.53, 13.73) if located else None
    return Device(name, (kind,), "samyan", Domain.ENVIRONMENT, interval, location=location, labels=labels)


DEVICES = (
    device("aq-01", "AirQualityObserved", 5 * MINUTE, located=True, site="school"),
    device("aq-02", "AirQualityObserved", 5 * MINUTE, site="road"),
    device("meter-01", "ACMeasurement"),
    device("flood-01", "FloodMonitoring"),
    device("bus-01", "PublicTransportVehicle"),
)


@pytest.fixture(scope="session")
def found() -> Callable[..., list[str]]:
    """``found("on: …, when: …", weight="warnings")``: what is said of rules called a, b, …, without file."""
    catalog = Catalog.builtin()

    def of(
        *entries: str,
        weight: str,
        devices: Sequence[Device] = DEVICES,
        others: Sequence[Document] = (),
        tests: str = "",
    ) -> list[str]:
        lines = "".join(
            f"  - {{id: {name}, {entry}}}\n" for name, entry in zip("abcdef", entries, strict=False)
        )
        document = Document("rules.yaml", f"group: air\ndomain: environment\nrules:\n{lines}{tests}")
        ruleset = parse_groups([document], Context(catalog, CITY), others)
        findings = lint(ruleset, CITY, devices, catalog, [document], others)
        said = [str(problem).partition(": ")[2] for problem in getattr(findings, weight)]
        return [text.replace("rules[0].", "") for text in said]

    return of
