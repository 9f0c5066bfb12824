"""What operators do to silences: add, change and end them. Pure.

As Alertmanager has it, a silence that is active keeps what it silences: with other alerts, or another start,
it ends and a new one takes its place, so that the record of who silenced what stays true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.alerts.policy.matcher import FIELDS as PARTS
from services.alerts.policy.matcher import Matcher
from services.alerts.suppression.asking import matcher_of, span_of, text_of
from services.runtime.clock import optional_rfc3339, rfc3339
from services.runtime.ports import ConflictError
from services.store.records.silences import SilenceRecord, changed_first
from services.store.records.ulid import ulid

FIELDS = ("matcher", "starts_at", "ends_at", "reason")


def added(body: Mapping[str, Any], *, by: str, now: int, rest: int) -> SilenceRecord:
    """A new silence. ``rest`` are 80 bits that tell it from others of the same moment.

    Raises:
        InvalidError: what is handed in makes no sense.
    """
    starts_at, ends_at = span_of(body.get("starts_at"), body.get("ends_at"), now)
    matcher = matcher_of(body.get("matcher")).as_dict()
    reason = text_of("reason", body.get("reason"))
    return SilenceRecord(ulid(now, rest), matcher, starts_at, ends_at, reason, created_by=by, created_at=now)


def edited(
    record: SilenceRecord,
    body: Mapping[str, Any],
    *,
    by: str,
    now: int,
    rest: int,
    number: int | None = None,
) -> tuple[SilenceRecord, SilenceRecord | None]:
    """What a silence becomes, and the new one in its place if it takes one.

    ``body``: what it is to be, as for a new one; what it leaves out stays. ``number``: its ``changes``, as
    the operator saw it.

    Raises:
        InvalidError: what is handed in makes no sense.
        ConflictError: it is over, or somebody changed it since.
    """
    _refuse_expired(record, now)
    if number is not None and number != record.changes:
        raise ConflictError(changed_first(record))
    wish = {name: body[name] if body.get(name) is not None else getattr(record, name) for name in FIELDS}
    matcher = matcher_of(wish["matcher"]).as_dict()
    reason = text_of("reason", wish["reason"])
    stays = _meant(record.matcher) == _meant(matcher) and wish["starts_at"] == record.starts_at
    if stays:
        span_of(None, wish["ends_at"], now)
        span_of(record.starts_at, wish["ends_at"], min(now, record.starts_at))
        return _changed(record, by, now, ends_at=wish["ends_at"], reason=reason), None
    starts_at, ends_at = span_of(wish["starts_at"], wish["ends_at"], now)
    if record.state(now) == "pending":
        said = {"matcher": matcher, "starts_at": starts_at, "ends_at": ends_at, "reason": reason}
        return _changed(record, by, now, **said), None
    new = SilenceRecord(ulid(now, rest), matcher, starts_at, ends_at, reason, by, now, replaces=record.id)
    return ended(record, by=by, now=now), new


def ended(record: SilenceRecord, *, by: str, now: int) -> SilenceRecord:
    """A silence that somebody ends now; one that is still to come never begins.

    Raises:
        ConflictError: it is over.
    """
    _refuse_expired(record, now)
    return _changed(record, by, now, starts_at=min(record.starts_at, now), ends_at=now, ended_by=by)


def silence_document(record: SilenceRecord, *, now: int, alerts: int) -> dict[str, Any]:
    """A silence as the API tells it; ``alerts`` is how many it holds now."""
    return {
        "id": record.id,
        "matcher": record.matcher,
        "starts_at": rfc3339(record.starts_at),
        "ends_at": rfc3339(record.ends_at),
        "reason": record.reason,
        "created_by": record.created_by,
        "created_at": rfc3339(record.created_at),
        "ended_by": record.ended_by,
        "state": record.state(now),
        "replaces": record.replaces,
        "number": record.changes,
        "changed_by": record.changed_by,
        "changed_at": optional_rfc3339(record.changed_at),
        "alerts": alerts,
    }


def _meant(matcher: Mapping[str, Any]) -> Mapping[str, Any]:
    """A matcher, in whatever order its patterns were written."""
    of = Matcher.of(matcher)
    labels = {label: frozenset(patterns) for label, patterns in of.labels.items()}
    return {"labels": labels} | {part: frozenset(getattr(of, part)) for part in PARTS}


def _refuse_expired(record: SilenceRecord, now: int) -> None:
    if record.state(now) == "expired":
        by = f": {record.ended_by} ended it" if record.ended_by else ""
        raise ConflictError(
            f"silence {record.id} is over since {rfc3339(record.ends_at)}{by}; make a new one instead"
        )


def _changed(record: SilenceRecord, by: str, now: int, **said: Any) -> SilenceRecord:
    return replace(record, **said, changes=record.changes + 1, changed_by=by, changed_at=now)
