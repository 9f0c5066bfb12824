"""Compressed bodies, read bit by bit: nobody makes us hold more than they may send uncompressed."""

from __future__ import annotations

import zlib
from typing import Protocol

_CHUNK = 64 << 10
_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS
_MOST_MEMBERS = 1_000
"""Members of a gzip body; each costs time, and nobody needs many."""


class BrokenBodyError(Exception):
    """The body is not what its encoding says. The text says why."""


class TooLongError(Exception):
    """The body is longer than it may be, once uncompressed."""


class Decoder(Protocol):
    """Takes a body in pieces, and gives it back uncompressed."""

    def feed(self, data: bytes) -> None:
        """Take the next piece.

        Raises:
            BrokenBodyError: it can't be read.
            TooLongError: the body is longer than it may be.
        """

    def end(self) -> bytes:
        """The whole body.

        Raises:
            BrokenBodyError: it ended too soon, or its end can't be read.
            TooLongError: the body is longer than it may be.
        """


def decoder(encoding: str, limit: int) -> Decoder | None:
    """A decoder of at most ``limit`` bytes for a ``Content-Encoding``; None when there is none."""
    if encoding in {"", "identity"}:
        return Plain(limit)
    if encoding in {"gzip", "x-gzip", "deflate"}:
        return Inflate(limit, gzip=encoding != "deflate")
    return None


class Plain:
    """A body as it is."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._body = bytearray()

    def feed(self, data: bytes) -> None:
        if len(self._body) + len(data) > self._limit:
            raise TooLongError
        self._body += data

    def end(self) -> bytes:
        return bytes(self._body)


class Inflate:
    """A body in gzip (of one member or several, RFC 1952), or in deflate.

    Deflate is zlib's format (RFC 1950); the bare one (RFC 1951), which some clients send, is told by its
    first byte. What follows the end is an error, but for the zeros with which some pad a gzip file.
    """

    def __init__(self, limit: int, *, gzip: bool) -> None:
        self._limit = limit
        self._gzip = gzip
        self._body = bytearray()
        self._read = 0
        self._stream: zlib._Decompress | None = None
        self._members = 0

    def feed(self, data: bytes) -> None:
        self._read += len(data)
        if self._read > self._limit:
            raise TooLongError
        while data:
            data = self._step(data)

    def end(self) -> bytes:
        if self._stream is not None and not self._stream.eof:
            self._inflate(self._stream, b"")  # what it still holds back
            if not self._stream.eof:
                raise BrokenBodyError("the compressed body ends too soon")
        return bytes(self._body)

    def _step(self, data: bytes) -> bytes:
        """Take some of ``data``; what is left of it."""
        stream = self._stream
        if stream is None or stream.eof:
            data = data.lstrip(b"\0") if stream is not None and self._gzip else data
            if not data:
                return data
            stream = self._stream = self._next(data)
        self._inflate(stream, data)
        return stream.unused_data or stream.unconsumed_tail

    def _inflate(self, stream: zlib._Decompress, data: bytes) -> None:
        # One byte beyond the limit tells a body that is too long from one that just fits.
        most = min(_CHUNK, self._limit + 1 - len(self._body))
        try:
            self._body += stream.decompress(data, most)
        except zlib.error as error:
            raise BrokenBodyError(f"the compressed body can't be read: {error}") from None
        if len(self._body) > self._limit:
            raise TooLongError

    def _next(self, data: bytes) -> zlib._Decompress:
        self._members += 1
        if self._members > (_MOST_MEMBERS if self._gzip else 1):
            raise BrokenBodyError("something follows the end of the compressed body")
        if self._gzip:
            return zlib.decompressobj(_GZIP)
        return zlib.decompressobj(_ZLIB if data[0] & 0x0F == 8 else _RAW)
