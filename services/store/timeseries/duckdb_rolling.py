"""Hours worked out of readings and days of hours, and their place in a DuckDB file.

Everything that writes here is meant to run within a transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import duckdb
import pyarrow as pa

from services.store.timeseries.duckdb_partials import (
    COLUMNS,
    SERIES,
    Hour,
    Measures,
    Scope,
    Sql,
    hour_of,
    partials,
    table,
)
from services.store.timeseries.duckdb_tables import Rolled, mark_rolled, rolled
from services.store.timeseries.grid import DAY
from services.store.timeseries.hours import HOUR, Hours
from services.store.timeseries.plan import Span, holding

_NAMES = ", ".join(COLUMNS)
_DAYS_OF_HOURS = f"""
INSERT INTO days ({_NAMES})
SELECT calendar.day, {", ".join(SERIES)}, sum(held), sum(total), min(low), max(high),
    arg_max(last, last_time), max(last_time)
FROM hours JOIN calendar ON hours.start = calendar.start
"""  # noqa: S608
_EACH = f" GROUP BY calendar.day, {', '.join(SERIES)}, low IS NULL"


def work_out(
    cursor: duckdb.DuckDBPyConnection,
    measures: Measures,
    scope: Scope,
    hours: Hours,
    wanted: Collection[Hour] = (),
) -> pa.Table:
    """The rows of the hours of a scope; of these hours only, when any are named."""
    if wanted:
        cursor.register("wanted_hours", table(wanted))
        scope = Scope(scope.selection, scope.within, scope.position, wanted="wanted_hours")
    sql = (
        Sql("WITH ")
        + partials(measures, [scope], hour_of(hours), hours)
        + Sql(f" SELECT {_NAMES} FROM partials ORDER BY start, type, metric, device")  # noqa: S608
    )
    return cursor.sql(sql.text, params=list(sql.parameters)).to_arrow_table()


def append(
    hours: Hours, rows: pa.Table, state: Rolled, until: int, connection: duckdb.DuckDBPyConnection
) -> None:
    """Add the hours from ``state.upto`` to ``until``, and the days that end in between."""
    _insert(connection, rows)
    days = [day for day in hours.days(state.upto - 2 * DAY, until) if day[1] > state.upto]
    _insert_days(connection, days)
    mark_rolled(connection, state._replace(upto=until))


def replace(
    hours: Hours,
    rows: pa.Table,
    wanted: Collection[Hour],
    near: Sequence[Span],
    state: Rolled,
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Put these rows in the place of those of the hours ``wanted``, and work out their days again."""
    connection.register("replaced", table(wanted))
    for span in near:
        connection.execute(
            "DELETE FROM hours WHERE start >= ? AND start < ?"
            " AND (type, device, start) IN (SELECT (type, device, start) FROM replaced)",
            span,
        )
    _insert(connection, rows)
    days = hours.days(near[0][0] - 2 * DAY, min(state.upto, near[-1][1] + 2 * DAY))
    of_days = _of_days(wanted, days)
    if of_days:
        connection.register("replaced", table(of_days))
        connection.execute(
            "DELETE FROM days WHERE (type, device, start) IN (SELECT (type, device, start) FROM replaced)"
        )
        touched = {one.start for one in of_days}
        _insert_days(connection, [day for day in days if day[0] in touched], only="replaced")
    connection.unregister("replaced")
    mark_rolled(connection, state)


def expire(hours: Hours, type_: str, until: int, connection: duckdb.DuckDBPyConnection) -> None:
    """Let go of all that was read of a type before ``until``, where an hour begins."""
    connection.execute("DELETE FROM observations WHERE type = ? AND time < ?", [type_, until])
    connection.execute("DELETE FROM hours WHERE type = ? AND start < ?", [type_, until])
    connection.execute("DELETE FROM days WHERE type = ? AND start < ?", [type_, until])
    cut, state = hours.day(until), rolled(connection)
    if cut is not None and state is not None and cut[0] < until and cut[1] <= state.upto:
        _insert_days(connection, [cut], type_=type_)


def _insert(connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> None:
    connection.register("worked_out", rows)
    connection.execute(f"INSERT INTO hours ({_NAMES}) SELECT {_NAMES} FROM worked_out")  # noqa: S608
    connection.unregister("worked_out")


def _insert_days(
    connection: duckdb.DuckDBPyConnection, days: Sequence[Span], *, only: str = "", type_: str | None = None
) -> None:
    """Work these days out of their hours; of the series and days of the table ``only``, of one type."""
    if not days:
        return
    connection.register("calendar", _calendar(days))
    semi = f" SEMI JOIN {only} AS o ON (hours.type = o.type AND hours.device = o.device AND day = o.start)"
    one_type = " AND type = ?"
    connection.execute(
        f"{_DAYS_OF_HOURS}{semi if only else ''} WHERE hours.start >= ? AND hours.start < ?"
        f"{'' if type_ is None else one_type}{_EACH}",
        [days[0][0], days[-1][1], *([] if type_ is None else [type_])],
    )
    connection.unregister("calendar")


def _calendar(days: Sequence[Span]) -> pa.Table:
    """Which hour is part of which day."""
    rows = [(start, first) for first, last in days for start in range(first, last, HOUR)]
    starts, firsts = zip(*rows, strict=True)
    return pa.table({"start": pa.array(starts, pa.int64()), "day": pa.array(firsts, pa.int64())})


def _of_days(wanted: Collection[Hour], days: Sequence[Span]) -> set[Hour]:
    """The series and days, as where they begin, that these hours are part of."""
    return {one._replace(start=day[0]) for one in wanted if (day := holding(days, one.start))}
