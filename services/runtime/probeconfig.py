"""The ``probes:`` section of ``nakhon.yaml``: what a deployment lets probes do. No city file can widen it."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from services.runtime.sections import Section

HTTP_PORTS = (80, 443, 8080, 8443)


def _items(value: object) -> Any:
    """A list, or the text that stands for one in a variable: items with commas between them, or none."""
    if isinstance(value, str):
        return () if value == "none" else tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _network(value: object) -> IPv4Network | IPv6Network:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    try:
        return ip_network(str(value))
    except ValueError:
        raise ValueError("must be a network such as 10.20.0.0/16 or fd12:3456::/32") from None


def _endpoint(value: str | None) -> str | None:
    host, _, port = (value or "").rpartition(":")
    try:
        ip_address(host[1:-1] if host.startswith("[") else host)
        good = port.isdigit() and 0 < int(port) <= 65535
    except ValueError:
        good = False
    if value is None or good:
        return value
    raise ValueError("must be an address and a port such as 9.9.9.9:53 or [2620:fe::fe]:53")


Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network, json_schema_input_type=str)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Probes(Section):
    """How probes ask, and where they may go beside the open internet.

    ``allow`` are networks of the inside, ``http_ports`` those at which HTTP may be asked. ``at_once`` bounds
    how many are under way. ``ca_file`` are authorities that are believed beside the machine's own.
    ``reference`` is an ``address:port`` that answers whenever Nakhon's own network works: while it does not,
    a probe without an answer says nothing of its service.
    """

    enabled: bool = True
    at_once: int = Field(20, ge=1, le=1_000)
    allow: Annotated[tuple[Network, ...], BeforeValidator(_items)] = ()
    http_ports: Annotated[frozenset[Port], BeforeValidator(_items)] = frozenset(HTTP_PORTS)
    user_agent: str = Field("nakhon", pattern=r"^[\x20-\x7e]{1,200}$")
    ca_file: Path | None = None
    reference: Annotated[str | None, AfterValidator(_endpoint)] = None
