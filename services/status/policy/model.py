"""What a city decided on how its statuses come about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from devices.city import CityFolder
from devices.model import SmartService
from services.status.policy import reading
from services.status.policy.rules import RollUp, RuleList

__all__ = ["CITY", "RollUp", "RuleList", "StatusPolicy", "default_policy", "read_status_policy"]

CITY = "city"
"""The set of rules of every service that names no other."""


def _any_type(_rule: str) -> None:
    """Nobody says which type a rule reads."""


@dataclass(frozen=True, slots=True)
class StatusPolicy:
    """A city's status rules.

    A device is silent when nothing was heard of it for ``silent_after`` of its intervals. ``sets`` are lists
    of rules by name, :data:`CITY` always among them. ``domains`` and ``zones`` say how the statuses of
    services make that of their domain and of their zone.

    ``reads`` answers which observation type a rule reads (``group/rule``; None: any, or nobody knows): an
    alert about a whole zone speaks about the services of its domain that stand on that type there.
    """

    silent_after: float
    sets: Mapping[str, RuleList]
    domains: RollUp
    zones: RollUp
    reads: Callable[[str], str | None] = field(default=_any_type, compare=False)

    def rules_of(self, service: SmartService) -> RuleList:
        """The rules that hold for a service; the city's own when it names a set that is not there."""
        return self.sets.get(service.rules or CITY) or self.sets[CITY]


def default_policy() -> StatusPolicy:
    """Of a city that decided nothing. Reads a file that comes with Nakhon."""
    return _policy(reading.default())


def read_status_policy(folder: CityFolder) -> StatusPolicy:
    """The policy in a city's folder (``status.yaml``); what it leaves out is as in :func:`default_policy`.

    Raises:
        ProblemsError: all mistakes in the file, and services that name a set of rules which is not there.
    """
    return _policy(reading.of_folder(folder))


def _policy(written: reading.Written) -> StatusPolicy:
    return StatusPolicy(written.silent_after, written.sets, written.domains, written.zones)
