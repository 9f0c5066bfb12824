"""The journey as a whole: every message on any topic ends as observations, duplicates or refusals."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.model import Device, Observation
from rules.engine import Engine
from rules.files import Context, parse_groups
from services.store.records import Records
from services.telemetry.digest import Digest
from services.telemetry.framing import RETAINED, Batch, Message
from services.telemetry.interpret import Bounds, Interpreted, interpret
from services.telemetry.journey import Journey
from services.telemetry.router import Router
from services.telemetry.series import Memory, Series
from services.telemetry.verdicts import Verdicts
from tests.fuzz import payloads as some
from tests.fuzz.checks import whole_observation, whole_refusal
from tests.support.smallcity import small_city, topic

AQ = topic("aq-01").encode()


class Directory:
    """Devices of a folder, as the registry gives them."""

    def __init__(self, devices: list[Device]) -> None:
        self._devices = {device.id: device for device in devices}

    def get(self, device_id: str) -> Device | None:
        return self._devices.get(device_id)

    def all(self) -> list[Device]:
        return list(self._devices.values())


class World:
    """A journey that goes on from message to message, as in life."""

    def __init__(self) -> None:
        folder = small_city()
        memory = Memory()
        directory = Directory(list(folder.devices))
        self.router = Router(folder.city, directory, folder.catalog, memory)
        rules = parse_groups(folder.rules, Context(folder.catalog, folder.city))
        engine = Engine(rules, folder.city, folder.devices)
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.journey = Journey(
            self.router, memory, engine, Verdicts(self._publish), Bounds(), lambda *_: None
        )
        self.position = 0

    def _publish(self, to: str, payload: bytes) -> None:
        self.told.append((to, json.loads(payload)))

    def take(self, messages: list[Message]) -> tuple[Digest, list[Interpreted | None]]:
        batch = Batch(self.position, messages)
        self.position = batch.end
        digest, _, answers = self.journey.take(batch)
        return digest, list(answers)


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def _message(to: bytes, payload: bytes, flags: int = 0, at: int = some.NOW) -> Message:
    return Message(to, payload, at, flags, len(payload))


messages = st.lists(
    st.builds(_message, some.topics, some.payloads, st.sampled_from([0, 0, RETAINED])), min_size=1, max_size=4
)


@some.examples(150)
@given(messages=messages)
def test_every_message_ends_in_items_that_add_up(world: World, messages: list[Message]) -> None:
    world.told.clear()
    digest, answers = world.take(messages)
    items = sum(answer.count for answer in answers if answer is not None)
    ended = digest.size + len(digest.quarantined) + sum(digest.duplicates.values())
    assert items == ended
    assert sum(digest.fresh.values()) == len(digest.observations)
    assert sum(digest.refused.values()) == len(digest.quarantined)
    for answer in answers:
        if answer is not None:
            _whole(answer)
    for where, verdict in world.told:
        assert where.endswith("/verdict")
        assert set(verdict) >= {"received", "accepted", "rejected"}


def _whole(answer: Interpreted) -> None:
    assert answer.count >= 1
    for refusal in answer.refusals:
        whole_refusal(refusal)
    for _, observation, _ in answer.observations:
        whole_observation(observation)


@some.examples(200)
@given(payload=some.good.map(some.text_of) | some.spoiled().map(some.text_of) | some.payloads)
def test_what_is_accepted_is_accepted_again_with_the_same_values(world: World, payload: bytes) -> None:
    for observation in _accepted(world, payload):
        again = {"ts": observation.time, "type": observation.type, "values": dict(observation.values)}
        (same,) = _accepted(world, orjson.dumps(again))
        assert same.values == observation.values
        assert (same.time, same.device, same.type) == (observation.time, observation.device, observation.type)


def _accepted(world: World, payload: bytes) -> list[Observation]:
    """Interpreted without a memory of what came before."""
    route = world.router.route(AQ)
    route.series["AirQualityObserved"] = Series()  # type: ignore[index] # a telemetry route has one
    interpreted = interpret(route, _message(AQ, payload), Bounds())
    _whole(interpreted)
    return [observation for _, observation, _ in interpreted.observations]


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[asyncio.Runner, Records]]:
    folder: Path = tmp_path_factory.mktemp("records")
    with asyncio.Runner() as runner:
        records = runner.run(Records.open(None, folder))
        yield runner, records
        runner.run(records.close())


@some.examples(40)
@given(messages=messages)
def test_every_refusal_can_be_kept_and_read_again(
    world: World, records: tuple[asyncio.Runner, Records], messages: list[Message]
) -> None:
    runner, kept = records
    digest, _ = world.take(messages)
    if not digest.quarantined:
        return
    runner.run(kept.quarantine.add(digest.quarantined))
    for entry in digest.quarantined:
        found = runner.run(kept.quarantine.get(entry.id))
        assert found is not None
        shown = orjson.loads(orjson.dumps(found.body))
        assert shown["code"] == entry.code
        assert found.payload == entry.payload[: len(found.payload)]
