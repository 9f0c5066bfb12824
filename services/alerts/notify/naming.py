"""Names that are the same for the same thing, however often it is worked out: idempotency keys. Pure."""

from __future__ import annotations

from hashlib import sha256

_DIGITS = 24


def name_of(*parts: object) -> str:
    """A name for these."""
    return sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:_DIGITS]
