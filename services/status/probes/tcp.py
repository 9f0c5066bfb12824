"""Whether somebody takes connections at a port."""

from __future__ import annotations

import asyncio
import os
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from devices.model import Probe, Text
from services.status.probes import words
from services.status.probes.guard import Address
from services.status.probes.hosts import Hosts
from services.status.probes.judging import slow
from services.status.probes.model import Finding, TroubleError

_ATTEMPT = 3.0
"""Where there are several addresses, the next is tried after as many seconds."""


def host_and_port(target: str, default: int | None = None) -> tuple[str, int]:
    """``host:port`` or ``[address]:port``.

    Raises:
        TroubleError: it is neither.
    """
    try:
        parts = urlsplit(
            f"//{target}" if target.count(":") < 2 or target.startswith("[") else f"//[{target}]"
        )
        host, port = parts.hostname, default if parts.port is None else parts.port
    except ValueError:
        host, port = None, None
    if not host or not port or "@" in target or "/" in target:
        text = words.not_an_address(f"{target!r} is not host:port", f"{target!r} ไม่ใช่ host:port")
        raise TroubleError(text, asked=False)
    return host, port


async def dial(addresses: Sequence[Address], port: int, place: str) -> tuple[StreamReader, StreamWriter]:
    """Connect to the first address that takes the connection.

    Raises:
        TroubleError: none does.
    """
    trouble: TroubleError | None = None
    for place_of, address in enumerate(addresses):
        last = place_of == len(addresses) - 1
        try:
            async with asyncio.timeout(None if last else _ATTEMPT):
                return await asyncio.open_connection(str(address), port)
        except OSError as error:
            trouble = TroubleError(trouble_of(error, place), answered=isinstance(error, ConnectionError))
    assert trouble is not None
    raise trouble


def trouble_of(error: OSError, place: str) -> Text:
    """What a failure of a connection means."""
    if isinstance(error, ConnectionRefusedError):
        return words.refused(place)
    if isinstance(error, ConnectionError):
        return words.broken(place)
    why = os.strerror(error.errno) if error.errno else "no answer"
    return words.unreachable(place, why[:1].lower() + why[1:])


class TcpAsker:
    """Connects, and lets go again. Latency is the time until the connection stood, looking up included."""

    def __init__(self, hosts: Hosts, steady: Callable[[], float] = time.monotonic) -> None:
        self._hosts = hosts
        self._steady = steady

    async def ask(self, probe: Probe) -> Finding:
        began = self._steady()
        host, port = host_and_port(probe.target)
        _, writer = await dial(await self._hosts.addresses(host), port, probe.target)
        latency = (self._steady() - began) * 1000
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        error = slow(latency, probe.expected)
        return Finding(error is None, latency, error=error)
