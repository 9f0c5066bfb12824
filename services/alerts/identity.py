"""Which alert a transition is about, found without asking anybody."""

from __future__ import annotations

import hashlib

from rules.model import Transition
from services.store.records.ulid import ulid


def alert_id(starts_at: int, fingerprint: str) -> str:
    """A ULID: time from the condition's beginning (ms), the rest from SHA-256 of series and beginning.

    The same readings give the same id, so that a replay finds the alert that it raised before.
    """
    digest = hashlib.sha256(f"{fingerprint}\x1f{starts_at}".encode()).digest()
    return ulid(starts_at, int.from_bytes(digest[:10], "big"))


def id_of(transition: Transition) -> str:
    """:func:`alert_id` of a transition."""
    return alert_id(transition.starts_at, transition.fingerprint)
