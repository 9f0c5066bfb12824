"""DNS questions and answers as bytes, honest and otherwise."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.status.probes.dnsmessage import Kind, NotOursError, Reply, question, reply

NAME = "www.nakhon.example"
WIRE = b"\x03www\x06nakhon\x07example\x00"
ASKED = WIRE + b"\x00\x01\x00\x01"
POINTER = b"\xc0\x0c"


def message(
    *records: bytes, number: int = 7, flags: int = 0x8180, asked: bytes = ASKED, answers: int | None = None
) -> bytes:
    count = len(records) if answers is None else answers
    return struct.pack("!6H", number, flags, 1, count, 0, 0) + asked + b"".join(records)


def record(owner: bytes, kind: int, data: bytes, class_: int = 1) -> bytes:
    return owner + struct.pack("!HHIH", kind, class_, 60, len(data)) + data


def test_a_question_is_as_the_standard_has_it() -> None:
    assert question(7, NAME, Kind.A) == bytes.fromhex("000701000001000000000000") + ASKED
    assert question(7, NAME + ".", Kind.AAAA)[-4:] == b"\x00\x1c\x00\x01"
    assert question(7, "เมือง.example", Kind.A)[13:17] == b"xn--"


@pytest.mark.parametrize("name", ["", "a..b", "x" * 64, ".".join(["x" * 60] * 5), "a b\u2028" * 40])
def test_what_can_be_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        question(7, name, Kind.A)


def test_addresses_are_read_along_the_aliases() -> None:
    answer = message(
        record(POINTER, 5, b"\x03cdn\xc0\x10"),
        record(b"\x03cdn\xc0\x10", 1, bytes([192, 0, 2, 1])),
        record(b"\x03cdn\xc0\x10", 1, bytes([192, 0, 2, 2])),
        record(b"\x05other\xc0\x10", 1, bytes([192, 0, 2, 9])),
        record(b"\x03cdn\xc0\x10", 1, bytes([192, 0, 2, 9]), class_=3),
    )
    told = reply(answer, 7, NAME.upper(), Kind.A)
    assert told == Reply(0, (ip_address("192.0.2.1"), ip_address("192.0.2.2")))


def test_an_address_of_version_6() -> None:
    answer = message(record(POINTER, 28, ip_address("2001:db8::1").packed), asked=WIRE + b"\x00\x1c\x00\x01")
    assert reply(answer, 7, NAME, Kind.AAAA).addresses == (ip_address("2001:db8::1"),)


@pytest.mark.parametrize(("rcode", "said"), [(2, "SERVFAIL"), (3, "NXDOMAIN"), (5, "REFUSED"), (9, "code 9")])
def test_what_a_server_says_instead(rcode: int, said: str) -> None:
    told = reply(message(flags=0x8180 | rcode), 7, NAME, Kind.A)
    assert (told.rcode, told.said, told.addresses) == (rcode, said, ())


def test_an_answer_that_did_not_fit_is_known() -> None:
    assert reply(message(flags=0x8380), 7, NAME, Kind.A).truncated


@pytest.mark.parametrize(
    "answer",
    [
        message(number=8),
        message(flags=0x0100),
        message(flags=0x9180),
        message(asked=b"\x03www\x05other\x00\x00\x01\x00\x01"),
        message(asked=WIRE + b"\x00\x1c\x00\x01"),
        message(asked=WIRE + b"\x00\x01\x00\x03"),
    ],
)
def test_an_answer_to_another_question_is_not_ours(answer: bytes) -> None:
    with pytest.raises(NotOursError):
        reply(answer, 7, NAME, Kind.A)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        message()[:20],
        message(answers=1),
        message(record(POINTER, 1, bytes(4)))[:-2],
        message(record(POINTER, 1, bytes(5))),
        message(record(b"\xc0\xff", 1, bytes(4))),
        message(record(b"\x40", 1, bytes(4))),
        message(record(b"\xc0\x24", 1, bytes(4))),  # points at itself
        message(record(POINTER, 5, b"\x01a\xc0\x30")),  # an alias that runs in a circle
    ],
)
def test_what_can_not_be_read_is_refused_and_reading_ends(answer: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        reply(answer, 7, NAME, Kind.A)


def test_aliases_in_a_circle_end() -> None:
    answer = message(record(POINTER, 5, b"\x01a\x00"), record(b"\x01a\x00", 5, WIRE))
    assert reply(answer, 7, NAME, Kind.A) == Reply(0)


@given(st.binary(max_size=300))
def test_whatever_bytes_come_they_are_read_or_refused(rest: bytes) -> None:
    try:
        told = reply(message(answers=3) + rest, 7, NAME, Kind.A)
    except ValueError:
        return
    assert all(address.version in {4, 6} for address in told.addresses)
