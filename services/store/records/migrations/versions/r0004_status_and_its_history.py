"""Statuses as they changed, the facts behind them, notes for the public, and KPIs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _status_changes()
    _status_facts()
    _status_notes()
    _kpi_values()


def _status_changes() -> None:
    op.create_table(
        "status_changes",
        sa.Column("seq", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("kind", _KEY, nullable=False),
        sa.Column("subject", _KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("status", _KEY, nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("latched", sa.JSON(), nullable=False),
        sa.Column("recorded", sa.BigInteger(), nullable=False),
        sa.Column("revised", sa.Boolean(), nullable=False),
        sa.Column("superseded", sa.BigInteger()),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_status_changes")),
    )
    op.create_index(op.f("ix_status_changes_kind_subject_at"), "status_changes", ["kind", "subject", "at"])
    op.create_index(op.f("ix_status_changes_at"), "status_changes", ["at"])


def _status_facts() -> None:
    op.create_table(
        "status_facts",
        sa.Column("seq", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", _KEY, nullable=False),
        sa.Column("subject", _KEY, nullable=False),
        sa.Column("value", sa.JSON()),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_status_facts")),
    )
    op.create_index(op.f("ix_status_facts_kind_at"), "status_facts", ["kind", "at"])
    op.create_index(op.f("ix_status_facts_kind_subject_at"), "status_facts", ["kind", "subject", "at"])


def _status_notes() -> None:
    op.create_table(
        "status_notes",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("state", _KEY, nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.Column("domain", _KEY),
        sa.Column("incident", _KEY),
        sa.Column("starts_at", sa.BigInteger()),
        sa.Column("ends_at", sa.BigInteger()),
        sa.Column("updates", sa.JSON(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_notes")),
    )
    op.create_index(op.f("ix_status_notes_updated_at_id"), "status_notes", ["updated_at", "id"])


def _kpi_values() -> None:
    op.create_table(
        "kpi_values",
        sa.Column("kpi", _KEY, nullable=False),
        sa.Column("zone", _KEY, nullable=False),
        sa.Column("period", _KEY, nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Float()),
        sa.Column("coverage", sa.Float()),
        sa.Column("samples", sa.BigInteger(), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("computed", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("kpi", "zone", "period", "start", name=op.f("pk_kpi_values")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_kpi_values_period_start"), "kpi_values", ["period", "start"])
