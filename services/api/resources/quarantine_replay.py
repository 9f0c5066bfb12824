"""``quarantine/replay``: refused readings taken again, after the type or the city's files were mended."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import structlog
from pydantic import BeforeValidator, Field

from devices.refusal import Code
from services.api import telemetryshapes
from services.api.bodies import invalid
from services.api.keys import REPLAYS
from services.api.parameters import MOST
from services.api.replays import done_already
from services.api.resources.quarantine import Selected, meant, no_entry
from services.api.routes import INTEGRATE, V1, Answer, Body, Call, NoQuery, Route
from services.runtime.ports import BusyError, ConflictError, QuarantinedItem
from services.store.records.quarantine import QuarantineFilter, Refused
from services.store.records.ulid import is_ulid

log = structlog.get_logger(__name__)

PATIENCE = 20.0
"""Seconds that one request may go on replaying; what is left is another one's."""

_PAGE = 100
_SHOWN = 10


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[
    tuple[Annotated[str, Field(max_length=256)], ...],
    BeforeValidator(_several, json_schema_input_type=str | list[str]),
    Field(max_length=MOST),
]
Codes = Annotated[
    tuple[Code, ...],
    BeforeValidator(_several, json_schema_input_type=Code | list[Code]),
    Field(max_length=MOST),
]


class ReplayForm(Selected):
    """Which entries are replayed, oldest first; those that were accepted before are left out.

    The filters are those of the list, a name or an array each. ``limit`` is how many are tried at most,
    ``cursor`` the ``next`` of the answer before.
    """

    device: Names = ()
    code: Codes = ()
    topic: str | None = Field(None, max_length=1_024)
    path: Names = ()
    contract: Names = ()
    cause: Names = ()
    ids: Names = ()
    limit: int = Field(1_000, ge=1, le=MOST)
    cursor: str | None = None


@dataclass(slots=True)
class _Outcome:
    """What became of the entries so far; ``last`` is the newest that was tried."""

    last: str | None
    replayed: int = 0
    refused: int = 0
    skipped: int = 0
    verdicts: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def tried(self) -> int:
        return self.replayed + self.refused + self.skipped


async def replay_entry(call: Call[NoQuery, None]) -> Answer:
    """Take one entry again; the answer is its verdict."""
    entry = await call.deps.quarantine.get(call.path("id"))
    if entry is None:
        raise no_entry(call.path("id"))
    verdict = await _replay(call, entry)
    who = call.principal
    log.info(
        "an entry of the quarantine was replayed",
        by=who.name,
        role=who.role,
        id=entry.id,
        accepted=bool(verdict["accepted"]),
    )
    return Answer(verdict)


async def replay_entries(call: Call[NoQuery, ReplayForm]) -> Answer:
    """Take entries again, oldest first, one after the other, as many as fit into one request."""
    form = call.body
    where = _meant(form)
    outcome = _Outcome(_cursor(form))
    more = await _replay_all(call, where, form.limit, outcome)
    who = call.principal
    log.info(
        "entries of the quarantine were replayed",
        by=who.name,
        role=who.role,
        filters=form.model_dump(mode="json", exclude_defaults=True, exclude={"limit", "cursor"}),
        replayed=outcome.replayed,
        refused=outcome.refused,
        skipped=outcome.skipped,
    )
    remaining = await call.deps.quarantine.count(where, after=outcome.last) if more else 0
    return Answer(
        {
            "replayed": outcome.replayed,
            "refused": outcome.refused,
            "skipped": outcome.skipped,
            "remaining": remaining,
            "verdicts": outcome.verdicts,
            "next": outcome.last if remaining else None,
        }
    )


async def _replay_all(
    call: Call[NoQuery, ReplayForm], where: QuarantineFilter, limit: int, outcome: _Outcome
) -> bool:
    """Replay up to ``limit`` entries. Answers whether there may be more.

    Raises:
        BusyError: not even one could be taken in.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + PATIENCE
    while (wanted := limit - outcome.tried) > 0:
        entries, following = await call.deps.quarantine.page(
            limit=min(_PAGE, wanted), cursor=outcome.last, where=where, oldest_first=True
        )
        for entry in entries:
            try:
                await _replay_one(call, entry, outcome)
            except BusyError:
                if not outcome.tried:
                    raise
                return True
            if clock() > until:
                return True
        if following is None:
            return False
    return True


async def _replay_one(call: Call[NoQuery, ReplayForm], entry: Refused, outcome: _Outcome) -> None:
    try:
        verdict = await _replay(call, entry)
    except ConflictError:
        outcome.skipped += 1
    else:
        if verdict["accepted"]:
            outcome.replayed += 1
        else:
            outcome.refused += 1
            if len(outcome.verdicts) < _SHOWN:
                outcome.verdicts.append({"id": entry.id, **verdict})
    outcome.last = entry.id


async def _replay(call: Call[Any, Any], entry: Refused) -> Mapping[str, Any]:
    """The verdict on an entry that is taken again.

    Raises:
        ConflictError: it was replayed before, or is at this moment, or its payload is not all there.
        BusyError: nothing can be taken in now.
    """
    if entry.replayed is not None:
        raise done_already(entry.id, entry.replayed)
    if not entry.complete:
        text = "was too long to be kept whole: the device must send it again"
        raise ConflictError(f"the payload of the entry {entry.id} {text}")
    replays = call.request.app[REPLAYS]
    body = entry.body
    item = QuarantinedItem(
        entry.id, entry.index, entry.received, body["topic"], body["device"], body["code"], entry.payload
    )
    with replays.claimed(entry.id):
        verdict = await call.deps.telemetry.replay(item)
        if verdict["accepted"]:
            replays.accepted(entry.id, call.deps.clock.now())
    return verdict


def _meant(form: ReplayForm) -> QuarantineFilter:
    # Entries that are named are told of, also when they were replayed before.
    where = meant(form, None if form.ids else False, wrong=_invalid)
    return replace(where, ids=form.ids)


def _cursor(form: ReplayForm) -> str | None:
    if form.cursor is not None and not is_ulid(form.cursor):
        raise _invalid("cursor", "is not one that this path gave out", "the `next` of the answer before")
    return form.cursor


def _invalid(path: str, message: str, allowed: str) -> Exception:
    return invalid([{"path": path, "message": message, "allowed": allowed}])


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="POST",
        path=f"{V1}/quarantine/replay",
        handler=replay_entries,
        summary="Take refused readings again, oldest first, as many as fit into one request",
        tag="telemetry",
        roles=INTEGRATE,
        body=Body(ReplayForm),
        answer=telemetryshapes.Replayed,
        codes=("malformed_json", "invalid_body", "too_large", "unavailable", "store_refused"),
    ),
    Route(
        method="POST",
        path=f"{V1}/quarantine/{{id}}/replay",
        handler=replay_entry,
        summary="Take a refused reading again; the answer is its verdict, 200 also when it is refused again",
        tag="telemetry",
        roles=INTEGRATE,
        answer=telemetryshapes.Verdict,
        codes=("not_found", "conflict", "unavailable", "store_refused"),
        parameters={"id": "The entry's id."},
    ),
)
