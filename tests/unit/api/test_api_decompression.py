"""Compressed bodies are read within their limit, whatever they are."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.decompression import BrokenBodyError, Inflate, TooLongError, decoder

LIMIT = 256 << 10
PACK: dict[str, Callable[[bytes], bytes]] = {"": bytes, "gzip": gzip.compress, "deflate": zlib.compress}
READING = b'{"pm25": 12.5}'


def bare(data: bytes) -> bytes:
    """Deflate without zlib's frame."""
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


def read(encoding: str, body: bytes, *, limit: int = LIMIT, piece: int = 1 << 16) -> bytes:
    reading = decoder(encoding, limit)
    assert reading is not None
    for start in range(0, len(body), piece):
        reading.feed(body[start : start + piece])
    return reading.end()


@pytest.mark.parametrize("piece", [1, 7, 1 << 16])
@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("", READING),
        ("identity", READING),
        ("gzip", gzip.compress(READING)),
        ("x-gzip", gzip.compress(READING)),
        ("gzip", gzip.compress(READING[:5]) + gzip.compress(b"") + gzip.compress(READING[5:])),
        ("gzip", gzip.compress(READING) + bytes(512)),
        ("deflate", zlib.compress(READING)),
        ("deflate", bare(READING)),
    ],
)
def test_what_was_sent_is_read(encoding: str, body: bytes, piece: int) -> None:
    assert read(encoding, body, piece=piece) == READING


@pytest.mark.parametrize("encoding", ["gzip", "deflate", ""])
def test_nothing_is_nothing(encoding: str) -> None:
    assert read(encoding, b"") == b""


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "gzip,deflate"])
def test_other_encodings_are_not_read(encoding: str) -> None:
    assert decoder(encoding, LIMIT) is None


@pytest.mark.parametrize("piece", [1, 1 << 16])
@pytest.mark.parametrize(
    ("encoding", "body", "says"),
    [
        ("gzip", gzip.compress(READING)[:-1], "too soon"),
        ("gzip", gzip.compress(READING)[:12], "too soon"),
        ("gzip", gzip.compress(READING) + gzip.compress(READING)[:9], "too soon"),
        ("gzip", gzip.compress(READING)[:-8] + bytes(8), "check"),
        ("gzip", READING, "header"),
        ("gzip", gzip.compress(READING) + b"garbage", "header"),
        ("gzip", gzip.compress(b"") * 1_001, "follows"),
        ("deflate", zlib.compress(READING)[:-1], "too soon"),
        ("deflate", zlib.compress(READING) + b"\0", "follows"),
        ("deflate", bare(READING)[:-2], "too soon"),
        ("deflate", gzip.compress(READING), "can't be read"),
    ],
)
def test_what_is_broken_is_told(encoding: str, body: bytes, says: str, piece: int) -> None:
    with pytest.raises(BrokenBodyError, match=says):
        read(encoding, body, piece=piece)


@pytest.mark.parametrize("encoding", ["", "gzip", "deflate"])
@pytest.mark.parametrize("size", [LIMIT, LIMIT + 1])
def test_the_limit_is_the_limit(encoding: str, size: int) -> None:
    body = PACK[encoding](bytes(size))
    if size <= LIMIT:
        assert read(encoding, body) == bytes(size)
        return
    with pytest.raises(TooLongError):
        read(encoding, body)


def test_compressed_bytes_count_too() -> None:
    with pytest.raises(TooLongError):
        read("gzip", gzip.compress(b"") * 100, limit=1_000)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_takes_no_more_than_the_limit(encoding: str) -> None:
    bomb = (gzip.compress if encoding == "gzip" else zlib.compress)(bytes(10_000_000), 9)
    assert len(bomb) < 11_000
    Inflate(LIMIT, gzip=True).feed(gzip.compress(b"x"))  # zlib's own tables are there from now on
    tracemalloc.start()
    with pytest.raises(TooLongError):
        read(encoding, bomb)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2 * LIMIT


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", ""]), st.integers(1, 50))
def test_every_body_is_read_or_refused(body: bytes, encoding: str, piece: int) -> None:
    try:
        found = read(encoding, body, limit=200, piece=piece)
    except (BrokenBodyError, TooLongError):
        found = None
    assert found is None or len(found) <= 200
    if not encoding:
        assert found == (body if len(body) <= 200 else None)


@given(st.lists(st.binary(max_size=3_000), max_size=5), st.integers(1, 4_000))
def test_whatever_is_packed_is_unpacked(parts: list[bytes], piece: int) -> None:
    whole = b"".join(parts)
    assert read("gzip", b"".join(map(gzip.compress, parts)), piece=piece) == whole
    assert read("deflate", zlib.compress(whole), piece=piece) == whole
    assert read("deflate", bare(whole), piece=piece) == whole
