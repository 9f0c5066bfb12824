from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from zoneinfo import ZoneInfo

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.catalog import Catalog
from devices.circles import circles
from devices.city import CityDocuments, parse_city
from devices.documents import Document, ProblemsError, parse
from devices.model import City, Criticality, Device, Domain, Objective, SmartService, Text
from devices.schemas import city_schema

BUILTIN = Catalog.builtin()
HOUR = 3_600_000
MINUTE = 60_000

HEAD = """\
id: c
timezone: Asia/Bangkok
zones: [{id: z, center: [100.5, 13.7], radius: 600m}]
services:
"""

SERVICES = """\
  - id: power
    domain: energy
    needs: {types: [ACMeasurement]}
  - id: lamps
    domain: energy
    criticality: high
    owner: {en: Public Works, th: สำนักการโยธา}
    needs: {types: [Streetlight], services: [power, power], probes: []}
    interval: 30m
    hours: {days: mon-fri, hours: "18:00-06:00", holidays: exclude}
    maintenance:
      - id: cables
        title: {en: New cables, th: เปลี่ยนสายไฟ}
        start: 2026-01-05T01:00
        duration: 2h
        rrule: FREQ=WEEKLY;BYDAY=MO
        exdates: [2026-01-12]
        reason: yearly plan
    rules: gentle
    objective: {target: 0.98, window: 30d, degraded: good, maintenance: counted}
"""


def read(services: str, *, head: str = HEAD, holidays: str | None = None) -> dict[str, SmartService]:
    documents = CityDocuments(
        Document("city.yaml", head + services),
        holidays=Document("holidays.yaml", holidays) if holidays else None,
    )
    return dict(parse_city(documents, BUILTIN).city.services)


def problems(services: str, *, head: str = HEAD) -> list[tuple[int, str, str]]:
    with pytest.raises(ProblemsError) as refused:
        read(services, head=head)
    return [(p.line, p.key, str(p)) for p in refused.value.problems]


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Bangkok")).timestamp() * 1_000)


def test_a_service_says_how_much_hangs_on_it_who_answers_for_it_and_what_it_stands_on() -> None:
    lamps = read(SERVICES)["lamps"]
    assert lamps.criticality is Criticality.HIGH
    assert lamps.owner == Text("Public Works", "สำนักการโยธา")
    assert (lamps.services, lamps.probes, lamps.types) == (("power",), (), ("Streetlight",))
    assert (lamps.interval, lamps.rules) == (30 * MINUTE, "gentle")


def test_what_a_service_does_not_say() -> None:
    power = read(SERVICES)["power"]
    assert (power.criticality, power.owner, power.interval) == (Criticality.NORMAL, None, None)
    assert (power.hours, power.maintenance, power.rules, power.objective) == (None, (), None, None)


def test_an_objective_says_what_counts() -> None:
    assert read(SERVICES)["lamps"].objective == Objective(0.98, 30 * 24 * HOUR, True, True)
    plain = SERVICES.replace(", degraded: good, maintenance: counted", "")
    assert read(plain)["lamps"].objective == Objective(0.98, 30 * 24 * HOUR, False, False)


def test_hours_follow_the_citys_clock() -> None:
    hours = read(SERVICES)["lamps"].hours
    assert hours is not None
    assert hours.open(at("2026-11-23T18:00"))
    assert not hours.open(at("2026-11-23T17:59"))
    assert hours.open(at("2026-11-28T05:59")), "the night of a Friday goes on into Saturday"
    assert not hours.open(at("2026-11-28T18:00"))


def test_hours_follow_nakhons_holidays_or_the_citys_own() -> None:
    thai = read(SERVICES)["lamps"].hours
    own = read(SERVICES, holidays="holidays: [{date: 2026-11-24, name: {en: Fair, th: งานวัด}}]\n")
    hours = own["lamps"].hours
    assert thai is not None
    assert hours is not None
    fathers_day = at("2025-12-05T19:00")  # a Friday
    assert (thai.open(fathers_day), hours.open(fathers_day)) == (False, True)
    fair = at("2026-11-24T19:00")
    assert (thai.open(fair), hours.open(fair)) == (True, False)


def test_planned_work_recurs_on_the_citys_clock() -> None:
    (work,) = read(SERVICES)["lamps"].maintenance
    assert (work.id, work.title, work.reason) == (
        "cables",
        Text("New cables", "เปลี่ยนสายไฟ"),
        "yearly plan",
    )
    assert work.windows.active(at("2026-01-05T01:00"))
    assert not work.windows.active(at("2026-01-05T03:00"))
    assert not work.windows.active(at("2026-01-12T01:30")), "left out"
    assert work.windows.active(at("2026-01-19T01:30"))


def test_planned_work_may_go_by_another_clock_and_need_not_recur() -> None:
    text = """\
  - id: a
    domain: energy
    maintenance: [{id: w, start: 2026-01-05T01:00, duration: 1h, timezone: UTC}]
"""
    (work,) = read(text)["a"].maintenance
    assert work.title == Text("w", "w")
    assert work.windows.active(at("2026-01-05T08:30"))
    assert not work.windows.active(at("2026-01-12T08:30"))


@pytest.mark.parametrize(
    ("there", "instead", "line", "key", "said"),
    [
        ("criticality: high", "criticality: hihg", 10, "services[1].criticality", "did you mean high?"),
        ("owner: {en: Public Works, th", "owner: {en: PW, tha", 11, "services[1].owner.tha", "mean th?"),
        ("[power, power]", "[powr]", 12, "services[1].needs.services[0]", "did you mean power?"),
        ("[power, power]", "[lamps]", 12, "services[1].needs.services[0]", "lamps needs itself"),
        ("probes: []", "probes: [ping]", 12, "services[1].needs.probes[0]", "no probe 'ping'"),
        ("services: [", "service: [", 12, "services[1].needs.service", "did you mean services?"),
        ("interval: 30m", "interval: 30", 13, "services[1].interval", "span of time"),
        ("days: mon-fri", "days: mon-fry", 14, "services[1].hours.days", "did you mean fri?"),
        ("18:00-06:00", "18:00-18:00", 14, "services[1].hours.hours", "is empty"),
        ("holidays: exclude", "holidays: without", 14, "services[1].hours.holidays", "allowed: "),
        ("id: cables", "id: Cables", 16, "services[1].maintenance[0].id", "must be 1 to 64 of a-z"),
        ("2026-01-05T01:00", "2026-01-05", 18, "services[1].maintenance[0].start", "on the city's clock"),
        ("        start: 2026-01-05T01:00\n", "", 16, "services[1].maintenance[0].start", "is missing"),
        ("duration: 2h", "duration: 0s", 19, "services[1].maintenance[0].duration", "more than nothing"),
        ("FREQ=WEEKLY", "FREQ=WEEKLEY", 20, "services[1].maintenance[0].rrule", "FREQ"),
        ("[2026-01-12]", "[soon]", 21, "services[1].maintenance[0].exdates", "neither a day"),
        ("reason: yearly", "timezone: Bangkok", 22, "services[1].maintenance[0].timezone", "no time zone"),
        ("rules: gentle", "rules: ''", 23, "services[1].rules", "at least 1 character"),
        ("degraded: good", "degraded: goo", 24, "services[1].objective.degraded", "did you mean good?"),
        ("maintenance: counted", "maintenance: 1", 24, "services[1].objective.maintenance", "excluded"),
    ],
)
def test_a_mistake_in_a_service(there: str, instead: str, line: int, key: str, said: str) -> None:
    assert there in SERVICES
    found = [
        text
        for where, name, text in problems(SERVICES.replace(there, instead))
        if (where, name) == (line, key)
    ]
    assert len(found) == 1
    assert said in found[0]


def test_all_mistakes_of_a_schedule_are_told_by_their_keys() -> None:
    text = """\
  - id: a
    domain: energy
    maintenance:
      - {id: w, start: soon, duration: long, exdates: never, timezone: Mars}
"""
    assert [key for _, key, _ in problems(text)] == [
        f"services[0].maintenance[0].{key}" for key in ("duration", "exdates", "start", "timezone")
    ]


def test_planned_work_has_an_id_of_its_own_in_the_whole_city() -> None:
    text = """\
  - {id: a, domain: energy, maintenance: [{id: w, start: 2026-01-05T01:00, duration: 1h}]}
  - {id: b, domain: energy, maintenance: [{id: w, start: 2026-01-06T01:00, duration: 1h}]}
"""
    ((line, key, said),) = problems(text)
    assert (line, key) == (6, "services[1].maintenance[0].id")
    assert "a second time; the first is on line 5" in said


def test_a_wrong_timezone_does_not_hide_what_else_is_wrong() -> None:
    text = "  - {id: a, domain: energy, maintenance: [{id: w, start: soon, duration: 1h}]}\n"
    told = problems(text, head=HEAD.replace("Asia/Bangkok", "Bangkok"))
    assert [key for _, key, _ in told] == ["timezone", "services[0].maintenance[0].start"]


def test_a_circle_of_services_is_named() -> None:
    text = """\
  - {id: a, domain: energy, needs: {services: [d, b]}}
  - {id: b, domain: energy, needs: {services: [c]}}
  - {id: c, domain: energy, needs: {services: [a]}}
  - {id: d, domain: energy}
"""
    ((line, key, said),) = problems(text)
    assert (line, key) == (5, "services[0].needs.services[1]")
    assert "a needs itself in the end: a -> b -> c -> a" in said


def test_two_circles_are_both_told() -> None:
    edges = {"x": ["y"], "y": ["x"], "p": ["q", "x"], "q": ["q", "nowhere"]}
    assert circles(edges) == [("x", "y", "x"), ("q", "q")]


def test_a_circle_is_told_from_its_first_however_it_is_entered() -> None:
    assert circles({"a": ["c"], "b": ["c"], "c": ["b"]}) == [("b", "c", "b")]


names = st.sampled_from("abcdef")


@given(st.dictionaries(names, st.lists(names, max_size=3), max_size=6))
def test_circles_are_told_exactly_when_there_is_one_and_each_is_one(edges: dict[str, list[str]]) -> None:
    told = circles(edges)
    try:
        list(TopologicalSorter(edges).static_order())
    except CycleError:
        assert told
    else:
        assert told == []
    order = list(edges)
    for circle in told:
        assert all(after in edges[before] for before, after in pairwise(circle))
        assert circle[0] == circle[-1] == min(circle, key=order.index)
        assert len(set(circle)) == len(circle) - 1


def test_what_stands_on_one_thing_twice_is_no_circle() -> None:
    assert circles({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}) == []


def test_a_chain_may_be_as_long_as_the_city_has_services() -> None:
    length = 20_000
    chain = {str(place): [str(place + 1)] for place in range(length)}
    assert circles(chain) == []
    (circle,) = circles(chain | {str(length): ["0"]})
    assert len(circle) == length + 2


def fits_schema(services: str) -> bool:
    data = parse(Document("city.yaml", HEAD + services)).data
    return jsonschema.Draft202012Validator(city_schema()).is_valid(data)


def test_the_schema_takes_what_the_reader_takes() -> None:
    assert fits_schema(SERVICES)
    assert fits_schema(SERVICES.replace("rrule: FREQ=WEEKLY;BYDAY=MO", "timezone: Asia/Tokyo"))


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("criticality: high", "criticality: hihg"),
        ("owner: {en: Public Works, th", "owner: {en: PW, tha"),
        ("services: [", "service: ["),
        ("interval: 30m", "interval: 30"),
        ("holidays: exclude", "holidays: without"),
        ("id: cables", "id: Cables"),
        ("2026-01-05T01:00", "2026-01-05"),
        ("2026-01-05T01:00", "2026-01-05T01:00+07:00"),
        ("        start: 2026-01-05T01:00\n", ""),
        ("duration: 2h", "duration: 2 hours"),
        ("[2026-01-12]", "[soon]"),
        ("[2026-01-12]", "2026-01-12"),
        ("rules: gentle", "rules: ''"),
        ("degraded: good", "degraded: goo"),
        ("maintenance: counted", "maintenance: 1"),
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(there: str, instead: str) -> None:
    text = SERVICES.replace(there, instead)
    assert problems(text)
    assert not fits_schema(text)


def test_a_device_counts_for_its_own_service_or_for_the_first_that_needs_it_where_it_stands() -> None:
    types = {"types": ("Streetlight",)}
    services = [
        SmartService("own", Domain.ENERGY, Text("o", "o"), (), ()),
        SmartService("there", Domain.ENERGY, Text("t", "t"), ("y",), **types),
        SmartService("asked", Domain.ENERGY, Text("a", "a"), ("y",), (), probes=("ping",)),
        SmartService("all", Domain.ENERGY, Text("l", "l"), (), ("ACMeasurement", "Streetlight")),
        SmartService("late", Domain.ENERGY, Text("e", "e"), ("z",), **types),
    ]
    city = City("c", Text("c", "c"), "UTC", {}, {service.id: service for service in services})
    lamp = Device("lamp-1", ("Streetlight",), "z", Domain.ENERGY, 1_000)
    assert city.service_of(lamp) == "all"
    assert city.service_of(replace(lamp, zone="y")) == "there"
    assert city.service_of(replace(lamp, zone="y", types=("WaterPressure", "ACMeasurement"))) == "all"
    assert city.service_of(replace(lamp, service="own")) == "own"
    assert city.service_of(replace(lamp, id="ping")) == "asked"
    assert city.service_of(replace(lamp, id="ping", types=())) == "asked"
    assert city.service_of(replace(lamp, types=("WaterPressure",))) is None
    assert replace(city, services={}).service_of(lamp) is None


def test_services_that_keep_the_same_hours_share_them() -> None:
    text = """\
  - {id: a, domain: energy, hours: {days: mon-fri}}
  - {id: b, domain: energy, hours: {days: mon-fri}}
  - {id: c, domain: energy, hours: {days: sat}}
"""
    a, b, c = read(text).values()
    assert a.hours is b.hours
    assert a.hours != c.hours
