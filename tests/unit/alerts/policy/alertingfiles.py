"""Texts of alerting.yaml read against a small city."""

from __future__ import annotations

from textwrap import dedent

from devices.documents import Document, ProblemsError
from devices.model import City, Device, Domain, SmartService, Text, Zone
from rules.context import Context
from services.alerts.policy.files import Examined, examine, read_policy
from services.alerts.policy.model import Policy

NAMED = Text("Name", "ชื่อ")
CITY = City(
    "test",
    NAMED,
    "Asia/Bangkok",
    {name: Zone(name, NAMED) for name in ("samyan", "makkasan")},
    {
        "air": SmartService("air", Domain.ENVIRONMENT, NAMED, (), ()),
        "lights": SmartService("lights", Domain.ENERGY, NAMED, (), ()),
    },
)
DEVICES = (
    Device("aq-01", ("AirQualityObserved",), "samyan", Domain.ENVIRONMENT, 60_000, labels={"site": "school"}),
    Device("lamp-01", ("Streetlight",), "samyan", Domain.ENERGY, 60_000, labels={"feeder": "fd-1", "f": "x"}),
    Device("fd-1", ("Feeder",), "samyan", Domain.ENERGY, 60_000),
)
RULES = ("air/high", "air/silent", "lights/out", "lights/feeder-down")
CONTEXT = Context(city=CITY)


def document(text: str) -> Document:
    return Document("alerting.yaml", dedent(text))


def policy(text: str) -> Policy:
    """What a sound text means."""
    return read_policy(document(text), CONTEXT, RULES, DEVICES)


def examined(text: str) -> Examined:
    return examine(document(text), CONTEXT, RULES, DEVICES)


def mistakes(text: str) -> list[str]:
    """The problems of a text, a line each: line, key and what is wrong."""
    try:
        policy(text)
    except ProblemsError as error:
        return [str(problem).removeprefix("alerting.yaml:") for problem in error.problems]
    return []


def route(**parts: str) -> str:
    """A text with one route, whose parts are given as YAML."""
    lines = {"id": "one", **({} if "steps" in parts else {"notify": "duty"}), **parts}
    listed = ", ".join(f"{key.rstrip('_')}: {value}" for key, value in lines.items())
    return f"receivers: {{duty: {{en: Duty}}, lead: {{en: Lead}}}}\nroutes:\n  - {{{listed}}}\n"
