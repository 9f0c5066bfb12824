"""``quarantine/export``: refused readings as a file, page by page, however many they are."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import orjson
import structlog
from aiohttp import web
from pydantic import Field

from services.api.resources.quarantine import Listed, meant
from services.api.routes import INTEGRATE, V1, Call, Route
from services.runtime.clock import rfc3339
from services.store.errors import StoreError
from services.store.records.quarantine import Refused

log = structlog.get_logger(__name__)

_PAGE = 100
_COLUMNS = (
    *("id", "received", "topic", "device", "code", "path", "value", "expected", "contract"),
    *("payload", "payload_encoding", "payload_size", "more", "replayed"),
)
_RISKY = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?")
Row = Mapping[str, Any]


class ExportQuery(Listed):
    """Which entries, and how they are written."""

    format: Literal["jsonl", "csv"] = Field("jsonl", description="JSON lines, or CSV for a spreadsheet.")


async def export_quarantine(call: Call[ExportQuery, None]) -> web.StreamResponse:
    """All that is meant, newest first."""
    where = meant(call.query, call.query.replayed)
    entries, cursor = await call.deps.quarantine.page(limit=_PAGE, where=where)
    write, media, first = _WRITERS[call.query.format]
    moment = re.sub(r"[-:]|\.\d+", "", rfc3339(call.deps.clock.now()))
    name = f"quarantine-{call.deps.city.id}-{moment}.{call.query.format}"
    headers = {
        "Content-Type": media,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    response = web.StreamResponse(headers=headers)
    await response.prepare(call.request)
    if call.request.method == "HEAD":
        return response
    try:
        await response.write(first + write(entries))
        while cursor is not None:
            entries, cursor = await call.deps.quarantine.page(limit=_PAGE, cursor=cursor, where=where)
            await response.write(write(entries))
    except ConnectionError:
        pass  # who asked has left
    except StoreError as error:
        # The answer has begun: only its breaking off can tell that it is not whole.
        log.warning("an export of the quarantine broke off", reason=str(error), by=call.principal.name)
        if call.request.transport is not None:
            call.request.transport.abort()
    return response


def as_lines(entries: Sequence[Refused]) -> bytes:
    """Entries as JSON lines."""
    return b"".join(orjson.dumps(entry.body, option=orjson.OPT_APPEND_NEWLINE) for entry in entries)


def as_csv(entries: Sequence[Refused]) -> bytes:
    """Entries as lines of CSV."""
    return _csv([_cell(name, entry.body.get(name)) for name in _COLUMNS] for entry in entries)


def _csv(rows: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(column: str, value: Any) -> str:
    if value is None:
        return ""
    if column == "value" and not isinstance(value, str):
        value = orjson.dumps(value).decode()
    return harmless(str(value))


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe before what begins like one."""
    return f"'{text}" if text.startswith(_RISKY) and not _NUMBER.fullmatch(text) else text


_WRITERS: Mapping[str, tuple[Callable[[Sequence[Refused]], bytes], str, bytes]] = {
    "jsonl": (as_lines, "application/x-ndjson", b""),
    "csv": (as_csv, "text/csv; charset=utf-8; header=present", _csv([_COLUMNS])),
}

ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/quarantine/export",
        handler=export_quarantine,
        summary="Refused readings as a file, newest first",
        tag="telemetry",
        roles=INTEGRATE,
        query=ExportQuery,
        answer=str,
        media="application/x-ndjson",
        other_media=("text/csv",),
        codes=("unavailable", "store_refused"),
    ),
)
