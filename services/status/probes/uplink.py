"""Whether Nakhon's own way into the network works, without which silence says nothing of anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from services.status.probes.tcp import host_and_port

_PATIENCE = 3.0
_BELIEVED = 5.0
"""Seconds for which an answer is taken for the next that asks, too."""


class Uplink:
    """``reference`` is the ``address:port`` that always answers; None: nobody knows one, and all is believed.

    It is the administrator's own setting, so that no guard stands before it.
    """

    def __init__(self, reference: str | None, steady: Callable[[], float]) -> None:
        self._place = None if reference is None else host_and_port(reference)
        self._steady = steady
        self._asking = asyncio.Lock()
        self._away = False
        self._asked: float | None = None

    async def away(self) -> bool:
        """Whether the reference does not answer either."""
        if self._place is None:
            return False
        async with self._asking:
            if self._asked is None or self._steady() - self._asked >= _BELIEVED:
                self._away = not await self._answers(*self._place)
                self._asked = self._steady()
        return self._away

    @staticmethod
    async def _answers(host: str, port: int) -> bool:
        try:
            async with asyncio.timeout(_PATIENCE):
                _, writer = await asyncio.open_connection(host, port)
        except OSError:
            return False
        writer.close()
        return True
