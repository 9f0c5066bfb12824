"""From a host's name to the addresses that may be connected to: looked up once, each checked."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import TypeAlias

from services.status.probes import words
from services.status.probes.guard import Address, Guard
from services.status.probes.model import TroubleError

LookUp: TypeAlias = Callable[[str], Awaitable[Sequence[Address]]]
"""The addresses of a host, in the order in which to try them. Raises OSError when there are none."""

_MOST = 8
"""Of a name with more addresses than these, the first are tried."""


class Hosts:
    """Looks hosts up, and hands out those of their addresses that the guard lets pass."""

    def __init__(self, guard: Guard, look_up: LookUp) -> None:
        self._guard = guard
        self._look_up = look_up

    async def addresses(self, host: str) -> tuple[Address, ...]:
        """Addresses to connect to, without asking anybody again.

        Raises:
            TroubleError: there is none, or none that is not of the inside.
        """
        found = await self._of(host)
        passed, refused = [], None
        for address in found[:_MOST]:
            try:
                self._guard.check(address)
            except TroubleError as error:
                refused = refused or error
            else:
                passed.append(address)
        if not passed:
            raise refused or TroubleError(words.no_address(host, "none was given"))
        return tuple(passed)

    async def _of(self, host: str) -> Sequence[Address]:
        with suppress(ValueError):
            return (ip_address(host),)
        try:
            return await self._look_up(host)
        except socket.gaierror as error:
            raise TroubleError(
                words.no_address(host, error.strerror or str(error)),
                answered=error.errno == socket.EAI_NONAME,
            ) from None
        except (OSError, UnicodeError) as error:
            raise TroubleError(words.no_address(host, str(error))) from None


class SystemLookUp:
    """The machine's own resolver, each question in a thread of its own.

    The system's call can't be cancelled and may hang for half a minute. In the loop's pool it would keep
    others from their disks; a thread that nobody waits for keeps nobody, not even the process from ending.
    No more than ``at_once`` are asked at a time.
    """

    def __init__(self, at_once: int) -> None:
        self._free = asyncio.Semaphore(at_once)

    async def __call__(self, host: str) -> Sequence[Address]:
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[Address]] = loop.create_future()

        def done(found: Sequence[Address], error: Exception | None) -> None:
            self._free.release()
            if not answer.done():
                answer.set_result(found) if error is None else answer.set_exception(error)

        def work() -> None:
            found, error = _asked(host)
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(done, found, error)

        threading.Thread(target=work, name="probe: look up", daemon=True).start()
        return await answer


def _asked(host: str) -> tuple[Sequence[Address], Exception | None]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return (), error
    return [ip_address(address[4][0]) for address in found], None
