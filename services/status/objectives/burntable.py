"""How fast an error budget may burn: pairs of windows, as a file says. Spans are ms."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from importlib import resources
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from devices.documents import Document, build, parse
from devices.forms import Form, Id, Interval
from rules.model import OBJECTIVES_GROUP, Severity

_SHORTEST = 1_000
"""A window of less would tell of single looks."""


@dataclass(frozen=True, slots=True)
class BurnPair:
    """A pair of windows, scaled to one objective's window, and the burn rate that neither may reach.

    A rate of 1 uses up the budget in exactly the objective's window.
    """

    id: str
    long: int
    short: int
    rate: float
    severity: Severity

    @property
    def rule(self) -> str:
        """The id that its alerts carry."""
        return f"{OBJECTIVES_GROUP}/{self.id}"


@dataclass(frozen=True, slots=True)
class BurnTable:
    """Pairs as they are written for an objective of ``window``.

    Once a pair burns it does so until the rate over one of its windows is below ``clear_below`` times its
    own.
    """

    window: int
    clear_below: float
    pairs: tuple[BurnPair, ...]

    def scaled(self, window: int) -> tuple[BurnPair, ...]:
        """The pairs for an objective of another window."""
        share = Fraction(window, self.window)
        return tuple(
            BurnPair(pair.id, _scaled(pair.long, share), _scaled(pair.short, share), pair.rate, pair.severity)
            for pair in self.pairs
        )

    def version(self, pair: BurnPair) -> str:
        """What tells two definitions of a pair apart; the same for every objective."""
        text = repr((self.window, self.clear_below, pair))
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()[:16]


class PairForm(Form):
    """Two windows, the rate over both at which it is told, and how bad that is."""

    id: Id
    long: Interval = Field(description="Over this much time the budget burns so fast: it is no blip.")
    short: Interval = Field(description="Over this much, too: it is still so.")
    rate: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)] = Field(
        description="How many times faster than would use up the budget in the objective's window."
    )
    severity: Severity

    @model_validator(mode="after")
    def _short_is_shorter(self) -> Self:
        if self.short >= self.long:
            raise ValueError("short must be shorter than long")
        return self


class BurnForm(Form):
    """The table of pairs."""

    window: Interval = Field(description="The objective's window that the pairs are written for: 30d.")
    clear_below: float = Field(1.0, gt=0, le=1, description="Share of the rate below which it is over.")
    pairs: tuple[PairForm, ...]

    @field_validator("pairs")
    @classmethod
    def _apart(cls, pairs: tuple[PairForm, ...]) -> tuple[PairForm, ...]:
        names = [pair.id for pair in pairs]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two pairs have the same id: {', '.join(twice)}")
        return pairs

    def table(self) -> BurnTable:
        """What the form says."""
        pairs = (BurnPair(one.id, one.long, one.short, one.rate, one.severity) for one in self.pairs)
        return BurnTable(self.window, self.clear_below, tuple(pairs))


def default_burn_table() -> BurnTable:
    """The pairs of a city that says nothing of them. Reads a file that comes with Nakhon."""
    file = resources.files(__name__.rpartition(".")[0]).joinpath("burn.yaml")
    return read_burn_table(Document("burn.yaml", file.read_text(encoding="utf-8")))


def read_burn_table(document: Document) -> BurnTable:
    """The pairs in a file.

    Raises:
        ProblemsError: all mistakes in it.
    """
    return build(BurnForm, parse(document)).table()


def _scaled(span: int, share: Fraction) -> int:
    return max(_SHORTEST, round(span * share))
