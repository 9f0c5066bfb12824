"""Whether what an ``alerting.yaml`` names is there: zones, services, rules, devices, labels."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import translate
from functools import cached_property

from devices.documents import Loc, suggestion
from devices.model import Device
from rules.context import Context
from services.alerts.own import WATCHES
from services.alerts.policy.forms import MatchForm
from services.alerts.policy.notes import Notes

_SHOWN = 12
_GLOB = frozenset("*?[")


def is_glob(pattern: str) -> bool:
    """Whether it stands for several names."""
    return not _GLOB.isdisjoint(pattern)


@dataclass(frozen=True)
class Known:
    """What there is: the city of ``context``, ids of rules in force, devices; None: not known here."""

    context: Context
    rules: Collection[str] | None = None
    devices: Sequence[Device] | None = None
    own: frozenset[str] = field(default=frozenset(watch.rule for watch in WATCHES))

    @cached_property
    def zones(self) -> Collection[str] | None:
        city = self.context.city
        return None if city is None else tuple(city.zones)

    @cached_property
    def services(self) -> Collection[str] | None:
        city = self.context.city
        return None if city is None else tuple(city.services)

    @cached_property
    def all_rules(self) -> Collection[str] | None:
        """Those in force, and those by which Nakhon watches itself."""
        return None if self.rules is None else (*self.rules, *sorted(self.own))

    @cached_property
    def device_ids(self) -> frozenset[str] | None:
        return None if self.devices is None else frozenset(device.id for device in self.devices)

    @cached_property
    def labels(self) -> Mapping[str, Collection[str]] | None:
        """Each label of the devices with its values."""
        if self.devices is None:
            return None
        found: dict[str, set[str]] = {}
        for device in self.devices:
            for label, value in device.labels.items():
                found.setdefault(label, set()).add(value)
        return found


def check_match(form: MatchForm, at: Loc, known: Known, notes: Notes) -> None:
    """Note what a match names that is not there."""
    _check("zone", form.zones, known.zones, (*at, "zones"), notes)
    _check("service", form.services, known.services, (*at, "services"), notes)
    _check("rule in force", form.rules, known.all_rules, (*at, "rules"), notes)
    _check("device", form.devices, known.device_ids, (*at, "devices"), notes, strict=False)
    for label, values in form.labels.items():
        check_label(label, (*at, "labels", label), known, notes)
        there = (known.labels or {}).get(label)
        if there is not None:
            _check(f"{label}", values, there, (*at, "labels", label), notes, strict=False)


def check_label(label: str, at: Loc, known: Known, notes: Notes) -> None:
    """Note a label that no device has: devices may come later, so it is no mistake by itself."""
    if known.labels is not None and label not in known.labels:
        near = suggestion(label, known.labels)
        notes.warning(at, f"no device of the city has a label {label!r}{near}", value=label)


def check_keys(names: Iterable[str], at: Loc, known: Known, notes: Notes) -> None:
    """Note labels among the keys of a grouping that no device has."""
    for name in names:
        if name.startswith("label:"):
            check_label(name.removeprefix("label:"), at, known, notes)


def _check(
    what: str,
    patterns: Sequence[str],
    known: Collection[str] | None,
    at: Loc,
    notes: Notes,
    *,
    strict: bool = True,
) -> None:
    """A plain name that is unknown is a mistake (odd when not ``strict``); a glob without a match is odd."""
    for place, pattern in enumerate(patterns if known is not None else ()):
        if known is None or pattern in known or any_match(pattern, known):
            continue
        here = _place(notes, at, place)
        if is_glob(pattern):
            notes.warning(here, f"no {what} matches {pattern!r}", value=pattern)
        elif strict:
            message = f"no {what} {pattern!r}{suggestion(pattern, known)}"
            notes.problem(here, message, value=pattern, allowed=_listed(known))
        else:
            notes.warning(here, f"no {what} {pattern!r}{suggestion(pattern, known)}", value=pattern)


def any_match(pattern: str, names: Iterable[str]) -> bool:
    """Whether a glob stands for one of the names."""
    if not is_glob(pattern):
        return False
    compiled = re.compile(translate(pattern))
    return any(compiled.match(name) for name in names)


def _listed(known: Collection[str]) -> str:
    names = sorted(known)
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def _place(notes: Notes, at: Loc, place: int) -> Loc:
    """Where the item stands: a single name may be written without a list around it."""
    return (*at, place) if (*at, place) in notes.parsed.lines else at
