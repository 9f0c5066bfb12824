"""What DuckDB raises, as errors that say what helps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from services.store.errors import StoreError, StoreRefusedError, StoreUnavailableError

_NO_ROOM = ("no space left", "file too large", "disk quota", "disk is full", "could not write")
_LOCKED = ("could not set lock", "conflicting lock")
_DENIED = ("permission denied", "read-only")
_DEFECTS = (duckdb.ProgrammingError, duckdb.DataError, duckdb.IntegrityError, duckdb.NotSupportedError)


@contextmanager
def told_plainly(path: Path) -> Iterator[None]:
    """Turn what DuckDB raises inside into :class:`StoreError`."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise store_error(error, path) from error


def store_error(error: Exception, path: Path) -> StoreError:
    """The same failure, told to people."""
    known = _known(error, path)
    if known is not None:
        return known
    if isinstance(error, _DEFECTS):
        return StoreRefusedError(f"{path}: {_first_line(error)}; a defect of Nakhon: please report it")
    return StoreUnavailableError(f"{path}: {_first_line(error)}")


def unreadable(error: Exception, path: Path) -> StoreError:
    """A failure to open a file: as :func:`store_error`, whatever is left over being a damaged file."""
    known = _known(error, path)
    if known is not None:
        return known
    if not isinstance(error, duckdb.Error):
        return StoreRefusedError(f"{path} can't be made: {_first_line(error)}; choose another data folder")
    return StoreRefusedError(
        f"{path} can't be read as a DuckDB file ({_first_line(error)}): move it away to begin an empty one,"
        " or restore it from a backup"
    )


def _known(error: Exception, path: Path) -> StoreError | None:
    text = str(error).lower()
    if any(sign in text for sign in _LOCKED):
        return StoreRefusedError(
            f"another process holds the time series in {path}{_holder(str(error))}: DuckDB serves one process"
            " only. End that process, choose another data folder, or use timeseries: {kind: influxdb}"
        )
    if any(sign in text for sign in _NO_ROOM):
        return StoreUnavailableError(f"no room to write {path}: free some space on its disk")
    if any(sign in text for sign in _DENIED):
        return StoreRefusedError(f"{path} can't be written: make it and its folder writable for this user")
    if isinstance(error, duckdb.OutOfMemoryException):
        return StoreUnavailableError(f"a question to {path} needs more memory than it may use: ask for less")
    return None


def invalidated(error: BaseException | None) -> bool:
    """Whether the open database is of no more use and has to be opened again."""
    fatal = (duckdb.FatalException, duckdb.InternalException, duckdb.ConnectionException)
    return isinstance(error, fatal)


def _holder(text: str) -> str:
    _, found, rest = text.partition("PID ")
    return f" (process {rest.split()[0].rstrip('.)')})" if found else ""


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
