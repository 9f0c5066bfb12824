"""Whom a rule is about, in this city: nobody, too few, or nobody that can do what it asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from devices.documents import suggestion
from devices.model import Device
from rules.linting.report import Remark
from rules.linting.surroundings import Surroundings
from rules.linting.written import Written
from rules.measures.deviation import LEAST_NEIGHBOURS


def nobody(rule: Written, around: Surroundings) -> Iterator[Remark]:
    """A rule that is about no device of the city, and which line of it shuts all out."""
    if not around.devices or around.devices_of(rule.rule):
        return
    on = rule.rule.on
    senders = [device for device in around.devices if device.enabled and (on is None or on in device.types)]
    if not senders:
        yield Remark(("on",), f"no device of {around.city.id} sends {on}: the rule watches nothing", on)
        return
    yield next(_culprits(rule, around, senders), _together(rule, around))


def small_quorum(rule: Written, around: Surroundings) -> Iterator[Remark]:
    """More devices asked for than any zone has."""
    yield from _too_few(rule, around, "quorum", "at_least")


def lonely_deviation(rule: Written, around: Surroundings) -> Iterator[Remark]:
    """More neighbours asked for than any zone has."""
    yield from _too_few(rule, around, "deviation", "min_devices", LEAST_NEIGHBOURS)


def without_location(rule: Written, around: Surroundings) -> Iterator[Remark]:
    """Distance or place asked of devices of which the city does not say where they stand."""
    quorum = rule.when.get("quorum")
    if not isinstance(quorum, Mapping) or quorum.get("radius") is None:
        return
    lost = [device.id for device in around.devices_of(rule.rule) if device.location is None]
    if lost:
        message = f"needs to know where devices stand; no location is known of {_some(lost)}"
        yield Remark(("when", "quorum", "radius"), message)


def _culprits(rule: Written, around: Surroundings, senders: list[Device]) -> Iterator[Remark]:
    """The lines of ``where`` that no sender meets, each by itself."""
    where = rule.rule.where
    if where.zones and not any(device.zone in where.zones for device in senders):
        zones = sorted({device.zone for device in senders})
        message = f"no device that sends {rule.rule.on or 'anything'} stands there"
        yield Remark(("where", "zones"), message, sorted(where.zones), ", ".join(zones))
    for place, name in enumerate(where.devices):
        ids = [device.id for device in senders]
        if not any(fnmatchcase(id_, name) for id_ in ids):
            message = f"no device is called {name}{suggestion(name, ids)}"
            yield Remark(("where", "devices", place), message, name)
    for label, values in where.labels.items():
        yield from _label(label, values, senders)
    services = {around.city.service_of(device) or "none" for device in senders}
    if where.services.isdisjoint(services) and where.services:
        message = f"no device that sends {rule.rule.on or 'anything'} counts for it"
        yield Remark(("where", "services"), message, sorted(where.services), ", ".join(sorted(services)))


def _label(label: str, values: Iterable[str], senders: list[Device]) -> Iterator[Remark]:
    there = {device.labels[label] for device in senders if label in device.labels}
    if not there.isdisjoint(values):
        return
    at = ("where", "labels", label)
    if not there:
        labels = sorted({name for device in senders for name in device.labels})
        message = f"no device has a label {label}{suggestion(label, labels)}"
        yield Remark(at, message, label, ", ".join(labels) or None)
        return
    near = next((hint for value in values if (hint := suggestion(value, there))), "")
    yield Remark(
        at, f"no device is labelled {label}={' or '.join(values)}{near}", allowed=", ".join(sorted(there))
    )


def _together(rule: Written, around: Surroundings) -> Remark:
    at = ("where",) if rule.entry.get("where") else ("on",)
    return Remark(at, f"no device of {around.city.id} meets all of it: the rule watches nothing")


def _too_few(
    rule: Written, around: Surroundings, key: str, count: str, neighbours: int | None = None
) -> Iterator[Remark]:
    """``neighbours``: the number asked for when the rule says none; the device itself is not among them."""
    inside = rule.when.get(key)
    wanted = inside.get(count, neighbours) if isinstance(inside, Mapping) else None
    zones = around.zones_of(rule.rule)
    if wanted is None or not zones:
        return
    ((zone, most),) = zones.most_common(1)
    there = most - (neighbours is not None)
    if wanted > there:
        whom = "devices" if neighbours is None else "other devices"
        message = f"no zone has {wanted} {whom} that the rule is about; {zone} has most, {there}"
        yield Remark(("when", key, count), message, wanted, f"{there} or fewer")


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
