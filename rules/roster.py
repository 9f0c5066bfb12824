"""Who takes part in a lane: its devices, bound to the rules that they concern, and all series there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from devices.model import City, Device
from rules.binding import Index
from rules.feeds import Feed
from rules.following import Followers
from rules.ground import Ground
from rules.indices import Derivation
from rules.kinds.interface import (
    Following,
    FollowingSeries,
    ListeningSeries,
    PerDevice,
    PerSubject,
    WatchingSeries,
)
from rules.listening import Listeners
from rules.model import Subject
from rules.ruleset import Rule
from rules.series import Ended, Phase, Series

Derive: TypeAlias = Callable[[str, Device], Derivation | None]
"""Makes the derived metrics of a type of a device; None where there are none."""


class Roster:
    """The devices of a city at the rules of one lane.

    ``feeds`` are by type and device. What a change of devices leaves to be told or done waits for the lane:
    ``ended``, alerts that are over; ``fresh``, series that begin to listen; ``recount``, series that follow
    others and are to be judged anew. ``longest``: no rule waits longer (ms) for a device to speak.
    """

    def __init__(
        self,
        rules: Mapping[str, Rule],
        city: City,
        derive: Derive,
        *,
        arm: Callable[[Series], None],
        forget: Callable[[Series], None],
    ) -> None:
        """``arm`` sets the timer of a series that came to another place; ``forget`` hears of one dropped."""
        self._rules = rules
        self._city = city
        self._derive = derive
        self._arm = arm
        self._forget = forget
        self.ground = Ground(city)
        self.index = Index(rules.values())
        self.devices: dict[str, Device] = {}
        self.feeds: dict[str, dict[str, Feed]] = {}
        self.listeners = Listeners()
        self.followers = Followers(rules)
        self.fresh: dict[ListeningSeries, None] = {}
        self.recount: dict[FollowingSeries, None] = {}
        self.ended: list[Ended] = []
        self.longest = 0

    @property
    def unsettled(self) -> bool:
        """Whether something waits for the lane."""
        return bool(self.fresh or self.ended or self.recount)

    def __iter__(self) -> Iterator[Series]:
        """Every series that has state, or may have."""
        for feeds in self.feeds.values():
            for feed in feeds.values():
                yield from feed.awake()
        yield from self.listeners
        yield from self.followers

    def set_devices(self, devices: Iterable[Device]) -> None:
        """The registry changed: these are all devices, disabled ones too."""
        before, self.devices = self.devices, {device.id: device for device in devices}
        gone = [device for device in before.values() if device.id not in self.devices]
        changed = [device for device in self.devices.values() if before.get(device.id) != device]
        for device in gone:
            self.end(self._unbind(device)[0])
        for device in changed:
            self._rebind(before.get(device.id), device)
        for device in (*gone, *(before[device.id] for device in changed if device.id in before)):
            self._leave(device, self.devices.get(device.id))
        for listener in self.listeners.sweep():
            self.fresh.pop(listener, None)
            self.end([listener])
        self.brief(one for device in changed if device.id in before for one in self._awake(device))
        self.longest = self._longest_silence()

    def feed(self, name: str, device_id: str) -> Feed | None:
        """The feed of a type of a device, bound when need be; None for who may not send it."""
        feed = self.feeds.get(name, {}).get(device_id)
        if feed is None:
            device = self.devices.get(device_id)
            if device is not None and device.enabled and name in device.types:
                feed = self._bind(device, name)
        return feed

    def place(self, rule: Rule, subject: Subject) -> Series | None:
        """The series of a rule and a subject, to load a state into; None where it has no place any more."""
        if isinstance(rule.condition, PerDevice):
            return self._watching(rule, subject)
        if isinstance(rule.condition, PerSubject):
            return self.listeners.find(rule.id, subject)
        return self.followers.find(rule, subject) if self._is_about(rule, subject) else None

    def find(self, rule: Rule, subject: Subject) -> Any:
        """The series of a rule and a subject that may wait for the end of a moment, if there is one."""
        if isinstance(rule.condition, Following):
            return self.followers.find(rule, subject) if self._is_about(rule, subject) else None
        feed = self.feed(rule.on or "", subject.device or "")
        watcher = feed.watcher_of(rule.id) if feed is not None and feed.subject == subject else None
        return watcher if watcher is not None and watcher.stateful else None

    def brief(self, series: Iterable[Series]) -> None:
        """Series that fire are told to those who should follow them, and were not there when they began.

        Such a follower is new itself, or its rule is, or it is now that it is about the device.
        """
        known = set(self.followers)
        firing = [one for one in series if one.phase is Phase.FIRING and self.followers.follow(one.rule.id)]
        for one in sorted(firing, key=lambda one: one.starts_at):
            device = self.devices.get(one.subject.device or "")
            new = self.followers.brief(one, device, known)
            self.recount.update(dict.fromkeys(new))

    def take_up(
        self, newest: Mapping[str, Mapping[str, int]], derived: Mapping[str, Mapping[str, Any]]
    ) -> None:
        """By type and device: when its newest reading was taken, and what its derived metrics remember."""
        for name, times in newest.items():
            for device, time in times.items():
                if (feed := self.feed(name, device)) is not None:
                    feed.newest = time
        for name, states in derived.items():
            for device, state in states.items():
                if (feed := self.feed(name, device)) is not None and feed.derivation is not None:
                    feed.derivation.load(state)

    def renew(self, rule: Rule, subject: Subject) -> None:
        """A series failed, and may be in any state: its alert is over, and it begins anew."""
        series = self._there(rule, subject)
        if series is None:
            return
        self._forget(series)
        series.armed = None
        if series.phase is not Phase.INACTIVE:
            self.ended.append(series.broken())
        series.give_up()
        if isinstance(series, WatchingSeries) and isinstance(rule.condition, PerDevice):
            self.feeds[rule.on or ""][subject.device or ""].replace(series, rule.condition.idle(rule))

    def _there(self, rule: Rule, subject: Subject) -> Series | None:
        """The series of a rule and a subject, if there is one."""
        if isinstance(rule.condition, PerSubject):
            return self.listeners.find(rule.id, subject)
        if isinstance(rule.condition, Following):
            return self.followers.there(rule.id, subject)
        feed = self.feeds.get(rule.on or "", {}).get(subject.device or "")
        watcher = feed.watcher_of(rule.id) if feed is not None else None
        return watcher if isinstance(watcher, WatchingSeries) else None

    def end(self, series: Iterable[Series]) -> None:
        """Note the alerts of series that are dropped."""
        for one in series:
            one.armed = None
            self._forget(one)
            if one.phase is not Phase.INACTIVE:
                self.ended.append(one.ended())

    def _bind(self, device: Device, name: str) -> Feed:
        service = self._city.service_of(device)
        plan = self.index.plan(device, service, name)
        joined = [self.listeners.join(rule, device, service) for rule in plan.listening]
        listeners = tuple(listener for listener in joined if listener is not None)
        for listener in listeners:
            self.fresh[listener] = None
        for part in plan.parts:
            self.recount.update(dict.fromkeys(self.followers.join(part, device)))
        feed = Feed(device, service, plan, listeners, self._derive(name, device))
        self.feeds.setdefault(name, {})[device.id] = feed
        return feed

    def _unbind(self, device: Device) -> tuple[list[WatchingSeries], dict[str, Feed]]:
        """Take a device's feeds away; answers with the state that was in them."""
        series: list[WatchingSeries] = []
        feeds = {}
        for name in device.types:
            feed = self.feeds.get(name, {}).pop(device.id, None)
            if feed is None:
                continue
            series += feed.awake()
            feeds[name] = feed
            for listener in feed.listeners:
                self.listeners.leave(listener, device)
                self.fresh[listener] = None
            for part in feed.plan.parts:
                self.recount.update(dict.fromkeys(self.followers.leave(part, device)))
        return series, feeds

    def _rebind(self, before: Device | None, device: Device) -> None:
        series, feeds = self._unbind(before) if before is not None else ([], {})
        for name, old in feeds.items():
            if (feed := self.feed(name, device.id)) is not None:
                feed.newest = old.newest
                if old.derivation is not None and feed.derivation is not None:
                    feed.derivation.load(old.derivation.save())
        self._listen_for(device)
        self.end(one for one in series if not self._adopt(one))

    def _leave(self, before: Device, after: Device | None) -> None:
        """What a device leaves behind when it is gone, disabled or elsewhere, or called otherwise."""
        subject = Subject(before.zone, before.id, self._city.service_of(before))
        here = after if after is not None and self._is_here(after, subject) else None
        for follower in self.followers.drop(subject, here):
            self.recount.pop(follower, None)
            self.end([follower])
        for (name, zone), board in self.ground.boards.items():
            if zone == before.zone and (here is None or not self._is_about(self._rules[name], subject)):
                board.drop(before.id)

    def _is_here(self, device: Device, subject: Subject) -> bool:
        """Whether a device still is the subject that it was."""
        return device.enabled and subject == Subject(device.zone, device.id, self._city.service_of(device))

    def _is_about(self, rule: Rule, subject: Subject) -> bool:
        """Whether a subject, if it is a device, is there and meant by a rule."""
        if subject.device is None:
            return True
        device = self.devices.get(subject.device)
        if device is None or not self._is_here(device, subject):
            return False
        return rule.where.matches(device, subject.service)

    def _listen_for(self, device: Device) -> None:
        """Whoever is listened for, or counted, has its feeds from the start."""
        for name in device.types:
            if self.index.listens(name):
                self.feed(name, device.id)

    def _awake(self, device: Device) -> Iterator[Series]:
        """The series with state that are about a device."""
        for name in device.types:
            feed = self.feeds.get(name, {}).get(device.id)
            if feed is not None:
                yield from feed.awake()
                yield from feed.listeners

    def _adopt(self, series: WatchingSeries) -> bool:
        """Put the state of a series where it belongs now; False when there is no such place any more."""
        fresh = self._watching(series.rule, series.subject)
        if fresh is None:
            return False
        fresh.load(series.save())
        self._arm(fresh)
        series.armed = None
        return True

    def _watching(self, rule: Rule, subject: Subject) -> WatchingSeries | None:
        """A fresh series in its place, where its device has one for the rule."""
        assert subject.device is not None
        feed = self.feed(rule.on or "", subject.device)
        idle = feed.watcher_of(rule.id) if feed is not None and feed.subject == subject else None
        if feed is None or idle is None:
            return None
        series: WatchingSeries = rule.condition.awake(rule, feed, self.ground)  # type: ignore[attr-defined]
        feed.replace(idle, series)
        return series

    def _longest_silence(self) -> int:
        interval = max((device.interval for device in self.devices.values()), default=0)
        conditions = ((rule.condition, rule.hold) for rule in self._rules.values())
        return max(
            (c.patience(interval) + hold for c, hold in conditions if isinstance(c, PerSubject)), default=0
        )
