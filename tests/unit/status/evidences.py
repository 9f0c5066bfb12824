"""Evidence for tests of how statuses come about, and judges of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from devices.documents import Document
from devices.model import Text
from rules.model import Severity
from services.status.judging.judge import Judge
from services.status.judging.speaking import Speaker
from services.status.model import (
    DataQuality,
    Evidence,
    Needed,
    OpenAlert,
    ProbeState,
    Status,
    Verdict,
    ZoneCount,
)
from services.status.policy.model import CITY as CITY_SET
from services.status.policy.model import default_policy
from services.status.policy.reading import default, read_document
from services.status.policy.rules import RuleList
from tests.unit.status.statuscity import CITY, MINUTE, START

BANGKOK = ZoneInfo("Asia/Bangkok")
SPEAKER = Speaker({zone.id: zone.name for zone in CITY.zones.values()}, BANGKOK, START)
NAME = Text("Traffic counts", "ปริมาณจราจร")
DEFAULT = default_policy().sets[CITY_SET]
CRITICAL, MAJOR, MINOR, WARNING = Severity.CRITICAL, Severity.MAJOR, Severity.MINOR, Severity.WARNING


def evidence(
    devices: int = 12, reporting: int = 12, awaited: int = 0, *alerts: OpenAlert, **more: Any
) -> Evidence:
    """Of devices in Yothi, which were heard at the start and are expected every minute."""
    zones = (ZoneCount("yothi", devices, reporting, awaited),) if devices else ()
    return Evidence(zones, alerts, **{"newest": START, "interval": MINUTE, **more})


def on(severity: Severity, device: str | None = "tf-01", zone: str = "yothi") -> OpenAlert:
    return OpenAlert(f"01J{severity}{device}", severity, zone, device)


def criticals(count: int) -> list[OpenAlert]:
    return [on(CRITICAL, f"tf-{n}") for n in range(count)]


def bad(devices: int) -> DataQuality:
    return DataQuality(1.0, stuck=devices, bad=devices)


def probe(up: bool | None, name: str = "portal", **more: Any) -> ProbeState:
    return ProbeState(name, "yothi", up, **{"at": START, **more})


def need(status: Status, name: str = "Water", th: str = "น้ำ") -> Needed:
    return Needed(name.lower(), Text(name, th), status)


def probed(*probes: ProbeState, **more: Any) -> Evidence:
    """Of a service without sensors."""
    return Evidence(probes=probes, **more)


def judge(rules: RuleList = DEFAULT) -> Judge:
    return Judge(rules, NAME, SPEAKER)


def judged(given: Evidence, rules: RuleList = DEFAULT, at: int = START) -> Verdict:
    """What a judge who never saw anything before makes of it."""
    return judge(rules).look(given, at)


def rules(*lines: str, name: str = CITY_SET) -> RuleList:
    """A list of rules, each as a line of status.yaml has it."""
    text = "\n".join([f"sets: {{{name}: [", ",\n".join(lines), "]}"])
    return read_document(Document("status.yaml", text), default()).sets[name]


def course(found: Judge, steps: list[tuple[int, Evidence]], until: int) -> Iterator[tuple[int, Status, str]]:
    """Each change of status or rule with its moment, looked for when evidence moves and when time is up."""
    last = None
    for number, (at, given) in enumerate(steps):
        end = steps[number + 1][0] if number + 1 < len(steps) else until
        moment: int | None = at
        while moment is not None and moment < end:
            verdict = found.look(given, moment)
            if (verdict.status, verdict.rule) != last:
                last = verdict.status, verdict.rule
                yield (moment, *last)
            due = found.due()
            assert due is None or due > moment
            moment = due
