"""The ledger: what became of everything received, per domain and device, adding up at every moment.

*received = stored + duplicate + quarantined + pending* holds by construction: received is never counted,
it is the sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from services.runtime.clock import rfc3339

UNKNOWN = "unknown"
"""The account of what belongs to no domain."""


class Key(NamedTuple):
    """Whose account an item is on: its domain, and its device when that is registered."""

    domain: str
    device: str | None


class Outcome(StrEnum):
    """How a received item ends."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"


@dataclass(slots=True)
class Account:
    """Counts of received copies of one device or one domain."""

    stored: int = 0
    duplicate: int = 0
    quarantined: int = 0
    pending: int = 0

    @property
    def received(self) -> int:
        return self.stored + self.duplicate + self.quarantined + self.pending

    def close(self, outcome: Outcome, count: int) -> None:
        """Move ``count`` items from pending to how they ended."""
        self.pending -= count
        if outcome is Outcome.STORED:
            self.stored += count
        elif outcome is Outcome.DUPLICATE:
            self.duplicate += count
        else:
            self.quarantined += count

    def as_dict(self) -> dict[str, int]:
        return {
            "received": self.received,
            "stored": self.stored,
            "duplicate": self.duplicate,
            "quarantined": self.quarantined,
            "pending": self.pending,
        }


@dataclass(slots=True)
class Ledger:
    """Accounts per domain and per registered device, since the first start (ms)."""

    since: int
    domains: dict[str, Account] = field(default_factory=dict)
    devices: dict[str, Account] = field(default_factory=dict)
    _known: dict[Key, tuple[Account, ...]] = field(default_factory=dict, repr=False)

    def open(self, counts: Mapping[Key, int]) -> None:
        """So many items were received of each. A key without a device: from nobody that is registered."""
        for key, count in counts.items():
            for account in self._accounts_of(key):
                account.pending += count

    def close(self, outcome: Outcome, counts: Mapping[Key, int]) -> None:
        """So many items that were open have ended so."""
        for key, count in counts.items():
            for account in self._accounts_of(key):
                account.close(outcome, count)

    def release(self, key: Key) -> None:
        """An item that was quarantined has been taken again, and counts there now."""
        for account in self._accounts_of(key):
            account.quarantined = max(0, account.quarantined - 1)

    def recount(self, key: Key, count: int) -> None:
        """``count`` items that were counted as stored are in quarantine instead."""
        for account in self._accounts_of(key):
            account.stored -= count
            account.quarantined += count

    def write_off(self) -> None:
        """Nothing is pending any more: what still seems so was lost with a damaged disk."""
        for account in (*self.domains.values(), *self.devices.values()):
            account.pending = 0

    @property
    def pending(self) -> int:
        """Items received and not ended yet."""
        return sum(account.pending for account in self.domains.values())

    def report(self, device: str | None = None) -> dict[str, Any]:
        """The contract's ledger, without the broker's own figures."""
        since = {"since": rfc3339(self.since)}
        if device is not None:
            return since | self.devices.get(device, Account()).as_dict()
        total = Account()
        for account in self.domains.values():
            total.stored += account.stored
            total.duplicate += account.duplicate
            total.quarantined += account.quarantined
            total.pending += account.pending
        domains = {name: account.as_dict() for name, account in sorted(self.domains.items())}
        return since | total.as_dict() | {"domains": domains}

    def dump(self, *, pending: bool = False) -> dict[str, Any]:
        """The counts as JSON-ready data, without what is ``pending`` where that will come again."""
        return {
            "since": self.since,
            "domains": {name: _counts(account, pending) for name, account in self.domains.items()},
            "devices": {name: _counts(account, pending) for name, account in self.devices.items()},
        }

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Ledger:
        """The inverse of :meth:`dump`."""
        ledger = cls(data["since"])
        ledger.domains = {name: Account(*counts) for name, counts in data["domains"].items()}
        ledger.devices = {name: Account(*counts) for name, counts in data["devices"].items()}
        return ledger

    def _accounts_of(self, key: Key) -> tuple[Account, ...]:
        """The accounts of a key; found once."""
        known = self._known.get(key)
        if known is None:
            known = (self.domains.setdefault(key.domain, Account()),)
            if key.device is not None:
                known = (*known, self.devices.setdefault(key.device, Account()))
            self._known[key] = known
        return known


def _counts(account: Account, pending: bool) -> list[int]:
    return [account.stored, account.duplicate, account.quarantined, account.pending if pending else 0]
