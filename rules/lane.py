"""Rules at work on readings in the order in which they come: what the engine is made of.

All rules of a lane wait equally long for readings that come late; the engine has one lane for each such
``lateness``, and sees to it that readings reach a lane in the order that it promises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from typing import TypeAlias

from devices.model import City, Device, Observation, Value
from rules.binding import Index
from rules.deafness import Deafness
from rules.feeds import NEVER, Feed
from rules.following import Followers
from rules.ground import Ground
from rules.indices import Derivation
from rules.kinds.interface import Feed as AnyFeed
from rules.kinds.interface import (
    Following,
    FollowingSeries,
    ListeningSeries,
    PerDevice,
    PerSubject,
    WatchingSeries,
)
from rules.listening import Listeners
from rules.measures.interface import Judgement
from rules.model import Evidence, State, Subject, Transition, fingerprint
from rules.ruleset import Rule
from rules.series import Ended, Phase, Series
from rules.snapshots import Restored, Saved, Snapshot, damaged, read, write
from rules.telling import Step, told

Derive: TypeAlias = Callable[[str, Device], Derivation | None]
"""Makes the derived metrics of a type of a device; None where there are none."""

Scored: TypeAlias = Callable[[str, str, str, Judgement], None]
"""Hears of each score: the rule, the device, the metric, and what was said."""

_Timer: TypeAlias = tuple[int, str, Subject, Series]


class Lane:
    """Some rules of a city at work on its devices.

    ``derived`` gathers what is to be stored beside readings, until somebody takes it.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        city: City,
        devices: Iterable[Device],
        *,
        horizon: int,
        derive: Derive,
        scored: Scored | None = None,
        keeps_derived: bool = False,
    ) -> None:
        self._city = city
        self._horizon = horizon
        self._derive = derive
        self._scored = scored
        self.keeps_derived = keeps_derived
        self._rules = {rule.id: rule for rule in _with_parts(rules)}
        self._start(devices)

    def _start(self, devices: Iterable[Device]) -> None:
        self.now = 0
        self.ground = Ground(self._city)
        self.derived: list[tuple[Observation, Mapping[str, Value]]] = []
        self._index = Index(self._rules.values())
        self._devices: dict[str, Device] = {}
        self._feeds: dict[str, dict[str, Feed]] = {}
        self._listeners = Listeners()
        self._followers = Followers(self._rules)
        self._deaf = Deafness()
        self._timers: list[_Timer] = []
        self._earliest = NEVER
        self._out: list[Transition] = []
        self._fresh: dict[ListeningSeries, None] = {}
        self._recount: dict[FollowingSeries, None] = {}
        self._ended: list[Ended] = []
        self._longest = 0
        self.set_devices(devices)

    # What the engine calls.

    def observe(self, observations: Sequence[Observation], now: int) -> list[Transition]:
        """Hold a batch of readings, received at ``now``, against the rules."""
        out = self.advance(now) if now != self.now or self._unsettled() else []
        self._out = out
        self._earliest = now + 1  # a timer that is overdue when it is set waits for the rest of its batch
        self._take(observations, now - self._horizon, history=False)
        return out

    def play(self, observations: Sequence[Observation]) -> list[Transition]:
        """History in order of its times: each reading is received the moment it was taken."""
        out = self._out = []
        self._take(observations, NEVER, history=True)
        return out

    def _take(self, observations: Sequence[Observation], horizon: int, *, history: bool) -> None:
        feeds = self._feeds
        asked = self._followers.asked
        now = self.now
        feed: Feed | None
        for observation in observations:
            time = observation.time
            if history and time != now:
                now = time
                self._come_to(time)
            try:
                feed = feeds[observation.type][observation.device]
            except KeyError:
                feed = self._feed(observation.type, observation.device)
                if feed is None:
                    continue
            if time < feed.newest or time < horizon:
                self._late(feed, observation)
                continue
            feed.newest = time
            feed.plan.readings += 1
            if feed.attended:
                self._attend(feed, observation)
                continue
            values = observation.values
            for watcher in feed.watchers:
                value = values.get(watcher.metric)  # type: ignore[arg-type]
                if value is None or (value.__class__ is float and watcher.low <= value <= watcher.high):
                    continue
                watcher.take(self, feed, observation, value)
            if asked:
                self._followers.judge(self)

    def _attend(self, feed: Feed, observation: Observation) -> None:
        """A reading of a feed that has more than watchers of single metrics."""
        derivation = feed.derivation
        reading = observation if derivation is None else self._derived(derivation, observation)
        for listener in feed.listeners:
            listener.hear(self, reading)
        values = reading.values
        for watcher in feed.watchers:
            value = values.get(watcher.metric)  # type: ignore[arg-type]
            if value is None or (value.__class__ is float and watcher.low <= value <= watcher.high):
                continue
            watcher.take(self, feed, reading, value)
        for reader in feed.readers:
            reader.take(self, feed, reading, None)
        self._followers.judge(self)

    def _come_to(self, time: int) -> None:
        """Time comes to a reading of a history."""
        timers = self._timers
        if (timers and timers[0][0] <= time) or self._unsettled():
            self._advance(time)
        self.now = time
        self._earliest = time + 1

    def fill(self, observation: Observation) -> None:
        """A reading that came too late to be judged by."""
        feed = self._feed(observation.type, observation.device)
        if feed is not None:
            self._late(feed, observation)

    def _late(self, feed: Feed, observation: Observation) -> None:
        for listener in feed.listeners:
            listener.hear(self, observation)
        feed.fill(self, observation)
        feed.newest = max(feed.newest, observation.time)
        self._followers.judge(self)

    def _derived(self, derivation: Derivation, observation: Observation) -> Observation:
        """The reading with its derived metrics."""
        found = derivation.take(observation.time, observation.values)
        if found.fresh and self.keeps_derived:
            self.derived.append((observation, found.fresh))
        if not found.values:
            return observation
        return observation._replace(values={**observation.values, **found.values})

    def advance(self, now: int) -> list[Transition]:
        """Let time come to ``now``: every timer that is due elapses, in order, at its own moment."""
        out = self._out = []
        self._advance(now)
        return out

    def _advance(self, now: int) -> None:
        self.now = now
        self._earliest = NEVER
        self._settle(now)
        timers = self._timers
        while timers and timers[0][0] <= now:
            due, _, _, series = heappop(timers)
            if series.armed == due:
                series.armed = None
                series.elapse(self, due)
                self._followers.judge(self)

    def next_deadline(self) -> int | None:
        """When :meth:`advance` is next worth calling (ms). It may then find nothing to tell."""
        if self._unsettled():
            return self.now
        timers = self._timers
        while timers and timers[0][3].armed != timers[0][0]:
            heappop(timers)
        return timers[0][0] if timers else None

    def deaf(self, start: int, end: int) -> None:
        """Nakhon could not hear from ``start`` to ``end``: silence does not count that span."""
        self._deaf.add(start, end)
        self._deaf.forget(self.now, self._longest)

    @property
    def evaluations(self) -> Mapping[str, int]:
        """How many times rules of each group were held against a reading since the start."""
        return self._index.evaluations()

    def alive(self) -> set[str]:
        """The fingerprints of all alerts that are pending or firing."""
        series = (one for one in self._series() if one.phase is not Phase.INACTIVE and not one.rule.hidden)
        here = {fingerprint(one.rule.id, one.subject) for one in series}
        ended = (one for one in self._ended if not one.heading.hidden)
        return here | {fingerprint(one.heading.id, one.subject) for one in ended}

    def set_devices(self, devices: Iterable[Device]) -> None:
        """The registry changed: these are all devices, disabled ones too."""
        before, self._devices = self._devices, {device.id: device for device in devices}
        gone = [device for device in before.values() if device.id not in self._devices]
        changed = [device for device in self._devices.values() if before.get(device.id) != device]
        for device in gone:
            self._end(self._unbind(device)[0])
        for device in changed:
            self._rebind(before.get(device.id), device)
        for device in (*gone, *(before[device.id] for device in changed if device.id in before)):
            self._leave(device, self._devices.get(device.id))
        for listener in self._listeners.sweep():
            self._fresh.pop(listener, None)
            self._end([listener])
        self._longest = self._longest_silence()

    def snapshot(self) -> bytes:
        """The whole state."""
        feeds = [(name, feed) for name, of_type in self._feeds.items() for feed in of_type.values()]
        newest: dict[str, dict[str, int]] = {name: {} for name in self._feeds}
        derived: dict[str, dict[str, object]] = {}
        for name, feed in feeds:
            if feed.newest != NEVER:
                newest[name][feed.device.id] = feed.newest
                if feed.derivation is not None:
                    derived.setdefault(name, {})[feed.device.id] = feed.derivation.save()
        return write(
            Snapshot(
                now=self.now,
                deaf=self._deaf.spans,
                newest=newest,
                derived=derived,
                boards=[(rule, zone, board.save()) for (rule, zone), board in self.ground.boards.items()],
            ),
            [one for one in self._series() if not one.blank],
            self._ended,
        )

    def restore(self, data: bytes) -> Restored:
        """Take up a snapshot, in a lane that has not worked yet.

        Raises:
            SnapshotError: the bytes can't be read; the lane is as new.
        """
        snapshot = read(data)
        try:
            return self._take_up(snapshot)
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            self._start(self._devices.values())
            raise damaged(error) from None

    def bury(self, data: bytes) -> Restored:
        """Take over the ends of the alerts of a lane that is no more.

        Raises:
            SnapshotError: the bytes can't be read.
        """
        snapshot = read(data)
        ended = [*snapshot.ended, *(saved.ended for saved in snapshot.series if saved.ended is not None)]
        self._ended += ended
        lost = dict.fromkeys(s.heading.id for s in snapshot.series if not s.heading.hidden)
        return Restored(snapshot.now, 0, tuple(lost), len(ended))

    # What its series call (rules.kinds.interface.Host).

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

    def judged(self, rule: Rule, device: str, judgement: Judgement) -> None:
        if self._scored is not None:
            self._scored(rule.id, device, rule.metric or "", judgement)

    def heard(self, rule: Rule, feed: AnyFeed, at: int) -> None:
        assert isinstance(rule.condition, Following)
        series = self._followers.find(rule, rule.condition.scope.over(feed.subject))
        series.begin()
        self._followers.ask(series, at)

    # Inside.

    def _unsettled(self) -> bool:
        return bool(self._fresh or self._ended or self._recount)

    def _series(self) -> Iterator[Series]:
        for feeds in self._feeds.values():
            for feed in feeds.values():
                yield from feed.awake()
        yield from self._listeners
        yield from self._followers

    def _hand_out(self, step: Step) -> None:
        device = self._devices.get(step.subject.device or "")
        heading = step.heading
        if not heading.hidden:
            self._out.append(told(step, self._city, device))
        if step.state in (State.FIRING, State.RESOLVED) and self._followers.follow(heading.id):
            evidence: Evidence | None = step.evidence if step.state is State.FIRING else None
            self._followers.lead(heading.id, step.subject, device, step.at, evidence)

    def _settle(self, now: int) -> None:
        """Tell what ended when devices or rules changed, count anew, and begin to listen for who is new."""
        while self._ended:
            ended, self._ended = sorted(self._ended, key=_order), []
            for one in ended:
                state = State.RESOLVED if one.phase is Phase.FIRING else State.INACTIVE
                at = max(now, one.starts_at)
                self._hand_out(
                    Step(one.heading, one.subject, one.severity, one.evidence, state, at, one.starts_at)
                )
        recount, self._recount = self._recount, {}
        for follower in recount:
            self._followers.ask(follower, now)
        self._followers.judge(self)
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
        for part in plan.parts:
            self._recount.update(dict.fromkeys(self._followers.join(part, device)))
        feed = Feed(device, service, plan, listeners, self._derive(name, device))
        self._feeds.setdefault(name, {})[device.id] = feed
        return feed

    def _unbind(self, device: Device) -> tuple[list[WatchingSeries], dict[str, Feed]]:
        """Take a device's feeds away; answers with the state that was in them."""
        series: list[WatchingSeries] = []
        feeds = {}
        for name in device.types:
            feed = self._feeds.get(name, {}).pop(device.id, None)
            if feed is None:
                continue
            series += feed.awake()
            feeds[name] = feed
            for listener in feed.listeners:
                self._listeners.leave(listener, device)
                self._fresh[listener] = None
            for part in feed.plan.parts:
                self._recount.update(dict.fromkeys(self._followers.leave(part, device)))
        return series, feeds

    def _rebind(self, before: Device | None, device: Device) -> None:
        series, feeds = self._unbind(before) if before is not None else ([], {})
        for name, old in feeds.items():
            if (feed := self._feed(name, device.id)) is not None:
                feed.newest = old.newest
                if old.derivation is not None and feed.derivation is not None:
                    feed.derivation.load(old.derivation.save())
        self._listen_for(device)
        self._end(one for one in series if not self._adopt(one))

    def _leave(self, before: Device, after: Device | None) -> None:
        """What a device leaves behind when it is gone, disabled or elsewhere, or called otherwise."""
        subject = Subject(before.zone, before.id, self._city.service_of(before))
        here = after if after is not None and after.enabled else None
        if here is not None and subject != Subject(here.zone, here.id, self._city.service_of(here)):
            here = None
        for follower in self._followers.drop(subject, here):
            self._recount.pop(follower, None)
            self._end([follower])
        if here is None:
            for (_, zone), board in self.ground.boards.items():
                if zone == before.zone:
                    board.drop(before.id)

    def _listen_for(self, device: Device) -> None:
        """Whoever is listened for, or counted, has its feeds from the start."""
        for name in device.types:
            if self._index.listens(name):
                self._feed(name, device.id)

    def _adopt(self, series: WatchingSeries) -> bool:
        """Put the state of a series where it belongs now; False when there is no such place any more."""
        fresh = self._watching(series.rule, series.subject)
        if fresh is None:
            return False
        fresh.load(series.save())
        self.arm(fresh)
        series.armed = None
        return True

    def _watching(self, rule: Rule, subject: Subject) -> WatchingSeries | None:
        """A fresh series in its place, where its device has one for the rule."""
        assert subject.device is not None
        feed = self._feed(rule.on or "", subject.device)
        idle = feed.watcher_of(rule.id) if feed is not None and feed.subject == subject else None
        if feed is None or idle is None:
            return None
        series: WatchingSeries = rule.condition.awake(rule, feed, self.ground)  # type: ignore[attr-defined]
        feed.replace(idle, series)
        return series

    def _end(self, series: Iterable[Series]) -> None:
        for one in series:
            one.armed = None
            if one.phase is not Phase.INACTIVE:
                self._ended.append(one.ended())

    def _known(self, saved: Saved) -> Rule | None:
        rule = self._rules.get(saved.heading.id)
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
        for name, states in snapshot.derived.items():
            for device, state in states.items():
                if (feed := self._feed(name, device)) is not None and feed.derivation is not None:
                    feed.derivation.load(state)
        for rule, zone, state in snapshot.boards:
            if rule in self._rules:
                self.ground.board(rule, zone).load(state)
        self._ended += snapshot.ended
        lost = dict.fromkeys(
            s.heading.id for s in snapshot.series if self._known(s) is None and not s.heading.hidden
        )
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
        if isinstance(rule.condition, PerDevice):
            return self._watching(rule, subject)
        if isinstance(rule.condition, Following):
            gone = subject.device is not None and self._devices.get(subject.device) is None
            return None if gone else self._followers.find(rule, subject)
        return self._listeners.find(rule.id, subject)

    def _longest_silence(self) -> int:
        """No rule waits longer than this for a device to speak."""
        interval = max((device.interval for device in self._devices.values()), default=0)
        conditions = ((rule.condition, rule.hold) for rule in self._rules.values())
        return max(
            (c.patience(interval) + hold for c, hold in conditions if isinstance(c, PerSubject)), default=0
        )


def _with_parts(rules: Iterable[Rule]) -> Iterator[Rule]:
    """The rules, each after the hidden ones that it is made of."""
    for rule in rules:
        if isinstance(rule.condition, Following):
            yield from rule.condition.parts(rule)
        yield rule


def _order(ended: Ended) -> tuple[str, str, str, str]:
    subject = ended.subject
    return (ended.heading.id, subject.zone, subject.device or "", subject.service or "")
