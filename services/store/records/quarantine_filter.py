"""Which refused readings are meant, as conditions on their tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, cast, func, or_, select

from services.store.records.quarantine_cause import general_path
from services.store.records.quarantine_entry import storable
from services.store.records.tables import quarantine as table
from services.store.records.tables import quarantine_causes as causes
from services.store.records.tables import quarantine_payloads as payloads
from services.store.records.ulid import ulid

_ESCAPE = "\\"
_TOLD = (causes.c.code, causes.c.path, causes.c.expected, causes.c.contract)
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class QuarantineFilter:
    """Entries for which all of this holds; of several values any. What is left out selects nothing away.

    ``topic`` is what the topic begins with. A path is meant with any place in an array, and with what
    stands before it: ``pm25`` is ``values.pm25`` and ``[3].values.pm25`` too. A contract without a version
    is every version. ``words`` must all occur, in the payload or in what was said of it. ``start`` <= time
    of receipt < ``end`` (ms). ``causes`` are keys of :class:`Cause`.
    """

    devices: Sequence[str] = ()
    codes: Sequence[str] = ()
    topic: str | None = None
    paths: Sequence[str] = ()
    contracts: Sequence[str] = ()
    causes: Sequence[int] = ()
    ids: Sequence[str] = ()
    words: Sequence[str] = ()
    start: int | None = None
    end: int | None = None
    replayed: bool | None = None


def select_where(
    what: Select[Any], where: QuarantineFilter, kind: str, *, by_cause: bool = False
) -> Select[Any]:
    """A query of entries, of those alone that are meant; ``kind`` is that of the database.

    ``by_cause`` is for one that goes over all of them, and better by cause than in the order of time.
    """
    if where.words:
        what = what.outerjoin(payloads, payloads.c.id == table.c.message)
    return what.where(
        *_of_entries(where),
        *_in_time(where),
        *_of_causes(where, by_cause),
        *_topic(where, kind),
        *_said(where, kind),
    )


def _of_entries(where: QuarantineFilter) -> Iterator[ColumnElement[bool]]:
    if where.devices:
        yield table.c.device.in_([storable(device) for device in where.devices])
    if where.ids:
        yield table.c.id.in_([storable(entry_id) for entry_id in where.ids])
    if where.causes:
        yield table.c.cause.in_(where.causes)
    if where.replayed is not None:
        yield table.c.replayed.is_not(None) if where.replayed else table.c.replayed.is_(None)


def _in_time(where: QuarantineFilter) -> Iterator[ColumnElement[bool]]:
    if where.start is not None:
        yield table.c.id >= ulid(where.start, 0)
    if where.end is not None:
        yield table.c.id < ulid(where.end, 0)


def _of_causes(where: QuarantineFilter, by_cause: bool) -> Iterator[ColumnElement[bool]]:
    """What the cause tells is looked up there: it has few rows where entries are many."""
    told: list[ColumnElement[bool]] = []
    if where.codes and by_cause:
        told.append(causes.c.code.in_(where.codes))
    elif where.codes:
        yield table.c.code.in_(where.codes)
    if where.paths:
        told.append(or_(*(_is_path(general_path(storable(path)) or "") for path in where.paths)))
    if where.contracts:
        told.append(or_(*(_is_contract(storable(contract) or "") for contract in where.contracts)))
    if told:
        yield table.c.cause.in_(select(causes.c.id).where(*told))


def _topic(where: QuarantineFilter, kind: str) -> Iterator[ColumnElement[bool]]:
    """A comparison is cheaper than a pattern, but PostgreSQL makes it in the order of some language."""
    if not where.topic:
        return
    beginning = storable(where.topic) or ""
    if kind == "sqlite":
        yield table.c.topic >= beginning
        yield table.c.topic < beginning + _LAST
    else:
        yield table.c.topic.startswith(beginning, autoescape=True)


def _is_path(path: str) -> ColumnElement[bool]:
    return or_(causes.c.path == path, causes.c.path.endswith(f".{path}", autoescape=True))


def _is_contract(contract: str) -> ColumnElement[bool]:
    if "@" in contract:
        return causes.c.contract == contract
    return causes.c.contract.startswith(f"{contract}@", autoescape=True)


def _said(where: QuarantineFilter, kind: str) -> Iterator[ColumnElement[bool]]:
    for word in where.words:
        given = storable(word) or ""
        told = select(causes.c.id).where(or_(*(_holds(column, given, kind) for column in _TOLD)))
        yield or_(
            table.c.cause.in_(told),
            _holds(_payload(kind), given if kind == "sqlite" else _written(given), kind),
            _holds(table.c.topic, given, kind),
            _holds(table.c.device, given, kind),
        )


def _holds(text: ColumnElement[Any], word: str, kind: str) -> ColumnElement[bool]:
    """Upper and lower case of a to z are one: SQLite's LIKE is so by itself."""
    pattern = f"%{_literally(word)}%"
    return text.like(pattern, _ESCAPE) if kind == "sqlite" else text.ilike(pattern, _ESCAPE)


def _payload(kind: str) -> ColumnElement[Any]:
    """Payloads are bytes, which need not be text: PostgreSQL searches them as it would write them out."""
    content = payloads.c.payload
    return cast(content, Text) if kind == "sqlite" else func.encode(content, "escape")


def _written(word: str) -> str:
    """A word as PostgreSQL's ``escape`` writes its bytes."""
    return "".join(
        "\\\\" if byte == ord("\\") else chr(byte) if 0 < byte < 128 else f"\\{byte:03o}"
        for byte in word.encode()
    )


def _literally(text: str) -> str:
    for special in (_ESCAPE, "%", "_"):
        text = text.replace(special, _ESCAPE + special)
    return text
