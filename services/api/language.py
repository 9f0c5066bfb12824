"""Which of the city's two languages a caller reads."""

from __future__ import annotations

from typing import Literal, TypeAlias

from devices.model import Text

Language: TypeAlias = Literal["en", "th"]


def preferred(accept_language: str | None) -> Language:
    """The language that an ``Accept-Language`` header prefers (RFC 9110, 12.5.4); English when neither."""
    best: Language = "en"
    best_weight = 0.0
    for part in (accept_language or "").split(","):
        tag, _, parameters = part.strip().partition(";")
        primary = tag.strip().lower().partition("-")[0]
        weight = _weight(parameters)
        if primary in {"en", "th"} and weight > best_weight:
            best, best_weight = ("th" if primary == "th" else "en"), weight
    return best


def said(text: Text, language: Language) -> str:
    """The text in that language."""
    return text.th if language == "th" else text.en


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
