from __future__ import annotations

import itertools
import json
from collections.abc import Callable

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from devices import topics
from devices.catalog import Catalog
from devices.model import Device, Domain
from simulators import packets
from simulators.packets import MAX_PACKET_ID, RefusedError
from simulators.readings import (
    PacketSource,
    able_devices,
    load_devices,
    load_messages,
    load_payload,
    telemetry_topics,
)

NOW = 1_767_546_000_000


def parsed(data: bytes) -> list[paho.MQTTMessage]:
    """The PUBLISH packets in ``data``, read by paho's own parser."""
    client = paho.Client(CallbackAPIVersion.VERSION2, "reader")
    messages: list[paho.MQTTMessage] = []
    client.on_message = lambda _client, _data, message: messages.append(message)
    client.manual_ack_set(True)
    feed = _Feed(data)
    client._sock = feed
    while feed.left:
        client._packet_read()
    client._sock = None
    return messages


class _Feed:
    """As much of a socket as paho's reader asks for."""

    def __init__(self, data: bytes) -> None:
        self.left = data

    def recv(self, size: int) -> bytes:
        part, self.left = self.left[:size], self.left[size:]
        return part


def source(count: int) -> PacketSource:
    return PacketSource(telemetry_topics("bangkok-pilot", load_devices(count, "samyan")))


def test_paho_reads_what_is_built() -> None:
    message = parsed(packets.publish("nakhon/v1/a", 513, b"hello"))[0]

    assert (message.topic, message.mid, message.qos, message.retain) == ("nakhon/v1/a", 513, 1, False)
    assert message.payload == b"hello"


@pytest.mark.parametrize(
    ("length", "field"),
    [
        (0, b"\x00"),
        (127, b"\x7f"),
        (128, b"\x80\x01"),
        (16_383, b"\xff\x7f"),
        (16_384, b"\x80\x80\x01"),
        (2_097_151, b"\xff\xff\x7f"),
        (268_435_455, b"\xff\xff\xff\x7f"),
    ],
)
def test_remaining_length_is_as_in_table_2_4_of_the_specification(length: int, field: bytes) -> None:
    assert packets.remaining_length(length) == field


def test_a_packet_that_mqtt_cannot_say_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than MQTT allows"):
        packets.remaining_length(268_435_456)


def test_connect_without_and_with_a_password() -> None:
    assert packets.connect("ab") == bytes.fromhex("100e 0004 4d515454 04 02 0000 0002 6162")
    assert packets.connect("ab", "u", "p") == bytes.fromhex(
        "1014 0004 4d515454 04 c2 0000 0002 6162 0001 75 0001 70"
    )


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"\x20\x02\x00\x05", "may not connect"),
        (b"\x20\x02\x00\x04", "password"),
        (b"\x20\x02\x00\x63", "code 99"),
        (b"HTTP", "not an MQTT broker"),
        (b"", "not an MQTT broker"),
    ],
)
def test_a_broker_that_refuses_says_why(answer: bytes, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        packets.check_connack(answer)


def test_a_broker_that_accepts_is_accepted() -> None:
    packets.check_connack(b"\x20\x02\x00\x00")


def test_load_in_bulk_is_the_same_messages_as_one_by_one() -> None:
    load = source(3)
    data = b""
    made = 0
    while made < 10:
        count, part = load.packets(2, NOW + made // 3)
        data += part
        made += count
    messages = parsed(data)
    expected = list(load_messages(load_devices(3, "samyan"), made, NOW))

    assert [(message.topic, message.payload) for message in messages] == expected
    assert [message.mid for message in messages] == list(range(1, made + 1))


def test_packet_identifiers_go_round_without_zero() -> None:
    load = source(1_000)
    last: list[int] = []
    while load.made < MAX_PACKET_ID + 5:
        count, data = load.packets(500, NOW)
        if load.made > MAX_PACKET_ID - 500:
            last += [message.mid for message in parsed(data)]
        assert count

    turn = last.index(MAX_PACKET_ID)
    assert last[turn : turn + 4] == [MAX_PACKET_ID, 1, 2, 3]
    assert 0 not in last


@pytest.mark.parametrize("clock", [lambda _: NOW, lambda turn: NOW - turn, lambda turn: NOW + 7 * turn])
def test_a_devices_moments_strictly_rise_whatever_the_clock_does(clock: Callable[[int], int]) -> None:
    load = source(4)
    moments: dict[str, list[int]] = {}
    for turn in range(60):
        _, data = load.packets(3, clock(turn))
        for message in parsed(data):
            moments.setdefault(message.topic, []).append(json.loads(message.payload)["ts"])

    assert len(moments) == 4
    for taken in moments.values():
        assert all(a < b for a, b in itertools.pairwise(taken))


def test_earliest_says_which_moment_comes_next() -> None:
    load = source(2)
    assert load.earliest() <= NOW

    load.packets(1, NOW)
    assert load.earliest() <= NOW
    load.packets(1, NOW)
    assert load.earliest() == NOW + 1


def test_every_reading_is_distinct_deterministic_and_passes_its_type() -> None:
    devices = load_devices(70, "samyan")
    messages = list(load_messages(devices, 20_000, NOW))
    kind = Catalog.builtin()["AirQualityObserved"]

    assert messages == list(load_messages(devices, 20_000, NOW))
    assert len(set(messages)) == 20_000
    assert len({(topic, json.loads(payload)["ts"]) for topic, payload in messages}) == 20_000
    for topic, payload in messages[::97]:
        reading = json.loads(payload)
        checked = kind.check(reading["values"], index=0)
        assert checked.refusal is None
        assert len(reading["values"]) == 3
        assert topics.parse(topic).city == "bangkok-pilot"


def test_the_sequence_of_a_device_rises_one_by_one() -> None:
    payloads = [payload for topic, payload in load_messages(load_devices(9, "samyan"), 9 * 110, NOW)][::9]

    assert [json.loads(payload)["seq"] for payload in payloads] == list(range(1, 111))


def test_a_payload_is_about_a_hundred_bytes() -> None:
    assert 90 <= len(load_payload(0, 1_000, NOW)) <= 110


def test_load_speaks_only_for_devices_that_have_its_metrics() -> None:
    air = Device("aq-01", ("AirQualityObserved", "WeatherObserved"), "z", Domain.ENVIRONMENT, 1_000)
    off = Device("aq-02", ("AirQualityObserved",), "z", Domain.ENVIRONMENT, 1_000, enabled=False)
    mast = Device("wx-01", ("WeatherObserved", "AirQualityObserved"), "z", Domain.ENVIRONMENT, 1_000)

    assert able_devices([air, off, mast]) == [air]


def test_synthetic_devices_are_numbered() -> None:
    devices = load_devices(2, "samyan")

    assert [device.id for device in devices] == ["load-000001", "load-000002"]
    assert devices[0].types == ("AirQualityObserved",)
    assert telemetry_topics("c", devices)[0] == "nakhon/v1/c/samyan/environment/load-000001/telemetry"


def test_load_needs_a_device() -> None:
    with pytest.raises(ValueError, match="at least one device"):
        PacketSource([])
