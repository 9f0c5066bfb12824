"""What is kept in memory of a probe, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from devices.model import Probe, ProbeKind, Text
from services.runtime.clock import optional_rfc3339
from services.status.probes.model import Finding


@dataclass(slots=True)
class Record:
    """A probe, what it found last and when (ms), since when it is so, and how often it was asked.

    ``error`` is the last one; it stays, with its time, after the probe has come up again.
    """

    probe: Probe
    found: Finding | None = None
    at: int | None = None
    since: int | None = None
    error: Text | None = None
    error_at: int | None = None
    asked: int = 0
    missed: int = 0

    def take(self, finding: Finding, now: int) -> bool:
        """Keep a finding; whether the probe has gone up or down by it."""
        moved = self.found is None or self.found.up is not finding.up
        if moved:
            self.since = now
        self.found, self.at = finding, now
        self.asked += 1
        if finding.error is not None:
            self.trouble(finding.error, now)
        return moved

    def trouble(self, error: Text, now: int) -> None:
        """Something went wrong."""
        self.error, self.error_at = error, now

    def document(self) -> dict[str, Any]:
        """JSON-ready. ``error`` is what is wrong now, ``last_error`` what was last."""
        probe, found = self.probe, self.found or Finding(None)
        return {
            "id": probe.id,
            "name": probe.name.as_dict(),
            "kind": probe.kind.value,
            "target": shown(probe),
            "zone": probe.zone,
            "service": probe.service,
            "every": probe.every / 1000,
            "timeout": probe.timeout / 1000,
            "up": found.up,
            "at": optional_rfc3339(self.at),
            "since": optional_rfc3339(self.since),
            "latency": None if found.latency is None else round(found.latency, 1),
            "code": found.code,
            "certificate_days": found.certificate,
            "error": None if found.error is None else found.error.as_dict(),
            "last_error": None
            if self.error is None
            else {"at": optional_rfc3339(self.error_at), **self.error.as_dict()},
            "asked": self.asked,
            "missed": self.missed,
        }


def shown(probe: Probe) -> str:
    """Its target without what may be a secret: the query of an address."""
    if probe.kind is not ProbeKind.HTTP:
        return probe.target
    try:
        parts = urlsplit(probe.target)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
