"""What refusals have in common: the reason, without what differs from one reading to the next."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

import orjson

_INDEX = re.compile(r"\[\d+\]")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_PLACE = re.compile(r"\b(character|byte) \d+")
_CAUSE = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason for which readings are refused; places in arrays and moments in its texts are left out.

    ``key`` is the same for the same cause, always; it has 63 bits.
    """

    key: int
    code: str
    path: str | None
    contract: str | None
    expected: str | None


@lru_cache(4_096)
def cause_of(code: str, path: str | None, contract: str | None, expected: str | None) -> Cause:
    """The cause of a refusal with this verdict."""
    path, expected = general_path(path), _general(expected)
    text = orjson.dumps([code, path, contract, expected])
    key = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 1
    return Cause(key, code, path, contract, expected)


def general_path(path: str | None) -> str | None:
    """``[3].values.pm25`` → ``[].values.pm25``."""
    return None if path is None else _INDEX.sub("[]", path)


def name_of(key: int) -> str:
    """A cause's key as it is written outside."""
    return f"{key:016x}"


def key_of(name: str) -> int | None:
    """The key that a name from outside stands for, None when it can stand for none."""
    if not _CAUSE.fullmatch(name) or (key := int(name, 16)) >= 1 << 63:
        return None
    return key


def _general(expected: str | None) -> str | None:
    if expected is None:
        return None
    return _PLACE.sub(r"\1 …", _MOMENT.sub("…", expected))
