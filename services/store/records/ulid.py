"""Sortable identifiers (ULID): 48 bits of time and 80 bits of the caller's, in 26 characters.

They sort as text in order of time, which is what lists and their cursors go by. The 80 bits are given,
not drawn: the same thing has the same identifier however often it is recorded.
"""

from __future__ import annotations

import re
from base64 import b32encode

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
_LENGTH = 26
_TIMES = 1 << 48
_REST = 1 << 80
_CROCKFORD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _ALPHABET.encode())
_FORM = re.compile(rf"[0-7][{_ALPHABET}]{{25}}")


def ulid(time: int, rest: int) -> str:
    """The identifier of ``time`` (ms since epoch, kept within 48 bits) and ``rest`` (80 bits)."""
    number = max(0, min(time, _TIMES - 1)) * _REST + rest % _REST
    return b32encode(number.to_bytes(20, "big"))[-_LENGTH:].translate(_CROCKFORD).decode()


def is_ulid(text: str) -> bool:
    """Whether a text that came from outside has the form of an identifier."""
    return _FORM.fullmatch(text) is not None


def time_of(identifier: str) -> int:
    """The time (ms) in an identifier."""
    return _number(identifier) >> 80


def rest_of(identifier: str) -> int:
    """The 80 bits in an identifier that the caller gave."""
    return _number(identifier) % _REST


def _number(identifier: str) -> int:
    number = 0
    for letter in identifier:
        number = number << 5 | _ALPHABET.index(letter)
    return number
