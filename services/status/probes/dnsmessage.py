"""Questions and answers of the DNS as bytes (RFC 1035; addresses of version 6: RFC 3596). Pure.

Only what a probe needs: one question for addresses, and the addresses that an answer gives for it, along its
aliases. Whatever an answer holds, reading it ends.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

_HEAD = struct.Struct("!6H")
_RECORD = struct.Struct("!HHIH")
_INTERNET = 1
_ALIAS = 5
_IS_ANSWER, _OPCODE, _TRUNCATED, _RECURSION_DESIRED, _RCODE = 0x8000, 0x7800, 0x0200, 0x0100, 0x000F
_LONGEST_NAME = 255
_MOST_JUMPS = 64


class Kind(IntEnum):
    """Of addresses that are asked for."""

    A = 1
    AAAA = 28


class Rcode(IntEnum):
    """How a server answers (RFC 1035, 4.1.1); others are told by their number."""

    NOERROR = 0
    FORMERR = 1
    SERVFAIL = 2
    NXDOMAIN = 3
    NOTIMP = 4
    REFUSED = 5


@dataclass(frozen=True, slots=True)
class Reply:
    """What an answer says. ``truncated``: it did not fit, and must be asked for over TCP."""

    rcode: int
    addresses: tuple[Address, ...] = ()
    truncated: bool = False

    @property
    def said(self) -> str:
        """The code's name, as the field has it."""
        return Rcode(self.rcode).name if self.rcode in set(Rcode) else f"code {self.rcode}"


class NotOursError(ValueError):
    """It is no answer to this question: somebody else's, or somebody's who guesses."""


def question(number: int, name: str, kind: Kind) -> bytes:
    """A question for the addresses of a name; ``number`` (16 bits) is what its answer must repeat.

    Raises:
        ValueError: it can't be a name of the DNS.
    """
    head = _HEAD.pack(number, _RECURSION_DESIRED, 1, 0, 0, 0)
    return head + _encoded(name) + struct.pack("!HH", kind, _INTERNET)


def _encoded(name: str) -> bytes:
    labels = name.rstrip(".").encode("ascii" if name.isascii() else "idna").split(b".")
    if any(not 0 < len(label) < 64 for label in labels):
        raise ValueError(f"{name!r} is no name of the DNS")
    wire = b"".join(bytes((len(label),)) + label for label in labels) + b"\0"
    if len(wire) > _LONGEST_NAME:
        raise ValueError(f"{name!r} is too long for the DNS")
    return wire


def reply(message: bytes, number: int, name: str, kind: Kind) -> Reply:
    """What a message answers to that question.

    Raises:
        NotOursError: another number, another question, or no answer at all.
        ValueError: it can't be read.
    """
    try:
        flags, answers, at = _ours(message, number, _plain(_encoded(name)), kind)
    except (struct.error, IndexError):
        raise NotOursError("it is cut off") from None
    rcode = flags & _RCODE
    if flags & _TRUNCATED:
        return Reply(rcode, truncated=True)
    try:
        return Reply(rcode, _addresses(message, at, answers, _plain(_encoded(name)), kind))
    except (struct.error, IndexError):
        raise ValueError("it is cut off") from None


def _ours(message: bytes, number: int, name: bytes, kind: Kind) -> tuple[int, int, int]:
    """Flags, count of answers, and where they begin, of an answer to this question."""
    told, flags, questions, answers, _, _ = _HEAD.unpack_from(message)
    if told != number or not flags & _IS_ANSWER or flags & _OPCODE or questions != 1:
        raise NotOursError("it answers another question")
    asked, at = _name(message, _HEAD.size)
    if (asked, *struct.unpack_from("!HH", message, at)) != (name, kind, _INTERNET):
        raise NotOursError("it answers another question")
    return flags, answers, at + 4


def _addresses(message: bytes, at: int, answers: int, name: bytes, kind: Kind) -> tuple[Address, ...]:
    """Those of the name, and of the names that it is an alias of."""
    found: dict[bytes, list[Address]] = {}
    aliases: dict[bytes, bytes] = {}
    for _ in range(answers):
        owner, at = _name(message, at)
        type_, class_, _, length = _RECORD.unpack_from(message, at)
        at += _RECORD.size
        data = message[at : at + length]
        if len(data) < length:
            raise ValueError("it is cut off")
        if class_ == _INTERNET and type_ == _ALIAS:
            aliases[owner] = _name(message, at)[0]
        elif class_ == _INTERNET and type_ == kind:
            found.setdefault(owner, []).append(_address(data))
        at += length
    return _along(name, aliases, found)


def _along(
    name: bytes, aliases: dict[bytes, bytes], found: dict[bytes, list[Address]]
) -> tuple[Address, ...]:
    addresses: list[Address] = []
    seen: set[bytes] = set()
    while name not in seen:
        seen.add(name)
        addresses += found.get(name, ())
        name = aliases.get(name, name)
    return tuple(addresses)


def _address(data: bytes) -> Address:
    if len(data) == 4:
        return IPv4Address(data)
    if len(data) == 16:
        return IPv6Address(data)
    raise ValueError(f"an address of {len(data)} bytes")


def _name(message: bytes, at: int) -> tuple[bytes, int]:
    """The name at ``at``, in small letters, and where it ends. Its end may stand elsewhere (compression)."""
    labels: list[bytes] = []
    after, jumps, length = None, 0, 0
    while (size := message[at]) != 0:
        if size >= 0xC0:
            after = at + 2 if after is None else after
            at, jumps = ((size & 0x3F) << 8) | message[at + 1], jumps + 1
        elif size >= 0x40:
            raise ValueError("a name that is none")
        else:
            labels.append(message[at + 1 : at + 1 + size].lower())
            at, length = at + 1 + size, length + 1 + size
        if jumps > _MOST_JUMPS or length > _LONGEST_NAME:
            raise ValueError("a name without an end")
    return b".".join(labels), at + 1 if after is None else after


def _plain(wire: bytes) -> bytes:
    return _name(wire, 0)[0]
