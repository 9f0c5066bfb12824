"""An alert that is only thought of: what would happen if it fired."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from devices.model import City, Device, Domain
from rules.model import Severity
from rules.ruleset import Rule
from services.alerts.own import WATCHES, Watch
from services.runtime.clock import rfc3339


@dataclass(frozen=True, slots=True)
class Query:
    """What an alert would be that fires at ``at`` (ms). It can be matched as an alert is.

    ``zone`` is empty for one about Nakhon itself. ``rule`` is empty when any rule of the domain is meant.
    """

    domain: str
    severity: Severity
    at: int
    rule: str = ""
    zone: str = ""
    service: str | None = None
    device: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """There is no such alert yet."""
        return ""

    @property
    def incident(self) -> str | None:
        """It would open one, or join one that is not known here."""
        return None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "rule": self.rule or None,
            "domain": self.domain,
            "zone": self.zone or None,
            "service": self.service,
            "device": self.device,
            "severity": self.severity.value,
            "labels": dict(self.labels),
            "at": rfc3339(self.at),
        }


def complete(
    asked: Mapping[str, Any], at: int, *, city: City | None, device: Device | None, rule: Rule | None
) -> Query:
    """A query from what is asked: ``rule, domain, zone, service, device, severity, labels``, or None of each.

    The rest follows from the device and the rule. Without a severity the worst that the rule can raise is
    meant, and critical without a rule.

    Raises:
        ValueError: nothing says which domain, or the severity is none; the text says what to give.
    """
    own = next((watch for watch in WATCHES if watch.rule == asked.get("rule")), None)
    domain = asked.get("domain") or _domain(asked.get("service"), own, city=city, device=device, rule=rule)
    if not domain:
        raise ValueError("nothing says which domain is meant; give domain, rule, device or service")
    service = asked.get("service") or (city.service_of(device) if city and device else None)
    labels = {**(device.labels if device else {}), **(asked.get("labels") or {})}
    return Query(
        domain=domain,
        severity=_severity(asked.get("severity"), own.levels if own else rule.severities if rule else ()),
        at=at,
        rule=asked.get("rule") or "",
        zone=asked.get("zone") or (device.zone if device else ""),
        service=service,
        device=asked.get("device") or (device.id if device else None),
        labels=labels,
    )


def _domain(
    service: str | None, own: Watch | None, *, city: City | None, device: Device | None, rule: Rule | None
) -> str | None:
    """The domain that the rule's alerts have, else the device's, else the service's."""
    if own is not None:
        return Domain.GOVERNANCE.value
    if rule is not None:
        return rule.heading.domain.value
    if device is not None:
        return device.domain.value
    found = city.services.get(service or "") if city is not None else None
    return None if found is None else found.domain.value


def _severity(asked: str | None, possible: Collection[Severity]) -> Severity:
    if not asked:
        return max(possible, key=lambda one: one.rank, default=Severity.CRITICAL)
    try:
        return Severity(asked)
    except ValueError:
        raise ValueError(f"{asked!r} is no severity; they are {', '.join(Severity)}") from None
