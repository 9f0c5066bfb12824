"""An alert that is only thought of: what follows from its rule and its device."""

from __future__ import annotations

from typing import Any

import pytest

from devices.catalog import Catalog
from rules.files import Context, parse_groups
from rules.library import library
from rules.model import Severity
from services.alerts.routing.query import Query, complete
from tests.unit.alerts.policy.alertingfiles import CITY, DEVICES

NOON = 1_767_589_200_000
RULES = parse_groups((), Context(Catalog.builtin()), library(("energy", "environment")))
LAMP = DEVICES[1]


def asked(*, device: Any = None, rule: str | None = None, **given: Any) -> Query:
    found = RULES.rules.get(rule or "")
    return complete({"rule": rule, **given}, NOON, city=CITY, device=device, rule=found)


def test_the_device_says_where_and_the_rule_how_bad() -> None:
    found = asked(device=LAMP, rule="street-lighting/lamps-out-nearby")
    assert (found.domain, found.zone, found.device, found.severity) == (
        "energy",
        "samyan",
        "lamp-01",
        Severity.MAJOR,
    )
    assert found.labels["feeder"] == "fd-1"


def test_of_several_levels_the_worst_is_meant() -> None:
    assert asked(rule="air-quality/pm25-unhealthy").severity is Severity.CRITICAL


def test_what_is_given_wins() -> None:
    found = asked(device=LAMP, zone="makkasan", severity="warning", domain="people", service="air",
                  labels={"feeder": "fd-9"})  # fmt: skip
    assert (found.domain, found.zone, found.severity, found.service) == (
        "people",
        "makkasan",
        "warning",
        "air",
    )
    assert found.labels["feeder"] == "fd-9"


@pytest.mark.parametrize(
    ("given", "domain"),
    [({"service": "lights"}, "energy"), ({"rule": "nakhon/broker-away"}, "governance")],
)
def test_the_domain_follows_from_what_there_is(given: dict[str, str], domain: str) -> None:
    assert asked(**given).domain == domain


def test_a_rule_of_nakhon_itself_is_about_no_zone() -> None:
    found = asked(rule="nakhon/broker-away")
    assert (found.zone, found.device, found.severity) == ("", None, Severity.CRITICAL)
    assert found.as_dict()["zone"] is None


@pytest.mark.parametrize(
    ("given", "said"),
    [({}, "nothing says which domain"), ({"service": "none"}, "nothing says which domain"),
     ({"domain": "energy", "severity": "dire"}, "'dire' is no severity; they are critical, major")],
)  # fmt: skip
def test_what_is_not_enough(given: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        asked(**given)
