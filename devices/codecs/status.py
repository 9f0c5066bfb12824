"""What a device says of itself on its status channel."""

from __future__ import annotations

import orjson

from devices.refusal import Code, Refusal

EXAMPLE = '{"online": true, "fw": "1.4.2", "battery": 0.81}'


def decode_status(payload: bytes) -> bool | Refusal:
    """Whether the device is online, or why the message says nothing about it. Never raises."""
    try:
        data = orjson.loads(payload)
    except orjson.JSONDecodeError:
        data = None
    if isinstance(data, dict) and isinstance(data.get("online"), bool):
        return bool(data["online"])
    shown = bytes(payload[:256]).decode("utf-8", "backslashreplace")
    return Refusal(0, Code.UNSUPPORTED_PAYLOAD, "", shown, f'an object with "online" such as {EXAMPLE}')
