"""What a rule in shadow mode would have changed: its alerts beside those of the rule in force. Pure.

Two alerts are of the same when they are about the same subject and fire at the same time at any moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.runtime.clock import optional_rfc3339, rfc3339
from services.store.records.alerts import Firing

MOST = 1_000
"""So many alerts of each kind are named; all are counted."""


@dataclass(slots=True)
class Compared:
    """Firings sorted by who saw them."""

    both: list[tuple[Firing, Firing]] = field(default_factory=list)
    only_shadow: list[Firing] = field(default_factory=list)
    only_live: list[Firing] = field(default_factory=list)


def match(shadow: Iterable[Firing], live: Iterable[Firing]) -> Compared:
    """Pair each firing of the one with the first of the other that it overlaps and nobody has yet."""
    found = Compared()
    left = _by_subject(live)
    for subject, firings in _by_subject(shadow).items():
        others = left.pop(subject, [])
        for firing in firings:
            other = next((one for one in others if _overlap(firing, one)), None)
            if other is None:
                found.only_shadow.append(firing)
            else:
                others.remove(other)
                found.both.append((firing, other))
        found.only_live += others
    found.only_live += [firing for firings in left.values() for firing in firings]
    return found


def _by_subject(firings: Iterable[Firing]) -> dict[tuple[str | None, ...], list[Firing]]:
    found: dict[tuple[str | None, ...], list[Firing]] = {}
    for firing in sorted(firings, key=lambda one: (one.fired, one.id)):
        found.setdefault((firing.zone, firing.device, firing.service), []).append(firing)
    return found


def _overlap(one: Firing, other: Firing) -> bool:
    after = other.ends_at is None or one.fired <= other.ends_at
    before = one.ends_at is None or other.fired <= one.ends_at
    return after and before


def firing_seconds(firings: Iterable[Firing], start: int, end: int) -> float:
    """How long they fired within a span (ms), each for itself."""
    spans = (
        (max(one.fired, start), min(end if one.ends_at is None else one.ends_at, end)) for one in firings
    )
    return sum(max(0, until - since) for since, until in spans) / 1000


def document(
    shadow: Sequence[Firing], live: Sequence[Firing], *, start: int, end: int, now: int
) -> Mapping[str, Any]:
    """The comparison over a span (ms), JSON-ready. What fires still is counted up to ``now``."""
    found, until = match(shadow, live), min(end, now)
    return {
        "start": rfc3339(start),
        "end": rfc3339(end),
        "fired": {"shadow": len(shadow), "live": len(live)},
        "firing_seconds": {
            "shadow": firing_seconds(shadow, start, until),
            "live": firing_seconds(live, start, until),
        },
        "counts": {
            "both": len(found.both),
            "only_shadow": len(found.only_shadow),
            "only_live": len(found.only_live),
        },
        "both": [_pair(*pair) for pair in found.both[:MOST]],
        "only_shadow": [_firing(one) for one in found.only_shadow[:MOST]],
        "only_live": [_firing(one) for one in found.only_live[:MOST]],
    }


def _pair(shadow: Firing, live: Firing) -> dict[str, Any]:
    """``earlier_seconds``: by how much the shadow rule fired first; negative when it came second."""
    return {
        "zone": shadow.zone,
        "device": shadow.device,
        "service": shadow.service,
        "earlier_seconds": (live.fired - shadow.fired) / 1000,
        "shadow": _times(shadow),
        "live": _times(live),
    }


def _firing(firing: Firing) -> dict[str, Any]:
    where = {"zone": firing.zone, "device": firing.device, "service": firing.service}
    return where | _times(firing)


def _times(firing: Firing) -> dict[str, Any]:
    return {
        "alert": firing.id,
        "severity": firing.severity,
        "fired": rfc3339(firing.fired),
        "ends_at": optional_rfc3339(firing.ends_at),
    }
