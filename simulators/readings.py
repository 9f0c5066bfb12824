"""The readings that load is made of: three values, device by device in turn, each one distinct.

Message ``i`` of ``n`` devices is device ``i % n``'s reading number ``i // n``. The moment of a device's
readings strictly rises, so each has an identity of its own. Everything is a function of the message's
number and moment: the same call gives the same bytes on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import repeat

from devices.model import Device, Domain
from devices.topics import Channel, device_topic
from simulators.packets import MAX_PACKET_ID, packet_id, publish_head

LOAD_TYPE = "AirQualityObserved"
_TAILS = 10_000


def load_devices(count: int, zone: str) -> list[Device]:
    """``load-000001`` and so on: synthetic devices of one zone, for whom the caller finds a registry."""
    return [
        Device(f"load-{number:06d}", (LOAD_TYPE,), zone, Domain.ENVIRONMENT, interval=1_000)
        for number in range(1, count + 1)
    ]


def able_devices(devices: Sequence[Device]) -> list[Device]:
    """Those of a city that load can speak for: the enabled ones whose default type has its metrics."""
    return [device for device in devices if device.enabled and device.types[0] == LOAD_TYPE]


def telemetry_topics(city: str, devices: Sequence[Device]) -> list[str]:
    """Where these devices publish their readings."""
    return [device_topic(city, device, Channel.TELEMETRY) for device in devices]


def load_payload(message: int, devices: int, time: int) -> bytes:
    """Payload of a message (0-based) when so many devices take turns; ``time`` in ms since 1970."""
    return _opening(time, message // devices + 1) + _tails()[message % _TAILS]


def load_messages(
    devices: Sequence[Device], count: int, start_ms: int, *, city: str = "bangkok-pilot"
) -> Iterator[tuple[str, bytes]]:
    """``count`` messages as (topic, payload), each device's readings 1 ms apart from ``start_ms`` on."""
    topics = telemetry_topics(city, devices)
    for message in range(count):
        turn, place = divmod(message, len(topics))
        yield topics[place], load_payload(message, len(topics), start_ms + turn)


class PacketSource:
    """The same readings as PUBLISH packets, many at a time in one buffer."""

    def __init__(self, topics: Sequence[str]) -> None:
        if not topics:
            raise ValueError("load needs at least one device")
        self.made = 0
        self._topics = topics
        self._heads: list[bytes] = []
        self._length = 0
        self._last = 0
        self._floor = 0

    def earliest(self) -> int:
        """The first moment (ms) that the next reading may carry: its device's last one and 1 ms."""
        return self._last + 1 if self.made % len(self._topics) == 0 else self._last

    def packets(self, most: int, now: int) -> tuple[int, bytes]:
        """At most ``most`` packets taken at ``now`` (ms): how many, and their bytes."""
        turn, first = divmod(self.made, len(self._topics))
        if first == 0:
            self._floor = self._last + 1
        self._last = max(self._last, self._floor, now)
        count = min(most, len(self._topics) - first, _TAILS)
        data = self._join(first, count, _opening(self._last, turn + 1))
        self.made += count
        return count, data

    def _join(self, first: int, count: int, opening: bytes) -> bytes:
        pieces: list[bytes] = [b""] * (4 * count)
        pieces[0::4] = self._heads_for(len(opening) + len(_tails()[0]))[first : first + count]
        pieces[1::4] = _cycle(_identifiers(), self.made, count)
        pieces[2::4] = repeat(opening, count)
        pieces[3::4] = _cycle(_tails(), self.made, count)
        return b"".join(pieces)

    def _heads_for(self, length: int) -> list[bytes]:
        if length != self._length:
            self._heads = [publish_head(topic, length) for topic in self._topics]
            self._length = length
        return self._heads


def _opening(time: int, seq: int) -> bytes:
    return b'{"ts":%d,"seq":%d,"values":{"pm25":' % (time, seq)


@cache
def _tails() -> Sequence[bytes]:
    """The values, all of one length, so that a packet's length depends on its ``seq`` alone."""
    return [
        b'%d.%02d,"temperature":%d.%d,"relativeHumidity":0.%04d}}'
        % (10 + n // 200, n % 100, 22 + n % 17, n % 10, 4_000 + n * 7 % 5_000)
        for n in range(_TAILS)
    ]


@cache
def _identifiers() -> Sequence[bytes]:
    return [packet_id(number) for number in range(1, MAX_PACKET_ID + 1)]


def _cycle(items: Sequence[bytes], first: int, count: int) -> Sequence[bytes]:
    """``count`` items of an endless repetition, from number ``first`` on."""
    start = first % len(items)
    part = items[start : start + count]
    return part if len(part) == count else [*part, *items[: count - len(part)]]
