"""What of a recording was refused: counted by the contract's codes, with some samples to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from devices.refusal import Code, shortened

SAMPLES = 5
"""How many refused rows of a code are kept to be shown."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A refused row: its number in the file's data (the first is 1), and what is wrong in which column."""

    row: int
    column: str
    value: Any
    code: Code
    expected: str

    def __str__(self) -> str:
        where = f"row {self.row}, {self.column}" if self.column else f"row {self.row}"
        return f"{where}: {self.code} {self.value!r}, expected {self.expected}"


@dataclass(slots=True)
class Refusals:
    """Rows that became no reading, each counted once, under its first mistake."""

    counts: dict[Code, int] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())

    def add(self, code: Code, count: int = 1) -> int:
        """Count rows; how many of them should be kept as samples."""
        before = self.counts.get(code, 0)
        self.counts[code] = before + count
        return max(0, min(count, SAMPLES - before))

    def show(self, row: int, column: str, value: Any, code: Code, expected: str) -> None:
        """Keep a row as a sample."""
        self.samples.append(Sample(row, column, shortened(value), code, expected))

    def by_code(self) -> Mapping[str, int]:
        """Counts by the name of the code, most first."""
        ordered = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        return {code.value: count for code, count in ordered}
