"""The rule engine: observations and the time go in, transitions of alerts come out.

Pure and deterministic. The same calls give the same transitions; so do the same observations in the same
order however they are cut into batches of one time, and calls of :meth:`Engine.advance` in between. What
``at`` and ``starts_at`` say is event time. The cost of a reading depends on the rules that watch its device
and type, never on how many others there are.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from devices.model import City, Device, Observation, Value
from rules.deriving import Deriving
from rules.faults import Fault
from rules.lane import Lane, Scored
from rules.model import Transition
from rules.patience import Waiting
from rules.ruleset import RuleSet
from rules.snapshots import Restored, SnapshotError, damaged, join, split

LIVE_HORIZON = 600_000
"""Readings older than this when they come (10 minutes) raise no alert."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a new set of rules changed: the ids of rules by what became of them, in order."""

    kept: tuple[str, ...]
    changed: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]


class Engine:
    """All rules of a city at work on its devices."""

    def __init__(
        self,
        ruleset: RuleSet,
        city: City,
        devices: Iterable[Device],
        *,
        horizon: int = LIVE_HORIZON,
        derive_all: bool = False,
        on_score: Scored | None = None,
    ) -> None:
        """``horizon`` is the age (ms) beyond which a reading raises no alert.

        ``derive_all``: every derived metric is made, to be stored (:meth:`take_derived`); otherwise those
        that rules name. ``on_score`` hears each score of an anomaly rule.
        """
        self.ruleset = ruleset
        self._city = city
        self._devices = list(devices)
        self.horizon = horizon
        self._derive_all = derive_all
        self._on_score = on_score
        self._before: Counter[str] = Counter()
        self._start()

    def _start(self) -> None:
        lateness = dict.fromkeys((0, *sorted(rule.lateness for rule in self.ruleset)))
        self._lanes = {late: self._lane(late) for late in lateness}
        self._prompt = self._lanes[0]
        self._waiting = {late: Waiting() for late in lateness if late}

    def _lane(self, lateness: int) -> Lane:
        rules = [rule for rule in self.ruleset if rule.lateness == lateness]
        everything = self._derive_all and lateness == 0
        return Lane(
            rules,
            self._city,
            self._devices,
            horizon=self.horizon,
            derive=Deriving(self._city, self.ruleset.context, None if everything else rules),
            scored=self._on_score,
            keeps_derived=everything,
        )

    @property
    def now(self) -> int:
        """How far time has come (ms)."""
        return self._prompt.now

    # What the service calls.

    def observe(self, observations: Sequence[Observation], now: int) -> list[Transition]:
        """Hold a batch of readings, received at ``now``, against the rules.

        Call :meth:`advance` with the same ``now`` first; where that was not done it is done here.
        """
        out = self._prompt.observe(observations, now)
        for lateness, waiting in self._waiting.items():
            out += self._release(lateness, now)
            lane = self._lanes[lateness]
            for observation in waiting.put(observations, now - lateness):
                lane.fill(observation)
        return out

    def advance(self, now: int) -> list[Transition]:
        """Let time come to ``now``: every moment before it is over, and its timers elapse, in order.

        Of ``now`` itself readings may still come. Timers that are due then elapse after those, when time goes
        on; see :meth:`conclude`.
        """
        out = self._prompt.advance(now)
        for lateness in self._waiting:
            out += self._release(lateness, now)
        return out

    def play(self, observations: Sequence[Observation]) -> list[Transition]:
        """History, in order of its times: each reading is received the moment it was taken.

        The same as :meth:`advance` and :meth:`observe` for the readings of each moment together, but that
        the transitions of rules that wait for late readings come after the others'.
        """
        out = self._prompt.play(observations)
        if observations:
            for lateness, waiting in self._waiting.items():
                waiting.put(observations, self._lanes[lateness].now)
                out += self._release(lateness, self._prompt.now)
        return out

    def conclude(self) -> list[Transition]:
        """The moment to which time has come is over, too: no more of its readings will come."""
        return [one for lane in self._lanes.values() for one in lane.conclude()]

    def catch_up(self) -> list[Transition]:
        """A history is over, and rules that wait for late readings come to where time has come, too."""
        now = self._prompt.now
        late = [one for lateness in self._waiting for one in self._release(lateness, now + lateness)]
        return [*late, *self.conclude()]

    def _release(self, lateness: int, now: int) -> list[Transition]:
        """Let the time of a lane that waits come to where it may, with the readings up to then."""
        lane = self._lanes[lateness]
        until = now - lateness
        if until <= lane.now:
            return []
        return [*lane.play(self._waiting[lateness].take(until)), *lane.advance(until)]

    def next_deadline(self) -> int | None:
        """When :meth:`advance` is next worth calling (ms). It may then find nothing to tell."""
        deadlines = [self._prompt.next_deadline()]
        for lateness, waiting in self._waiting.items():
            deadlines += [waiting.next(), self._lanes[lateness].next_deadline()]
            deadlines[-2:] = [None if due is None else due + lateness for due in deadlines[-2:]]
        return min((due for due in deadlines if due is not None), default=None)

    def deaf(self, start: int, end: int) -> None:
        """Nakhon could not hear from ``start`` to ``end``: silence does not count that span.

        Call it before :meth:`advance` goes past ``start``; for a deafness that lasts, again and again with
        the span that came to it. Nothing else changes: ``for`` of what was heard goes on.
        """
        for lane in self._lanes.values():
            lane.deaf(start, end)

    @property
    def evaluations(self) -> Mapping[str, int]:
        """How many times rules of each group were held against a reading since the start."""
        counts = Counter(self._before)
        for lane in self._lanes.values():
            counts.update(lane.evaluations)
        return dict(counts)

    @property
    def faults(self) -> Sequence[Fault]:
        """Rules that failed at their work since the start: the last fault of each."""
        return [fault for lane in self._lanes.values() for fault in lane.faults.by_rule.values()]

    def take_derived(self) -> list[tuple[Observation, Mapping[str, Value]]]:
        """What is to be stored beside readings since the last call: each reading, and what was derived."""
        derived, self._prompt.derived = self._prompt.derived, []
        return derived

    def alive(self) -> set[str]:
        """The fingerprints of all alerts that are pending or firing, for whoever keeps them to compare.

        Those that the next :meth:`advance` will tell to be over are among them.
        """
        return set().union(*(lane.alive() for lane in self._lanes.values()))

    def set_devices(self, devices: Iterable[Device]) -> None:
        """The registry changed: these are all devices, disabled ones too.

        What stays the same keeps its state. Alerts of devices that are gone, disabled or no longer meant are
        told to be over by the next :meth:`advance`; devices that are new are listened for from then on.
        """
        self._devices = list(devices)
        for lane in self._lanes.values():
            lane.set_devices(self._devices)

    def reload(self, ruleset: RuleSet) -> Reloaded:
        """Take up another set of rules, or, where that fails, none of it. What did not change goes on.

        Alerts of rules that changed or are gone are told to be over by the next :meth:`advance`.
        """
        before, after = self.ruleset.rules, ruleset.rules
        other = Engine(
            ruleset,
            self._city,
            self._devices,
            horizon=self.horizon,
            derive_all=self._derive_all,
            on_score=self._on_score,
        )
        other.restore(self.snapshot())
        self._before = Counter(self.evaluations)
        self.ruleset = ruleset
        self._lanes, self._prompt, self._waiting = other._lanes, other._prompt, other._waiting
        same = {
            name for name, rule in after.items() if name in before and before[name].version == rule.version
        }
        return Reloaded(
            kept=tuple(name for name in after if name in same),
            changed=tuple(name for name in after if name in before and name not in same),
            added=tuple(name for name in after if name not in before),
            removed=tuple(name for name in before if name not in after),
        )

    def snapshot(self) -> bytes:
        """The whole state. Another engine with the same rules and devices goes on from it exactly."""
        with _uncollected():
            parts = {late: (lane.snapshot(), self._waits(late)) for late, lane in self._lanes.items()}
            return join(parts)

    def _waits(self, lateness: int) -> bytes:
        return self._waiting[lateness].save() if lateness else b""

    def restore(self, data: bytes) -> Restored:
        """Take up a snapshot, in an engine that has not worked yet.

        Rules whose content changed since lose their state, all others keep it.

        Raises:
            SnapshotError: the bytes can't be read; the engine is as new.
        """
        reports = []
        try:
            with _uncollected():
                for lateness, (state, waiting) in split(data).items():
                    reports.append(self._restore(lateness, state, waiting))
        except SnapshotError:
            self._start()
            raise
        except (ValueError, TypeError) as error:
            self._start()
            raise damaged(error) from None
        return Restored(
            at=reports[0].at,
            series=sum(report.series for report in reports),
            lost=tuple(dict.fromkeys(name for report in reports for name in report.lost)),
            ended=sum(report.ended for report in reports),
        )

    def _restore(self, lateness: int, state: bytes, waiting: bytes) -> Restored:
        """A lane that is there no more leaves the ends of its alerts to the first."""
        lane = self._lanes.get(lateness)
        if lane is None:
            return self._prompt.bury(state)
        if waiting:
            self._waiting[lateness].load(waiting)
        return lane.restore(state)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles, which would look at a million new rows again and again for nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
