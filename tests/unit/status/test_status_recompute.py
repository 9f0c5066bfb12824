"""History computed again is what would have been told, had everything come in time."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from devices.calendar.windows import Windows
from devices.model import Observation, PlannedWork, Text
from rules.model import Severity
from services.status.facts import Alerted, Banded, Fact, Hearing, Registered, Surveyed
from services.status.feeding import heard
from services.status.model import DataQuality, Kind, OffBand, Subject
from services.status.policy.model import StatusPolicy
from services.status.works import Works
from services.store.errors import StoreUnavailableError
from services.store.records import Records
from services.store.records.history import Named
from services.store.records.ulid import ulid
from tests.unit.status.statuspast import (
    DEVICES,
    HOUR,
    MINUTE,
    SECOND,
    START,
    Town,
    ideal,
    keep_alert,
    prepared,
    probe,
    reading,
    small_city,
)

TRAFFIC = Subject(Kind.SERVICE, "traffic")


@pytest.fixture
def policy() -> StatusPolicy:
    return prepared()


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[Records]:
    records = await Records.open(None, tmp_path)
    yield records
    await records.close()


@pytest.fixture
def town(policy: StatusPolicy, records: Records) -> Town:
    return Town(records, policy)


@dataclass
class Story:
    """What happened within ``end`` (ms): readings, alerts, and with how much delay each was told."""

    readings: list[Observation]
    alerts: list[list[Alerted]]
    end: int
    known: list[Fact] = field(default_factory=list)

    def facts(self) -> list[Fact]:
        steps = (step for alert in self.alerts for step in alert)
        return [*map(heard, self.readings), *steps, *self.known]


def story(seed: int, end: int = 90 * MINUTE) -> Story:
    """Devices report every minute or so, fall silent for a while now and then; alerts come and go."""
    dice = random.Random(seed)
    readings = []
    for one in DEVICES:
        at = dice.randrange(MINUTE)
        while at < end:
            if one.id == "pr-1":
                readings.append(probe(one, at, up=dice.random() > 0.2))
            else:
                readings.append(reading(one, at))
            silence = dice.choice([4, 9, 25]) * MINUTE if dice.random() < 0.04 else 0
            at += MINUTE + dice.randrange(-9 * SECOND, 9 * SECOND) + silence
    alerts = []
    for number in range(12):
        one = dice.choice(DEVICES)
        at = dice.randrange(end)
        about = ("r/x", "mobility", one.zone, one.id, "traffic" if one.id.startswith("tf") else "parking")
        name = ulid(START + at, number)
        severities = [dice.choice(list(Severity)) for _ in range(dice.randrange(1, 4))]
        steps = []
        for severity in [*dict.fromkeys(severities), None]:
            steps.append(Alerted(START + at, name, severity, *about))
            at += dice.randrange(1, 20 * MINUTE)
        alerts.append([step for step in steps if step.at < START + end] or steps[:1])
    return Story(readings, alerts, end)


async def live(town: Town, told: Story, delay: dict[str, int] | None = None, seed: int = 0) -> None:
    """Play a story live, looking at odd moments; ``delay`` (ms) holds back what devices send."""
    dice = random.Random(seed)
    arriving: list[tuple[int, Fact]] = [
        (fact.at - START + (delay or {}).get(getattr(fact, "device", "") or "", 0), fact)
        for fact in told.facts()
    ]
    arriving.sort(key=lambda one: one[0])
    works = Works()
    works_before = works.put(town.works, START)
    now = place = 0
    while now < told.end:
        now = min(told.end, now + dice.choice([SECOND, 10 * SECOND, 3 * MINUTE]))
        few = []
        while place < len(arriving) and arriving[place][0] <= now:
            few.append(arriving[place][1])
            place += 1
        await town.look(now, *few, *works_before, *works.until(START + now))
        works_before = []
    town.series.put(told.readings)
    for number, steps in enumerate(told.alerts):
        await keep_alert(town.records, steps, number)


async def compare(town: Town, told: Story, end: int) -> None:
    """Everything that is recorded is what would have been told."""
    works = Works()
    planned = [*works.put(town.works, START), *works.until(START + end)]
    found = ideal(town, [*told.facts(), *planned], end)
    for subject in town.subjects():
        assert await town.recorded(subject, end + 1) == found.get(subject, []), subject


@pytest.mark.parametrize("seed", range(3))
async def test_what_came_in_time_is_computed_again_as_it_was_told(town: Town, seed: int) -> None:
    told = story(seed)
    await live(town, told, seed=seed)
    await compare(town, told, told.end)
    dice = random.Random(seed)
    for _ in range(4):
        start = dice.randrange(told.end)
        outcome = await town.recomputation.run(
            [dice.choice(list(town.city.services))], START + start, START + dice.randrange(start, told.end)
        )
        assert outcome.moved == 0, (start, outcome)
    await compare(town, told, told.end)


@pytest.mark.parametrize("seed", range(3))
async def test_what_came_late_makes_the_history_that_would_have_been_told(town: Town, seed: int) -> None:
    """Some devices deliver with up to half an hour's delay; the history is right to the millisecond."""
    told = story(seed + 100, HOUR)
    dice = random.Random(seed)
    delay = {one.id: dice.choice([0, 0, 0, 700, 5 * MINUTE, 30 * MINUTE]) for one in DEVICES}
    await live(town, told, delay, seed)
    town.clock.set(START + told.end + MINUTE)
    assert len(town.queue) > 0
    while await town.queue.step() is not None:
        pass
    assert len(town.queue) == 0
    # What the live course still goes on with at the end of history is told from there on as it was.
    await compare(town, told, told.end - 5 * SECOND - 1)
    for name in town.city.services:
        start, end = START + 20 * MINUTE, START + told.end - 5 * SECOND
        steps = (await town.records.status_history.steps("service", [name], start=start, end=end))[name]
        town_again = town.objectives.attainment(name, start, end)
        town.objectives.load(name, steps)
        assert town.objectives.attainment(name, start, end) == town_again
    assert town.pauses > 0


def steady(
    *names: str, start: int = 0, end: int, gaps: tuple[tuple[int, int], ...] = ()
) -> list[Observation]:
    """Readings every minute of these devices, but for those taken in gaps."""
    devices = [one for one in DEVICES if one.id in names]
    moments = [at for at in range(start, end, MINUTE) if not any(a <= at < b for a, b in gaps)]
    return [reading(one, at) for at in moments for one in devices]


ALL_TRAFFIC = tuple(one.id for one in DEVICES if one.id.startswith("tf-"))


async def test_a_device_that_delivers_its_buffer_afterwards_gives_the_time_back(town: Town) -> None:
    """Half of the six traffic sensors are offline from 01:00 to 02:00, and deliver it all at 02:05.

    They are last heard at 00:59 and silent 3 min later, from 01:02:00.001: half of them silent is degraded
    (silence) until 02:00, when they are heard again. Of the 3 h to 03:00 are lost 57 min 59.999 s.
    With their readings nothing was lost; what was told stays, marked as superseded.
    """
    half, rest = ALL_TRAFFIC[:3], ALL_TRAFFIC[3:]
    hour = ((HOUR, 2 * HOUR),)
    told = [*steady(*half, end=3 * HOUR, gaps=hour), *steady(*rest, end=3 * HOUR)]
    facts = sorted(map(heard, told), key=lambda fact: fact.at)
    for at in range(0, 3 * HOUR + 1, 5 * MINUTE):
        await town.look(at, *(fact for fact in facts if at - 5 * MINUTE < fact.at - START <= at))
    lost = town.objectives.attainment("traffic", START, START + 3 * HOUR).lost
    assert lost == 57 * MINUTE + 59_999
    buffer = steady(*half, start=HOUR, end=2 * HOUR)
    town.series.put([*told, *buffer])
    town.clock.set(START + 3 * HOUR + 5 * MINUTE)
    town.queue.late_readings(dict.fromkeys(half, (START + HOUR, START + 119 * MINUTE)))
    town.clock.set(START + 3 * HOUR + 6 * MINUTE)
    outcome = await town.queue.step()
    assert outcome is not None
    assert town.objectives.attainment("traffic", START, START + 3 * HOUR).lost == 0
    assert town.told == [outcome]
    assert {"traffic", "routing"} <= outcome.services
    assert await town.recorded(TRAFFIC, 3 * HOUR) == [(0.0, "operational", "well", True)]
    kept, _ = await town.records.status_history.page(
        [Named("service", "traffic")], start=START, end=START + 3 * HOUR, limit=10, superseded=True
    )
    assert [(one.status, one.superseded is not None) for one, _ in kept] == [
        ("operational", True),
        ("degraded", True),
        ("operational", False),
    ]
    # It has been operational all along, by what is known now.
    assert outcome.since[TRAFFIC] == START
    document = town.objectives.document("traffic", START + 3 * HOUR)
    assert document is not None
    assert (document["attained"], document["month"]["attained"]) == (1.0, 1.0)


async def deaf_hour(town: Town, came_later: tuple[str, ...]) -> None:
    """Nothing can be heard from 01:00 to 02:00; ``came_later`` deliver their readings of it afterwards."""
    told = steady(*ALL_TRAFFIC, end=3 * HOUR, gaps=((HOUR, 2 * HOUR),))
    facts: list[Fact] = [*map(heard, told), Hearing(START + HOUR, True), Hearing(START + 2 * HOUR, False)]
    facts.sort(key=lambda fact: fact.at)
    for at in range(0, 3 * HOUR + 1, 5 * MINUTE):
        await town.look(at, *(fact for fact in facts if at - 5 * MINUTE < fact.at - START <= at))
    assert (HOUR / 1000, "unknown", "deaf", False) in await town.recorded(TRAFFIC, 3 * HOUR)
    town.series.put([*told, *steady(*came_later, start=HOUR, end=2 * HOUR)])
    town.clock.set(START + 3 * HOUR + MINUTE)
    town.queue.late_readings(dict.fromkeys(came_later, (START + HOUR, START + 119 * MINUTE)))
    town.clock.set(START + 3 * HOUR + 2 * MINUTE)
    await town.queue.step()


async def test_a_deaf_hour_whose_readings_came_later_is_judged_like_any_other(town: Town) -> None:
    """While nothing could be heard nothing counts: 2 h counted of 3. Then all of it is known: 3 h of 3."""
    await deaf_hour(town, ALL_TRAFFIC)
    assert await town.recorded(TRAFFIC, 3 * HOUR) == [(0.0, "operational", "well", True)]
    assert town.objectives.attainment("traffic", START, START + 3 * HOUR) == (3 * HOUR, 3 * HOUR)
    # Of the others nothing came later: for them it stays unknown.
    parking = await town.recorded(Subject(Kind.SERVICE, "parking"), 3 * HOUR)
    assert (HOUR / 1000, "unknown", "deaf", False) in parking


async def test_a_deaf_hour_of_which_enough_came_later_is_judged_with_what_is_missing(town: Town) -> None:
    """Four of six deliver: 4/6 is the half that the rules ask for, and two are silent from 01:02:00.001.

    A third silent is degraded, until they are heard again at 02:00: 57 min 59.999 s of 3 h are lost.
    """
    await deaf_hour(town, ALL_TRAFFIC[:4])
    assert await town.recorded(TRAFFIC, 3 * HOUR) == [
        (0.0, "operational", "well", True),
        (62 * 60 + 0.001, "degraded", "silence", True),
        (2 * 3_600, "operational", "well", True),
    ]
    attained = town.objectives.attainment("traffic", START, START + 3 * HOUR)
    assert attained == (3 * HOUR - 57 * MINUTE - 59_999, 3 * HOUR)


async def test_a_deaf_hour_of_which_too_little_came_later_stays_unknown(town: Town) -> None:
    """Two of six deliver: less than half. It does not count, neither way."""
    await deaf_hour(town, ALL_TRAFFIC[:2])
    assert (HOUR / 1000, "unknown", "deaf", False) in await town.recorded(TRAFFIC, 3 * HOUR)
    assert town.objectives.attainment("traffic", START, START + 3 * HOUR).counted == 2 * HOUR


async def test_a_gap_in_what_came_later_is_silence_in_hindsight(town: Town) -> None:
    """Readings of the hour came later, but none taken from 01:10 to 01:20: then they were silent."""
    told = steady(*ALL_TRAFFIC, end=3 * HOUR, gaps=((HOUR, 2 * HOUR),))
    facts: list[Fact] = [*map(heard, told), Hearing(START + HOUR, True), Hearing(START + 2 * HOUR, False)]
    for at in range(0, 3 * HOUR + 1, 5 * MINUTE):
        await town.look(at, *(fact for fact in facts if at - 5 * MINUTE < fact.at - START <= at))
    gap = ((70 * MINUTE, 80 * MINUTE),)
    town.series.put([*told, *steady(*ALL_TRAFFIC, start=HOUR, end=2 * HOUR, gaps=gap)])
    town.clock.set(START + 3 * HOUR + MINUTE)
    before = await town.recorded(TRAFFIC, 3 * HOUR)
    outcome = await town.recomputation.run(["traffic"], START + HOUR, START + 2 * HOUR)
    assert outcome.moved == 0
    assert await town.recorded(TRAFFIC, 3 * HOUR) == before


async def test_what_was_registered_then_is_what_counts(town: Town) -> None:
    """Three of six sensors were taken away at 02:00: the hour before is judged with all of them."""
    gone = ALL_TRAFFIC[:3]
    told = [*steady(*gone, end=HOUR), *steady(*ALL_TRAFFIC[3:], end=3 * HOUR)]
    facts = [*map(heard, told)]
    devices = {one.id: one for one in DEVICES}
    facts += [Registered(START + 2 * HOUR, name, None, devices[name]) for name in gone]
    for at in range(0, 3 * HOUR + 1, 5 * MINUTE):
        await town.look(at, *(fact for fact in facts if at - 5 * MINUTE < fact.at - START <= at))
    for name in gone:
        del town.directory.devices[name]
    before = await town.recorded(TRAFFIC, 3 * HOUR)
    assert [what[2] for what in before] == ["well", "silence", "well"]
    town.series.put(told)
    town.clock.set(START + 3 * HOUR + MINUTE)
    outcome = await town.recomputation.run(["traffic"], START + 30 * MINUTE, START + 90 * MINUTE)
    assert outcome.moved == 0
    assert await town.recorded(TRAFFIC, 3 * HOUR) == before


async def test_planned_work_of_the_past_is_played_again(policy: StatusPolicy, records: Records) -> None:
    """Work on the traffic service from 01:00 to 01:30, told late: of 3 h 30 min are left out."""
    windows = Windows.of({"start": "2026-01-05T01:00", "duration": "30m"}, "Asia/Bangkok")
    work = PlannedWork("works", Text("Works", "งาน"), windows)
    plain = small_city()
    services = {**plain.services, "traffic": replace(plain.services["traffic"], maintenance=(work,))}
    town = Town(records, policy, replace(plain, services=services))
    told = steady(*ALL_TRAFFIC, end=3 * HOUR)
    for at in range(0, 3 * HOUR + 1, 5 * MINUTE):
        facts = [heard(one) for one in told if at - 5 * MINUTE < one.time - START <= at]
        await town.look(at, *facts)
    town.series.put(told)
    town.clock.set(START + 3 * HOUR + MINUTE)
    await town.recomputation.run(["traffic"], START + 30 * MINUTE, START + 2 * HOUR)
    assert await town.recorded(TRAFFIC, 3 * HOUR) == [
        (0.0, "operational", "well", True),
        (3_600.0, "maintenance", "maintenance", True),
        (5_400.0, "operational", "well", True),
    ]
    attained = town.objectives.attainment("traffic", START, START + 3 * HOUR)
    assert attained == (150 * MINUTE, 150 * MINUTE)


async def test_nothing_is_made_up_before_the_first_record(town: Town) -> None:
    told = steady(*ALL_TRAFFIC, end=HOUR)
    for at in range(0, HOUR + 1, 5 * MINUTE):
        await town.look(at, *(heard(one) for one in told if at - 5 * MINUTE < one.time - START <= at))
    town.series.put([*steady(*ALL_TRAFFIC, start=-5 * HOUR, end=0), *told])
    town.clock.set(START + HOUR + MINUTE)
    outcome = await town.recomputation.run(["traffic"], START - 5 * HOUR, START + MINUTE)
    assert outcome.moved == 0
    nothing = await town.recomputation.run(["no-such-service"], START, START + HOUR)
    assert (nothing.moved, nothing.services) == (0, frozenset())


async def test_only_what_hangs_together_is_read(town: Town) -> None:
    """Parking stands on its three sensors alone; routing stands on traffic, and both on its six."""
    for at in range(0, HOUR + 1, 5 * MINUTE):
        await town.look(at)
    town.clock.set(START + HOUR + MINUTE)
    for name, services, devices in [("parking", {"parking"}, 3), ("routing", {"routing", "traffic"}, 6)]:
        town.series.asked.clear()
        outcome = await town.recomputation.run([name], START + 10 * MINUTE, START + 20 * MINUTE)
        assert outcome.services == services
        assert {len(one.devices) for one in town.series.asked} == {devices}


async def test_a_store_that_is_away_leaves_everything_as_it_was(town: Town) -> None:
    await town.look(0)
    town.clock.set(START + HOUR)
    town.queue.add(["traffic"], START + MINUTE, START + 2 * MINUTE)
    town.clock.set(START + HOUR + MINUTE)

    async def away(_selection: object) -> list[Observation]:
        raise StoreUnavailableError("away")

    latest, town.series.latest = town.series.latest, away  # type: ignore[method-assign]
    with pytest.raises(StoreUnavailableError):
        await town.queue.step()
    assert len(town.queue) == 1
    town.series.latest = latest  # type: ignore[method-assign]
    assert await town.queue.step() is not None
    assert len(town.queue) == 0


async def test_what_waits_survives_a_restart(town: Town) -> None:
    await town.look(0)
    town.clock.set(START + HOUR)
    town.queue.add(["traffic", "no-such-service"], START + MINUTE, START + 2 * MINUTE)
    town.queue.late({"parking": START + 3 * MINUTE})
    await town.queue.save()
    again = Town(town.records, town.policy)
    again.clock.set(START + HOUR)
    await again.queue.load()
    assert again.queue._pending.dump() == {
        "parking": [START + 3 * MINUTE, START + HOUR],
        "traffic": [START + MINUTE, START + 2 * MINUTE],
    }
    assert await again.queue.step() is None
    again.clock.set(START + HOUR + MINUTE)
    assert await again.queue.step() is not None
    third = Town(town.records, town.policy)
    await third.queue.load()
    assert len(third.queue) == 0


async def test_it_waits_until_it_is_quiet_yet_not_for_ever(town: Town) -> None:
    await town.look(0)
    town.clock.set(START + HOUR)
    for seconds in range(0, 60, 5):
        town.clock.set(START + HOUR + seconds * SECOND)
        town.queue.add(["traffic"], START + MINUTE, START + 2 * MINUTE)
        assert await town.queue.step() is None
    town.clock.set(START + HOUR + MINUTE)
    town.queue.add(["traffic"], START + MINUTE, START + 2 * MINUTE)
    assert await town.queue.step() is not None
    town.queue.add(["traffic"], START + MINUTE, START + 2 * MINUTE)
    town.clock.set(START + HOUR + MINUTE + 11 * SECOND)
    assert await town.queue.step() is not None


async def test_nothing_is_computed_while_readings_are_on_their_way(town: Town) -> None:
    await town.look(0)
    town.clock.set(START + HOUR)
    town.queue.add(["traffic"], START + MINUTE)
    town.clock.set(START + HOUR + MINUTE)
    caught_up = False
    town.queue._caught_up = lambda: caught_up
    assert await town.queue.step() is None
    caught_up = True
    assert await town.queue.step() is not None


async def test_it_runs_in_the_background(town: Town) -> None:
    await town.look(0)
    town.clock.set(START + HOUR)
    await town.queue.start()
    town.queue.add(["traffic"], START + MINUTE)
    saved = None
    for _ in range(200):
        await town.clock.advance(1)
        saved = await town.records.settings.get("status.recompute")
        if saved == {} and not len(town.queue):
            break
    assert saved == {}
    await town.queue.stop()


RULES = """
silent_after: 2
sets:
  city:
    - {id: maintenance, status: maintenance, when: {maintenance: true}}
    - {id: deaf, status: unknown, when: {deaf: true}, counted: false}
    - {id: awaited, status: unknown, when: {heard: {below: 0.4}}, counted: false, keep: 20s}
    - {id: outage, status: outage, when: {silent: {above: 0.6, clear_below: 0.2}}, for: 40s}
    - {id: stale, status: degraded, when: {freshness: {above: 1.4, clear_below: 1.1}}, for: 30s, keep: 2m}
    - {id: silent, status: degraded, when: {silent: {above: 0.3, clear_below: 0.1}}, for: 45s, keep: 90s}
    - {id: alerts, status: degraded, when: {alerts: {severity: major+, at_least: 1}}, keep: 5m}
    - {id: slow, status: degraded, when: {probe_latency: {above: 500}}, for: 2m}
    - {id: kpis, status: degraded, when: {kpis_off: {above: 0}}, for: 3m}
    - {id: data, status: degraded, when: {bad_data: {above: 0.2, clear_below: 0.1}}}
    - {id: needs, status: degraded, when: {dependencies: {status: outage, above: 0}}, keep: 1m}
"""


@pytest.fixture
def timed() -> StatusPolicy:
    """Rules that take and leave time, and that remember."""
    return prepared(RULES)


def everything(seed: int) -> Story:
    """A story with KPIs, the quality of data, and two times in which nothing could be heard."""
    told, dice = story(seed, HOUR), random.Random(seed)
    facts: list[Fact] = []
    for _ in range(10):
        at = START + dice.randrange(told.end)
        bad = dice.randrange(3)
        facts.append(
            Surveyed(at, "traffic", dice.choice([None, "yothi"]), DataQuality(0.9, stuck=bad, bad=bad))
        )
        off = (OffBand("k", Text("k", "k"), 1.0, "1", None, 0.5),) if dice.random() > 0.5 else ()
        facts.append(Banded(START + dice.randrange(told.end), dice.choice(["air", "traffic"]), off))
    deaf = [(20 * MINUTE, 24 * MINUTE), (41 * MINUTE + 7, 43 * MINUTE)]
    for start, end in deaf:
        facts += [Hearing(START + start, True), Hearing(START + end, False)]
    heard_then = [one for one in told.readings if not any(a <= one.time - START < b for a, b in deaf)]
    return Story(heard_then, told.alerts, told.end, sorted(facts, key=lambda fact: fact.at))


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happened_is_computed_again_as_it_was_told(
    timed: StatusPolicy, records: Records, seed: int
) -> None:
    """Also from within planned work, under which the memory of rules moves unseen."""
    windows = Windows.of({"start": "2026-01-05T00:30", "duration": "8m"}, "Asia/Bangkok")
    work = PlannedWork("works", Text("Works", "งาน"), windows)
    plain = small_city()
    services = {
        name: replace(one, maintenance=(work,)) if name in {"traffic", "air"} else one
        for name, one in plain.services.items()
    }
    town = Town(records, timed, replace(plain, services=services))
    told = everything(seed)
    await live(town, told, seed=seed)
    await compare(town, told, told.end)
    before = {subject: await town.recorded(subject, told.end) for subject in town.subjects()}
    dice = random.Random(seed)
    starts = [dice.randrange(told.end) for _ in range(4)]
    for start in [*starts, 31 * MINUTE, 36 * MINUTE, 39 * MINUTE, 21 * MINUTE]:
        end = dice.randrange(start, told.end)
        for name in ("traffic", "air"):
            await town.recomputation.run([name], START + start, START + end)
            for subject in town.subjects():
                assert await town.recorded(subject, told.end) == before[subject], (start, subject)


async def test_what_rules_came_to_remember_under_planned_work_is_known(
    policy: StatusPolicy, records: Records
) -> None:
    """Three of four sensors fall silent during work (0.75 > 0.5: outage), and one comes back.

    When the work is over 0.5 are silent: no more than the limit, yet not below 0.4. It is an outage still,
    and a recomputation that looks only at the end of the work must know that.
    """
    windows = Windows.of({"start": "2026-01-05T01:00", "duration": "2h"}, "Asia/Bangkok")
    work = PlannedWork("works", Text("Works", "งาน"), windows)
    plain = small_city()
    services = {**plain.services, "air": replace(plain.services["air"], maintenance=(work,))}
    town = Town(records, policy, replace(plain, services=services))
    minute_70, minute_100 = 70 * MINUTE, 100 * MINUTE
    readings = [
        *steady("aq-0", end=4 * HOUR),
        *steady("aq-1", end=4 * HOUR, gaps=((minute_70, minute_100),)),
        *steady("aq-2", "aq-3", end=minute_70),
    ]
    told = Story(sorted(readings, key=lambda one: one.time), [], 4 * HOUR)
    await live(town, told)
    air = Subject(Kind.SERVICE, "air")
    before = await town.recorded(air, 4 * HOUR)
    assert [what[1:3] for what in before][-2:] == [
        ("maintenance", "maintenance"),
        ("outage", "silence-outage"),
    ]
    town.clock.set(START + 4 * HOUR)
    outcome = await town.recomputation.run(["air"], START + 170 * MINUTE, START + 185 * MINUTE)
    assert outcome.moved == 0
    assert await town.recorded(air, 4 * HOUR) == before
