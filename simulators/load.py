"""``nakhon load``: a publisher that is never the bottleneck, and counts exactly what was acknowledged.

It speaks MQTT 3.1.1 over a raw socket: packets leave in large buffers, PUBACKs are read in bulk. Paced,
it sends in slices of at most 5 ms; unpaced, as fast as the window of unacknowledged messages lets it.
:func:`run_load` occupies the thread that calls it; :func:`run_load_beside` runs it in its own process.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import select
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass

from devices.broker import BrokerAddress
from simulators.packets import DISCONNECT, check_connack, connect
from simulators.readings import PacketSource
from simulators.window import Window

_SLICE = 0.004
_BUFFER = 128 * 1024
_CHUNK = 500
_AHEAD = 1_000
_AGAIN = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class LoadError(Exception):
    """Load could not begin. The text says what to do."""


@dataclass(frozen=True, slots=True)
class LoadSpec:
    """What to publish: readings of ``topics`` in turn, for ``seconds`` or until ``count``.

    ``rate`` in messages a second, None for as fast as the broker acknowledges; ``window`` is how many may
    be unacknowledged; ``settle`` how long (s) to wait at the end for the last acknowledgements. No device
    takes two readings in one millisecond, so a rate takes at least rate / 1,000 devices.
    """

    target: BrokerAddress
    topics: Sequence[str]
    rate: float | None = None
    seconds: float | None = None
    count: int | None = None
    window: int = 2_000
    settle: float = 30.0
    client_id: str = ""

    def __post_init__(self) -> None:
        if self.seconds is None and self.count is None:
            raise LoadError("say when load ends: after so many seconds, or at a count")
        if not self.topics:
            raise LoadError("load needs at least one device of type AirQualityObserved")
        if self.rate is not None and not 0 < self.rate <= len(self.topics) * 1_000:
            raise LoadError(
                f"{self.rate:g} readings/s of {len(self.topics)} devices: a rate is above 0, and a device "
                f"takes at most 1,000 readings a second; give more devices or a lower rate"
            )


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """How far load has come."""

    sent: int
    acknowledged: int
    seconds: float


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What load did. ``acknowledged`` is exactly the number of messages whose PUBACK came.

    ``seconds`` run from the first message to the last acknowledgement, ``rate`` is acknowledged messages
    per second of them; latencies are from send to PUBACK, in ms. ``error`` tells why it ended early.
    """

    sent: int
    acknowledged: int
    seconds: float
    rate: float
    latency_p50: float
    latency_p90: float
    latency_p99: float
    latency_max: float
    error: str | None = None

    def as_dict(self) -> dict[str, int | float | str | None]:
        """For JSON."""
        return asdict(self)


def run_load(
    spec: LoadSpec,
    *,
    report: Callable[[LoadProgress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    every: float = 1.0,
) -> LoadReport:
    """Publish until the end of the spec, or until ``stop()`` is true; ``report`` hears ``every`` second.

    A broker that goes away ends it: the report says so and counts what was acknowledged until then.

    Raises:
        LoadError: there is no broker, or it does not let us in.
    """
    sock = _connected(spec)
    try:
        return _Run(spec, sock, report, stop or (lambda: False), every).whole()
    finally:
        sock.close()


async def run_load_beside(spec: LoadSpec) -> LoadReport:
    """:func:`run_load` in a process of its own, so that it takes no time from this one's loop."""
    return await asyncio.to_thread(_in_own_process, spec)


def _in_own_process(spec: LoadSpec) -> LoadReport:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(run_load, spec).result()


def _connected(spec: LoadSpec) -> socket.socket:
    target = spec.target
    try:
        sock = socket.create_connection((target.host, target.port), timeout=10)
    except OSError as error:
        raise LoadError(f"no broker answers at {target} ({error}): start it, or name another") from None
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if (context := target.ssl_context()) is not None:
            sock = context.wrap_socket(sock, server_hostname=target.host)
        sock.sendall(connect(spec.client_id, target.username, target.password))
        check_connack(_exactly(sock, 4))
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise LoadError(f"the broker at {target} does not let load in: {error}") from None
    return sock


def _acknowledge_at_once(sock: socket.socket) -> None:
    """Brokers leave Nagle's algorithm on: PUBACKs would wait for our TCP acknowledgement, up to 40 ms.

    Flat out our next packets carry it anyway. Linux forgets the setting after some packets, so it is made
    again after every read.
    """
    if hasattr(socket, "TCP_QUICKACK"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _exactly(sock: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size and (part := sock.recv(size - len(data))):
        data += part
    return data


class _Run:
    """One run over one connection. Times are seconds of the steady clock, moments ms since 1970."""

    def __init__(
        self,
        spec: LoadSpec,
        sock: socket.socket,
        report: Callable[[LoadProgress], None] | None,
        stop: Callable[[], bool],
        every: float,
    ) -> None:
        self._spec, self._sock, self._report, self._stop = spec, sock, report, stop
        self._every = every
        self._source = PacketSource(spec.topics)
        self._window = Window(spec.window)
        self._pending = memoryview(b"")
        self._poll = select.poll()
        self._start = self._slice = self._told = self._last_ack = time.perf_counter()
        self._ending = False

    def whole(self) -> LoadReport:
        error = None
        try:
            while not self._finished(time.perf_counter()):
                self._step()
            self._flush_goodbye()
        except OSError as lost:
            error = f"the connection to {self._spec.target} was lost: {lost}"
        missing = self._window.sent - self._window.acknowledged
        if missing and error is None:
            error = f"{missing} messages were not acknowledged within {self._spec.settle:g} s"
        return self._reported(error)

    def _step(self) -> None:
        now = time.perf_counter()
        if not self._ending and not self._pending:
            self._fill(now)
        self._write()
        self._wait(now)
        self._read()
        self._tell(now)

    def _finished(self, now: float) -> bool:
        if not self._ending and self._over(now):
            self._last_slice(now)
        if not self._ending:
            return False
        done = not self._pending and self._window.acknowledged == self._window.sent
        return done or now - self._slice > self._spec.settle

    def _last_slice(self, now: float) -> None:
        """What the pace still owes at its end, so that 10 s at 2,000/s are 20,000 messages."""
        if not self._pending and self._spec.rate is not None:
            self._slice = now
            self._fill(now)
        self._ending, self._slice = True, now

    def _over(self, now: float) -> bool:
        spec = self._spec
        timed = spec.seconds is not None and now - self._start >= spec.seconds
        return timed or (spec.count is not None and self._window.sent >= spec.count) or self._stop()

    def _allowance(self, now: float) -> int:
        """How many messages may be sent now: by the window, the pace and the count."""
        allowed = self._window.room
        if self._spec.count is not None:
            allowed = min(allowed, self._spec.count - self._window.sent)
        if self._spec.rate is not None:
            if now < self._slice:
                return 0
            self._slice = now + _SLICE
            allowed = min(allowed, self._owed(now, self._spec.rate) - self._window.sent)
        return allowed

    def _owed(self, now: float, rate: float) -> int:
        elapsed = now - self._start
        if self._spec.seconds is not None:
            elapsed = min(elapsed, self._spec.seconds)
        return int(elapsed * rate)

    def _fill(self, now: float) -> None:
        """Build what may be sent now. A device's readings run at most a second ahead of the clock."""
        allowed, moment = self._allowance(now), time.time_ns() // 1_000_000
        parts: list[bytes] = []
        size = 0
        while allowed > 0 and size < _BUFFER and self._source.earliest() <= moment + _AHEAD:
            count, data = self._source.packets(min(allowed, _CHUNK), moment)
            parts.append(data)
            size += len(data)
            allowed -= count
            self._window.launch(count, now)
        self._pending = memoryview(b"".join(parts))

    def _write(self) -> None:
        while self._pending:
            try:
                self._pending = self._pending[self._sock.send(self._pending) :]
            except _AGAIN:
                return

    def _wait(self, now: float) -> None:
        """Until bytes come, bytes may go, or the next slice begins."""
        wanted = select.POLLIN | (select.POLLOUT if self._pending else 0)
        self._poll.register(self._sock, wanted)
        paced = self._spec.rate is not None and not self._ending
        timeout = max(0.0, self._slice - now) if paced else _SLICE
        self._poll.poll(timeout * 1_000)

    def _read(self) -> None:
        while True:
            try:
                data = self._sock.recv(_BUFFER)
            except _AGAIN:
                return
            if not data:
                raise ConnectionError("the broker closed it")
            self._last_ack = time.perf_counter()
            self._window.take(data, self._last_ack)
            if self._spec.rate is not None:
                _acknowledge_at_once(self._sock)
            if len(data) < _BUFFER and not isinstance(self._sock, ssl.SSLSocket):
                return

    def _tell(self, now: float) -> None:
        if self._report is not None and now - self._told >= self._every:
            self._told = now
            self._report(LoadProgress(self._window.sent, self._window.acknowledged, now - self._start))

    def _flush_goodbye(self) -> None:
        self._sock.settimeout(5)
        self._sock.sendall(DISCONNECT)

    def _reported(self, error: str | None) -> LoadReport:
        window = self._window
        seconds = self._last_ack - self._start
        p50, p90, p99, worst = (round(window.latencies.percentile(p), 2) for p in (0.5, 0.9, 0.99, 1.0))
        rate = window.acknowledged / seconds if seconds > 0 else 0.0
        return LoadReport(
            window.sent, window.acknowledged, round(seconds, 3), round(rate, 1), p50, p90, p99, worst, error
        )
