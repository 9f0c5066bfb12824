"""Why nobody is told of an alert, as its record and its document say it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from devices.model import Text
from services.runtime.clock import optional_rfc3339


class Kind(StrEnum):
    """What holds an alert back; of several, the first here is named."""

    SILENCE = "silence"
    MAINTENANCE = "maintenance"
    INHIBITION = "inhibition"
    CAUSE = "cause"


@dataclass(frozen=True, slots=True)
class Hold:
    """One reason for which nobody is told of an alert.

    ``id`` is that of the silence, of the maintenance, of the city's inhibition, or of the causing alert.
    ``by``: who silenced it or planned the work, or the alert that inhibits it. ``until`` (ms): when it ends
    by itself, None: with what brought it.
    """

    kind: Kind
    id: str
    by: str | None
    reason: Text
    until: int | None = None

    def as_dict(self, by: str | None = None) -> dict[str, Any]:
        """JSON-ready; ``by`` where it is another for each alert."""
        return {
            "kind": self.kind.value,
            "id": self.id,
            "by": by or self.by,
            "reason": self.reason.as_dict(),
            "until": optional_rfc3339(self.until),
        }


def says(suppressed: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None) -> bool:
    """Whether an alert's record says already what it should.

    Which of several alerts inhibits it was said when it began, and is not said anew with each that ends.
    """
    if suppressed is None or wanted is None:
        return suppressed is wanted
    names = ("kind", "id", "reason", "until")
    return all(suppressed.get(name) == wanted[name] for name in names)
