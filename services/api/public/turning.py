"""From the changes of services to what everybody is told: it got worse, it is as it should be. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from devices.model import Text
from services.api.parameters import parse_moment
from services.api.public.model import DEGRADED, MAINTENANCE, OPERATIONAL, OUTAGE, Turn

_TOLD = frozenset({DEGRADED, OUTAGE, MAINTENANCE})


def turns(changes: Iterable[Mapping[str, Any]], names: Mapping[str, Text]) -> list[Turn]:
    """What to tell of changes of services (the API's documents, newest first), newest first.

    That is each turn to degraded, outage or maintenance, and the first time after it that the service is
    operational again. Not knowing in between tells nothing: it ends no outage, and begins none.
    """
    last: dict[str, str] = {}
    found = []
    for change in reversed(list(changes)):
        service, status = change["subject"], change["status"]
        if service not in names or (status not in _TOLD and status != OPERATIONAL):
            continue
        before = last.get(service, OPERATIONAL)
        last[service] = status
        if status != before:
            found.append(Turn(parse_moment(change["at"]), service, names[service], status))
    return found[::-1]
