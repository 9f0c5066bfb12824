from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from devices.broker import BrokerAddress
from devices.city import CityFolder
from devices.model import Text
from services.runtime.clock import SystemClock
from simulators.city import Progress, simulate
from simulators.faults import Expected, Fault, FaultKind, Target
from simulators.load import LoadError, LoadSpec, run_load, run_load_beside
from simulators.readings import load_devices, load_messages, telemetry_topics
from simulators.scenario import Scenario

pytestmark = pytest.mark.real

Heard = list[tuple[str, bytes, bool]]
FAST = 20.0


class Listener:
    """What a subscriber of everything hears."""

    def __init__(self, target: BrokerAddress) -> None:
        self.heard: Heard = []
        self._ready = False
        self._client = paho.Client(CallbackAPIVersion.VERSION2, "listener")
        self._client.on_connect = lambda client, *_: client.subscribe("nakhon/#", qos=1)
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._message
        self._client.connect(target.host, target.port)
        self._client.loop_start()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def until(self, done: Callable[[Heard], bool]) -> bool:
        return self._ready and done(self.heard)

    def _subscribed(self, *_: Any) -> None:
        self._ready = True

    def _message(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        self.heard.append((message.topic, message.payload, message.retain))


async def wait_for(done: Callable[[], bool], what: str) -> None:
    for _ in range(1_500):
        if done():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"not within 15 s: {what}")


@asynccontextmanager
async def listening(target: BrokerAddress) -> AsyncIterator[Listener]:
    listener = await asyncio.to_thread(Listener, target)
    try:
        await wait_for(lambda: listener.until(lambda _: True), "a subscription")
        yield listener
    finally:
        await asyncio.to_thread(listener.close)


@asynccontextmanager
async def simulating(
    folder: CityFolder, target: BrokerAddress, *faults: Fault, **more: Any
) -> AsyncIterator[list[Progress]]:
    stop, told = asyncio.Event(), list[Progress]()
    scenario = Scenario("test", Text("test", "ทดสอบ"), faults)
    task = asyncio.create_task(
        simulate(
            folder,
            connect=target,
            scenario=scenario,
            seed=1,
            clock=SystemClock(FAST),
            stop=stop,
            report=told.append,
            **more,
        )
    )
    try:
        yield told
    finally:
        stop.set()
        with suppress(asyncio.CancelledError):
            told.append(await task)


def devices_of(heard: Heard, channel: str) -> Counter[str]:
    return Counter(topic.split("/")[5] for topic, _, _ in heard if topic.endswith(f"/{channel}"))


async def test_every_device_of_the_city_is_heard(pilot: CityFolder, broker: Any) -> None:
    async with listening(broker.target) as listener:
        async with simulating(pilot, broker.target) as told:
            everybody = {device.id for device in pilot.devices}
            await wait_for(lambda: devices_of(listener.heard, "telemetry").keys() == everybody, "everybody")
        progress = told[-1]
        await wait_for(lambda: len(listener.heard) >= progress.published, "the rest")

    assert progress.published == progress.acknowledged == len(listener.heard)
    assert (progress.dropped, progress.devices) == (0, 336)
    announced = [(topic, json.loads(body)) for topic, body, _ in listener.heard if topic.endswith("/status")]
    assert {body["online"] for _, body in announced} == {True, False}


async def test_a_device_that_loses_its_power_is_declared_offline_by_the_broker(
    pilot: CityFolder, broker: Any, tmp_path: Path
) -> None:
    cut = Fault(
        "power-cut",
        FaultKind.OFFLINE,
        Target(devices=("cam-01",)),
        start=10_000,
        duration=20_000,
        truth=(Expected("cameras/silent", 60.0),),
    )
    truth = tmp_path / "truth.jsonl"

    def states(listener: Listener) -> list[bool]:
        bodies = [b for topic, b, _ in listener.heard if topic.endswith("/cam-01/status")]
        return [json.loads(body)["online"] for body in bodies]

    async with listening(broker.target) as listener, simulating(pilot, broker.target, cut, truth=truth):
        await wait_for(lambda: states(listener) == [True, False, True], "cam-01 gone and back")

    line = json.loads(truth.read_text().splitlines()[0])
    assert (line["rule"], line["device"], line["fault"]) == ("cameras/silent", "cam-01", "power-cut")
    assert line["start"] < line["end"]


async def test_a_broker_that_goes_away_is_waited_for(pilot: CityFolder, broker: Any) -> None:
    async with simulating(pilot, broker.target) as told:
        await wait_for(lambda: bool(told) and told[-1].acknowledged > 300, "a first connection")
        await asyncio.to_thread(broker.stop)
        await wait_for(lambda: not told[-1].connected, "the loss")
        await asyncio.to_thread(broker.start)
        before = told[-1].acknowledged
        await wait_for(lambda: told[-1].connected and told[-1].acknowledged > before + 100, "a second one")

    assert told[-1].connected
    assert told[-1].acknowledged > before + 100


async def test_a_broker_that_is_not_there_costs_no_memory_and_is_said_so(
    pilot: CityFolder, free_port: int
) -> None:
    async with simulating(pilot, BrokerAddress(port=free_port)) as told:
        await wait_for(lambda: bool(told) and told[-1].dropped > 500, "a full memory")

    assert not told[-1].connected
    assert "refused" in str(told[-1].refusal)
    assert told[-1].published <= 2_000 + 8 * 50
    assert f"{told[-1].dropped} dropped" in str(told[-1])
    assert "; not connected: " in str(told[-1])


async def test_a_broker_that_refuses_is_said_so(pilot: CityFolder) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1_024)
        writer.write(b"\x20\x02\x00\x05")
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    target = BrokerAddress(port=server.sockets[0].getsockname()[1])
    async with server, simulating(pilot, target) as told:
        await wait_for(lambda: bool(told) and told[-1].refusal is not None, "a refusal")
        with pytest.raises(LoadError, match="this user may not connect"):
            await asyncio.to_thread(run_load, LoadSpec(target, ["t"], count=1))

    assert told[-1].refusal == "Not authorized"


async def test_more_devices_than_the_city_has(pilot: CityFolder, broker: Any) -> None:
    async with listening(broker.target) as listener, simulating(pilot, broker.target, devices=700):
        await wait_for(lambda: len(devices_of(listener.heard, "telemetry")) == 700, "all of them")


def spec(broker: Any, **more: Any) -> LoadSpec:
    topics = telemetry_topics("bangkok-pilot", load_devices(500, "samyan"))
    return replace(LoadSpec(broker.target, topics, count=20_000), **more)


async def test_load_counts_exactly_what_the_broker_acknowledged(broker: Any) -> None:
    async with listening(broker.target) as listener:
        report = await asyncio.to_thread(run_load, spec(broker))
        await wait_for(lambda: len(listener.heard) >= 20_000, "all of it")

    assert (report.sent, report.acknowledged, report.error) == (20_000, 20_000, None)
    identities = {(topic, json.loads(body)["ts"]) for topic, body, _ in listener.heard}
    assert len(listener.heard) == len(identities) == 20_000
    assert 0 < report.latency_p50 <= report.latency_p99 <= report.latency_max


async def test_paced_load_sends_what_the_pace_asks_for(broker: Any) -> None:
    report = await asyncio.to_thread(run_load, spec(broker, rate=2_000.0, seconds=1.0, count=None))

    assert report.acknowledged == report.sent == 2_000
    assert report.seconds >= 0.9


async def test_load_in_a_process_of_its_own(broker: Any) -> None:
    report = await run_load_beside(spec(broker, count=3_000))

    assert report.acknowledged == 3_000


async def test_load_ends_when_it_is_told_to(broker: Any) -> None:
    told: list[int] = []
    endless = spec(broker, rate=500.0, seconds=3_600.0, count=None)
    report = await asyncio.to_thread(
        run_load, endless, report=lambda p: told.append(p.acknowledged), stop=lambda: bool(told)
    )

    assert report.error is None
    assert 0 < told[0] <= report.acknowledged == report.sent


async def test_a_broker_that_dies_ends_load_with_what_it_acknowledged(broker: Any) -> None:
    def kill(_: object) -> None:
        broker.stop()

    report = await asyncio.to_thread(run_load, spec(broker, rate=5_000.0, count=10**9), report=kill)

    assert report.error is not None
    assert "was lost" in report.error
    assert 0 < report.acknowledged <= report.sent < 10**9


async def test_the_messages_of_the_benchmarks_are_those_of_load(broker: Any) -> None:
    devices = load_devices(5, "samyan")
    topics = telemetry_topics("bangkok-pilot", devices)
    async with listening(broker.target) as listener:
        await asyncio.to_thread(run_load, LoadSpec(broker.target, topics, count=50))
        await wait_for(lambda: len(listener.heard) == 50, "all of it")
    expected = list(load_messages(devices, 50, 1_767_546_000_000))

    def values(messages: list[tuple[str, bytes]]) -> list[tuple[str, Any, int]]:
        return [(t, json.loads(b)["values"], json.loads(b)["seq"]) for t, b in messages]

    assert values([(topic, body) for topic, body, _ in listener.heard]) == values(expected)


def test_no_broker_is_said_so(free_port: int) -> None:
    with pytest.raises(LoadError, match=rf"no broker answers at mqtt://127.0.0.1:{free_port}"):
        run_load(LoadSpec(BrokerAddress(port=free_port), ["t"], count=1))
