"""Words only where somebody reads them: most looks at a service find nothing that is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from devices.model import Text
from services.status.judging.speaking import Decision, Speaker
from services.status.policy.measures import Figures

NO_TEXT = Text("", "")


@dataclass(slots=True)
class Hush:
    """Whether nobody listens now."""

    on: bool = False


@dataclass(frozen=True, slots=True)
class HushedSpeaker(Speaker):
    """Says nothing while it is hushed. Asked again, with the same evidence, it says what it would have."""

    hush: Hush = field(default_factory=Hush)

    def reason(self, name: Text, decision: Decision, figures: Figures) -> Text:
        """Why a service of this name has its status; no words while nobody listens."""
        return NO_TEXT if self.hush.on else Speaker.reason(self, name, decision, figures)
