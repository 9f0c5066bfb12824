"""The rule engine: observations and the time go in, transitions of alerts come out.

Pure and deterministic. The same calls give the same transitions; so do the same observations in the same
order however they are cut into batches of one time, and calls of :meth:`Engine.advance` in between. What
``at`` and ``starts_at`` say is event time. The cost of a reading depends on the rules that watch its device
and type, never on how many others there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from typing import TypeAlias

from devices.model import City, Device, Observation
from rules.binding import Index
from rules.deafness import Deafness
from rules.feeds import NEVER, Feed
from rules.kinds.interface import ListeningSeries, PerDevice, PerSubject, WatchingSeries
from rules.listening import Listeners
from rules.model import State, Subject, Transition, fingerprint
from rules.ruleset import Rule, RuleSet
from rules.series import Ended, Phase, Series
from rules.snapshots import Restored, Saved, Snapshot, damaged, read, write
from rules.telling import Step, told

LIVE_HORIZON = 600_000
"""Readings older than this when they come (10 minutes) raise no alert."""

_Timer: TypeAlias = tuple[int, str, Subject, Series]


class Engine:
    """All rules of a city at work on its devices."""

    def __init__(
        self, ruleset: RuleSet, city: City, devices: Iterable[Device], *, horizon: int = LIVE_HORIZON
    ) -> None:
        """``horizon`` is the age (ms) beyond which a reading raises no alert."""
        self.ruleset = ruleset
        self._city = city
        self._horizon = horizon
        self._start(devices)

    def _start(self, devices: Iterable[Device]) -> None:
        self.now = 0
        self._index = Index(self.ruleset)
        self._devices: dict[str, Device] = {}
        self._feeds: dict[str, dict[str, Feed]] = {}
        self._listeners = Listeners()
        self._deaf = Deafness()
        self._timers: list[_Timer] = []
        self._earliest = NEVER
        self._out: list[Transition] = []
        self._fresh: dict[ListeningSeries, None] = {}
        self._ended: list[Ended] = []
        self._longest = 0
        self.set_devices(devices)

    # What the service calls.

    def observe(self, observations: Sequence[Observation], now: int) -> list[Transition]:
        """Hold a batch of readings, received at ``now``, against the rules.

        Call :meth:`advance` with the same ``now`` first; where that was not done it is done here.
        """
        out = self.advance(now) if now != self.now or self._fresh or self._ended else []
        self._out = out
        self._earliest = now + 1  # a timer that is overdue when it is set waits for the rest of its batch
        horizon = now - self._horizon
        feeds = self._feeds
        feed: Feed | None
        for observation in observations:
            try:
                feed = feeds[observation.type][observation.device]
            except KeyError:
                feed = self._feed(observation.type, observation.device)
                if feed is None:
                    continue
            for listener in feed.listeners:
                listener.hear(self, observation)
            time = observation.time
            if time < feed.newest or time < horizon:
                continue
            feed.newest = time
            feed.plan.readings += 1
            values = observation.values
            for watcher in feed.watchers:
                value = values.get(watcher.metric)
                if value is None or (value.__class__ is float and watcher.low <= value <= watcher.high):
                    continue
                watcher.take(self, feed, observation, value)
        return out

    def advance(self, now: int) -> list[Transition]:
        """Let time come to ``now``: every timer that is due elapses, in order, at its own moment."""
        out = self._out = []
        self.now = now
        self._earliest = NEVER
        self._settle(now)
        timers = self._timers
        while timers and timers[0][0] <= now:
            due, _, _, series = heappop(timers)
            if series.armed == due:
                series.armed = None
                series.elapse(self, due)
        return out

    def next_deadline(self) -> int | None:
        """When :meth:`advance` is next worth calling (ms). It may then find nothing to tell."""
        if self._fresh or self._ended:
            return self.now
        timers = self._timers
        while timers and timers[0][3].armed != timers[0][0]:
            heappop(timers)
        return timers[0][0] if timers else None

    def deaf(self, start: int, end: int) -> None:
        """Nakhon could not hear from ``start`` to ``end``: silence does not count that span.

        Call it before :meth:`advance` goes past ``start``; for a deafness that lasts, again and again with
        the span that came to it. Nothing else changes: ``for`` of what was heard goes on.
        """
        self._deaf.add(start, end)
        self._deaf.forget(self.now, self._longest)

    @property
    def evaluations(self) -> Mapping[str, int]:
        """How many times rules of each group were held against a reading since the start."""
        return self._index.evaluations()

    def alive(self) -> set[str]:
        """The fingerprints of all alerts that are pending or firing, for whoever keeps them to compare.

        Those that the next :meth:`advance` will tell to be over are among them.
        """
        series = (one for one in self._series() if one.phase is not Phase.INACTIVE)
        here = {fingerprint(one.rule.id, one.subject) for one in series}
        return here | {fingerprint(one.heading.id, one.subject) for one in self._ended}

    def set_devices(self, devices: Iterable[Device]) -> None:
        """The registry changed: these are all devices, disabled ones too.

        What stays the same keeps its state. Alerts of devices that are gone, disabled or no longer meant are
        told to be over by the next :meth:`advance`; devices that are new are listened for from then on.
        """
        before, self._devices = self._devices, {device.id: device for device in devices}
        gone = [device for device in before.values() if device.id not in self._devices]
        changed = [device for device in self._devices.values() if before.get(device.id) != device]
        for device in gone:
            self._end(self._unbind(device)[0])
        for device in changed:
            self._rebind(before.get(device.id), device)
        for listener in self._listeners.sweep():
            self._fresh.pop(listener, None)
            self._end([listener])
        self._longest = self._longest_silence()

    def snapshot(self) -> bytes:
        """The whole state. Another engine with the same rules and devices goes on from it exactly."""
        newest = {
            name: {feed.device.id: feed.newest for feed in feeds.values() if feed.newest != NEVER}
            for name, feeds in self._feeds.items()
        }
        series = [one for one in self._series() if not one.blank]
        return write(self.now, self._deaf.spans, newest, series, self._ended)

    def restore(self, data: bytes) -> Restored:
        """Take up a snapshot, in an engine that has not worked yet.

        Rules whose content changed since lose their state, all others keep it.

        Raises:
            SnapshotError: the bytes can't be read; the engine is as new.
        """
        snapshot = read(data)
        try:
            return self._take_up(snapshot)
        except (ValueError, TypeError, AttributeError) as error:
            self._start(self._devices.values())
            raise damaged(error) from None

    # What its series call (rules.series.Host).

    def tell(self, series: Series, state: State, at: int, observation: Observation | None) -> None:
        self._hand_out(
            Step(
                series.rule.heading,
                series.subject,
                series.severity,
                series.evidence(),
                state,
                at,
                series.starts_at,
                observation,
            )
        )

    def arm(self, series: Series) -> None:
        due = series.due(self)
        if due is None:
            return
        due = max(due, self._earliest)
        if series.armed is None or due < series.armed:
            series.armed = due
            heappush(self._timers, (due, series.rule.id, series.subject, series))

    def heard_out(self, since: int, span: int) -> int:
        return self._deaf.heard_out(since, span)

    # Inside.

    def _series(self) -> Iterator[Series]:
        for feeds in self._feeds.values():
            for feed in feeds.values():
                yield from feed.awake()
        yield from self._listeners

    def _hand_out(self, step: Step) -> None:
        device = self._devices.get(step.subject.device or "")
        self._out.append(told(step, self._city, device))

    def _settle(self, now: int) -> None:
        """Tell what ended when devices or rules changed, and begin to listen for who is new."""
        ended, self._ended = sorted(self._ended, key=_order), []
        for one in ended:
            state = State.RESOLVED if one.phase is Phase.FIRING else State.INACTIVE
            at = max(now, one.starts_at)
            self._hand_out(
                Step(one.heading, one.subject, one.severity, one.evidence, state, at, one.starts_at)
            )
        fresh, self._fresh = self._fresh, {}
        for listener in fresh:
            listener.begin(self, now)

    def _feed(self, name: str, device_id: str) -> Feed | None:
        """The feed of a type of a device, bound when need be; None for who may not send it."""
        feed = self._feeds.get(name, {}).get(device_id)
        if feed is None:
            device = self._devices.get(device_id)
            if device is not None and device.enabled and name in device.types:
                feed = self._bind(device, name)
        return feed

    def _bind(self, device: Device, name: str) -> Feed:
        service = self._city.service_of(device)
        plan = self._index.plan(device, service, name)
        joined = [self._listeners.join(rule, device, service) for rule in plan.listening]
        listeners = tuple(listener for listener in joined if listener is not None)
        for listener in listeners:
            self._fresh[listener] = None
        feed = Feed(device, service, plan, listeners)
        self._feeds.setdefault(name, {})[device.id] = feed
        return feed

    def _unbind(self, device: Device) -> tuple[list[WatchingSeries], dict[str, int]]:
        """Take a device's feeds away; answers with the state that was in them."""
        series: list[WatchingSeries] = []
        newest = {}
        for name in device.types:
            feed = self._feeds.get(name, {}).pop(device.id, None)
            if feed is None:
                continue
            series += feed.awake()
            newest[name] = feed.newest
            for listener in feed.listeners:
                self._listeners.leave(listener, device)
                self._fresh[listener] = None
        return series, newest

    def _rebind(self, before: Device | None, device: Device) -> None:
        series, newest = self._unbind(before) if before is not None else ([], {})
        for name, time in newest.items():
            if (feed := self._feed(name, device.id)) is not None:
                feed.newest = time
        self._listen_for(device)
        self._end(one for one in series if not self._adopt(one))

    def _listen_for(self, device: Device) -> None:
        """Whoever is listened for has its feeds from the start, so that silence is noticed."""
        for name in device.types:
            if self._index.listens(name):
                self._feed(name, device.id)

    def _adopt(self, series: WatchingSeries) -> bool:
        """Put a series back in its place; False when there is none any more."""
        rule, device = series.rule, series.subject.device
        assert device is not None
        feed = self._feed(rule.on or "", device)
        if feed is None or feed.subject != series.subject:
            return False
        for watcher in feed.watchers:
            if watcher.rule is rule:
                feed.replace(watcher, series)
                return True
        return False

    def _end(self, series: Iterable[Series]) -> None:
        for one in series:
            one.armed = None
            if one.phase is not Phase.INACTIVE:
                self._ended.append(one.ended())

    def _known(self, saved: Saved) -> Rule | None:
        rule = self.ruleset.rules.get(saved.heading.id)
        return rule if rule is not None and rule.version == saved.heading.version else None

    def _take_up(self, snapshot: Snapshot) -> Restored:
        self.now = snapshot.now
        self._earliest = snapshot.now + 1
        for start, end in snapshot.deaf:
            self._deaf.add(start, end)
        for name, times in snapshot.newest.items():
            for device, newest in times.items():
                if (feed := self._feed(name, device)) is not None:
                    feed.newest = newest
        self._ended += snapshot.ended
        lost = dict.fromkeys(s.heading.id for s in snapshot.series if self._known(s) is None)
        kept = sum(self._load(saved) for saved in snapshot.series)
        return Restored(snapshot.now, kept, tuple(lost), len(self._ended))

    def _load(self, saved: Saved) -> bool:
        """Load one saved series, or note that its alert is over."""
        rule = self._known(saved)
        series = None if rule is None else self._place(rule, saved.subject)
        if series is None:
            if saved.ended is not None:
                self._ended.append(saved.ended)
            return False
        series.load(saved.state)
        if isinstance(series, ListeningSeries):
            self._fresh.pop(series, None)
        self.arm(series)
        return True

    def _place(self, rule: Rule, subject: Subject) -> Series | None:
        if not isinstance(rule.condition, PerDevice):
            return self._listeners.find(rule.id, subject)
        series = rule.condition.awake(rule, subject)
        return series if self._adopt(series) else None

    def _longest_silence(self) -> int:
        """No rule waits longer than this for a device to speak."""
        interval = max((device.interval for device in self._devices.values()), default=0)
        conditions = ((rule.condition, rule.hold) for rule in self.ruleset)
        return max(
            (c.patience(interval) + hold for c, hold in conditions if isinstance(c, PerSubject)), default=0
        )


def _order(ended: Ended) -> tuple[str, str, str, str]:
    subject = ended.subject
    return (ended.heading.id, subject.zone, subject.device or "", subject.service or "")
