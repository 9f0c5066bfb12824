"""paho-mqtt on the event loop, and the subscriber that the journey reads from.

Two things are done beneath paho, because measuring asked for them: the socket is read in large pieces
(paho makes three ``recv`` calls a packet) with PUBLISH packets taken straight from the buffer, and the
acknowledgements of a batch leave in one write, in the order in which the messages came (a broker's window
grows otherwise). Everything else (connecting, sessions, keep-alive, TLS) is paho's.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from devices.broker import BrokerAddress

log = structlog.get_logger(__name__)

_READ = 256 * 1024
_PUBLISH, _PUBACK = 0x30, 0x40
Received = Callable[[bytes, bytes, bool, int], None]


class LoopClient(paho.Client):
    """A paho client whose socket is served by the running event loop, not by a thread."""

    def __init__(self, broker: BrokerAddress, *, client_id: str, clean: bool) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=clean)
        self.broker = broker
        self.generation = 0
        """Counts connections: a packet id means something only within one."""
        self._events = asyncio.get_running_loop()
        self._fd: int | None = None
        self._misc: asyncio.TimerHandle | None = None
        self.on_socket_open = self._opened
        self.on_socket_close = self._closed
        self.on_socket_register_write = self._want_write
        self.on_socket_unregister_write = self._no_write
        if broker.username:
            self.username_pw_set(broker.username, broker.password)
        if (context := broker.ssl_context()) is not None:
            self.tls_set_context(context)

    async def open_connection(self) -> None:
        """Connect the socket and send CONNECT; the answer arrives at ``on_connect``.

        Raises:
            OSError: nobody there, or TLS refused.
        """
        self.generation += 1
        await self._events.run_in_executor(
            None, lambda: self.connect(self.broker.host, self.broker.port, keepalive=30)
        )
        self._tick()

    def shut(self) -> None:
        """Leave politely and stop ticking."""
        if self._misc is not None:
            self._misc.cancel()
            self._misc = None
        self.disconnect()

    def _tick(self) -> None:
        if self._misc is not None:
            self._misc.cancel()
        self._judge_alive()
        if self.loop_misc() == MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._misc = self._events.call_later(1.0, self._tick)

    def _judge_alive(self) -> None:
        """Before paho decides whether the broker is still there."""

    def _opened(self, _client: paho.Client, _userdata: Any, sock: Any) -> None:
        # Acknowledgements and alerts are small and must not wait for one another (Nagle's algorithm).
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._events.call_soon_threadsafe(self._watch, sock.fileno())

    def _watch(self, fd: int) -> None:
        sock = self.socket()
        if sock is not None and sock.fileno() == fd:
            self._fd = fd
            self._events.add_reader(fd, self.readable)
            if self.want_write():
                self._events.add_writer(fd, self.loop_write)

    def _closed(self, _client: paho.Client, _userdata: Any, sock: Any) -> None:
        if self._fd is not None and self._fd == sock.fileno():
            self._events.remove_reader(self._fd)
            self._events.remove_writer(self._fd)
            self._fd = None

    def _want_write(self, _client: paho.Client, _userdata: Any, _sock: Any) -> None:
        if self._fd is not None:
            self._events.add_writer(self._fd, self.loop_write)

    def _no_write(self, _client: paho.Client, _userdata: Any, _sock: Any) -> None:
        if self._fd is not None:
            self._events.remove_writer(self._fd)

    def readable(self) -> None:
        """Serve what the socket has to say."""
        self.loop_read()


class Subscriber(LoopClient):
    """A persistent QoS 1 session that hands out messages and acknowledges them when told to.

    ``received(topic, payload, retained, mid)`` is called for each message; ``mid`` is 0 at QoS 0.
    MQTT 3.1.1: its window is the broker's, which MQTT 5's Receive Maximum would override.
    """

    def __init__(self, broker: BrokerAddress, *, client_id: str, received: Received) -> None:
        super().__init__(broker, client_id=client_id, clean=False)
        self._received = received
        self._buffer = bytearray()
        self._paused = False
        self._heard = False
        self.manual_ack_set(True)

    async def open_connection(self) -> None:
        self._buffer.clear()
        self._paused = False
        await super().open_connection()

    def acknowledge(self, mids: Sequence[int], generation: int) -> bool:
        """Send PUBACKs in this order, in one write. False when they belong to a former connection."""
        if generation != self.generation or not self.is_connected():
            return False
        packets = b"".join([b"\x40\x02" + mid.to_bytes(2, "big") for mid in mids])
        return self._packet_queue(_PUBACK, packets, mids[-1], 1) == MQTTErrorCode.MQTT_ERR_SUCCESS

    def _judge_alive(self) -> None:
        if self._paused or self._heard:
            # The answer to a ping stands behind whatever the broker had to send before it: as long as
            # something comes, or is not read by our own choice, the broker is there.
            self._ping_t = 0.0
        self._heard = False

    def pause(self) -> None:
        """Stop reading: the broker and the network hold what comes."""
        if not self._paused and self._fd is not None:
            self._events.remove_reader(self._fd)
        self._paused = True

    def resume(self) -> None:
        """Read again. Harmless when not paused."""
        if self._paused and self._fd is not None:
            self._events.add_reader(self._fd, self.readable)
            # What TLS has already taken from the socket would not wake anybody.
            self._events.call_soon(self.readable)
        self._paused = False

    def readable(self) -> None:
        """Read some of what is there, hand out messages, leave other packets to paho.

        One piece at a time: however much the broker sends, everything else has its turn in between.
        """
        if self._paused or (data := self._receive()) is None:
            return
        if not data:
            self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
            return
        self._heard = True
        self._buffer += data
        self._take_packets()
        if self._pending():
            # What TLS has already taken from the socket would not wake anybody.
            self._events.call_soon(self.readable)

    def _receive(self) -> bytes | None:
        try:
            return self._sock_recv(_READ)
        except BlockingIOError:
            return None
        except OSError as error:
            log.info("the broker's connection broke", error=str(error))
            return b""

    def _pending(self) -> bool:
        sock = self.socket()
        return isinstance(sock, ssl.SSLSocket) and sock.pending() > 0

    def _take_packets(self) -> None:
        buffer = self._buffer
        at, have = 0, len(buffer)
        while have - at >= 2:
            # Remaining length: seven bits a byte, least significant first (MQTT 3.1.1, 2.2.3).
            length = buffer[at + 1]
            start = at + 2
            if length & 0x80:
                length, start = _long_length(buffer, at, have)
                if start == 0:
                    break
            end = start + length
            if end > have:
                break
            head = buffer[at]
            if head & 0xF0 == _PUBLISH:
                self._publish(head, buffer[start:end])
            else:
                self._other(head, length, buffer[start:end])
                if self.socket() is None:
                    buffer.clear()
                    return
            at = end
        del buffer[:at]

    def _publish(self, head: int, body: bytearray) -> None:
        topic_end = 2 + ((body[0] << 8) | body[1])
        topic = bytes(body[2:topic_end])
        if head & 0x06:
            mid = (body[topic_end] << 8) | body[topic_end + 1]
            self._received(topic, bytes(body[topic_end + 2 :]), bool(head & 1), mid)
        else:
            self._received(topic, bytes(body[topic_end:]), bool(head & 1), 0)

    def _other(self, head: int, length: int, body: bytearray) -> None:
        self._in_packet = {
            "command": head,
            "have_remaining": 1,
            "remaining_count": [],
            "remaining_mult": 1,
            "remaining_length": length,
            "packet": body,
            "to_process": 0,
            "pos": 0,
        }
        code = self._packet_handle()
        if code > 0:
            self._loop_rc_handle(code)


def _long_length(buffer: bytearray, at: int, have: int) -> tuple[int, int]:
    """Length and start of a body whose length needs more than a byte; start 0 when it isn't all there."""
    length, shift = 0, 0
    for offset in range(at + 1, min(at + 5, have)):
        byte = buffer[offset]
        length |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return length, offset + 1
    return 0, 0
