"""The first schema: devices, alerts and their history, tokens, quarantine, settings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None

_KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _alert_outbox()
    _alerts()
    _alerts_passed()
    _devices()
    _presence()
    _quarantine()
    _settings()
    _tokens()
    _alert_history()


def _alert_outbox() -> None:
    op.create_table(
        "alert_outbox",
        sa.Column("seq", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("alert", _KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("received", sa.BigInteger()),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_alert_outbox")),
    )
    op.create_index(op.f("ix_alert_outbox_alert_number"), "alert_outbox", ["alert", "number"])


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("fingerprint", _KEY, nullable=False),
        sa.Column("rule", _KEY, nullable=False),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("domain", _KEY, nullable=False),
        sa.Column("zone", _KEY, nullable=False),
        sa.Column("device", _KEY),
        sa.Column("service", _KEY),
        sa.Column("severity", _KEY, nullable=False),
        sa.Column("highest_severity", sa.String(), nullable=False),
        sa.Column("state", _KEY, nullable=False),
        sa.Column("shadow", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger()),
        sa.Column("acknowledged_by", sa.String()),
        sa.Column("acknowledged_at", sa.BigInteger()),
        sa.Column("acknowledged_note", sa.Text()),
        sa.Column("assigned_to", sa.String()),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("advice", sa.JSON()),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("taken", sa.BigInteger()),
        sa.Column("received", sa.BigInteger()),
        sa.Column("fired", sa.BigInteger()),
        sa.Column("persisted", sa.BigInteger()),
        sa.Column("delivered", sa.BigInteger()),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(op.f("ix_alerts_device_id"), "alerts", ["device", "id"])
    op.create_index(op.f("ix_alerts_domain_id"), "alerts", ["domain", "id"])
    op.create_index(op.f("ix_alerts_rule_id"), "alerts", ["rule", "id"])
    op.create_index(op.f("ix_alerts_service_id"), "alerts", ["service", "id"])
    op.create_index(op.f("ix_alerts_severity_id"), "alerts", ["severity", "id"])
    op.create_index(op.f("ix_alerts_state_id"), "alerts", ["state", "id"])
    op.create_index(op.f("ix_alerts_zone_id"), "alerts", ["zone", "id"])


def _alerts_passed() -> None:
    op.create_table(
        "alerts_passed",
        sa.Column("seq", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("alert", _KEY, nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_alerts_passed")),
        sa.UniqueConstraint("alert", name=op.f("uq_alerts_passed_alert")),
    )


def _devices() -> None:
    op.create_table(
        "devices",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("types", sa.String(), nullable=False),
        sa.Column("zone", _KEY, nullable=False),
        sa.Column("domain", _KEY, nullable=False),
        sa.Column("interval", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("service", _KEY),
        sa.Column("lon", sa.Float()),
        sa.Column("lat", sa.Float()),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
    )
    op.create_index(op.f("ix_devices_domain_id"), "devices", ["domain", "id"])
    op.create_index(op.f("ix_devices_zone_id"), "devices", ["zone", "id"])


def _presence() -> None:
    op.create_table(
        "presence",
        sa.Column("device", _KEY, nullable=False),
        sa.Column("last_seen", sa.BigInteger()),
        sa.Column("online", sa.Boolean()),
        sa.Column("online_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_presence")),
    )


def _quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("device", _KEY),
        sa.Column("code", _KEY, nullable=False),
        sa.Column("path", sa.String()),
        sa.Column("value", sa.Text()),
        sa.Column("expected", sa.String()),
        sa.Column("contract", sa.String()),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("payload_size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_index(op.f("ix_quarantine_code_id"), "quarantine", ["code", "id"])
    op.create_index(op.f("ix_quarantine_device_id"), "quarantine", ["device", "id"])


def _settings() -> None:
    op.create_table(
        "settings",
        sa.Column("key", _KEY, nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_settings")),
    )


def _tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("hash", _KEY, nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger()),
        sa.Column("revoked", sa.BigInteger()),
        sa.Column("last_used", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("hash", name=op.f("uq_tokens_hash")),
    )


def _alert_history() -> None:
    op.create_table(
        "alert_history",
        sa.Column("alert", _KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("by", sa.String()),
        sa.Column("note", sa.Text()),
        sa.Column("assigned_to", sa.String()),
        sa.Column("evidence", sa.JSON()),
        sa.ForeignKeyConstraint(
            ["alert"], ["alerts.id"], name=op.f("fk_alert_history_alert"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("alert", "number", name=op.f("pk_alert_history")),
    )
