"""Codecs: how a payload becomes readings. One file each, named in the table below."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from devices.codecs.decoded import Decoded, RawReading
from devices.codecs.native import Native

__all__ = ["CODECS", "Codec", "Decoded", "RawReading", "table"]


class Codec(Protocol):
    """Reads messages of one format."""

    @property
    def name(self) -> str:
        """As in configuration: ``native``."""

    def decode(self, payload: bytes) -> Decoded:
        """Read a message. Never raises: what can't be read is among the refusals."""


def table(*codecs: Codec) -> Mapping[str, Codec]:
    """Codecs by name.

    Raises:
        ValueError: two of them have the same name.
    """
    named: dict[str, Codec] = {}
    for codec in codecs:
        if codec.name in named:
            raise ValueError(f"two codecs are named {codec.name!r}")
        named[codec.name] = codec
    return MappingProxyType(named)


CODECS = table(Native())
