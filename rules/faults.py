"""Rules that failed at their work: noted, so that somebody mends them, while all others go on."""

from __future__ import annotations

from dataclasses import dataclass

from rules.model import Subject
from rules.ruleset import PART


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong with a rule, how often since the start, and for whom the last time.

    ``rule`` is the observation type instead where it was what is derived from its readings.
    """

    rule: str
    subject: Subject
    error: str
    times: int

    def __str__(self) -> str:
        whom = self.subject.device or self.subject.service or self.subject.zone
        if "/" not in self.rule:
            return (
                f"what is derived from {self.rule} failed for {whom} ({self.error}; {self.times} times since"
                " the start): it was left out of that reading; all rules go on. Please report it"
            )
        return (
            f"{self.rule} failed for {whom} ({self.error}; {self.times} times since the start): its alert"
            " there is over and it begins anew; all other rules go on. Please report it"
        )


class Faults:
    """The last fault of each rule, those of its hidden parts among them."""

    def __init__(self) -> None:
        self.by_rule: dict[str, Fault] = {}

    def note(self, rule: str, subject: Subject, error: Exception) -> None:
        """A rule failed."""
        name = rule.partition(PART)[0]
        times = self.by_rule[name].times + 1 if name in self.by_rule else 1
        self.by_rule[name] = Fault(name, subject, f"{type(error).__name__}: {error}", times)
