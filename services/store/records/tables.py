"""The tables of the records database, the same on SQLite and on PostgreSQL.

Times are integer milliseconds since epoch UTC. Identifiers and everything that is sorted compare byte
by byte on both (PostgreSQL would otherwise sort by the language of its cluster).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy import text as sql

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Key = String().with_variant(String(collation="C"), "postgresql")
_Json = JSON(none_as_null=True)
_Serial = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers only an INTEGER key by itself


def _where(condition: str) -> dict[str, Any]:
    """Of an index of few rows: which."""
    return {"sqlite_where": sql(condition), "postgresql_where": sql(condition)}


devices = Table(
    "devices",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("types", String, nullable=False),  # "A;B", the first is the default
    Column("zone", _Key, nullable=False),
    Column("domain", _Key, nullable=False),
    Column("interval", BigInteger, nullable=False),
    Column("name", String, nullable=False),
    Column("service", _Key),
    Column("lon", Float),
    Column("lat", Float),
    Column("labels", _Json, nullable=False),
    Column("enabled", Boolean, nullable=False),  # what an operator decided
    Column("origin", String, nullable=False),  # city: listed by the city folder; added: by a person
    Column("listed", Boolean, nullable=False),  # false: the city folder listed it once, and no longer does
    Index(None, "zone", "id"),
    Index(None, "domain", "id"),
)

presence = Table(
    "presence",
    metadata,
    Column("device", _Key, primary_key=True),
    Column("last_seen", BigInteger),
    Column("online", Boolean),  # what the device, or its broker for it, said last
    Column("online_at", BigInteger),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", _Key, primary_key=True),  # a ULID of starts_at: newest first is this key backwards
    Column("fingerprint", _Key, nullable=False),
    Column("rule", _Key, nullable=False),
    Column("rule_version", String, nullable=False),
    Column("domain", _Key, nullable=False),
    Column("zone", _Key, nullable=False),
    Column("device", _Key),
    Column("service", _Key),
    Column("severity", _Key, nullable=False),
    Column("highest_severity", String, nullable=False),
    Column("state", _Key, nullable=False),
    Column("shadow", Boolean, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger),
    Column("acknowledged_by", String),
    Column("acknowledged_at", BigInteger),
    Column("acknowledged_note", Text),
    Column("assigned_to", String),
    Column("title", _Json, nullable=False),
    Column("advice", _Json),
    Column("evidence", _Json, nullable=False),
    Column("taken", BigInteger),
    Column("received", BigInteger),
    Column("fired", BigInteger),
    Column("persisted", BigInteger),
    Column("delivered", BigInteger),
    Column("changes", Integer, nullable=False),  # how many steps it has taken
    Column("labels", _Json, nullable=False),  # those of its device, for matchers
    Column("incident", _Key),
    Column("cause", _Key),  # the alert that it stands under
    Column("suppressed", _Json),
    Column("acknowledged_severity", String),  # the severity that the acknowledgement was given for
    Column("occurrences", Integer, nullable=False),
    Column("flapping", Boolean, nullable=False),
    Column("held_from", BigInteger),  # its condition has ended at this time; it is held open
    Column("held_until", BigInteger),
    Column("closed_by", String),
    Column("notified", BigInteger),  # when somebody outside was first told
    Column("first_acknowledged", BigInteger),  # whatever became of that acknowledgement
    Index(None, "state", "id"),
    Index(None, "severity", "id"),
    Index(None, "domain", "id"),
    Index(None, "zone", "id"),
    Index(None, "device", "id"),
    Index(None, "service", "id"),
    Index(None, "rule", "id"),
    Index(None, "incident", "id"),
    Index(None, "fired"),
    Index(None, "ends_at"),
    Index(None, "cause", "id", **_where("cause IS NOT NULL")),
    Index(None, "assigned_to", "id", **_where("assigned_to IS NOT NULL")),
    Index("ix_alerts_acknowledged", "state", "id", **_where("acknowledged_at IS NOT NULL")),
    Index("ix_alerts_suppressed", "state", "id", **_where("suppressed IS NOT NULL")),
)

alert_history = Table(
    "alert_history",
    metadata,
    Column("alert", _Key, ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("change", String, nullable=False),
    Column("state", String, nullable=False),
    Column("severity", String, nullable=False),
    Column("by", String),  # null: the rule engine
    Column("note", Text),
    Column("assigned_to", String),
    Column("evidence", _Json),
    Column("detail", _Json),  # what else there is to say of a step that the rules did not take
)

alert_episodes = Table(  # recurrences that were taken for the same alert: their own id, and that alert's
    "alert_episodes",
    metadata,
    Column("episode", _Key, primary_key=True),
    Column("alert", _Key, ForeignKey("alerts.id", ondelete="CASCADE"), nullable=False),
    Index(None, "alert"),
)

alert_outbox = Table(
    "alert_outbox",
    metadata,
    Column("seq", _Serial, primary_key=True, autoincrement=True),
    Column("alert", _Key, nullable=False),
    Column("number", Integer, nullable=False),
    Column("change", String, nullable=False),
    Column("received", BigInteger),
    Column("body", _Json, nullable=False),  # the alert as this change left it
    Index(None, "alert", "number"),
)

alerts_passed = Table(  # pending alerts that never fired: known, so that a replay does not raise them again
    "alerts_passed",
    metadata,
    Column("seq", _Serial, primary_key=True, autoincrement=True),
    Column("alert", _Key, nullable=False, unique=True),
    Column("changes", Integer, nullable=False),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", _Key, primary_key=True),  # a ULID of opened_at
    Column("key", _Key, nullable=False),  # what its alerts have in common, as canonical JSON
    Column("state", _Key, nullable=False),  # open, resolved, merged
    Column("title", _Json, nullable=False),
    Column("severity", _Key, nullable=False),  # the worst of its open alerts
    Column("highest_severity", String, nullable=False),
    Column("domain", _Key, nullable=False),
    Column("zone", _Key),
    Column("service", _Key),
    Column("cause", _Key),  # the alert that the others stand under
    Column("opened_at", BigInteger, nullable=False),
    Column("joined_at", BigInteger, nullable=False),  # when an alert joined it last
    Column("resolved_at", BigInteger),
    Column("alerts", Integer, nullable=False),
    Column("open", Integer, nullable=False),
    Column("acknowledged_by", String),
    Column("acknowledged_at", BigInteger),
    Column("acknowledged_note", Text),
    Column("assigned_to", String),
    Column("closed_by", String),
    Column("merged_into", _Key),
    Column("changes", Integer, nullable=False),
    Index(None, "state", "id"),
    Index(None, "domain", "id"),
    Index(None, "zone", "id"),
)

incident_history = Table(
    "incident_history",
    metadata,
    Column("incident", _Key, ForeignKey("incidents.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("change", String, nullable=False),
    Column("by", String),  # null: Nakhon
    Column("note", Text),
    Column("detail", _Json),
)

silences = Table(
    "silences",
    metadata,
    Column("id", _Key, primary_key=True),  # a ULID of created_at
    Column("matcher", _Json, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_by", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("ended_by", String),  # who ended it before its time
    Column("replaces", _Key),
    Column("changes", Integer, nullable=False),
    Column("changed_by", String),
    Column("changed_at", BigInteger),
    Index(None, "ends_at"),
)

maintenance = Table(
    "maintenance",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("title", _Json, nullable=False),
    Column("matcher", _Json, nullable=False),  # zones, services, devices that are worked on
    Column("schedule", _Json, nullable=False),  # dtstart, duration, rrule, exdate … (RFC 5545)
    Column("reason", Text, nullable=False),
    Column("created_by", String, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("ended_by", String),
    Column("ended_at", BigInteger),
    Column("changes", Integer, nullable=False),
)

floods = Table(
    "floods",
    metadata,
    Column("id", _Key, primary_key=True),  # a ULID of began
    Column("scope", _Key, nullable=False),
    Column("began", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Column("alerts", Integer, nullable=False),
    Column("peak", Integer, nullable=False),
    Column("summary", _Json, nullable=False),
    Index(None, "scope", "id"),
)

cases = Table(  # groups of alerts that a route tells of together
    "cases",
    metadata,
    Column("id", _Key, primary_key=True),  # a digest of route and group, and when it was opened
    Column("route", _Key, nullable=False),
    Column("grouped", _Json, nullable=False),  # what its alerts have in common
    Column("incident", _Key),
    Column("opened", BigInteger, nullable=False),
    Column("closed", BigInteger),
    Column("state", _Json, nullable=False),
    Index(None, "closed"),
)

case_alerts = Table(  # the alerts of an open case, until they are over and whoever heard of them knows
    "case_alerts",
    metadata,
    Column("case", _Key, primary_key=True),
    Column("alert", _Key, primary_key=True),
    Column("moved", Boolean, nullable=False),  # another case tells of it; this one only of its end
    Column("told", Integer, nullable=False),  # how often the case had told anything when it joined
    sqlite_with_rowid=False,
)

notifications = Table(
    "notifications",
    metadata,
    Column("id", _Key, primary_key=True),  # the idempotency key
    Column("case", _Key, nullable=False),
    Column("telling", _Key, nullable=False),  # what it tells: the same for all whom a case tells it at once
    Column("receiver", _Key, nullable=False),
    Column("channel", _Key, nullable=False),
    Column("kind", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("severity", String),
    Column("incident", _Key),
    Column("created", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),  # of its next attempt
    Column("state", _Key, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("begun", BigInteger),  # set before its first attempt: it may have arrived since
    Column("delivered", BigInteger),
    Column("error", Text),
    Column("digest", _Key),  # the notification that told of it in its place
    Column("alerts", Integer, nullable=False),
    Column("body", _Json, nullable=False),
    Index(None, "state", "created", "id"),
    Index(None, "created", "id"),
    Index(None, "receiver", "channel", "state"),
    Index(None, "incident"),
    Index(None, "telling"),
    Index(None, "digest"),
    Index(None, "case"),
)

notification_alerts = Table(  # who was told what of which alert
    "notification_alerts",
    metadata,
    Column("alert", _Key, primary_key=True),
    Column("telling", _Key, primary_key=True),  # "case.audience.number"
    Column("state", String, nullable=False),
    Column("severity", String, nullable=False),
    Index(None, "telling"),
    sqlite_with_rowid=False,
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("hash", _Key, nullable=False, unique=True),  # SHA-256 in hex
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("revoked", BigInteger),
    Column("last_used", BigInteger),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", _Key, primary_key=True),  # a ULID of the time of receipt, journal position and index
    Column("received", BigInteger, nullable=False),
    Column("topic", String, nullable=False),
    Column("device", _Key),
    Column("code", _Key, nullable=False),
    Column("path", String),
    Column("value", Text),  # JSON text; as text, since it is whatever somebody sent
    Column("expected", String),
    Column("contract", String),
    Column("payload_size", BigInteger, nullable=False),
    Column("message", _Key, nullable=False),  # whose payload it is: many readings may come in one
    Column("cause", BigInteger, nullable=False),
    Column("more", BigInteger, nullable=False),  # how many like it were counted and not kept
    Column("replayed", BigInteger),  # when it was accepted after all
    Index(None, "device", "id"),
    Index(None, "code", "id"),
    Index(None, "cause", "device", "id", "more", "replayed"),  # all that grouping reads
    Index(
        "ix_quarantine_replayed",
        "id",
        sqlite_where=sql("replayed IS NOT NULL"),
        postgresql_where=sql("replayed IS NOT NULL"),
    ),
    sqlite_with_rowid=False,  # rows lie in the order in which they are looked through
)

quarantine_payloads = Table(  # once for each message, however many of its readings were refused
    "quarantine_payloads",
    metadata,
    Column("id", _Key, primary_key=True),  # the id that an entry of the message's first reading has
    Column("payload", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

quarantine_causes = Table(
    "quarantine_causes",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # a digest of the rest
    Column("code", _Key, nullable=False),
    Column("path", _Key),
    Column("contract", _Key),
    Column("expected", String),
)

status_changes = Table(  # what was so, as it is known by now; what was told before late data came is kept
    "status_changes",
    metadata,
    Column("seq", _Serial, primary_key=True, autoincrement=True),
    Column("kind", _Key, nullable=False),  # service, zone, domain
    Column("subject", _Key, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("status", _Key, nullable=False),
    Column("rule", String, nullable=False),
    Column("reason", _Json, nullable=False),
    Column("counted", Boolean, nullable=False),
    Column("evidence", _Json, nullable=False),
    Column("latched", _Json, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Column("revised", Boolean, nullable=False),  # found by a recomputation, not told live
    Column("superseded", BigInteger),  # when a recomputation took its place
    Index(None, "kind", "subject", "at"),
    Index(None, "at"),
)

status_facts = Table(  # what statuses stood on and no other record tells
    "status_facts",
    metadata,
    Column("seq", _Serial, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", _Key, nullable=False),
    Column("subject", _Key, nullable=False),
    Column("value", _Json),
    Index(None, "kind", "at"),
    Index(None, "kind", "subject", "at"),
)

status_notes = Table(  # what operators tell the public
    "status_notes",
    metadata,
    Column("id", _Key, primary_key=True),  # a ULID of created_at
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("state", _Key, nullable=False),  # investigating, identified, monitoring, resolved, planned
    Column("title", _Json, nullable=False),
    Column("services", _Json, nullable=False),
    Column("domain", _Key),
    Column("incident", _Key),
    Column("starts_at", BigInteger),  # of planned work
    Column("ends_at", BigInteger),
    Column("updates", _Json, nullable=False),  # oldest first: at, by, state, text
    Column("changes", Integer, nullable=False),
    Column("withdrawn", BigInteger),
    Index(None, "updated_at", "id"),
)

kpi_values = Table(
    "kpi_values",
    metadata,
    Column("kpi", _Key, primary_key=True),
    Column("zone", _Key, primary_key=True),  # empty: the whole city
    Column("period", _Key, primary_key=True),  # day, week, month, quarter, year
    Column("start", BigInteger, primary_key=True),
    Column("end", BigInteger, nullable=False),
    Column("value", Float),  # null: not enough data
    Column("coverage", Float),
    Column("samples", BigInteger, nullable=False),
    Column("definition", String, nullable=False),  # a digest of the formula that it was computed by
    Column("computed", BigInteger, nullable=False),
    Column("detail", _Json, nullable=False),
    Index(None, "period", "start"),
    sqlite_with_rowid=False,
)

settings = Table(
    "settings",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("value", _Json, nullable=False),
)
