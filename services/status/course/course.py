"""The course of the statuses: a pure function of facts, each with its own moment.

Looking at it once a second or once an hour gives the same changes, with the same moments. So what is told
live and what is computed again from history are equal by construction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from devices.model import City, Device, Domain
from services.status.course.agenda import Agenda, Facts
from services.status.course.docket import Docket
from services.status.course.moved import Moved
from services.status.course.presence import ProbeSensor
from services.status.course.ranking import link
from services.status.course.scope import Part, Scope, Service, evidence_of
from services.status.course.speech import Hush, HushedSpeaker
from services.status.course.standing import Standing
from services.status.course.summary import Summary
from services.status.course.world import World
from services.status.facts import (
    Alerted,
    Banded,
    Fact,
    Heard,
    Hearing,
    Registered,
    Stated,
    Surveyed,
    Worked,
)
from services.status.judging.judge import Judge
from services.status.judging.speaking import Speaker
from services.status.model import Change, Evidence, Kind, Subject, Verdict
from services.status.policy.model import StatusPolicy


class Course:
    """The statuses of a city's services, of their parts by zone, and of zones and domains.

    ``devices`` are those registered at ``start`` (ms). Facts of moments before ``start`` say how things stood
    then: taken before the first :meth:`until` they are never late. ``only``: the services to judge (it should
    hold those that they stand on, too); what the others of their zones and domains are is told by Stated
    facts. ``started`` (ms) is when listening began, for the words of reasons; at ``start`` when left out.
    """

    def __init__(
        self,
        city: City,
        policy: StatusPolicy,
        devices: Iterable[Device],
        start: int,
        *,
        only: Collection[str] | None = None,
        started: int | None = None,
    ) -> None:
        names = {zone.id: zone.name for zone in city.zones.values()}
        hush = Hush()
        since = start if started is None else started
        speaker = HushedSpeaker(names, ZoneInfo(city.timezone), since, hush)
        self._judges = _Judges(policy, speaker)
        self._facts = Facts()
        self._services = _services(city, self._judges, start, only)
        self._docket = Docket(city, policy, self._services, start, hush)
        self._world = World(
            city,
            self._services,
            policy.silent_after,
            reads=policy.reads,
            touch=self._docket.touch,
            touch_alerts=self._docket.touch_alerts,
            new_part=self._new_part,
            appeared=self._docket.appeared,
        )
        self._docket.wide, self._docket.deaf = self._world.wide, self._world.is_deaf
        self._start = self._now = start
        self._begun = False
        for device in devices:
            self._world.put(device, start)
        self._hours: Agenda[Service] = Agenda()
        for service in self._services.values():
            self._open_or_close(service, start)

    # Facts in, changes out

    def take(self, *facts: Fact) -> None:
        """Facts in any order; they take effect in the next :meth:`until`.

        Of facts of the same moment about the same thing the one taken last holds.
        """
        for fact in facts:
            self._facts.put(fact)

    def until(self, now: int) -> Moved:
        """Apply facts and the passing of time, in order of their moments, up to and with ``now`` (ms)."""
        docket, moved = self._docket, Moved()
        docket.begin(self._now, moved)
        if not self._begun:
            self._begin()
        while (moment := self._next(now)) <= now:
            docket.at = moment
            self._facts_of(moment)
            self._time_of(moment)
            docket.judge()
        self._now = max(self._now, now)
        docket.finish()
        return moved

    def _begin(self) -> None:
        """How things stood before the start, and the first look at everything."""
        self._begun = True
        self._docket.at = self._start
        self._facts_of(self._start)
        for service in self._services.values():
            self._docket.touch(service.whole)
            for part in service.parts.values():
                self._docket.touch(part)
        self._time_of(self._start)
        self._docket.judge()
        self._docket.open()

    def _next(self, now: int) -> int:
        """The first moment of which anything is to be looked at."""
        first = min(self._facts.next, self._docket.due.next, self._hours.next)
        return min(first, self._world.due.next(min(first, now)))

    def _facts_of(self, moment: int) -> None:
        facts = self._facts
        while facts.next <= moment:
            self._apply(facts.pop(), moment)

    def _apply(self, fact: Fact, moment: int) -> None:
        world = self._world
        match fact:
            case Heard():
                world.heard(fact, moment)
            case Alerted():
                world.alert(fact)
            case Registered():
                world.register(fact, moment)
            case Hearing():
                world.hear(fact, moment)
            case Surveyed():
                world.survey(fact)
            case Banded():
                world.band(fact)
            case Worked():
                world.work(fact)
            case Stated():
                self._docket.state(fact, world.part)

    def _time_of(self, moment: int) -> None:
        """What time alone brings about, once all facts of the moment are known."""
        world = self._world
        while world.due.next(moment) <= moment:
            world.pass_time(world.due.pop(), moment)
        while self._hours.next <= moment:
            _, service = self._hours.pop()
            self._open_or_close(service, moment)
        self._docket.pass_time(moment)

    def _open_or_close(self, service: Service, moment: int) -> None:
        hours = service.smart.hours
        if hours is None:
            return
        change = hours.next_change(moment)
        service.closed_until = None if hours.open(moment) else change or 0
        if change is not None:
            self._hours.put(change, service)
        for scope in (service.whole, *service.parts.values()):
            self._docket.touch(scope)

    def _new_part(self, service: Service, zone: str) -> Part:
        part = Part(
            service, zone, self._judges.of(service), self._start if not self._begun else self._docket.at
        )
        service.parts[zone] = part
        self._world.alerts_here(part)
        return part

    # What is so

    def services(self) -> Mapping[str, Service]:
        """Every service, as the city lists them; to be looked at only."""
        return self._services

    def zones(self) -> Mapping[str, Summary]:
        """Every zone of the city."""
        return self._docket.zones

    def domains(self) -> Mapping[Domain, Summary]:
        """The seven, in their official order."""
        return self._docket.domains

    def scope(self, service: str, zone: str | None = None) -> Scope:
        """A service, or its part in a zone.

        Raises:
            KeyError: there is no such thing.
        """
        own = self._services[service]
        return own.whole if zone is None else own.parts[zone]

    def evidence(self, service: str, zone: str | None = None) -> Evidence:
        """What a service, or its part in a zone, stands on now.

        Raises:
            KeyError: there is no such thing.
        """
        scope = self.scope(service, zone)
        return evidence_of(scope, self._world.wide(scope.service))

    def verdict(self, subject: Subject) -> Verdict:
        """How a service, part, zone or domain is."""
        if subject.kind in {Kind.ZONE, Kind.DOMAIN}:
            return self._docket.summary(subject).worded()
        return self._docket.worded(self._scope_of(subject))

    def worded(self, scope: Scope) -> Verdict:
        """How a service or part is."""
        return self._docket.worded(scope)

    def since(self, subject: Subject) -> int:
        """Since when (ms) its status has been the same, times apart in which nothing could be heard."""
        return self._standing(subject).since

    def latched(self, subject: Subject) -> Mapping[str, Any]:
        """What the hysteresis of its rules remembers."""
        if subject.kind in {Kind.ZONE, Kind.DOMAIN}:
            return {}
        judge = self._scope_of(subject).judge
        return {} if judge is None else judge.dump()

    @property
    def open_alerts(self) -> Mapping[str, Alerted]:
        """Every open alert that is evidence, as it was told last."""
        return {name: fact for name, (_, fact) in self._world.open_alerts().items()}

    @property
    def works(self) -> Mapping[str, Worked]:
        """The planned work that goes on, by its id."""
        return self._world.works()

    def devices(self) -> Iterable[Device]:
        """All devices that count for a service."""
        return [sensor.device for sensor in self._world.sensors.values()]

    @property
    def size(self) -> int:
        """How many devices count for a service."""
        return len(self._world.sensors)

    def device(self, device: str) -> Device | None:
        """A device as it counts; None when it counts for no service."""
        sensor = self._world.sensors.get(device)
        return None if sensor is None else sensor.device

    def counts_for(self, device: str) -> tuple[str, str] | None:
        """The service and the zone in which a sensor counts; None of probes and of what counts nowhere."""
        sensor = self._world.sensors.get(device)
        if sensor is None or isinstance(sensor, ProbeSensor):
            return None
        return sensor.part.service.id, sensor.part.place

    @property
    def now(self) -> int:
        """Up to when (ms) all is told."""
        return self._now

    # What outlives a restart

    def resume(self, subject: Subject, verdict: Verdict, since: int, latched: Mapping[str, Any]) -> None:
        """Before the first :meth:`until`: a service, part, zone or domain stood so at ``start``.

        ``latched`` as a :class:`~services.status.model.Change` has it. Where it still stands so, no change is
        told. What is not there any more is passed over.
        """
        try:
            standing = self._standing(subject)
        except KeyError:
            return
        standing.resume(verdict, since)
        if subject.kind in {Kind.SERVICE, Kind.PART}:
            self._remember(subject, latched)

    def go_on(self, changes: Iterable[Change]) -> None:
        """Before the first :meth:`until`, after :meth:`load`: what was told after that, oldest first."""
        for change in changes:
            try:
                standing = self._standing(change.subject)
            except KeyError:
                continue
            standing.move(change.verdict, change.at, deaf="deaf_since" in change.evidence)
            if change.subject.kind in {Kind.SERVICE, Kind.PART}:
                self._remember(change.subject, change.latched)

    def revise(self, subject: Subject, since: int) -> None:
        """It is known by now that the status has been so since another moment."""
        self._standing(subject).since = since

    def dump(self) -> dict[str, Any]:
        """How everything stands, JSON-ready: verdicts, since when, what rules remember, the newest readings.

        What is open, known or under way is not in it: who goes on from here takes it as facts anew. Waiting
        for devices goes on where it was.
        """
        standings = {
            _key(subject): [standing.dump(), self.latched(subject), newest]
            for subject, standing, newest in self._standings()
            if standing.judged
        }
        waiting = {
            sensor.id: sensor.since
            for sensor in self._world.sensors.values()
            if sensor.since != self._start and sensor.since + sensor.patience >= self._now
        }
        return {"at": self._now, "start": self._start, "standings": standings, "waiting": waiting}

    def load(self, saved: Mapping[str, Any]) -> None:
        """Before the first :meth:`until`: go on where :meth:`dump` left off.

        Raises:
            KeyError, TypeError, ValueError: it is nothing of the kind.
        """
        began, waiting = int(saved["start"]), saved["waiting"]
        for key, (standing, latched, newest) in saved["standings"].items():
            kind, _, name = key.partition(" ")
            subject = Subject(Kind(kind), name)
            try:
                self._standing(subject).load(standing)
            except KeyError:
                continue
            if latched:
                self._remember(subject, latched)
            if newest is not None:
                self._scope_of(subject).newest = newest
        self._world.waited(began, waiting, self._start)

    def _remember(self, subject: Subject, latched: Mapping[str, Any]) -> None:
        judge = self._scope_of(subject).judge
        if judge is not None:
            judge.load(latched)

    def _standings(self) -> Iterable[tuple[Subject, Standing, int | None]]:
        """Of each how it stands, and when the newest reading was taken that speaks of it."""
        for service in self._services.values():
            for scope in (service.whole, *service.parts.values()):
                yield scope.subject, scope.standing, scope.newest
        for summary in (*self._docket.zones.values(), *self._docket.domains.values()):
            yield summary.subject, summary.standing, None

    def _standing(self, subject: Subject) -> Standing:
        if subject.kind in {Kind.ZONE, Kind.DOMAIN}:
            return self._docket.summary(subject).standing
        return self._scope_of(subject).standing

    def _scope_of(self, subject: Subject) -> Scope:
        service, _, zone = subject.id.partition("/")
        return self.scope(service, zone or None)


class _Judges:
    """Makes judges."""

    def __init__(self, policy: StatusPolicy, speaker: Speaker) -> None:
        self._policy = policy
        self._speaker = speaker

    def of(self, service: Service) -> Judge | None:
        """A new one for a part of a service; None when it is not judged here."""
        if service.stated:
            return None
        return Judge(self._policy.rules_of(service.smart), service.smart.name, self._speaker)

    def take(self, service: Service) -> None:
        """It is judged here."""
        service.stated = False
        service.minds_freshness = bool(self._policy.rules_of(service.smart).passing)
        service.whole.judge = self.of(service)


def _services(city: City, judges: _Judges, start: int, only: Collection[str] | None) -> dict[str, Service]:
    services = {}
    for place, smart in enumerate(city.services.values()):
        services[smart.id] = own = Service(smart, place, start)
        if only is None or smart.id in only:
            judges.take(own)
    link(city, services)
    return services


def _key(subject: Subject) -> str:
    return f"{subject.kind.value} {subject.id}"
