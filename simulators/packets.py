"""MQTT 3.1.1 packets as bytes, as far as a publisher at QoS 1 needs them (OASIS MQTT 3.1.1, section 3).

A publisher of load builds a hundred thousand packets a second, so what stays the same from packet to
packet (everything before the packet identifier) is built once, by :func:`publish_head`.
"""

from __future__ import annotations

from collections.abc import Sequence

DISCONNECT = b"\xe0\x00"
PUBACK = b"\x40\x02"
PUBACK_SIZE = 4
MAX_PACKET_ID = 65_535

_REFUSALS = {
    1: "it does not speak MQTT 3.1.1",
    2: "it does not accept this client identifier",
    3: "it says that it is unavailable",
    4: "user name or password are wrong",
    5: "this user may not connect",
}


class RefusedError(ConnectionError):
    """The broker answered, and would not let the client in. The text says why."""


def packet_id(number: int) -> bytes:
    """A packet identifier, 1 to 65,535, as its two bytes."""
    return number.to_bytes(2, "big")


def remaining_length(length: int) -> bytes:
    """The variable-length field of the fixed header (section 2.2.3).

    Raises:
        ValueError: more than the 268,435,455 bytes that MQTT can say.
    """
    if length > 268_435_455:
        raise ValueError(f"a packet of {length} bytes is longer than MQTT allows")
    field = bytearray()
    while length > 127:
        length, low = divmod(length, 128)
        field.append(low | 128)
    field.append(length)
    return bytes(field)


def connect(client_id: str, username: str | None = None, password: str | None = None) -> bytes:
    """CONNECT with a clean session and no keep-alive."""
    flags = 0x02 | (0x80 if username is not None else 0) | (0x40 if password is not None else 0)
    given = (text for text in (client_id, username, password) if text is not None)
    body = _text("MQTT") + bytes([4, flags, 0, 0]) + b"".join(map(_text, given))
    return b"\x10" + remaining_length(len(body)) + body


def check_connack(packet: bytes) -> None:
    """Return when these four bytes are a CONNACK that lets us in.

    Raises:
        RefusedError: they are not; the text says why.
    """
    if len(packet) < 4 or packet[:2] != b"\x20\x02":
        raise RefusedError("what answers there is not an MQTT broker")
    if packet[3]:
        raise RefusedError(_REFUSALS.get(packet[3], f"it refused with code {packet[3]}"))


def publish_head(topic: str, payload_length: int) -> bytes:
    """A QoS 1 PUBLISH up to its packet identifier: identifier (2 bytes) and payload follow it."""
    name = _text(topic)
    return b"\x32" + remaining_length(len(name) + 2 + payload_length) + name


def publish(topic: str, number: int, payload: bytes) -> bytes:
    """A whole QoS 1 PUBLISH."""
    return publish_head(topic, len(payload)) + packet_id(number) + payload


def pubacks(numbers: Sequence[int]) -> bytes:
    """The PUBACKs of these packet identifiers, as a broker would send them."""
    return b"".join(PUBACK + packet_id(number) for number in numbers)


def _text(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(2, "big") + raw
