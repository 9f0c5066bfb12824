"""What the engine keeps of each device and type: the rules bound to it, and how new its newest reading is."""

from __future__ import annotations

from devices.model import Device
from rules.binding import Plan
from rules.kinds.interface import ListeningSeries, Watcher, WatchingSeries
from rules.model import Subject

NEVER = -(1 << 62)
"""Before any time (ms)."""


class Feed:
    """The readings of one type from one device: how new the newest is, and who watches and listens."""

    __slots__ = ("device", "listeners", "newest", "plan", "service", "watchers")

    def __init__(
        self, device: Device, service: str | None, plan: Plan, listeners: tuple[ListeningSeries, ...]
    ) -> None:
        self.device = device
        self.service = service
        self.plan = plan
        self.watchers: tuple[Watcher, ...] = plan.watchers
        self.listeners = listeners
        self.newest = NEVER

    @property
    def subject(self) -> Subject:
        return Subject(self.device.zone, self.device.id, self.service)

    def replace(self, watcher: Watcher, by: Watcher) -> None:
        self.watchers = tuple(by if one is watcher else one for one in self.watchers)

    def awake(self) -> list[WatchingSeries]:
        """The watchers that have state."""
        if self.watchers is self.plan.watchers:
            return []
        return [one for one in self.watchers if isinstance(one, WatchingSeries)]
