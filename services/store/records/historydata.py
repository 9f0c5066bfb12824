"""Statuses as they are kept: a change, what of it goes into arithmetic, and what is known better by now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

_SUMMARIES = frozenset({"zone", "domain"})


class Named(NamedTuple):
    """Whose status it is: ``kind`` is service, zone or domain."""

    kind: str
    subject: str


@dataclass(frozen=True, slots=True)
class StatusChangeRecord:
    """A status that holds from ``at`` on. Times are ms; ``reason`` is ``{en, th}``, all JSON-ready.

    ``counted``: the time in which it holds counts for the objective. ``latched`` is what a recomputation goes
    on from. ``recorded`` is when it was written, ``revised`` says that a recomputation found it, and
    ``superseded`` when one found otherwise; None: it stands. ``seq`` is given by the table.
    """

    kind: str
    subject: str
    at: int
    status: str
    rule: str
    reason: Mapping[str, str]
    counted: bool = True
    evidence: Mapping[str, Any] = field(default_factory=dict)
    latched: Mapping[str, Any] = field(default_factory=dict)
    recorded: int = 0
    revised: bool = False
    superseded: int | None = None
    seq: int = 0

    @property
    def named(self) -> Named:
        return Named(self.kind, self.subject)

    @property
    def verdict(self) -> tuple[str, str, bool]:
        """What tells one change from the next."""
        return self.status, self.rule, self.counted

    def same(self, other: StatusChangeRecord) -> bool:
        """Whether both say the same of the same moment, whenever they were written."""
        return _said(self) == _said(other)


class StatusStep(NamedTuple):
    """As much of a change as goes into arithmetic."""

    at: int
    status: str
    counted: bool
    rule: str


@dataclass(frozen=True, slots=True)
class Revision:
    """What is known by now of one subject from ``start`` to before ``end`` (ms).

    A change that says what held already is left out. What was recorded to hold at ``end`` does so from there
    on, as it was told.
    """

    kind: str
    subject: str
    start: int
    end: int
    changes: tuple[StatusChangeRecord, ...]


def _said(record: StatusChangeRecord) -> tuple[Any, ...]:
    """What counts when two changes are compared.

    Evidence moves without anything having changed. The words of a zone or domain are those of its services
    at that moment, which are told for themselves.
    """
    reason = {} if record.kind in _SUMMARIES else dict(record.reason)
    return record.at, record.status, record.rule, reason, record.counted, dict(record.latched)
