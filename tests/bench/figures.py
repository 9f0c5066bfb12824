"""Figures and how they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

from tests.bench.rig import Sample


@dataclass
class Delays:
    """Delays in seconds, and how many things never arrived."""

    seconds: list[float] = field(default_factory=list)
    missing: int = 0

    def add(self, seconds: float | None) -> None:
        """One more; None when it did not arrive."""
        if seconds is None:
            self.missing += 1
        else:
            self.seconds.append(seconds)

    def percentile(self, share: float) -> float:
        """In milliseconds: the smallest delay that this share stayed at or below; inf if it never came."""
        ordered = sorted(self.seconds) + [float("inf")] * self.missing
        if not ordered:
            return float("nan")
        return ordered[max(0, ceil(share * len(ordered)) - 1)] * 1_000

    def as_dict(self) -> dict[str, float]:
        """For JSON."""
        return {
            "count": len(self.seconds) + self.missing,
            "missing": self.missing,
            "p50_ms": self.percentile(0.5),
            "p90_ms": self.percentile(0.9),
            "p99_ms": self.percentile(0.99),
            "max_ms": self.percentile(1.0),
        }

    def __str__(self) -> str:
        missing = f", {self.missing} missing" if self.missing else ""
        return (
            f"p50 {self.percentile(0.5):.1f} ms, p90 {self.percentile(0.9):.1f} ms, "
            f"p99 {self.percentile(0.99):.1f} ms, {len(self.seconds)} measured{missing}"
        )


def shares(cpu: dict[str, float]) -> str:
    """CPU of each process, in words."""
    return ", ".join(f"{name} {share:.0%}" for name, share in cpu.items())


def growing(samples: Sequence[Sample], rate: float) -> bool:
    """Whether the backlog rises: its mean over the last third above the middle third's by 0.2 s of load."""
    third = len(samples) // 3
    if third == 0:
        return False
    middle, last = samples[third : 2 * third], samples[2 * third :]
    return _mean(last) - _mean(middle) > 0.2 * rate or samples[-1].backlog > 2 * rate


def _mean(samples: Sequence[Sample]) -> float:
    return sum(sample.backlog for sample in samples) / len(samples)


def curve(samples: Sequence[Sample], points: int = 10) -> str:
    """The backlog over time in few figures."""
    step = max(1, len(samples) // points)
    return " ".join(f"{sample.backlog:,}" for sample in samples[::step])
