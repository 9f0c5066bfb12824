"""Rules at work on readings in the order in which they come: what the engine is made of.

All rules of a lane wait equally long for readings that come late; the engine has one lane for each such
``lateness``, and sees to it that readings reach a lane in the order that it promises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from typing import TypeAlias

from devices.model import City, Device, Observation, Value
from rules.deafness import Deafness
from rules.faults import Faults
from rules.feeds import NEVER, Feed
from rules.ground import Ground
from rules.indices import Derivation
from rules.kinds.interface import Feed as AnyFeed
from rules.kinds.interface import (
    Following,
    FollowingSeries,
    ListeningSeries,
)
from rules.measures.interface import Judgement
from rules.model import Evidence, State, Subject, Transition, fingerprint
from rules.moments import Judged, Moments
from rules.roster import Derive, Roster
from rules.ruleset import Heading, Rule
from rules.series import Ended, Phase, Series
from rules.snapshots import Restored, Saved, Snapshot, damaged, read, write
from rules.telling import Step, told

Scored: TypeAlias = Callable[[str, str, str, Judgement], None]
"""Hears of each score: the rule, the device, the metric, and what was said."""

_Timer: TypeAlias = tuple[int, int, str, Subject, Series]
"""When it is due, how many rules stand below its rule, and whose it is."""


class Lane:
    """Some rules of a city at work on its devices.

    ``derived`` gathers what is to be stored beside readings, until somebody takes it. ``faults`` are what
    rules failed at.
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
        self.faults = Faults()
        self._start(devices)

    def _start(self, devices: Iterable[Device]) -> None:
        self.now = 0
        self.derived: list[tuple[Observation, Mapping[str, Value]]] = []
        self._deaf = Deafness()
        self._timers: list[_Timer] = []
        self._moments = Moments()
        self._earliest = NEVER
        self._out: list[Transition] = []
        self._roster = Roster(
            self._rules, self._city, self._derive, arm=self.arm, forget=self._moments.forget
        )
        self._followers = self._roster.followers
        self._roster.set_devices(devices)

    @property
    def ground(self) -> Ground:
        """What its series stand on beside readings."""
        return self._roster.ground

    # What the engine calls.

    def observe(self, observations: Sequence[Observation], now: int) -> list[Transition]:
        """Hold a batch of readings, received at ``now``, against the rules."""
        out = self.advance(now) if now != self.now or self._roster.unsettled else []
        self._out = out
        self._earliest = now  # a timer that is overdue when it is set waits for the rest of its moment
        self._take(observations, now - self._horizon, history=False)
        return out

    def play(self, observations: Sequence[Observation]) -> list[Transition]:
        """History in order of its times: each reading is received the moment it was taken."""
        out = self._out = []
        self._take(observations, NEVER, history=True)
        return out

    def _take(self, observations: Sequence[Observation], horizon: int, *, history: bool) -> None:
        feeds = self._roster.feeds
        moments, asked = self._moments, self._moments.asked
        now = self.now
        feed: Feed | None
        for observation in observations:
            time = observation.time
            if time != now if history else asked and time > moments.time:
                now = time
                self._pass(time, history=history)
            try:
                feed = feeds[observation.type][observation.device]
            except KeyError:
                feed = self._roster.feed(observation.type, observation.device)
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
                try:
                    watcher.take(self, feed, observation, value)
                except Exception as error:  # noqa: BLE001 - one rule's fault is nobody else's
                    self.failed(watcher.rule, feed.subject, error)

    def _pass(self, time: int, *, history: bool) -> None:
        """A reading is the first of another moment."""
        if history:
            self._come_to(time)
        else:
            self._judge()

    def _attend(self, feed: Feed, observation: Observation) -> None:
        """A reading of a feed that has more than watchers of single metrics."""
        derivation = feed.derivation
        reading = observation if derivation is None else self._derived(derivation, observation)
        self._hear(feed, reading)
        values = reading.values
        for watcher in feed.watchers:
            value = values.get(watcher.metric)  # type: ignore[arg-type]
            if value is None or (value.__class__ is float and watcher.low <= value <= watcher.high):
                continue
            try:
                watcher.take(self, feed, reading, value)
            except Exception as error:  # noqa: BLE001 - one rule's fault is nobody else's
                self.failed(watcher.rule, feed.subject, error)
        for reader in feed.readers:
            try:
                reader.take(self, feed, reading, None)
            except Exception as error:  # noqa: BLE001 - one rule's fault is nobody else's
                self.failed(reader.rule, feed.subject, error)

    def _hear(self, feed: Feed, observation: Observation) -> None:
        for listener in feed.listeners:
            try:
                listener.hear(self, observation)
            except Exception as error:  # noqa: BLE001 - one rule's fault is nobody else's
                self.failed(listener.rule, listener.subject, error)

    def _come_to(self, time: int) -> None:
        """Time comes to a reading of a history."""
        timers = self._timers
        if (timers and timers[0][0] < time) or self._moments.asked or self._roster.unsettled:
            self._advance(time)
        self.now = self._earliest = time

    def fill(self, observation: Observation) -> None:
        """A reading that came too late to be judged by."""
        feed = self._roster.feed(observation.type, observation.device)
        if feed is not None:
            self._late(feed, observation)

    def _late(self, feed: Feed, observation: Observation) -> None:
        self._hear(feed, observation)
        if feed.derivation is not None:
            try:
                feed.derivation.fill(observation.time, observation.values)
            except Exception as error:  # noqa: BLE001 - what fails to be derived must not stop intake
                self.faults.note(observation.type, feed.subject, error)
        feed.fill(self, observation)
        feed.newest = max(feed.newest, observation.time)

    def _derived(self, derivation: Derivation, observation: Observation) -> Observation:
        """The reading with its derived metrics."""
        try:
            found = derivation.take(observation.time, observation.values)
        except Exception as error:  # noqa: BLE001 - what fails to be derived must not stop intake
            self.faults.note(observation.type, Subject(observation.zone, observation.device), error)
            return observation
        if found.fresh and self.keeps_derived:
            self.derived.append((observation, found.fresh))
        if not found.values:
            return observation
        return observation._replace(values={**observation.values, **found.values})

    def advance(self, now: int) -> list[Transition]:
        """Let time come to ``now``: every moment before it is over."""
        out = self._out = []
        self._advance(now)
        return out

    def conclude(self) -> list[Transition]:
        """The moment to which time has come is over, too: no more of its readings will come."""
        out = self._out = []
        self._settle(self.now)
        self._elapse(self.now)
        return out

    def _advance(self, now: int) -> None:
        self.now = now
        self._earliest = NEVER
        self._elapse(now - 1)
        if self._roster.unsettled:
            self._settle(now)
            self._elapse(now - 1)

    def _elapse(self, until: int) -> None:
        """All moments up to then are over: what waited for them is judged, and timers elapse, in order.

        Of one moment come first the readings, then what waits for their end, then the timers; what stands
        upon other rules after those.
        """
        timers, moments = self._timers, self._moments
        while True:
            depth = moments.depth if moments.time <= until else None
            first = timers[0] if timers and timers[0][0] <= until else None
            if depth is not None and (first is None or (moments.time, depth) <= first[:2]):
                self._judge_next()
            elif first is not None:
                self._ring(*heappop(timers))
            else:
                return

    def _ring(self, due: int, _depth: int, _rule: str, _subject: Subject, series: Series) -> None:
        if series.armed == due:
            series.armed = None
            try:
                series.elapse(self, due)
            except Exception as error:  # noqa: BLE001 - one rule's fault is nobody else's
                self.failed(series.rule, series.subject, error)

    def _judge(self) -> None:
        """A moment is over, though time has not come further: judge what waited for it."""
        while self._moments.depth is not None:
            self._judge_next()

    def _judge_next(self) -> None:
        series, at = self._moments.next()
        try:
            series.judge(self, at)
        except Exception as error:  # noqa: BLE001 - one rule's fault is nobody else's
            self.failed(series.rule, series.subject, error)

    def failed(self, rule: Rule, subject: Subject, error: Exception) -> None:
        """A rule failed for a subject: there it begins anew, everything else goes on."""
        self.faults.note(rule.id, subject, error)
        self._roster.renew(rule, subject)

    def next_deadline(self) -> int | None:
        """When :meth:`advance` is next worth calling (ms). It may then find nothing to tell."""
        if self._roster.unsettled:
            return self.now
        timers = self._timers
        while timers and timers[0][-1].armed != timers[0][0]:
            heappop(timers)
        due = [timers[0][0] + 1] if timers else []
        return min([*due, self._moments.time + 1] if self._moments.asked else due, default=None)

    def deaf(self, start: int, end: int) -> None:
        """Nakhon could not hear from ``start`` to ``end``: silence does not count that span."""
        self._deaf.add(start, end)
        self._deaf.forget(self.now, self._roster.longest)

    @property
    def evaluations(self) -> Mapping[str, int]:
        """How many times rules of each group were held against a reading since the start."""
        return self._roster.index.evaluations()

    def alive(self) -> set[str]:
        """The fingerprints of all alerts that are pending or firing."""
        series = (one for one in self._roster if one.phase is not Phase.INACTIVE and not one.rule.hidden)
        here = {fingerprint(one.rule.id, one.subject) for one in series}
        ended = (one for one in self._roster.ended if not one.heading.hidden)
        return here | {fingerprint(one.heading.id, one.subject) for one in ended}

    def set_devices(self, devices: Iterable[Device]) -> None:
        """The registry changed: these are all devices, disabled ones too."""
        self._roster.set_devices(devices)

    def snapshot(self) -> bytes:
        """The whole state."""
        feeds = [(name, feed) for name, of_type in self._roster.feeds.items() for feed in of_type.values()]
        newest: dict[str, dict[str, int]] = {name: {} for name in self._roster.feeds}
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
                boards=[
                    (self._rules[rule].heading, zone, board.save())
                    for (rule, zone), board in self.ground.boards.items()
                ],
                asked=[(one.rule.id, one.subject, at) for one, at in self._moments.asked.items()],
            ),
            [one for one in self._roster if not one.blank],
            self._roster.ended,
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
            self._start(self._roster.devices.values())
            raise damaged(error) from None

    def bury(self, data: bytes) -> Restored:
        """Take over the ends of the alerts of a lane that is no more.

        Raises:
            SnapshotError: the bytes can't be read.
        """
        snapshot = read(data)
        ended = [*snapshot.ended, *(saved.ended for saved in snapshot.series if saved.ended is not None)]
        self._roster.ended += ended
        lost = dict.fromkeys(s.heading.id for s in snapshot.series if not s.heading.hidden)
        return Restored(snapshot.now, 0, tuple(lost), _told(ended))

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
            depth = self._followers.depths[series.rule.id]
            heappush(self._timers, (due, depth, series.rule.id, series.subject, series))

    def heard_out(self, since: int, span: int) -> int:
        return self._deaf.heard_out(since, span)

    def judged(self, rule: Rule, device: str, judgement: Judgement) -> None:
        if self._scored is not None:
            self._scored(rule.id, device, rule.metric or "", judgement)

    def heard(self, rule: Rule, feed: AnyFeed, at: int) -> None:
        assert isinstance(rule.condition, Following)
        series = self._followers.find(rule, rule.condition.scope.over(feed.subject))
        series.begin()
        self.ask(series, at)

    def ask(self, series: Judged, at: int) -> None:
        self._moments.ask(series, at, self._followers.depths[series.rule.id])

    # Inside.

    def _hand_out(self, step: Step) -> None:
        device = self._roster.devices.get(step.subject.device or "")
        heading = step.heading
        if not heading.hidden:
            self._out.append(told(step, self._city, device))
        if step.state in (State.FIRING, State.RESOLVED) and self._followers.follow(heading.id):
            evidence: Evidence | None = step.evidence if step.state is State.FIRING else None
            for series in self._followers.lead(heading.id, step.subject, device, step.at, evidence):
                self.ask(series, step.at)

    def _settle(self, now: int) -> None:
        """Tell what ended when devices or rules changed, count anew, and begin to listen for who is new."""
        roster = self._roster
        while roster.ended:
            ended, roster.ended = sorted(roster.ended, key=_order), []
            for one in ended:
                state = State.RESOLVED if one.phase is Phase.FIRING else State.INACTIVE
                at = max(now, one.starts_at)
                self._hand_out(
                    Step(one.heading, one.subject, one.severity, one.evidence, state, at, one.starts_at)
                )
        recount, roster.recount = roster.recount, {}
        for follower in recount:
            if follower.holds() is not (follower.standing >= 0):  # else its timers go on undisturbed
                self.ask(follower, now)
        fresh, roster.fresh = roster.fresh, {}
        for listener in fresh:
            listener.begin(self, now)

    def _known(self, heading: Heading) -> Rule | None:
        """The rule, where it still says the same."""
        rule = self._rules.get(heading.id)
        return rule if rule is not None and rule.version == heading.version else None

    def _take_up(self, snapshot: Snapshot) -> Restored:
        self.now = self._earliest = snapshot.now
        for start, end in snapshot.deaf:
            self._deaf.add(start, end)
        self._roster.take_up(snapshot.newest, snapshot.derived)
        for heading, zone, state in snapshot.boards:
            if self._known(heading) is not None:
                self.ground.board(heading.id, zone).load(state)
        self._roster.ended += snapshot.ended
        lost = dict.fromkeys(
            s.heading.id for s in snapshot.series if self._known(s.heading) is None and not s.heading.hidden
        )
        kept = sum(self._load(saved) for saved in snapshot.series)
        for name, subject, at in snapshot.asked:
            self._ask_again(name, subject, at)
        self._roster.brief(self._roster)
        return Restored(snapshot.now, kept, tuple(lost), _told(self._roster.ended))

    def _ask_again(self, name: str, subject: Subject, at: int) -> None:
        """What waited for the end of a moment waits for it again."""
        rule = self._rules.get(name)
        series = None if rule is None else self._roster.find(rule, subject)
        if series is not None:
            self.ask(series, at)
            self._roster.recount.pop(series, None)  # it counts anew at its own moment

    def _load(self, saved: Saved) -> bool:
        """Load one saved series, or note that its alert is over."""
        rule = self._known(saved.heading)
        series = None if rule is None else self._roster.place(rule, saved.subject)
        if series is None:
            if saved.ended is not None:
                self._roster.ended.append(saved.ended)
            return False
        series.load(saved.state)
        if isinstance(series, ListeningSeries):
            self._roster.fresh.pop(series, None)
        if isinstance(series, FollowingSeries):  # the devices that it counts may be others now
            self._roster.recount[series] = None
        self.arm(series)
        return True


def _with_parts(rules: Iterable[Rule]) -> Iterator[Rule]:
    """The rules, each after the hidden ones that it is made of."""
    for rule in rules:
        if isinstance(rule.condition, Following):
            yield from rule.condition.parts(rule)
        yield rule


def _order(ended: Ended) -> tuple[str, str, str, str]:
    subject = ended.subject
    return (ended.heading.id, subject.zone, subject.device or "", subject.service or "")


def _told(ended: Iterable[Ended]) -> int:
    """How many of them anybody is told of."""
    return sum(not one.heading.hidden for one in ended)
