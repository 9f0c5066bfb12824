"""What carries an alert to its closure: incidents, silences, maintenance, floods, cases, notifications."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_FEW = [  # indexes of what holds for few alerts
    ("ix_alerts_cause_id", ["cause", "id"], "cause IS NOT NULL"),
    ("ix_alerts_assigned_to_id", ["assigned_to", "id"], "assigned_to IS NOT NULL"),
    ("ix_alerts_acknowledged", ["state", "id"], "acknowledged_at IS NOT NULL"),
    ("ix_alerts_suppressed", ["state", "id"], "suppressed IS NOT NULL"),
]


def upgrade() -> None:
    _alerts()
    _alert_episodes()
    _incidents()
    _incident_history()
    _silences()
    _maintenance()
    _floods()
    _cases()
    _case_alerts()
    _notifications()
    _notification_alerts()


def _alerts() -> None:
    # Never made anew: dropping the former table would take the history of every alert along, on SQLite.
    with op.batch_alter_table("alerts", recreate="never") as batch:
        batch.add_column(sa.Column("labels", sa.JSON(), nullable=False, server_default="{}"))
        batch.add_column(sa.Column("incident", _KEY))
        batch.add_column(sa.Column("cause", _KEY))
        batch.add_column(sa.Column("suppressed", sa.JSON()))
        batch.add_column(sa.Column("acknowledged_severity", sa.String()))
        batch.add_column(sa.Column("occurrences", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("flapping", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("held_from", sa.BigInteger()))
        batch.add_column(sa.Column("held_until", sa.BigInteger()))
        batch.add_column(sa.Column("closed_by", sa.String()))
        batch.add_column(sa.Column("notified", sa.BigInteger()))
        batch.add_column(sa.Column("first_acknowledged", sa.BigInteger()))
    op.execute(
        "UPDATE alerts SET acknowledged_severity = highest_severity, first_acknowledged = acknowledged_at "
        "WHERE acknowledged_at IS NOT NULL"
    )
    op.execute(
        'UPDATE alerts SET closed_by = (SELECT max(h."by") FROM alert_history AS h '
        "WHERE h.alert = alerts.id AND h.change = 'closed') "
        "WHERE id IN (SELECT alert FROM alert_history WHERE change = 'closed')"
    )
    op.create_index(op.f("ix_alerts_incident_id"), "alerts", ["incident", "id"])
    op.create_index(op.f("ix_alerts_fired"), "alerts", ["fired"])
    op.create_index(op.f("ix_alerts_ends_at"), "alerts", ["ends_at"])
    for name, columns, where in _FEW:
        op.create_index(
            op.f(name), "alerts", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )
    with op.batch_alter_table("alert_history", recreate="never") as batch:
        batch.add_column(sa.Column("detail", sa.JSON()))


def _alert_episodes() -> None:
    op.create_table(
        "alert_episodes",
        sa.Column("episode", _KEY, nullable=False),
        sa.Column("alert", _KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["alert"], ["alerts.id"], name=op.f("fk_alert_episodes_alert"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("episode", name=op.f("pk_alert_episodes")),
    )
    op.create_index(op.f("ix_alert_episodes_alert"), "alert_episodes", ["alert"])


def _incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("key", _KEY, nullable=False),
        sa.Column("state", _KEY, nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("severity", _KEY, nullable=False),
        sa.Column("highest_severity", sa.String(), nullable=False),
        sa.Column("domain", _KEY, nullable=False),
        sa.Column("zone", _KEY),
        sa.Column("service", _KEY),
        sa.Column("cause", _KEY),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("joined_at", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger()),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("acknowledged_by", sa.String()),
        sa.Column("acknowledged_at", sa.BigInteger()),
        sa.Column("acknowledged_note", sa.Text()),
        sa.Column("assigned_to", sa.String()),
        sa.Column("closed_by", sa.String()),
        sa.Column("merged_into", _KEY),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    op.create_index(op.f("ix_incidents_domain_id"), "incidents", ["domain", "id"])
    op.create_index(op.f("ix_incidents_state_id"), "incidents", ["state", "id"])
    op.create_index(op.f("ix_incidents_zone_id"), "incidents", ["zone", "id"])


def _incident_history() -> None:
    op.create_table(
        "incident_history",
        sa.Column("incident", _KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("by", sa.String()),
        sa.Column("note", sa.Text()),
        sa.Column("detail", sa.JSON()),
        sa.ForeignKeyConstraint(
            ["incident"], ["incidents.id"], name=op.f("fk_incident_history_incident"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("incident", "number", name=op.f("pk_incident_history")),
    )


def _silences() -> None:
    op.create_table(
        "silences",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("matcher", sa.JSON(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_by", sa.String()),
        sa.Column("replaces", _KEY),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String()),
        sa.Column("changed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silences")),
    )
    op.create_index(op.f("ix_silences_ends_at"), "silences", ["ends_at"])


def _maintenance() -> None:
    op.create_table(
        "maintenance",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("matcher", sa.JSON(), nullable=False),
        sa.Column("schedule", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_by", sa.String()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance")),
    )


def _floods() -> None:
    op.create_table(
        "floods",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("scope", _KEY, nullable=False),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger()),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.Column("peak", sa.Integer(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_floods")),
    )
    op.create_index(op.f("ix_floods_scope_id"), "floods", ["scope", "id"])


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("route", _KEY, nullable=False),
        sa.Column("grouped", sa.JSON(), nullable=False),
        sa.Column("incident", _KEY),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.BigInteger()),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    op.create_index(op.f("ix_cases_closed"), "cases", ["closed"])


def _case_alerts() -> None:
    op.create_table(
        "case_alerts",
        sa.Column("case", _KEY, nullable=False),
        sa.Column("alert", _KEY, nullable=False),
        sa.Column("moved", sa.Boolean(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("case", "alert", name=op.f("pk_case_alerts")),
        sqlite_with_rowid=False,
    )


def _notifications() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("case", _KEY, nullable=False),
        sa.Column("telling", _KEY, nullable=False),
        sa.Column("receiver", _KEY, nullable=False),
        sa.Column("channel", _KEY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("severity", sa.String()),
        sa.Column("incident", _KEY),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("state", _KEY, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("begun", sa.BigInteger()),
        sa.Column("delivered", sa.BigInteger()),
        sa.Column("error", sa.Text()),
        sa.Column("digest", _KEY),
        sa.Column("alerts", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
    )
    for columns in (
        ("case",),
        ("created", "id"),
        ("digest",),
        ("incident",),
        ("receiver", "channel", "state"),
        ("state", "created", "id"),
        ("telling",),
    ):
        op.create_index(op.f(f"ix_notifications_{'_'.join(columns)}"), "notifications", list(columns))


def _notification_alerts() -> None:
    op.create_table(
        "notification_alerts",
        sa.Column("alert", _KEY, nullable=False),
        sa.Column("telling", _KEY, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("alert", "telling", name=op.f("pk_notification_alerts")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_notification_alerts_telling"), "notification_alerts", ["telling"])
