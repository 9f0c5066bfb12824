"""Signatures: made, believed, and not believed."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from services.alerts.notify.signing import SIGNATURE, TIMESTAMP, SignatureError, sign, verify

NOW = 1_767_596_700_000
BODY = '{"title": "ฝุ่น"}'.encode()


def test_signature_is_what_the_guide_says() -> None:
    expected = hmac.new(b"s3cret", b"1767596700." + BODY, hashlib.sha256).hexdigest()
    assert sign("s3cret", BODY, NOW) == {TIMESTAMP: "1767596700", SIGNATURE: f"v1={expected}"}


def test_what_was_signed_is_believed_with_any_of_the_secrets() -> None:
    verify(["new", "old"], sign("old", BODY, NOW), BODY, NOW)
    verify(["new", "old"], sign("new", BODY, NOW), BODY, NOW + 299_000)


def test_one_known_signature_among_several_is_enough() -> None:
    old, new = sign("old", BODY, NOW), sign("new", BODY, NOW)
    verify(["new"], {**new, SIGNATURE: f"{old[SIGNATURE]}, {new[SIGNATURE]}"}, BODY, NOW)


def test_header_names_have_no_case() -> None:
    headers = {name.upper(): value for name, value in sign("s", BODY, NOW).items()}
    verify(["s"], headers, BODY, NOW)


@pytest.mark.parametrize("later", [301_000, -301_000])
def test_old_and_early_ones_are_not_believed(later: int) -> None:
    with pytest.raises(SignatureError, match="300 s"):
        verify(["s"], sign("s", BODY, NOW), BODY, NOW + later)


@pytest.mark.parametrize(
    ("secrets", "change", "body"),
    [
        (["other"], {}, BODY),
        ([], {}, BODY),
        (["s"], {}, BODY + b" "),
        (["s"], {TIMESTAMP: "1767596701"}, BODY),
        (["s"], {SIGNATURE: "v1="}, BODY),
        (["s"], {SIGNATURE: "v0=abc"}, BODY),
        (["s"], {SIGNATURE: "v1=ฝุ่น"}, BODY),
        (["s"], {SIGNATURE: ""}, BODY),
        (["s"], {TIMESTAMP: "soon"}, BODY),
        (["s"], {TIMESTAMP: "-1"}, BODY),
        (["s"], {TIMESTAMP: "1" * 5_000}, BODY),
        (["s"], {TIMESTAMP: "٣"}, BODY),
    ],
)
def test_what_was_changed_is_not_believed(secrets: list[str], change: dict[str, str], body: bytes) -> None:
    with pytest.raises(SignatureError):
        verify(secrets, sign("s", BODY, NOW) | change, body, NOW)
