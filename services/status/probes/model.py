"""What a probe finds, and what it takes to ask. Pure data and protocols."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from devices.model import Probe, Text

Heard: TypeAlias = Callable[[str, bytes, bool], None]
"""Called with the topic, the payload and whether the broker had kept it (a retained message)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found.

    ``up`` is None where nothing can be said of the service: it was not asked, or Nakhon itself can't hear.
    ``latency`` is in ms, ``code`` the HTTP status, ``certificate`` the days that it is still valid for.
    ``error`` says what is wrong, for people.
    """

    up: bool | None
    latency: float | None = None
    code: int | None = None
    certificate: float | None = None
    error: Text | None = None
    answered: bool = True
    """Whether the other side said anything at all; False: the trouble may be in the network between."""


class TroubleError(Exception):
    """A probe did not find what it should.

    ``asked`` False: the service itself was never reached for. ``answered`` False: nobody answered.
    """

    def __init__(
        self,
        text: Text,
        *,
        asked: bool = True,
        answered: bool = True,
        latency: float | None = None,
        code: int | None = None,
        certificate: float | None = None,
    ) -> None:
        super().__init__(text.en)
        self.text = text
        self.finding = Finding(False if asked else None, latency, code, certificate, text, asked and answered)


class Asker(Protocol):
    """Asks in one way."""

    async def ask(self, probe: Probe) -> Finding:
        """Ask once. Who calls bounds it in time.

        Raises:
            TroubleError: it was not answered as it should be.
        """


class Listener(Protocol):
    """Nakhon's ear on its broker, for heartbeats."""

    def listen(self, topics: str, heard: Heard) -> Callable[[], None]:
        """Hear what matches a topic filter from now on; call the answer to stop."""

    def hearing_since(self) -> int | None:
        """Since when (ms) it hears without a break; None: it does not now."""
