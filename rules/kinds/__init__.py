"""The kinds of condition that rules may have, by the key of ``when`` that says which it is.

A new kind is one file in this folder and its keys in the table. Where a ``when`` has several keys of the
table the first in the table decides: measures (what is compared) stand before comparisons.
"""

from __future__ import annotations

from collections.abc import Mapping

from rules.kinds.absent import ABSENT
from rules.kinds.interface import Kind
from rules.kinds.threshold import THRESHOLD

KINDS: Mapping[str, Kind] = {
    "absent": ABSENT,
    "above": THRESHOLD,
    "below": THRESHOLD,
    "outside": THRESHOLD,
    "equals": THRESHOLD,
    "in": THRESHOLD,
}


def kind_of(when: Mapping[str, object]) -> Kind | None:
    """The kind that a ``when`` is written for, None when it has no key of the table."""
    return next((kind for key, kind in KINDS.items() if key in when), None)
