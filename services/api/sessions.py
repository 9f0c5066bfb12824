"""Sessions of browsers: a random name in a cookie, and behind it, here only, whose it is."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass

from services.runtime.ports import Principal

LIFE = 24 * 3_600_000
"""A session ends when it was not used for so long (ms)."""

_MOST = 10_000


@dataclass(slots=True)
class Session:
    """Who signed in. ``secret`` is the token it was done with, None for the demo's login link."""

    principal: Principal
    secret: str | None
    expires: int


class Sessions:
    """The sessions of this process, bounded: beyond 10,000 the one that was used longest ago goes."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[bytes, Session] = OrderedDict()

    def open(self, principal: Principal, secret: str | None, now: int) -> str:
        """A new session; the answer goes into the cookie."""
        name = secrets.token_urlsafe(32)
        self._sessions[_key(name)] = Session(principal, secret, now + LIFE)
        while len(self._sessions) > _MOST:
            self._sessions.popitem(last=False)
        return name

    def find(self, name: str, now: int) -> Session | None:
        """The session of that name, if it has not ended; using it prolongs it."""
        key = _key(name)
        session = self._sessions.get(key)
        if session is None:
            return None
        if session.expires <= now:
            del self._sessions[key]
            return None
        session.expires = now + LIFE
        self._sessions.move_to_end(key)
        return session

    def close(self, name: str) -> None:
        """End a session; one that is none changes nothing."""
        self._sessions.pop(_key(name), None)


def _key(name: str) -> bytes:
    # A look-up by digest takes the same time however much of a guess is right.
    return hashlib.sha256(name.encode("utf-8", "replace")).digest()
