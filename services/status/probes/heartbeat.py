"""Listens for heartbeats on Nakhon's broker: whoever is silent for longer than its interval is down."""

from __future__ import annotations

from collections.abc import Callable

from devices.model import Probe
from services.runtime.clock import Clock
from services.status.probes import words
from services.status.probes.model import Finding, Listener, TroubleError


class Heartbeats:
    """What was heard last for each probe of this kind.

    Retained messages say that something was there once, not that it is: they don't count. Silence counts
    only as far as Nakhon could hear.
    """

    def __init__(self, clock: Clock, listener: Listener) -> None:
        self._clock = clock
        self._listener = listener
        self._last: dict[str, int] = {}
        self._since: dict[str, int] = {}
        self._stops: list[Callable[[], None]] = []

    def add(self, probe: Probe) -> None:
        """Hear for this probe from now on."""
        self._since[probe.id] = self._clock.now()
        wanted = None if probe.expected.payload is None else probe.expected.payload.encode()

        def heard(topic: str, payload: bytes, retained: bool) -> None:  # noqa: ARG001 - as it is called
            if not retained and (wanted is None or wanted in payload):
                self._last[probe.id] = self._clock.now()

        self._stops.append(self._listener.listen(probe.target, heard))

    def close(self) -> None:
        """Hear no more."""
        for stop in self._stops:
            stop()
        self._stops.clear()

    def runs_out(self, probe: Probe, after: int) -> int | None:
        """When (ms) the silence of a probe will have lasted too long; None when not later than ``after``."""
        last = self._last.get(probe.id)
        due = None if last is None else last + probe.every + 1
        return due if due is not None and due > after else None

    async def ask(self, probe: Probe) -> Finding:
        now = self._clock.now()
        last = self._last.get(probe.id)
        if last is not None and now - last <= probe.every:
            return Finding(True)
        hearing = self._listener.hearing_since()
        if hearing is None or now - max(hearing, self._since[probe.id]) <= probe.every:
            raise TroubleError(words.deaf(), asked=False)
        since = max(hearing, self._since[probe.id], last or 0)
        raise TroubleError(words.silent(probe.target, (now - since) / 1000))
