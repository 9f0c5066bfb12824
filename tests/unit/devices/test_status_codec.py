from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs.status import EXAMPLE, decode_status
from devices.refusal import Code, Refusal


@pytest.mark.parametrize(
    ("payload", "online"),
    [(EXAMPLE.encode(), True), (b'{"online": false}', False), (b'{"online": true, "x": [1]}', True)],
)
def test_a_device_says_whether_it_is_there(payload: bytes, online: bool) -> None:
    assert decode_status(payload) is online


@pytest.mark.parametrize(
    "payload", [b"", b"online", b"[]", b"{}", b'{"online": 1}', b'{"online": null}', b"\xff"]
)
def test_anything_else_is_refused_with_an_example(payload: bytes) -> None:
    refused = decode_status(payload)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.UNSUPPORTED_PAYLOAD
    assert EXAMPLE in refused.expected


@given(st.binary())
def test_it_never_raises(payload: bytes) -> None:
    assert isinstance(decode_status(payload), bool | Refusal)
