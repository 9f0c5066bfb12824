"""The tables of a DuckDB file of readings, and how far its hours and days have come.

``observations`` has one row a reading, and one more for each time it was amended; ``metrics`` tells which
of its columns holds which metric. ``hours`` and ``days`` are those readings aggregated: a row for each
type, device, zone and metric heard of in that hour or day, with how many values there were and, of
numbers, their sum, lowest, highest and newest. A metric that is now a number and now a text has a row for
each.

``rolled`` (one row, none before the first time) says what the hours hold: all readings taken before
``upto``, as they were once the batch ``position`` was written. Whatever was written after that makes its
own hours stale and nothing else, so that writing has nothing to keep account of.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import duckdb

from services.store.errors import StoreRefusedError

FORMAT = 2
"""1 had readings only. The others are brought to this one when they are opened."""

_READINGS = """
CREATE TABLE format (version INTEGER NOT NULL);
CREATE TABLE observations (
    position BIGINT NOT NULL, time BIGINT NOT NULL, type VARCHAR NOT NULL, device VARCHAR NOT NULL,
    zone VARCHAR NOT NULL, seq BIGINT, lon DOUBLE, lat DOUBLE, amends BOOLEAN NOT NULL DEFAULT false);
CREATE TABLE metrics (type VARCHAR NOT NULL, metric VARCHAR NOT NULL, kind VARCHAR NOT NULL,
    slot VARCHAR NOT NULL);
CREATE TABLE progress (position BIGINT NOT NULL);
INSERT INTO format VALUES (1);
"""
_AGGREGATES = """
    start BIGINT NOT NULL, type VARCHAR NOT NULL, device VARCHAR NOT NULL, zone VARCHAR NOT NULL,
    metric VARCHAR NOT NULL, held BIGINT NOT NULL, total DOUBLE, low DOUBLE, high DOUBLE, last DOUBLE,
    last_time BIGINT"""
_ROLLED = f"""
CREATE OR REPLACE TABLE hours ({_AGGREGATES});
CREATE OR REPLACE TABLE days ({_AGGREGATES});
CREATE OR REPLACE TABLE rolled (position BIGINT NOT NULL, upto BIGINT NOT NULL, timezone VARCHAR NOT NULL);
"""


class Rolled(NamedTuple):
    """What the hours and days hold: readings before ``upto``, as of ``position``; days of ``timezone``."""

    position: int
    upto: int
    timezone: str


def prepare(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Make what is missing in the file, or bring an older one up to date; in place, whole or not at all.

    Raises:
        StoreRefusedError: a later version of Nakhon made it.
    """
    if not _has_tables(connection):
        _in_one(connection, _READINGS + _ROLLED + _marked(FORMAT))
    version = _version(connection)
    if version == 1:
        _in_one(connection, _ROLLED + _marked(FORMAT))
    elif version != FORMAT:
        raise StoreRefusedError(
            f"{path} was written by another version of Nakhon (its format is {version},"
            f" this one reads {FORMAT}): use that version, or move the file away"
        )


def rolled(connection: duckdb.DuckDBPyConnection) -> Rolled | None:
    """How far hours and days have come; None when they have not begun."""
    found = connection.execute("SELECT position, upto, timezone FROM rolled").fetchall()
    return Rolled(*found[0]) if found else None


def forget_rolled(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop all hours and days, to begin anew."""
    connection.execute(_ROLLED)


def mark_rolled(connection: duckdb.DuckDBPyConnection, state: Rolled) -> None:
    """Note how far hours and days have come."""
    connection.execute("DELETE FROM rolled")
    connection.execute("INSERT INTO rolled VALUES (?, ?, ?)", state)


def _has_tables(connection: duckdb.DuckDBPyConnection) -> bool:
    ((tables,),) = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE NOT internal").fetchall()
    return bool(tables)


def _version(connection: duckdb.DuckDBPyConnection) -> int | None:
    ((version,),) = connection.execute("SELECT max(version) FROM format").fetchall()
    return None if version is None else int(version)


def _marked(version: int) -> str:
    return f"UPDATE format SET version = {version};"  # noqa: S608 - a number of our own


def _in_one(connection: duckdb.DuckDBPyConnection, statements: str) -> None:
    connection.execute("BEGIN")
    connection.execute(statements)
    connection.execute("COMMIT")
