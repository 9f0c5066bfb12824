"""A TCP proxy that stands where a network would, and can be told to misbehave as one does."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self, TypeVar

_CHUNK = 64 * 1024
_RESET = struct.pack("ii", 1, 0)
Result = TypeVar("Result")


class _Way:
    """One direction of all connections: whether bytes pass, how late, how many a second."""

    def __init__(self) -> None:
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.delay = 0.0
        self.rate: float | None = None
        self.passed = 0


class Proxy:
    """Passes connections on to ``host:port``; a context manager. Told from any thread but its own.

    *There* is the way towards the server, *back* the way from it.
    """

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.host = "127.0.0.1"
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._there, self._back = _Way(), _Way()
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._listen)
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def connections(self) -> int:
        """How many connections are open now."""
        return len(self._open) // 2

    @property
    def passed(self) -> tuple[int, int]:
        """Bytes passed on so far, there and back."""
        return self._there.passed, self._back.passed

    def cut(self) -> None:
        """Reset every connection, and refuse new ones until :meth:`mend`."""
        self._do(self._refuse)

    def reset(self) -> None:
        """Reset every connection; new ones are welcome."""
        self._do(self._reset)

    def hold(self, *, there: bool = True, back: bool = True) -> None:
        """Let nothing more through, and tell nobody: connections stay open, and new ones open, too."""
        self._do(lambda: self._stop_flow(there, back))

    def slow(self, *, delay: float = 0.0, rate: float | None = None) -> None:
        """Pass everything on so much later (s), and at most ``rate`` bytes a second each way."""
        for way in (self._there, self._back):
            way.delay, way.rate = delay, rate

    def mend(self) -> None:
        """Be a good network again."""
        self.slow()
        self._do(self._mend)

    def _do(self, work: Callable[[], object]) -> None:
        async def run() -> None:
            done = work()
            if asyncio.iscoroutine(done):
                await done

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(20)

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, self.host, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _mend(self) -> None:
        self._there.flowing.set()
        self._back.flowing.set()
        await self._listen()

    def _stop_flow(self, there: bool, back: bool) -> None:
        for way, wanted in ((self._there, there), (self._back, back)):
            if wanted:
                way.flowing.clear()

    async def _refuse(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self._reset()
        await asyncio.sleep(0)

    async def _end(self) -> None:
        await self._refuse()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _reset(self) -> None:
        for writer in self._open:
            sock: socket.socket = writer.get_extra_info("socket")
            with suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()
        self._open.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, far_writer}
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, far_writer, self._there))
                both.create_task(self._pass(far_reader, writer, self._back))
        except* OSError:
            pass
        finally:
            self._open -= {writer, far_writer}
            writer.transport.abort()
            far_writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: _Way) -> None:
        """Pass bytes on until either side ends, which ends both."""
        while data := await reader.read(_CHUNK):
            await asyncio.sleep(way.delay + (len(data) / way.rate if way.rate else 0.0))
            await way.flowing.wait()
            writer.write(data)
            way.passed += len(data)
            await writer.drain()
        raise ConnectionResetError
