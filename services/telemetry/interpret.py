"""One message: decoded, validated, given its time, told from what came before. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from devices.codecs.decoded import Decoded, RawReading
from devices.codecs.native import decode
from devices.model import Observation
from devices.refusal import Code, Refusal
from devices.types import Extra, ObservationType
from services.runtime.clock import rfc3339
from services.telemetry.framing import HTTP, REPLAYED, RETAINED, SHED, Message
from services.telemetry.router import Route
from services.telemetry.series import Newness, Series

_new = tuple.__new__
_DUPLICATE = Newness.DUPLICATE


@dataclass(frozen=True, slots=True)
class Bounds:
    """What intake lets through: payload size in bytes, readings in a payload, spans in ms.

    ``retentions`` are those of observation types that differ; ``extras`` is how many metrics beyond its own
    a type that keeps them may gather; ``allowance`` is cited to who is over its rate.
    """

    payload: int = 256 * 1024
    future: int = 60_000
    retention: int = 730 * 86_400_000
    readings: int = 10_000
    retentions: Mapping[str, int] = field(default_factory=dict)
    extras: int = 256
    allowance: str = "fewer messages a second"

    def kept_for(self, kind: str) -> int:
        """How long readings of a type are kept."""
        return self.retentions.get(kind, self.retention)


@dataclass(slots=True)
class Interpreted:
    """What one message held: observations with what memory says of them, and what was refused."""

    observations: list[tuple[int, Observation, Newness]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    ack: bool = False

    @property
    def count(self) -> int:
        """Items: readings, or the message itself when it could not be read."""
        return len(self.observations) + len(self.refusals)


def interpret(route: Route, message: Message, bounds: Bounds, *, only: int | None = None) -> Interpreted:
    """All that a telemetry message says, or its reading number ``only``. Never raises, whatever the bytes."""
    if route.refusal is not None:
        return Interpreted(refusals=[route.refusal])
    if message.flags & SHED:
        return Interpreted(refusals=[Refusal(0, Code.RATE_LIMITED, "", None, bounds.allowance)])
    if message.size > bounds.payload and not message.flags & HTTP:
        expected = f"at most {bounds.payload} bytes"
        return Interpreted(refusals=[Refusal(0, Code.TOO_LARGE, "", message.size, expected)])
    decoded = decode(message.payload)
    if decoded.count > bounds.readings:
        expected = f"at most {bounds.readings} readings in a payload"
        return Interpreted(refusals=[Refusal(0, Code.TOO_LARGE, "", decoded.count, expected)])
    if only is not None:
        decoded = _narrowed(decoded, only)
    refusals = list(decoded.refusals)
    observations: list[tuple[int, Observation, Newness]] = []
    ack = decoded.ack
    for reading in decoded.readings:
        taken = _take(route, reading, message, bounds)
        if isinstance(taken, Refusal):
            refusals.append(taken)
        else:
            observation, newness = taken
            observations.append((reading.index, observation, newness))
            ack = ack or route.types[observation.type].ack
    if len(refusals) > 1:
        refusals.sort(key=lambda refusal: refusal.index)
    return Interpreted(observations, refusals, ack)


def _narrowed(decoded: Decoded, only: int) -> Decoded:
    readings = [reading for reading in decoded.readings if reading.index == only]
    refusals = [refusal for refusal in decoded.refusals if refusal.index == only or decoded.count == 1]
    return decoded._replace(readings=readings, refusals=refusals)


def _take(
    route: Route, reading: RawReading, message: Message, bounds: Bounds
) -> tuple[Observation, Newness] | Refusal:
    kind = route.default if reading.type is None else route.types.get(reading.type)
    if kind is None:
        return _unknown_type(route, reading)
    if reading.time is None:
        if message.flags & RETAINED:
            return Refusal(
                reading.index, Code.BAD_TIMESTAMP, "ts", None, "a ts in every retained message", kind.contract
            )
    elif reading.time > message.received + bounds.future or reading.time < message.received - bounds.kept_for(
        kind.name
    ):
        return _out_of_time(reading, message.received, bounds, kind)
    checked = kind.check(reading.values, index=reading.index, prefix=reading.prefix, unknown=reading.unknown)
    if checked.values is None:
        assert checked.refusal is not None
        return checked.refusal
    if kind.extra is Extra.KEEP and (refusal := _too_many_extras(route, reading, kind, bounds.extras)):
        return refusal
    return _observe(route, reading, message, kind.name, checked.values)


def _observe(
    route: Route, reading: RawReading, message: Message, kind: str, values: dict[str, Any]
) -> tuple[Observation, Newness]:
    device = route.device
    assert device is not None
    series = route.series.get(kind) or _begun(route, kind)
    time, received = reading.time, message.received
    if time is None:
        again = message.flags & REPLAYED
        time = series.moment_then(received) if again else series.moment(received, reading.seq, values)
    # Half the price of calling the class; every reading passes here.
    observation = _new(
        Observation,
        (time, device.id, route.zone, kind, values, received, reading.location, reading.seq),
    )
    newness = series.observe(time, values)
    if newness is not _DUPLICATE and series.quality is not None:
        series.quality.taken(time, received, series.values, device.interval, reading.time is not None)
    return observation, newness


def _begun(route: Route, kind: str) -> Series:
    assert route.device is not None
    assert route.new_series is not None
    return route.new_series(route.device.id, kind)


def _unknown_type(route: Route, reading: RawReading) -> Refusal:
    assert route.device is not None
    expected = " or ".join(route.types) or f"a type of the catalogue, not {route.device.types[0]}"
    return Refusal(reading.index, Code.UNKNOWN_TYPE, "type", reading.type or route.device.types[0], expected)


def _too_many_extras(route: Route, reading: RawReading, kind: ObservationType, most: int) -> Refusal | None:
    """A type that keeps what it does not know must not fill the store with names that somebody makes up."""
    known = route.extras.setdefault(kind.name, set())
    for name in (*reading.values, *reading.unknown):
        if name in kind.metrics or name in known:
            continue
        if len(known) >= most:
            expected = (
                f"one of the metrics that {kind.name} has, or of the {most} beyond them that came first"
            )
            path = name if name in reading.unknown else reading.prefix + name
            return Refusal(reading.index, Code.UNKNOWN_METRIC, path, None, expected, kind.contract)
        known.add(name)
    return None


def _out_of_time(reading: RawReading, received: int, bounds: Bounds, kind: ObservationType) -> Refusal:
    assert reading.time is not None
    if reading.time > received:
        latest = rfc3339(received + bounds.future)
        return Refusal(
            reading.index, Code.FUTURE_TIME, "ts", reading.time, f"{latest} at the latest", kind.contract
        )
    earliest = rfc3339(received - bounds.kept_for(kind.name))
    return Refusal(
        reading.index, Code.TOO_OLD, "ts", reading.time, f"{earliest} at the earliest", kind.contract
    )
