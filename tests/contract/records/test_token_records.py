"""Tokens, on each database."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from services.runtime.ports import Principal
from services.store.records import Records

NOW = 1_767_546_000_000
DAY = 86_400_000


async def test_a_token_opens_with_its_role_until_it_expires(records: Records) -> None:
    made = await records.tokens.add("dashboard", "viewer", days=30, now=NOW)
    assert made.secret.startswith("nkn_")
    assert made.token.expires == NOW + 30 * DAY
    assert await records.tokens.authenticate(made.secret, now=NOW) == Principal("dashboard", "viewer")
    assert await records.tokens.authenticate(made.secret, now=NOW + 30 * DAY - 1) is not None
    assert await records.tokens.authenticate(made.secret, now=NOW + 30 * DAY) is None


async def test_without_days_it_lasts_until_revoked(records: Records) -> None:
    made = await records.tokens.add("control room", "operator", now=NOW)
    assert await records.tokens.authenticate(made.secret, now=NOW + 10_000 * DAY) is not None
    assert await records.tokens.revoke(made.token.id, now=NOW + 5)
    assert await records.tokens.authenticate(made.secret, now=NOW + 6) is None
    assert not await records.tokens.revoke(made.token.id, now=NOW + 7)
    assert not await records.tokens.revoke("nobody", now=NOW)


@pytest.mark.parametrize("secret", ["", "nkn_", "nkn_" + "A" * 43, "Bearer", "nkn_ก"])
async def test_nothing_else_opens(records: Records, secret: str) -> None:
    await records.tokens.add("dashboard", "viewer", now=NOW)
    assert await records.tokens.authenticate(secret, now=NOW) is None


async def test_last_use_is_noted_coarsely(records: Records) -> None:
    made = await records.tokens.add("dashboard", "viewer", now=NOW)
    for after in (0, 59_000, 60_000, 90_000):
        await records.tokens.authenticate(made.secret, now=NOW + after)
    (token,) = await records.tokens.all()
    assert token.last_used == NOW + 60_000


async def test_the_list_is_newest_first_and_keeps_the_secret_out(records: Records) -> None:
    first = await records.tokens.add("one", "admin", now=NOW)
    second = await records.tokens.add("two", "integrator", now=NOW + 1)
    assert await records.tokens.all() == [second.token, first.token]
    rows = await records._database.read(
        lambda connection: connection.execute(text("SELECT * FROM tokens")).all()
    )
    assert first.secret not in str(rows)


@pytest.mark.parametrize(
    ("name", "role", "days", "message"),
    [
        ("x", "root", None, "no such role: root"),
        (" ", "viewer", None, "needs the name"),
        ("x", "viewer", 0, "days must be above 0"),
        ("x", "viewer", float("nan"), "days must be above 0"),
    ],
)
async def test_a_bad_wish_is_refused(
    records: Records, name: str, role: str, days: float | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        await records.tokens.add(name, role, days=days, now=NOW)
    assert await records.tokens.all() == []
