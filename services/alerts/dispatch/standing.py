"""How an alert stands in a case. Pure."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from rules.model import Severity, State
from services.alerts.board import covered
from services.runtime.ports import OpenAlert
from services.store.records.alertdata import AlertRecord


class Standing(NamedTuple):
    """What a case knows of one of its alerts.

    ``over``: it has ended. ``moved``: another case tells of it by now, and this one only of its end.
    ``counts``: it fires and may be told of. ``waits``: it counts, and nobody has acknowledged it as bad as
    it is.
    """

    severity: Severity
    over: bool
    suppressed: bool
    acknowledged: bool
    moved: bool
    counts: bool
    waits: bool


@cache
def standing(
    severity: Severity,
    over: bool = False,
    suppressed: bool = False,
    acknowledged: bool = False,
    moved: bool = False,
) -> Standing:
    """The one such standing: there are few, and very many alerts."""
    counts = not (over or suppressed or moved)
    return Standing(severity, over, suppressed, acknowledged, moved, counts, counts and not acknowledged)


def of_record(record: AlertRecord, *, moved: bool = False) -> Standing:
    """How an alert stands that just changed."""
    over = record.state is State.RESOLVED
    return standing(record.severity, over, record.suppressed is not None, covered(record), moved)


def of_open(alert: OpenAlert, *, moved: bool = False) -> Standing:
    """How an open alert stands."""
    return standing(alert.severity, False, alert.suppressed, alert.acknowledged, moved)
