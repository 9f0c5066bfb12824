"""What rules are played on: a recording or stored history, here or by a Nakhon that runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from rules.backtest.play import Score, Tell, run_beside
from rules.backtest.readings import Surroundings, gather
from services.runtime.backtests import Account, Refusals

if TYPE_CHECKING:
    from devices.city import CityFolder
    from devices.model import Device, Observation
    from rules.backtest.report import Report
    from services.cli.rulework.setting import Rules

TakeScore = Callable[[Score], None]


@dataclass(frozen=True, slots=True)
class Played:
    """One report for each set of rules, and what the readings were like."""

    reports: list[Report]
    account: Account


class Ground(Protocol):
    """History to play rules on."""

    @property
    def name(self) -> str:
        """What people call it: the name of a file, or of a store."""

    @property
    def folder(self) -> CityFolder:
        """The city that it is of."""

    def play(
        self, sets: Sequence[Rules], *, tell: Tell | None = None, scores: TakeScore | None = None
    ) -> Played:
        """Play each set of rules by itself on all of it. ``scores`` are those of the first set."""

    def around(self, wanted: Sequence[Surroundings]) -> None:
        """Fill in the readings around alerts."""


class History(Protocol):
    """Readings in order of time, which may be gone through more than once."""

    @property
    def name(self) -> str: ...

    @property
    def costly(self) -> bool:
        """Whether it should be gone through but once."""

    @property
    def span(self) -> tuple[int | None, int | None]:
        """From when to when time is to pass (ms), where that is not what the readings say."""

    def devices(self) -> Sequence[Device]:
        """The devices that it may hold readings of."""

    def readings(self) -> Iterator[Sequence[Observation]]:
        """All of them, in batches."""

    def refusals(self) -> Mapping[str, Refusals]:
        """What was refused the last time that the readings were gone through, by code."""


class HereGround:
    """A history that is played in this process.

    ``before`` is how long (s) it took to read what is gone through now; it counts towards the account, as
    does playing the first set of rules. Where readings are at hand the others are played after it, apart.
    """

    def __init__(self, folder: CityFolder, history: History, before: float = 0.0) -> None:
        self.folder = folder
        self._before = before
        self._history = history

    @property
    def name(self) -> str:
        return self._history.name

    def play(
        self, sets: Sequence[Rules], *, tell: Tell | None = None, scores: TakeScore | None = None
    ) -> Played:
        began = time.perf_counter()
        together = len(sets) if self._history.costly else 1
        reports = self._run(sets[:together], tell, scores)
        seconds = self._before + time.perf_counter() - began
        for rules in sets[together:]:
            reports += self._run([rules], tell, None)
        refusals = self._history.refusals()
        refused = sum(refusal.count for refusal in refusals.values())
        return Played(reports, Account(seconds, refused, refusals))

    def _run(self, sets: Sequence[Rules], tell: Tell | None, scores: TakeScore | None) -> list[Report]:
        start, end = self._history.span
        return run_beside(
            [rules.ruleset for rules in sets],
            self.folder.city,
            self._history.devices(),
            self._history.readings(),
            start=start,
            end=end,
            on_progress=tell,
            scores=[scores, *[None] * (len(sets) - 1)],
        )

    def around(self, wanted: Sequence[Surroundings]) -> None:
        gather(wanted, self._history.devices(), self._history.readings())
