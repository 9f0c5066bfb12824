"""Ground truth: what was really wrong, one JSON line per alert that should have been raised."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from simulators.faults import Expected, Occurrence


def truth_lines(occurrence: Occurrence, until: int) -> Iterator[dict[str, Any]]:
    """``{"rule", "device"|"zone", "fault", "start", "end", "deadline"}`` for each alert expected of it.

    ``until`` (ms) is when the run ended, or the fault if that was earlier; ``deadline`` is in seconds.
    """
    end = min(occurrence.end, until)
    for expected in occurrence.fault.truth:
        for subject in _subjects(expected, occurrence):
            yield {
                "rule": expected.rule,
                expected.of: subject,
                "fault": occurrence.fault.id,
                "start": _rfc3339(occurrence.start),
                "end": _rfc3339(end),
                "deadline": expected.deadline,
            }


def _subjects(expected: Expected, occurrence: Occurrence) -> list[str]:
    devices = [device for device in occurrence.devices if expected.concerns(device)]
    if expected.of == "zone":
        return sorted({device.zone for device in devices})
    return [device.id for device in devices]


def _rfc3339(time: int) -> str:
    return datetime.fromtimestamp(time / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
