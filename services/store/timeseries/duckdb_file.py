"""One DuckDB file of readings: its tables, and how batches are added to it.

Rows are only ever appended. A reading that merges with, or corrects, a stored one becomes a further row
marked ``amends``; reading puts such rows together (:mod:`.duckdb_queries`), and costs nothing where none
are. ``position`` of a row is that of its batch, so data and position are one and the same write.

Everything here runs on one thread.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import duckdb
import pyarrow as pa

from devices.model import Observation
from services.store.timeseries import columns, duckdb_queries, duckdb_tables
from services.store.timeseries.columns import Group
from services.store.timeseries.duckdb_errors import unreadable
from services.store.timeseries.duckdb_tidying import Step
from services.store.timeseries.merging import identity, unique
from services.store.timeseries.slots import COLUMN_TYPES, FullError, Slots

_NOT_HELD = (pa.ArrowException, UnicodeError, TypeError, OverflowError, FullError)
_BEFORE_ALL = -(2**62)
_NONE_YET = -1
_MOST_LOGGED = "10000"
"""Entries of the log after which it is worked into the file, so that opening never reads more of them."""

Refused = list[tuple[Observation, str]]


class DuckDBFile:
    """An open file, what is known of its content, and the one place that writes to it."""

    def __init__(self, path: Path, *, memory: str, checkpoint: str) -> None:
        self.path = path
        self.written = _NONE_YET
        self.known = duckdb_queries.Known(Slots(), amended=False)
        self._slots = Slots()
        self._given: list[tuple[str, str, str, str]] = []
        self._columns: set[str] = set()
        self._newest: dict[str, dict[str, int]] = defaultdict(dict)
        self.connection = _connect(path, memory, checkpoint)
        try:
            duckdb_tables.prepare(self.connection, path)
            self.reload()
        except duckdb.Error as error:
            self.connection.close()
            raise unreadable(error, path) from error
        except BaseException:
            self.connection.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def recover(self) -> None:
        """After a failed write: let the transaction go, and learn anew what the file holds."""
        with suppress(duckdb.TransactionException):
            self.connection.rollback()
        self.reload()

    def write(self, observations: Sequence[Observation], position: int) -> Refused:
        """Append a batch in one transaction, and return what can't be held.

        A batch at or below the stored position appends nothing and refuses the same as before.
        """
        new = position > self.written
        groups = [Group(*group) for group in columns.by_type(observations).items()]
        batch, amending, refused = self._table([self._marked(group) for group in groups] if new else groups)
        if new:
            self._publish(amending)
            self._append(batch, position)
            self.written = position
        return refused

    def carry_out(self, step: Step) -> None:
        """Do a step of tidying up, in one transaction."""
        self.connection.execute("BEGIN")
        step(self.connection)
        self.connection.execute("DELETE FROM progress")
        self.connection.execute("INSERT INTO progress VALUES (?)", [self.written])
        self.connection.execute("COMMIT")

    def reload(self) -> None:
        """Learn anew from the file what it holds."""
        ask = self.connection.execute
        self._slots, self._given = Slots(), []
        for row in ask("SELECT type, metric, kind, slot FROM metrics ORDER BY rowid").fetchall():
            self._slots.add(*row)
        self._columns = {row[0] for row in ask("SELECT column_name FROM (DESCRIBE observations)").fetchall()}
        written = ask(
            "SELECT greatest((SELECT max(position) FROM observations), (SELECT max(position) FROM progress))"
        ).fetchone()
        self.written = written[0] if written and written[0] is not None else _NONE_YET
        amended = bool(ask("SELECT 1 FROM observations WHERE amends LIMIT 1").fetchone())
        self.known = duckdb_queries.Known(self._slots.copy(), amended)
        self._newest.clear()
        for type_, device, time in ask(
            "SELECT type, device, max(time) FROM observations GROUP BY ALL"
        ).fetchall():
            self._newest[type_][device] = time

    def _append(self, batch: pa.Table | None, position: int) -> None:
        if batch is None:
            self.connection.execute("INSERT INTO progress VALUES (?)", [position])
            return
        names = ", ".join(batch.column_names)
        self.connection.execute(
            f"INSERT INTO observations (position, {names}) SELECT ?, {names} FROM batch",  # noqa: S608 - own names
            [position],
        )

    def _table(self, groups: Sequence[Group]) -> tuple[pa.Table | None, bool, Refused]:
        """The batch as Arrow (None when empty), whether it amends anything, and the rows left out of it."""
        amending = any(group.amending for group in groups)
        if not groups:
            return None, False, []
        try:
            return columns.table(groups, self._slot), amending, []
        except _NOT_HELD:
            kept, refused = self._sifted(groups)
        return columns.table(kept, self._slot) if kept else None, amending, refused

    def _sifted(self, groups: Sequence[Group]) -> tuple[list[Group], Refused]:
        kept: list[Group] = []
        refused: Refused = []
        for group in groups:
            verdicts = [(row, self._why_not(group.type, row)) for row in group.rows]
            refused += [(row, reason) for row, reason in verdicts if reason]
            amending = {identity(group.rows[place]) for place in group.amending}
            rows = [row for row, reason in verdicts if not reason]
            if rows:
                kept.append(
                    Group(group.type, rows, [at for at, row in enumerate(rows) if identity(row) in amending])
                )
        return kept, refused

    def _why_not(self, type_: str, row: Observation) -> str:
        try:
            columns.table([Group(type_, [row])], self._slot)
        except _NOT_HELD as error:
            return str(error) or type(error).__name__
        return ""

    def _marked(self, group: Group) -> Group:
        """The group with one row an identity, and the places of those that a stored row already has."""
        late = self._late(group)
        if not late:
            return group
        rows = unique(group.rows)
        stored = duckdb_queries.stored(self.connection, {identity(row) for row in late})
        return Group(group.type, rows, [place for place, row in enumerate(rows) if identity(row) in stored])

    def _late(self, group: Group) -> list[Observation]:
        """Rows no newer than the newest of their series: only they can share an identity with another."""
        newest = self._newest[group.type]
        late = []
        for row in group.rows:
            time, device = row.time, row.device
            if time > newest.get(device, _BEFORE_ALL):
                newest[device] = time
            else:
                late.append(row)
        return late

    def _slot(self, type_: str, metric: str, kind: str) -> str:
        known = self._slots.by_type.get(type_)
        slot = known.get((metric, kind)) if known else None
        if slot is None:
            slot = self._slots.free(type_, kind)
            self._slots.add(type_, metric, kind, slot)
            self._given.append((type_, metric, kind, slot))
        return slot

    def _publish(self, amending: bool) -> None:
        """Let readers know what the rows to come need, before these are there."""
        if self._given:
            self._make_columns()
            self.known = duckdb_queries.Known(self._slots.copy(), self.known.amended)
        if amending and not self.known.amended:
            self.known = self.known._replace(amended=True)

    def _make_columns(self) -> None:
        """Put the slots that were given since into the file."""
        self.connection.execute("BEGIN")
        for slot in sorted({slot for *_, slot in self._given} - self._columns):
            self.connection.execute(f"ALTER TABLE observations ADD COLUMN {slot} {COLUMN_TYPES[slot[0]]}")
        self.connection.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?)", self._given)
        self.connection.execute("COMMIT")
        self._columns |= {slot for *_, slot in self._given}
        self._given = []


def _connect(path: Path, memory: str, checkpoint: str) -> duckdb.DuckDBPyConnection:
    settings = {
        "memory_limit": memory,
        "wal_autocheckpoint": checkpoint,
        "wal_autocheckpoint_entries": _MOST_LOGGED,
        "temp_directory": str(path.with_name(path.name + ".tmp")),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return duckdb.connect(str(path), config=settings)
    except (duckdb.Error, OSError) as error:
        raise unreadable(error, path) from error
