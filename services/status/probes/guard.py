"""Keeps probes from being turned on the city's own inside.

Whoever writes a city file, or answers a probe with a redirect or a DNS record, may name any address; the
process that asks often stands where much can be reached. So every address is checked before anything is sent
to it, and what is connected to is the address that was checked.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import TypeAlias
from urllib.parse import urlsplit

from devices.model import Text
from services.runtime.probeconfig import HTTP_PORTS
from services.status.probes import words
from services.status.probes.model import TroubleError

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_LOOPBACK = Text("this machine itself", "เครื่องนี้เอง")
_PRIVATE = Text("a private network", "เครือข่ายส่วนตัว")
_LINK = Text("a link-local address", "ที่อยู่เฉพาะลิงก์")
_CARRIER = Text("a carrier's shared network (CGNAT)", "เครือข่ายร่วมของผู้ให้บริการ (CGNAT)")
_MULTICAST = Text("a multicast address", "ที่อยู่มัลติแคสต์")
_UNSPECIFIED = Text("an unspecified address", "ที่อยู่ที่ไม่ระบุ")
_RESERVED = Text("an address that is reserved", "ที่อยู่สงวน")
_METADATA = Text("a cloud's metadata service", "บริการเมทาดาทาของคลาวด์")

# The IANA registries of special-purpose addresses, version 4 (RFC 6890 and what it was updated by).
_INSIDE_4: tuple[tuple[str, Text], ...] = (
    ("0.0.0.0/8", _UNSPECIFIED),
    ("10.0.0.0/8", _PRIVATE),
    ("100.64.0.0/10", _CARRIER),
    ("127.0.0.0/8", _LOOPBACK),
    ("169.254.0.0/16", _LINK),
    ("172.16.0.0/12", _PRIVATE),
    ("192.0.0.0/24", _RESERVED),
    ("192.0.2.0/24", _RESERVED),
    ("192.88.99.0/24", _RESERVED),
    ("192.168.0.0/16", _PRIVATE),
    ("198.18.0.0/15", _RESERVED),
    ("198.51.100.0/24", _RESERVED),
    ("203.0.113.0/24", _RESERVED),
    ("224.0.0.0/4", _MULTICAST),
    ("240.0.0.0/4", _RESERVED),
)
# Of version 6 only 2000::/3 is given out at all: the rest is refused by name here, or as reserved below.
_INSIDE_6: tuple[tuple[str, Text], ...] = (
    ("::/128", _UNSPECIFIED),
    ("::1/128", _LOOPBACK),
    ("fc00::/7", _PRIVATE),
    ("fec0::/10", _PRIVATE),
    ("fe80::/10", _LINK),
    ("ff00::/8", _MULTICAST),
    ("2001::/23", _RESERVED),
    ("2001:db8::/32", _RESERVED),
    ("3fff::/20", _RESERVED),
)
_GIVEN_OUT = IPv6Network("2000::/3")
_INSIDE = tuple((ip_network(network), what) for network, what in (*_INSIDE_4, *_INSIDE_6))

_METADATA_SERVICES = frozenset(
    (
        IPv4Address("169.254.169.254"),
        IPv4Address("169.254.170.2"),
        IPv4Address("169.254.170.23"),
        IPv4Address("100.100.100.200"),
        IPv4Address("168.63.129.16"),
        IPv4Address("192.0.0.192"),
        IPv6Address("fd00:ec2::254"),
        IPv6Address("fd00:ec2::23"),
        IPv6Address("fd20:ce::254"),
    )
)

_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})


def is_this_machine(address: Address) -> bool:
    """Whether an address is one of this machine's own, whatever network it is of. Sends nothing."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), 9))
            return bool(probe.getsockname()[0] == str(address))
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a URL leads: host and port, and the URL itself."""

    url: str
    host: str
    port: int
    secure: bool


@dataclass(frozen=True, slots=True)
class Guard:
    """Says where probes may go. ``allow`` are networks of the inside that the deployment lets them into."""

    allow: Sequence[Network] = ()
    ports: frozenset[int] = frozenset(HTTP_PORTS)
    own: Callable[[Address], bool] = is_this_machine

    def check(self, address: Address) -> None:
        """Return when a probe may connect there.

        Raises:
            TroubleError: it may not; the text says why.
        """
        for form in _forms(address):
            what = self._inside(form)
            if what is not None:
                raise TroubleError(words.address_refused(str(address), what), asked=False)

    def place(self, url: str) -> Place:
        """Where an address of HTTP leads, when a probe may follow it as far as it can be seen from its text.

        Raises:
            TroubleError: another scheme or port, a user or a password in it, or no address at all.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise _refused("this is no address of HTTP", "ไม่ใช่ที่อยู่ HTTP") from None
        if parts.scheme not in {"http", "https"}:
            raise _refused(f"scheme {parts.scheme or 'none'}, not http or https", "ต้องเป็น http หรือ https")
        if "@" in parts.netloc or not parts.hostname or any(mark in url for mark in "\\\r\n\t "):
            raise _refused("a user, a password or no host in the address", "ที่อยู่มีชื่อผู้ใช้ รหัสผ่าน หรือไม่มีโฮสต์")
        secure = parts.scheme == "https"
        port = (443 if secure else 80) if port is None else port
        if port not in self.ports:
            ports = ", ".join(str(known) for known in sorted(self.ports))
            raise _refused(f"port {port}, not one of {ports}", f"พอร์ต {port} ต้องเป็นหนึ่งใน {ports}")
        return Place(url, parts.hostname, port, secure)

    def _inside(self, address: Address) -> Text | None:
        """What kind of an inside an address is of; None when probes may go there."""
        if address in _METADATA_SERVICES:
            named = any(network.num_addresses == 1 and address in network for network in self.allow)
            return None if named else _METADATA
        if any(address in network for network in self.allow):
            return None
        for network, what in _INSIDE:
            if address in network:
                return what
        if address.version == 6 and address not in _GIVEN_OUT:
            return _RESERVED
        return _LOOPBACK if self.own(address) else None


def _forms(address: Address) -> Iterator[Address]:
    """All that an address stands for: what is wrapped in version 6 is reached by it."""
    if isinstance(address, IPv4Address):
        yield address
        return
    plain = IPv6Address(int(address))
    low = IPv4Address(int(plain) & 0xFFFF_FFFF)
    if plain in _MAPPED or plain in _NAT64:
        yield low
        return
    yield plain
    if plain in _SIX_TO_FOUR:
        yield IPv4Address((int(plain) >> 80) & 0xFFFF_FFFF)
    if (int(plain) >> 32) & 0xFFFF_FFFF in _ISATAP:
        yield low


def _refused(english: str, thai: str) -> TroubleError:
    return TroubleError(words.not_an_address(english, thai), asked=False)
