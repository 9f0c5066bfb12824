"""The pilot city's alerting.yaml: nothing is wrong with it, nothing odd, and somebody hears of all."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from devices.city import CityFolder
from devices.model import Domain
from rules.model import Severity
from rules.ruleset import RuleSet
from services.alerts.policy.files import Examined, examine
from services.alerts.policy.model import Policy
from services.alerts.routing.query import complete
from services.alerts.routing.router import Router
from services.runtime.cityfolder import read_city
from services.runtime.cityrules import city_rules

PILOT = Path(__file__).parents[4] / "deploy" / "cities" / "bangkok-pilot"
MONDAY_NOON = 1_767_589_200_000  # 2026-01-05T12:00 in Bangkok


@cache
def city() -> tuple[CityFolder, RuleSet]:
    folder = read_city(PILOT)
    return folder, city_rules(folder)


@cache
def found() -> Examined:
    folder, rules = city()
    return examine(folder.alerting, rules.context, set(rules.rules), folder.devices)


def policy() -> Policy:
    assert found().policy is not None, found().problems
    return found().policy  # type: ignore[return-value]


def test_there_is_nothing_to_say_about_it() -> None:
    said = [str(one) for one in (*found().problems, *found().warnings, *found().hints)]
    assert said == []


@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("domain", Domain)
def test_somebody_hears_of_every_domain_and_severity(domain: Domain, severity: Severity) -> None:
    query = complete(
        {"domain": domain.value, "severity": severity.value}, MONDAY_NOON, city=None, device=None, rule=None
    )
    assert Router(policy().routes).routes_for(query, MONDAY_NOON)


def test_every_lamp_that_names_a_cabinet_names_one_that_is_there() -> None:
    devices = {device.id: device for device in city()[0].devices}
    named = [device for device in devices.values() if "cabinet" in device.labels]
    assert len(named) > 10
    for lamp in named:
        cabinet = devices[lamp.labels["cabinet"]]
        assert cabinet.labels["feeder"] == lamp.labels["feeder"]


def test_its_titles_are_in_thai_and_english() -> None:
    for title in policy().receivers.values():
        assert title.en.isascii()
        assert any("ก" <= letter <= "๛" for letter in title.th)
