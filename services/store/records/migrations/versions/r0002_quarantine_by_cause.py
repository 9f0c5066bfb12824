"""Quarantine: payloads once for each message, causes, how many more, and when an entry was replayed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from services.store.records.quarantine_cause import Cause, cause_of

revision = "0002"
down_revision = "0001"

_KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_AT_ONCE = 5_000
_REPLAYED = "replayed IS NOT NULL"
_MESSAGE = "CASE WHEN substr(id, 23) >= 'G000' THEN id ELSE substr(id, 1, 22) || '0000' END"
"""Readings that the store refused (index from 1 << 19 on) have payloads of their own."""


def upgrade() -> None:
    _payloads()
    _causes()
    with op.batch_alter_table("quarantine", table_kwargs={"sqlite_with_rowid": False}) as batch:
        batch.add_column(sa.Column("message", _KEY, nullable=False, server_default=""))
        batch.add_column(sa.Column("cause", sa.BigInteger(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("more", sa.BigInteger(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("replayed", sa.BigInteger()))
        batch.drop_column("payload")
    _fill()
    columns = ["cause", "device", "id", "more", "replayed"]
    op.create_index(op.f("ix_quarantine_cause_device_id_more_replayed"), "quarantine", columns)
    where = sa.text(_REPLAYED)
    op.create_index(
        op.f("ix_quarantine_replayed"), "quarantine", ["id"], sqlite_where=where, postgresql_where=where
    )


def _payloads() -> None:
    op.create_table(
        "quarantine_payloads",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine_payloads")),
        sqlite_with_rowid=False,
    )
    op.execute(
        f"INSERT INTO quarantine_payloads (id, payload) SELECT {_MESSAGE}, payload FROM quarantine "  # noqa: S608
        "WHERE true ON CONFLICT DO NOTHING"
    )


def _causes() -> None:
    op.create_table(
        "quarantine_causes",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", _KEY, nullable=False),
        sa.Column("path", _KEY),
        sa.Column("contract", _KEY),
        sa.Column("expected", sa.String()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine_causes")),
    )


def _fill() -> None:
    """Tell each entry its message and its cause."""
    connection = op.get_bind()
    connection.execute(sa.text(f"UPDATE quarantine SET message = {_MESSAGE}"))  # noqa: S608
    known: dict[int, Cause] = {}
    last = ""
    while rows := connection.execute(_NEXT, {"last": last, "most": _AT_ONCE}).all():
        found = {row.id: cause_of(row.code, row.path, row.contract, row.expected) for row in rows}
        _set(connection, [{"entry": entry, "key": cause.key} for entry, cause in found.items()])
        known |= {cause.key: cause for cause in found.values()}
        last = rows[-1].id
    for key, cause in known.items():
        connection.execute(
            _CAUSE,
            {
                "key": key,
                "code": cause.code,
                "path": cause.path,
                "contract": cause.contract,
                "expected": cause.expected,
            },
        )


def _set(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    connection.execute(sa.text("UPDATE quarantine SET cause = :key WHERE id = :entry"), rows)


_NEXT = sa.text(
    "SELECT id, code, path, contract, expected FROM quarantine WHERE id > :last ORDER BY id LIMIT :most"
)
_CAUSE = sa.text(
    "INSERT INTO quarantine_causes (id, code, path, contract, expected) "
    "VALUES (:key, :code, :path, :contract, :expected)"
)
