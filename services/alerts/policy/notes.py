"""What there is to say about one ``alerting.yaml``, by weight."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from devices.documents import Loc, Parsed, Problem


@dataclass(slots=True)
class Notes:
    """Collects it. ``problems``: it can't be taken so. ``warnings``: it works, and hardly as meant.

    ``hints``: it works; something good is missing.
    """

    parsed: Parsed
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    hints: list[Problem] = field(default_factory=list)

    def problem(self, at: Loc, message: str, *, value: Any = None, allowed: str | None = None) -> None:
        self.problems.append(self.parsed.problem(at, message, value=value, allowed=allowed))

    def warning(self, at: Loc, message: str, *, value: Any = None) -> None:
        self.warnings.append(self.parsed.problem(at, message, value=value))

    def hint(self, at: Loc, message: str, *, value: Any = None) -> None:
        self.hints.append(self.parsed.problem(at, message, value=value))
