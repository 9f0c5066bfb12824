"""A message held against a city exactly as the journey holds it, with nothing kept and nobody told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from devices import topics
from devices.codecs.status import decode_status
from devices.model import City, Device, Observation, Text
from devices.refusal import Refusal
from devices.types import ObservationType
from services.telemetry.framing import RETAINED, Message
from services.telemetry.interpret import Bounds, interpret
from services.telemetry.router import Router
from services.telemetry.series import Memory

_NOBODY = City("city", Text("", ""), "UTC", {}, {})
_ZONE = "zone"
ANY = ""
"""Stands for the type of a stand-in that has no default: every reading must name its own."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What messages are held against. ``source`` says to people where it was found."""

    city: City = _NOBODY
    catalog: Mapping[str, ObservationType] = field(default_factory=dict)
    devices: Sequence[Device] = ()
    bounds: Bounds = field(default_factory=Bounds)
    source: str = "the catalogue"


class Judged(NamedTuple):
    """What would become of one message. ``count`` is its items, ``device`` the registered sender."""

    accepted: Sequence[Observation]
    refused: Sequence[Refusal]
    device: str | None = None

    @property
    def items(self) -> int:
        return len(self.accepted) + len(self.refused)


class _Directory:
    """Devices in memory."""

    def __init__(self, devices: Iterable[Device]) -> None:
        self._devices = {device.id: device for device in devices}

    def get(self, device_id: str) -> Device | None:
        return self._devices.get(device_id)

    def all(self) -> Sequence[Device]:
        return list(self._devices.values())


class Trial:
    """Judges messages by a router, a memory and bounds of its own."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._router = Router(setting.city, _Directory(setting.devices), setting.catalog, Memory())

    def judge(self, topic: str, payload: bytes, now: int, *, retained: bool = False) -> Judged | None:
        """What would become of it, received at ``now`` (ms); None for what is no reading and not wrong."""
        route = self._router.route(topic.encode())
        if route.refusal is None and route.channel != topics.Channel.TELEMETRY:
            said = decode_status(payload) if route.channel == topics.Channel.STATUS else True
            return Judged((), [said], route.device_id) if isinstance(said, Refusal) else None
        message = Message(topic.encode(), payload, now, RETAINED if retained else 0, len(payload))
        found = interpret(route, message, self._setting.bounds)
        accepted = [kept[1] for kept in found.observations]
        return Judged(accepted, found.refusals, route.device_id)


def topic_of(setting: Setting, device: Device) -> str:
    """Where a device publishes its readings."""
    return topics.device_topic(setting.city.id, device, topics.Channel.TELEMETRY)


def stand_in(setting: Setting, kind: ObservationType | None) -> tuple[Trial, str]:
    """A trial of payloads alone, and the topic to judge them on: one device that may send just this.

    Without a ``kind`` it may send everything, and its readings must name their types.
    """
    some = kind or next(iter(setting.catalog.values()))
    names = (kind.name,) if kind else (ANY, *setting.catalog)
    device = Device("device", names, _ZONE, some.domain, some.interval)
    alone = Setting(_NOBODY, setting.catalog, (device,), setting.bounds, setting.source)
    return Trial(alone), topic_of(alone, device)
