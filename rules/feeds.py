"""What the engine keeps of each device and type: the rules bound to it, and how new its newest reading is."""

from __future__ import annotations

from devices.model import Device, Observation
from rules.binding import Plan
from rules.indices import Derivation
from rules.kinds.interface import Host, ListeningSeries, Watcher, WatchingSeries
from rules.model import Subject

NEVER = -(1 << 62)
"""Before any time (ms)."""


class Feed:
    """The readings of one type from one device: how new the newest is, and who watches and listens.

    ``watchers`` look at one metric each, ``readers`` at whole readings. ``derivation`` makes the derived
    metrics of the device, None where there are none. ``attended``: more has to be done with its readings than
    to show them to watchers.
    """

    __slots__ = (
        "attended",
        "derivation",
        "device",
        "listeners",
        "newest",
        "plan",
        "readers",
        "service",
        "watchers",
    )

    def __init__(
        self,
        device: Device,
        service: str | None,
        plan: Plan,
        listeners: tuple[ListeningSeries, ...],
        derivation: Derivation | None,
    ) -> None:
        self.device = device
        self.service = service
        self.plan = plan
        self.watchers: tuple[Watcher, ...] | list[Watcher] = plan.watchers
        self.readers: tuple[Watcher, ...] = plan.readers
        self.listeners = listeners
        self.derivation = derivation
        self.newest = NEVER
        self.attended = bool(listeners or plan.readers or derivation is not None)

    @property
    def subject(self) -> Subject:
        return Subject(self.device.zone, self.device.id, self.service)

    def replace(self, watcher: Watcher, by: Watcher) -> None:
        if watcher.metric is None:
            self.readers = tuple(by if one is watcher else one for one in self.readers)
            return
        watchers = self.watchers
        if isinstance(watchers, tuple):  # those of the plan, which other feeds share
            self.watchers = watchers = list(watchers)
        watchers[self.plan.places[watcher.rule.id]] = by

    def watcher_of(self, rule_id: str) -> Watcher | None:
        """What watches for a rule here."""
        place = self.plan.places.get(rule_id)
        if place is not None:
            return self.watchers[place]
        return next((one for one in self.readers if one.rule.id == rule_id), None)

    def awake(self) -> list[WatchingSeries]:
        """The watchers that have state."""
        if self.watchers is self.plan.watchers and self.readers is self.plan.readers:
            return []
        return [one for one in (*self.watchers, *self.readers) if one.stateful]

    def drop(self, watcher: Watcher) -> None:
        """A watcher has seen what it waited for."""
        self.readers = tuple(one for one in self.readers if one is not watcher)

    def fill(self, host: Host, observation: Observation) -> None:
        """A reading that came too late, or too old, to be judged by: whoever remembers readings has it."""
        if not self.plan.remembers:
            return
        for watcher in self.watchers:
            value = observation.values.get(watcher.metric or "")
            if value is None:
                continue
            try:
                watcher.fill(host, self, observation, value)
            except Exception as error:  # noqa: BLE001 - one rule's fault is nobody else's
                host.failed(watcher.rule, self.subject, error)
