"""The ledger: what became of everything received, per domain and device, adding up at every moment.

*received = stored + duplicate + quarantined + pending* holds by construction: received is never counted,
it is the sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from services.runtime.clock import rfc3339

UNKNOWN = "unknown"
"""The account of what belongs to no domain."""


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

    def open(self, domain: str, device: str | None, count: int) -> None:
        """``count`` items were received. ``device`` None: from nobody that is registered."""
        self._account(self.domains, domain).pending += count
        if device is not None:
            self._account(self.devices, device).pending += count

    def close(self, outcome: Outcome, domain: str, device: str | None, count: int) -> None:
        """``count`` items that were open have ended so."""
        self._account(self.domains, domain).close(outcome, count)
        if device is not None:
            self._account(self.devices, device).close(outcome, count)

    def release(self, domain: str, device: str | None) -> None:
        """An item that was quarantined has been taken again, and counts there now."""
        for account in self._accounts_of(domain, device):
            account.quarantined = max(0, account.quarantined - 1)

    def recount(self, domain: str, device: str | None, count: int) -> None:
        """``count`` items that were counted as stored are in quarantine instead."""
        for account in self._accounts_of(domain, device):
            account.stored -= count
            account.quarantined += count

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

    def _accounts_of(self, domain: str, device: str | None) -> list[Account]:
        accounts = [self._account(self.domains, domain)]
        return accounts if device is None else [*accounts, self._account(self.devices, device)]

    @staticmethod
    def _account(accounts: dict[str, Account], name: str) -> Account:
        account = accounts.get(name)
        if account is None:
            account = accounts[name] = Account()
        return account


def _counts(account: Account, pending: bool) -> list[int]:
    return [account.stored, account.duplicate, account.quarantined, account.pending if pending else 0]
