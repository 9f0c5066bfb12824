"""The kinds of condition that rules may have, by the key of ``when`` that says which it is.

A new kind is one file in this folder and its keys in the table. Where a ``when`` has several keys of the
table the first in the table decides: measures (what is compared) stand before comparisons.
"""

from __future__ import annotations

from collections.abc import Mapping

from rules.kinds.absent import ABSENT
from rules.kinds.anomaly import ANOMALY
from rules.kinds.change import CHANGE
from rules.kinds.composite import ALL, ANY, NOT
from rules.kinds.deviation import DEVIATION
from rules.kinds.expression import EXPRESSION
from rules.kinds.geofence import GEOFENCE
from rules.kinds.interface import Kind
from rules.kinds.quorum import QUORUM
from rules.kinds.sequence import SEQUENCE
from rules.kinds.stuck import STUCK
from rules.kinds.threshold import THRESHOLD
from rules.kinds.window import WINDOW

KINDS: Mapping[str, Kind] = {
    "window": WINDOW,
    "change": CHANGE,
    "deviation": DEVIATION,
    "anomaly": ANOMALY,
    "stuck": STUCK,
    "absent": ABSENT,
    "quorum": QUORUM,
    "sequence": SEQUENCE,
    "geofence": GEOFENCE,
    "expr": EXPRESSION,
    "all": ALL,
    "any": ANY,
    "not": NOT,
    "above": THRESHOLD,
    "below": THRESHOLD,
    "outside": THRESHOLD,
    "equals": THRESHOLD,
    "in": THRESHOLD,
}


def kind_of(when: Mapping[str, object]) -> Kind | None:
    """The kind that a ``when`` is written for, None when it has no key of the table."""
    return next((kind for key, kind in KINDS.items() if key in when), None)
