"""A Nakhon that remembers what it was asked, for commands that work on alerts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from services.cli.common import RefusedError

ID = "01M7ZJ6RG0BZ92DQPZNT3SMPSA"
OTHER = "01M7ZJ0000BZ92DQPZNT3SMPSA"
WORDS = {"en": "Smoke at Samyan", "th": "ควันที่สามย่าน"}
AT = "2026-01-05T05:00:00.000Z"


def alert(name: str = ID, **more: Any) -> dict[str, Any]:
    """An alert as the API tells it."""
    given: dict[str, Any] = {
        "id": name,
        "rule": "air/high",
        "state": "firing",
        "severity": "major",
        "device": "aq-01",
        "zone": "samyan",
        "service": None,
        "starts_at": AT,
        "title": WORDS,
        "acknowledged": None,
        "assigned_to": None,
        "suppressed": None,
        "incident": None,
        "times": {"fired": AT},
    }
    return given | more


@dataclass
class There:
    """Answers by path; everything that was sent is kept."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)

    def get(self, path: str, **parameters: str) -> Any:
        return self._said("GET", path, parameters)

    def post(self, path: str, body: Any) -> Any:
        return self._said("POST", path, body)

    def delete(self, path: str) -> Any:
        return self._said("DELETE", path, None)

    def all(self, path: str, **parameters: str) -> Sequence[Any]:
        items: Sequence[Any] = self._said("GET", path, parameters)["items"]
        return items

    def _said(self, method: str, path: str, body: Any) -> Any:
        self.asked.append((method, path, body))
        if path not in self.answers:
            raise RefusedError("http://there", {"detail": f"no {path}"})
        return self.answers[path]

    @property
    def written(self) -> list[tuple[str, str, Any]]:
        """What was sent that changes something."""
        return [one for one in self.asked if one[0] != "GET"]
