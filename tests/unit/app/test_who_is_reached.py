"""What a deployment says of how people are reached, at the start."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from devices.city import CityDocuments, CityFolder, parse_city
from devices.documents import Document, ProblemsError
from services.app.alerting import read_policy
from services.runtime.notifyconfig import Notify
from tests.support.smallcity import CITY, DEVICES

ALERTING = """receivers: {duty: {en: Duty, th: เวร}, lead: {en: Lead, th: หัวหน้า}}
routes:
  - id: all
    steps: [{notify: [duty]}, {after: 10m, notify: [lead]}]
"""


def folder() -> CityFolder:
    city, devices = Document("city.yaml", CITY), Document("devices.csv", DEVICES)
    return parse_city(CityDocuments(city, devices, alerting=Document("alerting.yaml", ALERTING)))


def starting(notify: dict[str, Any], *, demo: bool = False) -> Any:
    return SimpleNamespace(
        folder=folder(),
        ruleset=SimpleNamespace(rules=()),
        config=SimpleNamespace(notify=Notify.model_validate(notify)),
        demo=object() if demo else None,
    )


def test_without_receivers_all_are_told_in_the_log_which_says_so() -> None:
    with capture_logs() as said:
        policy = read_policy(starting({}))
    assert [route.id for route in policy.routes] == ["all"]
    (line,) = said
    assert (line["log_level"], line["receivers"]) == ("warning", ["duty", "lead"])


def test_a_demo_tells_all_in_its_log_and_warns_of_nothing() -> None:
    with capture_logs() as said:
        read_policy(starting({}, demo=True))
    assert said == []


def test_who_was_left_out_is_a_mistake_with_its_line() -> None:
    reached = {"receivers": {"duty": {"channels": [{"kind": "log"}]}}}
    with pytest.raises(ProblemsError, match=r"alerting.yaml:4: .*does not say how lead is reached"):
        read_policy(starting(reached))
