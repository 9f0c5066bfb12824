"""Where an MQTT broker is, and how to be let in."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """A broker. With ``tls``, ``ca_file`` names the authority to trust; None trusts the system's."""

    host: str = "127.0.0.1"
    port: int = 1883
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None

    def ssl_context(self) -> ssl.SSLContext | None:
        """What to wrap the socket with, None for plain TCP."""
        return ssl.create_default_context(cafile=self.ca_file) if self.tls else None

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"


def parse_broker(url: str, *, ca_file: str | None = None) -> BrokerAddress:
    """``mqtt://user:secret@host:1883`` or ``mqtts://…`` as a target; ports default to 1883 and 8883.

    Raises:
        ValueError: not such a URL; the message says how to write one.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(_wrong(url)) from None
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/"):
        raise ValueError(_wrong(url))
    return BrokerAddress(
        host=parts.hostname,
        port=_PORTS[parts.scheme] if port is None else port,
        tls=parts.scheme == "mqtts",
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        ca_file=ca_file,
    )


def _wrong(url: str) -> str:
    """What is wrong, without the password that may stand there."""
    shown = re.sub(r"//.*@", "//…@", url)
    return f"{shown!r} is not a broker's address: write mqtt://HOST:PORT or mqtts://HOST:PORT"
