"""Signatures of what Nakhon sends: who has the secret can tell that it is Nakhon's, whole, and new.

``Nakhon-Signature: v1=HEX`` is HMAC-SHA256 over ``TIMESTAMP.BODY``, the body as its bytes came and the
timestamp as the text in ``Nakhon-Timestamp`` (seconds since epoch). A receiver verifies with any of its
secrets, so that one can be changed without a gap: it accepts the new one first, then Nakhon gets it. Pure.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence

TIMESTAMP = "Nakhon-Timestamp"
SIGNATURE = "Nakhon-Signature"

TOLERANCE = 300
"""Seconds that a signature may be older or newer than the receiver's clock."""

_SCHEME = "v1="


class SignatureError(Exception):
    """It is not signed, not with this secret, or not now. The text says which."""


def sign(secret: str, body: bytes, now: int) -> dict[str, str]:
    """The two headers for a body that leaves at ``now`` (ms)."""
    timestamp = str(now // 1000)
    return {TIMESTAMP: timestamp, SIGNATURE: _SCHEME + _digest(secret, timestamp, body)}


def verify(
    secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: int, tolerance: int = TOLERANCE
) -> None:
    """Return when one of the secrets signed this body within ``tolerance`` (s) of ``now`` (ms).

    Several signatures may stand in the header, comma between them; one that is known is enough. All are
    compared in constant time.

    Raises:
        SignatureError: do not believe it.
    """
    given = {name.lower(): value for name, value in headers.items()}
    timestamp, signature = given.get(TIMESTAMP.lower(), ""), given.get(SIGNATURE.lower(), "")
    if not timestamp or not signature:
        raise SignatureError(f"{TIMESTAMP} and {SIGNATURE} are needed")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise SignatureError(f"{TIMESTAMP} must be seconds since 1970-01-01 UTC")
    if abs(now / 1000 - int(timestamp)) > tolerance:
        raise SignatureError(f"{TIMESTAMP} is more than {tolerance} s away from this clock")
    told = [part.strip().removeprefix(_SCHEME) for part in signature.split(",") if _SCHEME in part]
    made = [_digest(secret, timestamp, body) for secret in secrets]
    matches = [hmac.compare_digest(one.encode(), other.encode()) for one in told for other in made]
    if not any(matches):
        raise SignatureError(
            f"{SIGNATURE} was not made with a secret that is known here, or not of this body"
        )


def _digest(secret: str, timestamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
