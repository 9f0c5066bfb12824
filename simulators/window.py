"""The window of a QoS 1 publisher: what is on its way, what the broker has acknowledged, and how fast."""

from __future__ import annotations

from collections import deque
from functools import cache

from simulators.packets import MAX_PACKET_ID, PUBACK, PUBACK_SIZE, pubacks


class ProtocolError(ConnectionError):
    """The broker sent what a publisher cannot make sense of."""


class Latencies:
    """How long acknowledgement took, kept as counts per hundredth of a millisecond: bounded in size."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}

    def add(self, seconds: float, count: int) -> None:
        bucket = int(seconds * 100_000) if seconds < 0.1 else int(seconds * 1_000) * 100
        self._counts[bucket] = self._counts.get(bucket, 0) + count

    def percentile(self, share: float) -> float:
        """The latency (ms) below which this share of the messages stayed; 0 when there are none."""
        wanted = share * sum(self._counts.values())
        for bucket in sorted(self._counts):
            wanted -= self._counts[bucket]
            if wanted <= 0:
                return bucket / 100
        return 0.0


class Window:
    """Packet identifiers in use, at most ``size`` of them, taken in turn.

    Brokers acknowledge in order, so a run of PUBACKs is compared as bytes with the run that is due; one
    that differs is taken apart, packet by packet. Either way ``acknowledged`` counts each message once.
    """

    def __init__(self, size: int) -> None:
        if not 1 <= size < MAX_PACKET_ID:
            raise ValueError(f"the window must be 1 to {MAX_PACKET_ID - 1} messages, not {size}")
        self.size = size
        self.sent = 0
        self.acknowledged = 0
        self.latencies = Latencies()
        self._early: set[int] = set()
        self._base = 0
        self._flights: deque[tuple[int, float]] = deque()
        self._rest = b""

    @property
    def room(self) -> int:
        """How many messages may be sent now: identifiers are reused only below the oldest one open."""
        return self.size - (self.sent - self._base)

    def launch(self, count: int, now: float) -> int:
        """Take the next ``count`` identifiers; the first of them, 0-based (see :func:`identifier`)."""
        first = self.sent
        self.sent += count
        self._flights.append((self.sent, now))
        return first

    def take(self, data: bytes, now: float) -> None:
        """Account for bytes from the broker.

        Raises:
            ProtocolError: they hold something other than PUBACKs of messages on their way.
        """
        before = self.acknowledged
        if self._rest:
            data = self._rest + data
        whole = len(data) - len(data) % PUBACK_SIZE
        self._rest = data[whole:]
        if whole:
            self._count(data[:whole])
            self._time(self.acknowledged - before, now)

    def _count(self, data: bytes) -> None:
        count = len(data) // PUBACK_SIZE
        if not self._early and count <= self.sent - self._base and data == due(self._base, count):
            self._base += count
            self.acknowledged += count
            return
        for at in range(0, len(data), PUBACK_SIZE):
            self._count_one(data[at : at + PUBACK_SIZE])

    def _count_one(self, packet: bytes) -> None:
        if packet[:2] != PUBACK:
            raise ProtocolError(f"the broker sent {packet.hex(' ')} where a PUBACK was due")
        number = int.from_bytes(packet[2:], "big")
        ahead = (number - 1 - self._base) % MAX_PACKET_ID
        message = self._base + ahead
        if number == 0 or message >= self.sent or message in self._early:
            raise ProtocolError(f"the broker acknowledged message id {number}, which is not on its way")
        self._early.add(message)
        self.acknowledged += 1
        while self._base in self._early:
            self._early.remove(self._base)
            self._base += 1

    def _time(self, count: int, now: float) -> None:
        """Latency of the oldest ``count`` messages on their way: exact when acknowledged in order."""
        done = self.acknowledged - count
        while done < self.acknowledged:
            end, launched = self._flights[0]
            part = min(end, self.acknowledged) - done
            self.latencies.add(now - launched, part)
            done += part
            if done == end:
                self._flights.popleft()


def identifier(message: int) -> int:
    """The packet identifier of the message with this 0-based number."""
    return message % MAX_PACKET_ID + 1


def due(first: int, count: int) -> bytes:
    """The PUBACKs of ``count`` messages from number ``first`` on, in order, as bytes."""
    start = first % MAX_PACKET_ID * PUBACK_SIZE
    end = start + count * PUBACK_SIZE
    turn = _turn()
    return turn[start:end] if end <= len(turn) else turn[start:] + turn[: end - len(turn)]


@cache
def _turn() -> bytes:
    """The PUBACKs of all packet identifiers in order."""
    return pubacks(range(1, MAX_PACKET_ID + 1))
