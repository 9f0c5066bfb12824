"""What the database drivers raise, as errors that say what helps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from services.store.errors import StoreError, StoreRefusedError, StoreUnavailableError

_MAY_PASS = ("08", "53", "57", "58", "40", "55P03", "XX")  # classes of SQLSTATE after which a retry may do
_UNIQUE, _UNIQUE_SQLITE = "23505", "UNIQUE constraint failed"
_REFUSED = {
    "28": "check the user and the password in records.url",
    "3D": "create the database, or correct its name in records.url",
    "42501": "grant the user its rights on the database and its public schema",
    "25006": "the server takes no writes (a standby?): point records.url to the primary",
}
_SQLITE: dict[str, tuple[type[StoreError], str]] = {
    "locked": (StoreUnavailableError, "another process holds it"),
    "busy": (StoreUnavailableError, "another process holds it"),
    "disk is full": (StoreUnavailableError, "make room on its disk"),
    "disk i/o error": (StoreUnavailableError, "look at its disk"),
    "readonly": (StoreRefusedError, "make the data folder and the file writable for this user"),
    "unable to open": (StoreRefusedError, "make the data folder exist and writable for this user"),
    "not a database": (StoreRefusedError, "move the file away, or restore it from a backup"),
    "malformed": (StoreRefusedError, "restore it from a backup; the file is damaged"),
}


class StoreClashError(StoreUnavailableError):
    """Somebody else wrote the same key at the same moment: read again, then decide again."""


@contextmanager
def told_plainly(where: str) -> Iterator[None]:
    """Turn what a driver raises inside into :class:`StoreError`; ``where`` names the database."""
    try:
        yield
    except StoreError:
        raise
    except (OSError, PoolTimeoutError) as error:
        text = f"the records database {where} can't be reached: {_text(error)}"
        raise StoreUnavailableError(text) from error
    except SQLAlchemyError as error:
        raise _judged(error, where) from error
    except Exception as error:
        if getattr(error, "sqlstate", None) is None and "asyncpg" not in type(error).__module__:
            raise
        raise _judged(error, where) from error


def _judged(error: Exception, where: str) -> StoreError:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    code = getattr(cause, "sqlstate", None) or ""
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if code == _UNIQUE or _UNIQUE_SQLITE in str(cause):
        return StoreClashError(f"the records database {where}: {_text(cause)}")
    for prefix, advice in _REFUSED.items():
        if code.startswith(prefix):
            return StoreRefusedError(f"the records database {where} refused: {_text(cause)}; {advice}")
    if lost or code.startswith(_MAY_PASS) or _is_lost(cause):
        return StoreUnavailableError(f"the records database {where} is away: {_text(cause)}")
    return _judged_sqlite(_text(cause), where)


def _judged_sqlite(text: str, where: str) -> StoreError:
    for sign, (kind, advice) in _SQLITE.items():
        if sign in text.lower():
            return kind(f"the records database {where}: {text}; {advice}")
    return StoreRefusedError(f"the records database {where} refused: {text}")


def _is_lost(cause: BaseException) -> bool:
    """A connection that broke under a statement carries no SQLSTATE, only its name or its text."""
    if isinstance(cause.__cause__, OSError):
        return True
    return "Interface" in type(cause).__name__ and "clos" in str(cause).lower()


def _text(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
