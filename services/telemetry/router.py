"""From a topic to the device behind it, or to what is wrong with the topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from devices import topics
from devices.model import City, Device, Domain
from devices.refusal import Code, Refusal
from devices.types import ObservationType
from services.runtime.ports import DeviceDirectory
from services.telemetry.ledger import UNKNOWN, Key
from services.telemetry.series import Memory, Series

_NO_TOPIC = "http:"


@dataclass(frozen=True, slots=True)
class Route:
    """Where a topic leads. ``refusal`` says why nothing that comes on it can count.

    ``device`` is set when the device is registered, even if the topic is refused. ``asked`` says why what is
    published here does not count, though what Nakhon itself submits does: it is a probe. ``verdict`` is the
    topic on which the sender hears of it, None for a topic that is none. ``series`` are those heard so far,
    and ``new_series`` begins another.
    """

    topic: str
    channel: str
    domain: str = UNKNOWN
    device: Device | None = None
    zone: str = ""
    types: Mapping[str, ObservationType] = field(default_factory=dict)
    default: ObservationType | None = None
    series: Mapping[str, Series] = field(default_factory=dict)
    new_series: Callable[[str, str], Series] | None = None
    verdict: str | None = None
    refusal: Refusal | None = None
    asked: Refusal | None = None
    extras: dict[str, set[str]] = field(default_factory=dict)
    """Metrics beyond its own that were kept of a type, by type; shared by all routes."""
    key: Key = field(init=False)
    """On whose account stands what comes here."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", Key(self.domain, self.device_id))

    @property
    def device_id(self) -> str | None:
        """The registered device's id, None when nobody registered sent this."""
        return self.device.id if self.device else None


class Router:
    """Routes of a city's topics, remembered for registered devices until the registry changes."""

    def __init__(
        self, city: City, devices: DeviceDirectory, catalog: Mapping[str, ObservationType], memory: Memory
    ) -> None:
        self._city = city
        self._devices = devices
        self._catalog = catalog
        self._memory = memory
        self._known: dict[bytes, Route] = {}

    def forget(self) -> None:
        """The registry changed: find every route anew."""
        self._known.clear()

    def route(self, topic: bytes) -> Route:
        """The route of a topic as it came over MQTT. Never raises."""
        known = self._known.get(topic)
        if known is not None:
            return known
        route = self._find(topic)
        if route.device is not None:
            # Only registered devices are remembered: a flood of made-up topics must not fill memory.
            self._known[topic] = route
        return route

    def of_device(self, device_id: str) -> bytes:
        """The topic under which a device's payload is kept that came on none."""
        device = self._devices.get(device_id)
        if device is None:
            return f"{_NO_TOPIC}{device_id}".encode("utf-8", "replace")
        return topics.device_topic(self._city.id, device, topics.Channel.TELEMETRY).encode()

    def account(self, topic: str, device_id: str | None) -> Key:
        """The domain and device on whose account stands what came on a topic from a device (None: nobody)."""
        device = None if device_id is None else self._devices.get(device_id)
        if device is not None:
            return Key(str(device.domain), device_id)
        try:
            return Key(str(topics.parse(topic).domain), device_id)
        except topics.BadTopicError:
            return Key(UNKNOWN, device_id)

    def _find(self, raw: bytes) -> Route:
        text = raw.decode("utf-8", "replace")
        if text.startswith(_NO_TOPIC):
            return self._named(text)
        try:
            topic = topics.parse(text)
        except topics.BadTopicError as error:
            return Route(text, "", refusal=Refusal(0, Code.BAD_TOPIC, "topic", text, str(error)))
        verdict = topics.sibling(topic, topics.Channel.VERDICT)
        device = self._devices.get(topic.device)
        refusal = self._wrong(topic, device)
        domain = str(device.domain) if device else str(topic.domain)
        if device is None or refusal is not None:
            return Route(text, topic.channel, domain, device, topic.zone, verdict=verdict, refusal=refusal)
        types = {name: self._catalog[name] for name in device.types if name in self._catalog}
        return Route(
            text,
            topic.channel,
            domain,
            device,
            topic.zone,
            types,
            types.get(device.types[0]),
            self._memory.of(device.id),
            self._memory.find,
            verdict,
            asked=self._asked(device),
            extras=self._memory.extras,
        )

    def _asked(self, device: Device) -> Refusal | None:
        """A probe's finding is Nakhon's own: nobody may publish it in its place."""
        if device.id not in self._city.probes:
            return None
        expected = "a device that publishes; this one is a probe, and Nakhon itself says what it found"
        return Refusal(0, Code.UNKNOWN_DEVICE, "topic.device", device.id, expected)

    def _named(self, text: str) -> Route:
        """A payload for a device that was not registered when it came; perhaps it is by now."""
        device_id = text.removeprefix(_NO_TOPIC)
        if self._devices.get(device_id) is not None:
            return self._find(self.of_device(device_id))
        expected = "a registered device; register it, or correct the id"
        refusal = Refusal(0, Code.UNKNOWN_DEVICE, "device", device_id[:100], expected)
        return Route(text, topics.Channel.TELEMETRY, refusal=refusal)

    def _wrong(self, topic: topics.Topic, device: Device | None) -> Refusal | None:
        if topic.city != self._city.id:
            return Refusal(0, Code.WRONG_ZONE, "topic.city", topic.city, self._city.id)
        if device is None:
            expected = "a registered device; register it, or correct the id in the topic"
            return Refusal(0, Code.UNKNOWN_DEVICE, "topic.device", topic.device, expected)
        if not device.enabled:
            return Refusal(0, Code.DEVICE_DISABLED, "topic.device", topic.device, "an enabled device")
        if topic.zone != device.zone:
            return Refusal(0, Code.WRONG_ZONE, "topic.zone", topic.zone, device.zone)
        if Domain(topic.domain) != device.domain:
            return Refusal(0, Code.WRONG_ZONE, "topic.domain", str(topic.domain), str(device.domain))
        return None
