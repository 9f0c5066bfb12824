"""Access tokens: shown once when made, kept only as a hash.

A token is 32 random bytes, far beyond guessing, so one SHA-256 protects it as well as a slow password
hash would, and authentication stays one look-up.
"""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select, update

from services.runtime.ports import Principal
from services.store.errors import StoreUnavailableError
from services.store.records.database import Database
from services.store.records.tables import tokens as table

ROLES = ("viewer", "operator", "integrator", "admin")
PREFIX = "nkn_"
_DAY = 86_400_000
_COARSE = 60_000  # last_used is not written more often than this (ms)


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token, times in ms. It is valid unless revoked, and until ``expires``."""

    id: str
    name: str
    role: str
    created: int
    expires: int | None
    revoked: int | None
    last_used: int | None

    def valid(self, now: int) -> bool:
        return self.revoked is None and (self.expires is None or now < self.expires)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made. ``secret`` is what its holder shows; nobody can read it again."""

    token: Token
    secret: str


class TokenRecords:
    """The table of tokens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, name: str, role: str, *, now: int, days: float | None = None) -> NewToken:
        """Make a token for ``name``, valid for ``days`` or until it is revoked.

        Raises:
            ValueError: no name, no such role, or days that are not above 0.
        """
        _check(name, role, days)
        secret = PREFIX + secrets.token_urlsafe(32)
        expires = None if days is None else now + round(days * _DAY)
        token = Token(secrets.token_hex(6), name.strip(), role, now, expires, None, None)
        row = {
            "id": token.id,
            "name": token.name,
            "role": role,
            "hash": _hash(secret),
            "created": now,
            "expires": expires,
        }
        await self._database.write(lambda c: c.execute(insert(table), row).close())
        return NewToken(token, secret)

    async def all(self) -> list[Token]:
        """Every token ever made, newest first."""
        query = select(table).order_by(table.c.created.desc(), table.c.id)
        return await self._database.read(lambda c: [_token(row) for row in c.execute(query)])

    async def revoke(self, token_id: str, *, now: int) -> bool:
        """Make a token worthless from now on. False: there is none of that id, or it is revoked already."""
        statement = update(table).where(table.c.id == token_id, table.c.revoked.is_(None)).values(revoked=now)
        return await self._database.write(lambda c: c.execute(statement).rowcount > 0)

    async def authenticate(self, secret: str, *, now: int) -> Principal | None:
        """Whose token this is; None for one that is unknown, expired or revoked."""
        if not secret.startswith(PREFIX):
            return None
        query = select(table).where(table.c.hash == _hash(secret))
        row = await self._database.read(lambda c: c.execute(query).one_or_none())
        if row is None or not (token := _token(row)).valid(now):
            return None
        if token.last_used is None or token.last_used <= now - _COARSE:
            with suppress(StoreUnavailableError):  # who may come in does not hang on writing it down
                await self._used(token.id, now)
        return Principal(token.name, token.role)

    async def _used(self, token_id: str, now: int) -> None:
        statement = update(table).where(table.c.id == token_id).values(last_used=now)
        await self._database.write(lambda c: c.execute(statement).close())


def _check(name: str, role: str, days: float | None) -> None:
    if not name.strip():
        raise ValueError("a token needs the name of the one who will use it")
    if role not in ROLES:
        raise ValueError(f"no such role: {role} (allowed: {', '.join(ROLES)})")
    if days is not None and not 0 < days <= 36_500:
        raise ValueError("days must be above 0, and at most 36500")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _token(row: Row[Any]) -> Token:
    return Token(row.id, row.name, row.role, row.created, row.expires, row.revoked, row.last_used)
