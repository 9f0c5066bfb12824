"""What a look at the course of the statuses found."""

from __future__ import annotations

from dataclasses import dataclass, field

from devices.model import Domain
from services.status.model import Change


@dataclass(slots=True)
class Moved:
    """``changes`` of services, their parts, zones and domains, in order of their moments.

    ``services`` and ``domains`` are those of which anything moved that is shown: counts and reasons too.
    ``late`` maps services to the earliest moment of a fact that came after later ones had been judged: from
    there on their history is to be computed again.
    """

    changes: list[Change] = field(default_factory=list)
    services: set[str] = field(default_factory=set)
    domains: set[Domain] = field(default_factory=set)
    late: dict[str, int] = field(default_factory=dict)

    def came_late(self, service: str, at: int) -> None:
        """A fact of that moment came too late for a service."""
        self.late[service] = min(at, self.late.get(service, at))
