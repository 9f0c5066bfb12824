"""The shapes of answers about what became of telemetry: verdicts, quarantine, ledger."""

from __future__ import annotations

from typing import Any

from services.api.shapes import PageOf, Shape, Time


class Rejection(Shape):
    """Why one reading was refused."""

    index: int
    code: str
    path: str
    value: Any
    expected: str | None
    contract: str | None
    also: list[Any]


class Verdict(Shape):
    """What became of a payload."""

    received: Time
    accepted: int
    rejected: list[Rejection]


class Quarantine(Shape):
    """A refused reading.

    `payload` is text, or base 64 when `payload_encoding` says so; with `payload_size` (bytes) it is the
    beginning only. `more` is how many refusals like it were counted and not kept, `replayed` when it was
    accepted after all.
    """

    id: str
    received: Time
    topic: str
    device: str | None
    code: str
    path: str | None
    value: Any
    expected: str | None
    contract: str | None
    payload: str
    more: int
    replayed: Time | None


class Cause(Shape):
    """Refused readings with the same reason.

    `path` has no places in arrays, `expected` no moments. `count` includes refusals that were not kept
    (`more`), `devices` is how many registered devices it has, `some_devices` names a few of them, `example`
    is the id of its newest entry.
    """

    cause: str
    code: str
    path: str | None
    contract: str | None
    expected: str | None
    count: int
    devices: int
    some_devices: list[str]
    first: Time
    last: Time
    example: str


class ReplayVerdict(Verdict):
    """What became of an entry that was replayed; `id` is the entry's."""

    id: str


class Replayed(Shape):
    """What became of entries that were replayed.

    `skipped` can't be: their payload was cut, or they were replayed before. `remaining` is how many follow;
    `next` goes on there.
    """

    replayed: int
    refused: int
    skipped: int
    remaining: int
    verdicts: list[ReplayVerdict]
    next: str | None


class Ledger(Shape):
    """received = stored + duplicate + quarantined + pending. Of one device: without domains and broker."""

    since: Time
    received: int
    stored: int
    duplicate: int
    quarantined: int
    pending: int
    domains: dict[str, Any] | None = None
    broker: dict[str, Any] | None = None


class Quarantined(PageOf[Quarantine]):
    """Refused readings, newest first."""


class Causes(PageOf[Cause]):
    """Refused readings by their reason, the largest group first."""
