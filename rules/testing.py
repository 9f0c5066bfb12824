"""Runs the tests that rule files carry, under virtual time, on the engine that works live.

A test runs the rules of its own file on the devices that it speaks of: those it lists under ``devices``,
those of its ``city``, and, when it names no city, small ones made up to fit the rules. Every reading is
received the moment it is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from devices.documents import suggestion
from devices.model import City, Device, Observation, Text, Zone
from devices.spans import format_span
from devices.types import ObservationType
from rules.engine import Engine
from rules.model import State, Transition
from rules.ruleset import RuleSet
from rules.testcases import Expectation, ExpectedAlert, RuleTest, TestDevice, TestReading
from rules.texts import value_text

_ZONE = "test-zone"
_INTERVAL = 60_000
_MONDAY = datetime(2026, 1, 5)  # noqa: DTZ001 - it is given the city's time zone


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A moment at which other alerts fired than the test expects. ``after`` is ms from its start.

    ``reasons`` are what is known about each of the alerts named: since when, and which values.
    """

    line: int
    after: int
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    reasons: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """The difference, as people read it."""
        yield f"at {format_span(self.after)} (line {self.line}):"
        for sign, what, alerts in (
            ("-", "expected, does not fire:", self.missing),
            ("+", "fires, not expected:    ", self.unexpected),
        ):
            for alert in alerts:
                yield f"  {sign} {what} {alert}"
                yield from (f"      {reason}" for reason in self.reasons.get(alert, ()))


@dataclass(frozen=True, slots=True)
class Result:
    """What one test came to. ``error`` says why it could not run."""

    test: RuleTest
    mismatches: tuple[Mismatch, ...] = ()
    error: str | None = None

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.mismatches and self.error is None

    def __str__(self) -> str:
        head = f"{'ok  ' if self.passed else 'FAIL'} {self.test.group}: {self.test.name}"
        if self.passed:
            return head
        lines = [self.error] if self.error else [line for m in self.mismatches for line in m.lines()]
        return "\n".join([f"{head} ({self.test.file}:{self.test.line})", *(f"     {line}" for line in lines)])


class _TestError(Exception):
    """A test that can't run; the text says what its author must change."""


def run(
    ruleset: RuleSet,
    catalog: Mapping[str, ObservationType],
    city: City | None = None,
    devices: Iterable[Device] = (),
) -> list[Result]:
    """Run every test of the rules, in order. ``city`` and ``devices`` are what tests mean by ``city: ID``."""
    known = {device.id: device for device in devices}
    return [_run(test, ruleset.only(test.rules), catalog, city, known) for test in ruleset.tests]


def _run(
    test: RuleTest,
    rules: RuleSet,
    catalog: Mapping[str, ObservationType],
    city: City | None,
    known: Mapping[str, Device],
) -> Result:
    try:
        stage = _Stage(test, rules, catalog, city, known)
        return Result(test, tuple(stage.play()))
    except _TestError as error:
        return Result(test, error=str(error))


class _Stage:
    """One test: its city and devices, its readings in their order, and what fires."""

    def __init__(
        self,
        test: RuleTest,
        rules: RuleSet,
        catalog: Mapping[str, ObservationType],
        city: City | None,
        known: Mapping[str, Device],
    ) -> None:
        self.test = test
        self.rules = rules
        self.catalog = catalog
        if test.city is not None and (city is None or city.id != test.city):
            have = f"; this run has {city.id}" if city else "; this run has no city"
            raise _TestError(f"needs the city {test.city}{have}")
        self.devices = [self._device(name, known if test.city else {}) for name in self._names(known)]
        self.city = city if city is not None and test.city else _tiny_city(self.devices)
        self.start = _ms(test.start or _MONDAY, self.city)
        self.firing: dict[str, Transition] = {}
        self.pending: dict[str, Transition] = {}
        self.last: dict[str, Observation] = {}

    def play(self) -> Iterator[Mismatch]:
        """Let the time of the test pass, and stop at each moment that it expects something of."""
        by_id = {device.id: device for device in self.devices}
        readings = [self._observation(reading, by_id) for reading in self.test.readings]
        engine = Engine(self.rules, self.city, self.devices)
        self._note(engine.advance(self.start))
        batches = [(time, list(batch)) for time, batch in groupby(readings, key=lambda o: o.time)]
        place = 0
        for at, expectation in sorted(self._moments(), key=lambda moment: moment[0]):
            while place < len(batches) and batches[place][0] <= at:
                time, batch = batches[place]
                self._note(engine.advance(time))
                self._note(engine.observe(batch, time))
                self.last.update((observation.device, observation) for observation in batch)
                place += 1
            self._note([*engine.advance(at), *engine.conclude()])
            mismatch = self._compare(expectation, at)
            if mismatch is not None:
                yield mismatch

    def _moments(self) -> Iterator[tuple[int, Expectation]]:
        for expectation in self.test.expect:
            at = expectation.at
            yield (self.start + at if isinstance(at, int) else _ms(at, self.city)), expectation

    def _note(self, transitions: Iterable[Transition]) -> None:
        for transition in transitions:
            if transition.rule not in self.test.rules:
                continue  # a rule of another file, which one of these follows
            for state, kept in ((State.FIRING, self.firing), (State.PENDING, self.pending)):
                if transition.state is state:
                    kept[transition.fingerprint] = transition
                else:
                    kept.pop(transition.fingerprint, None)

    def _compare(self, expectation: Expectation, at: int) -> Mismatch | None:
        left = list(self.firing.values())
        missing, reasons = [], {}
        for expected in sorted(expectation.alerts, key=_vagueness):
            match = next((one for one in left if _matches(expected, one)), None)
            if match is None:
                missing.append(_expected_text(expected))
                reasons[missing[-1]] = [
                    *self._unwatched(expected),
                    *self._waiting(expected),
                    *self._heard(expected, at),
                ]
            else:
                left.remove(match)
        unexpected = sorted(_alert_text(transition) for transition in left)
        reasons.update({_alert_text(one): [self._since(one)] for one in left})
        if not missing and not unexpected:
            return None
        return Mismatch(expectation.line, at - self.start, tuple(sorted(missing)), tuple(unexpected), reasons)

    def _unwatched(self, expected: ExpectedAlert) -> Iterator[str]:
        """That its rule is about none of the devices: mostly a label that a made-up device lacks."""
        rule = self.rules.rules.get(expected.rule)
        if rule is None or any(rule.where.matches(one, self.city.service_of(one)) for one in self.devices):
            return
        yield "its where shuts out every device of the test; give them the zones or labels that it asks for"

    def _waiting(self, expected: ExpectedAlert) -> Iterator[str]:
        """What it is of that alert which does not fire yet, or fires otherwise."""
        for one in self.pending.values():
            if _matches(replace(expected, severity=None), one):
                yield f"it is pending {self._since(one)}"
        for one in self.firing.values():
            if expected.severity is not None and _matches(replace(expected, severity=None), one):
                yield f"it fires as {one.severity} {self._since(one)}"

    def _heard(self, expected: ExpectedAlert, at: int) -> Iterator[str]:
        """What its device said last."""
        if expected.device is None:
            return
        last = self.last.get(expected.device)
        if last is None:
            yield f"{expected.device} has sent nothing"
            return
        values = ", ".join(f"{name} {value_text(value)}" for name, value in last.values.items())
        yield f"last of {expected.device}, {format_span(at - last.time)} before: {values}"

    def _since(self, transition: Transition) -> str:
        """Since when, and the value that did it."""
        evidence, since = transition.evidence, transition.starts_at - self.start
        text = f"since {format_span(since)}" if since >= 0 else "since before the start"
        if (value := value_text(evidence.value)) is None:
            return text
        limit = value_text(evidence.threshold)
        window = f" ({evidence.window})" if evidence.window else ""
        against = f" against {limit}" if limit is not None else ""
        return f"{text}: {evidence.metric or 'value'} {value}{against}{window}"

    def _names(self, known: Mapping[str, Device]) -> list[str]:
        """Every device that the test speaks of."""
        listed = [device.id for device in self.test.devices]
        observed = [reading.device for reading in self.test.readings]
        expected = [alert.device for moment in self.test.expect for alert in moment.alerts if alert.device]
        names = list(dict.fromkeys([*listed, *observed, *expected]))
        if self.test.city:
            for name in names:
                if name not in known and name not in listed:
                    hint = suggestion(name, known)
                    raise _TestError(f"{self.test.city} has no device {name}{hint}; list it under devices")
        return names

    def _device(self, name: str, known: Mapping[str, Device]) -> Device:
        said = next((device for device in self.test.devices if device.id == name), TestDevice(name))
        base = known.get(name) or self._made_up(said)
        changes = {
            "types": said.types or None,
            "zone": said.zone,
            "service": said.service,
            "name": said.name or None,
            "interval": said.interval or self._pace(name, base),
            "labels": said.labels,
            "location": said.location,
        }
        given = {key: value for key, value in changes.items() if value is not None}
        return replace(base, **given)  # type: ignore[arg-type]

    def _pace(self, name: str, base: Device) -> int | None:
        """How often a test has the device report, where that is less often than it is known to do."""
        paces = [reading.every for reading in self.test.readings if reading.device == name]
        every = min((pace for pace in paces if pace is not None), default=0)
        return every if every > base.interval else None

    def _made_up(self, said: TestDevice) -> Device:
        types = said.types or self._types_sent(said.id)
        for name in types:
            if name not in self.catalog:
                raise _TestError(f"no observation type {name}{suggestion(name, self.catalog)}")
        first = self.catalog[types[0]]
        zone = next((zone for rule in self.rules for zone in sorted(rule.where.zones)), _ZONE)
        return Device(said.id, types, zone, first.domain, first.interval)

    def _types_sent(self, device: str) -> tuple[str, ...]:
        """The types that the test has the device send, else those that the rules read."""
        sent = [reading.type for reading in self.test.readings if reading.device == device and reading.type]
        read = [rule.on for rule in self.rules if rule.on]
        types = tuple(dict.fromkeys(sent or read))
        if not types:
            raise _TestError(f"does not say what {device} sends; list it under devices with its type")
        return types

    def _observation(self, reading: TestReading, devices: Mapping[str, Device]) -> Observation:
        device = devices[reading.device]
        name = reading.type or self._type_of(device, reading)
        if name not in device.types:
            raise _TestError(f"{device.id} does not send {name}; it sends {', '.join(device.types)}")
        checked = self.catalog[name].check(reading.values, index=0)
        if checked.refusal is not None:
            refusal = checked.refusal
            raise _TestError(
                f"{device.id} would be refused at {format_span(reading.after)}: {refusal.code.value}"
                f" {refusal.path} = {refusal.value!r}, expected {refusal.expected}"
            )
        assert checked.values is not None
        time = self.start + reading.after
        return Observation(time, device.id, device.zone, name, checked.values, time, reading.location)

    def _type_of(self, device: Device, reading: TestReading) -> str:
        """The first of the device's types that has all the metrics; without one, the first."""
        fitting = (t for t in device.types if reading.values.keys() <= self.catalog[t].metrics.keys())
        return next(fitting, device.types[0])


def _tiny_city(devices: Sequence[Device]) -> City:
    zones = {device.zone: Zone(device.zone, Text(device.zone, device.zone)) for device in devices}
    return City("test-city", Text("Test city", "เมืองทดสอบ"), "Asia/Bangkok", zones, {})


def _ms(moment: datetime, city: City) -> int:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(city.timezone))
    return round(aware.timestamp() * 1000)


def _vagueness(alert: ExpectedAlert) -> int:
    """The most exact first, so that a vague one does not take what only another matches."""
    return sum(part is None for part in (alert.device, alert.zone, alert.service, alert.severity))


def _matches(expected: ExpectedAlert, alert: Transition) -> bool:
    pairs = (
        (expected.rule, alert.rule),
        (expected.device, alert.subject.device),
        (expected.zone, alert.subject.zone),
        (expected.service, alert.subject.service),
        (expected.severity, alert.severity),
    )
    return all(wanted is None or wanted == is_ for wanted, is_ in pairs)


def _expected_text(alert: ExpectedAlert) -> str:
    parts = (alert.rule, alert.device, alert.zone, alert.service, alert.severity)
    return " ".join(part for part in parts if part)


def _alert_text(alert: Transition) -> str:
    whom = alert.subject.device or alert.subject.service or alert.subject.zone
    zone = f" ({alert.subject.zone})" if whom != alert.subject.zone else ""
    return f"{alert.rule} {whom}{zone} {alert.severity}"
