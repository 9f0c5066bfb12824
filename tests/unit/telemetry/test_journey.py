"""From a journaled batch to what is kept and what the rules say."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.city import CityFolder
from devices.documents import Document
from devices.model import Device
from devices.typefile import parse_type
from rules.engine import Engine
from rules.files import Context, parse_groups
from rules.model import State
from services.runtime.ports import QuarantinedItem
from services.telemetry.digest import decode, encode
from services.telemetry.framing import HTTP, RETAINED, SHED, Batch, Message
from services.telemetry.interpret import Bounds
from services.telemetry.journey import Journey
from services.telemetry.router import Router
from services.telemetry.series import Memory
from services.telemetry.verdicts import Verdicts
from tests.support.smallcity import CITY, small_city, topic

NOW = 1_767_546_000_000


class Directory:
    """Devices of a folder, as the registry gives them."""

    def __init__(self, folder: CityFolder) -> None:
        self.devices = {device.id: device for device in folder.devices}

    def get(self, device_id: str) -> Device | None:
        return self.devices.get(device_id)

    def all(self) -> list[Device]:
        return list(self.devices.values())


class World:
    """A journey with everything around it in plain sight."""

    def __init__(self, rules: str | None = None, city: str = CITY) -> None:
        folder = small_city(city=city)
        self.directory = Directory(folder)
        self.memory = Memory()
        self.published: list[tuple[str, dict[str, Any]]] = []
        self.said: list[tuple[str, bool]] = []
        self.router = Router(folder.city, self.directory, folder.catalog, self.memory)
        documents = folder.rules if rules is None else [Document("rules.yaml", rules)]
        ruleset = parse_groups(documents, Context(folder.catalog, folder.city))
        engine = Engine(ruleset, folder.city, folder.devices)
        verdicts = Verdicts(lambda to, payload: self.published.append((to, json.loads(payload))))
        self.journey = Journey(self.router, self.memory, engine, verdicts, Bounds(), self._status)
        self.position = 0

    def _status(self, device: str, online: bool, _received: int) -> None:
        self.said.append((device, online))

    def send(
        self, to: str, payload: bytes | Any, *, at: int = NOW, flags: int = 0, size: int | None = None
    ) -> Any:
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        message = Message(to.encode(), data, at, flags, len(data) if size is None else size)
        batch = Batch(self.position, [message])
        self.position += 1
        return self.journey.take(batch)

    def code(self, to: str, payload: Any, **more: Any) -> str:
        digest, _, _ = self.send(to, payload, **more)
        (entry,) = digest.quarantined
        return str(entry.code)


@pytest.fixture
def world() -> World:
    return World()


AQ = topic("aq-01")


def test_a_good_reading_is_new_and_raises_its_alert(world: World) -> None:
    digest, transitions, _ = world.send(AQ, {"ts": NOW - 5, "values": {"pm25": 80, "temperature": 30}})
    (observation,) = digest.observations
    assert observation.values == {"pm25": 80.0, "temperature": 30.0}
    assert (observation.time, observation.device, observation.zone) == (NOW - 5, "aq-01", "north")
    (transition,) = transitions
    assert (transition.rule, transition.state) == ("air/pm25-high", State.FIRING)
    assert world.published == []


@pytest.mark.parametrize(
    ("to", "payload", "code"),
    [
        (AQ, b'{"pm25": ', "malformed_json"),
        (AQ, b"\xff\x00\x9c" * 10, "malformed_json"),
        (AQ, b'{"pm25": NaN}', "malformed_json"),
        (AQ, b"3", "unsupported_payload"),
        (AQ, {}, "unsupported_payload"),
        (AQ, {"pm25": None}, "unsupported_payload"),
        (AQ, {"pm25": -3}, "out_of_range"),
        (AQ, {"pm25": "3"}, "wrong_type"),
        (AQ, {"pm25": True}, "wrong_type"),
        (AQ, {"pm": 3}, "unknown_metric"),
        (AQ, {"ts": NOW + 61_000, "values": {"pm25": 3}}, "future_time"),
        (AQ, {"ts": NOW - 3 * 365 * 86_400_000, "values": {"pm25": 3}}, "too_old"),
        (AQ, {"ts": "yesterday", "values": {"pm25": 3}}, "bad_timestamp"),
        (AQ, {"type": "WeatherObserved", "values": {"temperature": 3}}, "unknown_type"),
        (topic("ghost"), {"pm25": 3}, "unknown_device"),
        (topic("aq-01", zone="south"), {"pm25": 3}, "wrong_zone"),
        (topic("aq-01", domain="energy"), {"pm25": 3}, "wrong_zone"),
        (AQ.replace("smallville", "elsewhere"), {"pm25": 3}, "wrong_zone"),
        ("nakhon/v1/smallville/../environment/aq-01/telemetry", {"pm25": 3}, "bad_topic"),
        ("nakhon/v1", {"pm25": 3}, "bad_topic"),
        (topic("aq-01", "status"), b"nonsense", "unsupported_payload"),
    ],
)
def test_what_is_wrong_is_kept_with_its_reason_and_told(
    world: World, to: str, payload: Any, code: str
) -> None:
    digest, transitions, _ = world.send(to, payload)
    (entry,) = digest.quarantined
    assert entry.code == code
    assert entry.expected
    assert entry.topic == to
    assert (digest.observations, digest.doubts, transitions) == ([], [], [])
    if code == "bad_topic":
        assert world.published == []
    else:
        ((where, told),) = world.published
        assert where == to.rsplit("/", 1)[0] + "/verdict"
        assert told["accepted"] == 0
        assert told["rejected"][0]["code"] == code


def test_a_disabled_device_is_told_so(world: World) -> None:
    device = world.directory.devices["aq-01"]
    world.directory.devices["aq-01"] = Device(
        device.id, device.types, device.zone, device.domain, device.interval, enabled=False
    )
    assert world.code(AQ, {"pm25": 3}) == "device_disabled"


def test_a_payload_cut_short_at_intake_is_too_large(world: World) -> None:
    assert world.code(AQ, b'{"pm25": 1', size=5_000_000) == "too_large"


def test_a_retained_reading_needs_its_time(world: World) -> None:
    assert world.code(AQ, {"pm25": 3}, flags=RETAINED) == "bad_timestamp"
    digest, _, _ = world.send(AQ, {"ts": NOW, "values": {"pm25": 3}}, flags=RETAINED)
    assert len(digest.observations) == 1


def test_each_reading_of_an_array_ends_for_itself(world: World) -> None:
    readings = [
        {"ts": NOW, "values": {"pm25": 1}},
        {"ts": NOW + 1, "values": {"pm25": -1}},
        {"ts": NOW, "values": {"pm25": 1}},
        {"ts": NOW - 9, "values": {"pm25": 2}},
    ]
    digest, _, (answer,) = world.send(AQ, readings)
    assert [o.time for o in digest.observations] == [NOW]
    assert sum(digest.duplicates.values()) == 1
    assert [doubt.index for doubt in digest.doubts] == [3]
    assert [entry.index for entry in digest.quarantined] == [1]
    assert answer.count == 4
    assert world.published[0][1]["accepted"] == 3


def test_acceptance_is_told_when_asked_for(world: World) -> None:
    world.send(AQ, {"ts": NOW, "ack": True, "values": {"pm25": 1}})
    assert world.published == [
        (topic("aq-01", "verdict"), {"received": "2026-01-04T17:00:00.000Z", "accepted": 1, "rejected": []})
    ]


def test_a_second_type_of_a_device_is_taken_by_name(world: World) -> None:
    payload = {"ts": NOW, "type": "WeatherObserved", "values": {"temperature": 30}}
    digest, _, _ = world.send(topic("aq-02", zone="south"), payload)
    assert digest.observations[0].type == "WeatherObserved"


def test_a_flood_of_mistakes_is_told_once_a_second_with_the_rest_counted(world: World) -> None:
    for number in range(50):
        world.send(AQ, {"pm25": -1}, at=NOW + number)
    assert len(world.published) == 1
    world.journey._verdicts.flush(NOW + 999)
    assert len(world.published) == 1
    world.journey._verdicts.flush(NOW + 1_000)
    assert world.published[1][1]["coalesced"] == 48
    world.journey._verdicts.flush(NOW + 5_000)
    assert len(world.published) == 2


def test_made_up_topics_do_not_fill_memory(world: World) -> None:
    for number in range(100):
        world.send(topic(f"ghost-{number}"), {"pm25": 1})
    assert world.router._known == {}


def test_status_goes_aside_and_is_no_item(world: World) -> None:
    digest, _, (answer,) = world.send(topic("aq-01", "status"), {"online": True})
    assert answer is None
    assert (digest.size, digest.quarantined) == (0, [])
    assert world.said == [("aq-01", True)]


THEN = NOW - 86_400_000


def test_the_memory_of_the_first_version_is_taken_over(world: World) -> None:
    world.journey.restore(b'{"aq-01":{"AirQualityObserved":[%d,{"pm25":1.0},0,null]}}' % NOW)
    digest, _, _ = world.send(AQ, {"ts": NOW, "values": {"pm25": 1}})
    assert sum(digest.duplicates.values()) == 1


def item(
    to: str, payload: Any, code: str, *, index: int = 0, device: str | None = "aq-01"
) -> QuarantinedItem:
    return QuarantinedItem("01ITEM", index, THEN, to, device, code, json.dumps(payload).encode())


def taken_again(world: World, *asked: Any) -> Any:
    taken = world.journey.again(*asked)
    assert taken is not None
    return taken


def test_what_has_left_the_quarantine_is_not_taken_again(world: World) -> None:
    again = item(AQ, {"pm25": 80}, "unknown_metric")
    taken_again(world, 7, again, NOW)
    assert world.journey.again(8, again, NOW) is None
    later = World()
    later.journey.restore(world.journey.barrier(9).memory)
    assert later.journey.again(9, again, NOW) is None


def test_what_was_refused_is_taken_again_as_of_when_it_came(world: World) -> None:
    digest, transitions, answer = taken_again(world, 7, item(AQ, {"pm25": 80}, "unknown_metric"), NOW)
    (observation,) = digest.observations
    assert (observation.time, observation.received) == (THEN, THEN)
    assert [(one.id, one.key.device) for one in digest.released] == [("01ITEM", "aq-01")]
    assert (digest.end, answer.refusals, transitions) == (8, [], [])


def test_what_is_refused_again_stays_where_it_is(world: World) -> None:
    digest, _, answer = taken_again(world, 7, item(AQ, {"pm25": -80}, "out_of_range"), NOW)
    assert [refusal.code for refusal in answer.refusals] == ["out_of_range"]
    assert (digest.released, digest.quarantined, digest.observations) == ([], [], [])


def test_of_an_array_only_the_refused_reading_is_taken_again(world: World) -> None:
    readings = [{"ts": THEN - 1, "values": {"pm25": 1}}, {"ts": THEN, "values": {"pm25": 2}}]
    digest, _, _ = taken_again(world, 7, item(AQ, readings, "out_of_range", index=1), NOW)
    assert [o.time for o in digest.observations] == [THEN]
    other = replace(item(AQ, readings, "unknown_device", device=None), id="01OTHER")
    whole, _, _ = taken_again(world, 8, other, NOW)
    assert whole.size + sum(whole.duplicates.values()) == 2
    assert whole.released[0].key == ("environment", None)


def test_readings_without_a_time_that_came_together_stay_apart_when_taken_again(world: World) -> None:
    times = []
    for number in range(3):
        again = replace(item(AQ, {"pm25": number}, "rate_limited"), id=str(number))
        digest, _, _ = taken_again(world, number, again, NOW)
        times += [o.time for o in digest.observations]
    assert times == [THEN + number for number in range(3)]


def test_what_the_store_refused_is_taken_again_by_its_device(world: World) -> None:
    payload = {"ts": THEN, "type": "WeatherObserved", "values": {"temperature": 3}}
    digest, _, _ = taken_again(world, 7, item("", payload, "wrong_type", device="aq-02"), NOW)
    assert digest.observations[0].zone == "south"


def test_a_payload_for_nobody_is_on_the_account_of_nobody(world: World) -> None:
    digest, _, (answer,) = world.send("http:ghost", {"pm25": 1}, flags=HTTP)
    assert [entry.code for entry in digest.quarantined] == ["unknown_device"]
    assert digest.refused == {("unknown", None): 1}
    assert answer.refusals[0].path == "device"
    assert world.published == []
    digest, _, _ = world.send("http:aq-01", {"pm25": 1}, flags=HTTP)
    assert digest.fresh == {("environment", "aq-01"): 1}


def test_nobody_publishes_what_a_probe_found() -> None:
    world = World(city=CITY + "probes: [{id: portal, zone: north, tcp: 'portal.example:443'}]\n")
    own = topic("portal", domain="governance")
    digest, _, (answer,) = world.send(own, {"up": True})
    assert (digest.fresh, [entry.code for entry in digest.quarantined]) == ({}, ["unknown_device"])
    assert "Nakhon itself" in answer.refusals[0].expected
    digest, _, _ = world.send(own, {"up": False}, flags=HTTP)
    assert digest.fresh == {("governance", "portal"): 1}
    digest, _, answer = taken_again(world, 9, item(own, {"up": True}, "unknown_device", device="portal"), NOW)
    assert (digest.fresh, [refusal.code for refusal in answer.refusals]) == ({}, ["unknown_device"])


def test_of_what_is_over_its_rate_samples_are_kept_that_say_how_many_they_stand_for(world: World) -> None:
    payload = json.dumps({"pm25": 1}).encode()
    for number in range(7):
        kept = payload if number in (2, 6) else b""
        digest, _, (answer,) = world.send(AQ, kept, flags=SHED, size=len(payload))
        assert [refusal.code for refusal in answer.refusals] == ["rate_limited"]
        assert sum(digest.refused.values()) == 1
        assert [(entry.payload, entry.more) for entry in digest.quarantined] == (
            [(payload, 2 if number == 2 else 3)] if kept else []
        )


@pytest.mark.parametrize("depth", [10, 300, 1_000])
def test_what_is_nested_deeply_can_be_kept_wherever_it_waits(world: World, depth: int) -> None:
    digest, _, _ = world.send(AQ, b'{"pm25": ' + b"[" * depth + b"]" * depth + b"}")
    assert decode(encode(digest)) == digest


def test_a_payload_of_too_many_readings_is_refused_as_one(world: World) -> None:
    digest, _, (answer,) = world.send(AQ, [{"pm25": 1}] * 10_001, flags=HTTP)
    assert (answer.count, [entry.code for entry in digest.quarantined]) == (1, ["too_large"])


EXTRA = """
name: Loose
version: 1
domain: environment
interval: 1m
extra: keep
metrics:
  pm25: {type: number}
"""


def test_a_type_that_keeps_everything_keeps_only_so_many_names(world: World) -> None:
    kind = parse_type(Document("types/Loose.yaml", EXTRA))
    device = world.directory.devices["aq-01"]
    world.directory.devices["aq-01"] = replace(device, types=("Loose",))
    world.router._catalog = {"Loose": kind}  # type: ignore[assignment]
    for number in range(256):
        digest, _, _ = world.send(AQ, {"ts": NOW + number, "values": {f"m{number}": 1}})
        assert len(digest.observations) == 1
    assert world.code(AQ, {"ts": NOW + 999, "values": {"m256": 1}}) == "unknown_metric"
    digest, _, _ = world.send(AQ, {"ts": NOW + 1000, "values": {"m255": 1, "pm25": 2}})
    assert len(digest.observations) == 1


def test_memory_comes_back_with_its_barrier(world: World) -> None:
    world.send(AQ, {"ts": NOW, "values": {"pm25": 1}})
    world.memory.extras["Loose"] = {"m1"}
    world.journey.requests.begin("aq-01", "k", "b", 1)
    world.journey.requests.answer(NOW, {"received": "", "accepted": 1, "rejected": []})
    again = World()
    again.journey.restore(world.journey.barrier(1).memory)
    assert again.memory.extras == {"Loose": {"m1"}}
    assert again.journey.requests.before("aq-01", "k") is not None
    digest, _, _ = again.send(AQ, {"ts": NOW, "values": {"pm25": 1}})
    assert sum(digest.duplicates.values()) == 1


@cache
def any_world() -> World:
    return World()


@given(to=st.text(max_size=80) | st.just(AQ), payload=st.binary(max_size=300))
def test_no_bytes_raise(to: str, payload: bytes) -> None:
    digest, _, answers = any_world().send(
        to.encode("utf-8", "surrogatepass").decode("utf-8", "replace"), payload
    )
    ended = digest.size + len(digest.quarantined) + sum(digest.duplicates.values())
    assert answers[0] is None or answers[0].count == ended


LASTING = """
group: air
domain: environment
rules:
  - {id: lasting, on: AirQualityObserved.pm25, when: {above: 50}, for: 4s}
  - {id: late, on: AirQualityObserved.pm25, when: {above: 50}, lateness: 1s}
"""


def told(transitions: Any) -> list[tuple[str, str, int]]:
    return [(step.rule, step.state.value, step.at - NOW) for step in transitions]


def test_what_a_queued_reading_ends_is_not_told_to_be_wrong_first() -> None:
    world = World(LASTING)
    world.send(AQ, {"ts": NOW, "values": {"pm25": 60}})
    world.journey.deaf_until = NOW + 6_000
    _, transitions, _ = world.send(AQ, {"ts": NOW + 2_000, "values": {"pm25": 10}}, at=NOW + 6_500)
    assert ("air/lasting", "inactive", 2_000) in told(transitions)
    assert not any(step.state is State.FIRING and step.rule == "air/lasting" for step in transitions)


def test_a_rule_that_waits_for_late_readings_sees_the_queued_ones() -> None:
    world = World(LASTING)
    world.send(AQ, {"ts": NOW, "values": {"pm25": 10}})
    world.journey.deaf_until = NOW + 6_000
    world.send(AQ, {"ts": NOW + 2_000, "values": {"pm25": 60}}, at=NOW + 6_500)
    _, transitions, _ = world.send(AQ, {"ts": NOW + 9_000, "values": {"pm25": 60}}, at=NOW + 9_000)
    assert ("air/late", "firing", 2_000) in told(transitions)


def test_a_queued_reading_beyond_the_live_horizon_raises_nothing() -> None:
    world = World(LASTING)
    world.send(AQ, {"ts": NOW, "values": {"pm25": 10}})
    later = NOW + 20 * 60_000
    world.journey.deaf_until = later
    _, transitions, _ = world.send(AQ, {"ts": NOW + 60_000, "values": {"pm25": 60}}, at=later)
    assert transitions == []


def test_until_when_nothing_was_heard_comes_back_with_the_barrier(world: World) -> None:
    world.journey.deaf_until = NOW
    other = World()
    other.journey.restore(world.journey.barrier(0).memory)
    assert other.journey.deaf_until == NOW
