"""The live stream."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, get_args

import pytest
from aiohttp import ClientResponse
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from devices.model import Domain, Observation
from services.api import document, make_app
from services.api.alertshapes import ChangeName
from services.api.deps import ApiDeps
from services.api.derived import DerivedNames
from services.api.events.hub import NEWS_KEPT, QUEUE, Hub, Place
from services.api.events.ring import FellBehindError, Ring
from services.api.keys import HUB
from services.bus.memory import MemoryBus
from services.bus.protocol import (
    ALERT_CHANGES,
    AlertChanged,
    FloodChanged,
    IncidentChanged,
    NoteChanged,
    Seen,
    ServiceChanged,
    StatusChanged,
    SuppressionChanged,
)
from services.runtime.clock import ManualClock
from services.status.notes import note_document
from services.store.errors import StoreUnavailableError
from tests.unit.api.conftest import Api
from tests.unit.api.doubles import alert, domain_status
from tests.unit.api.operatordoubles import flood, incident, maintenance, silence
from tests.unit.api.statusdoubles import note, service

TIME = 1_767_546_000_000


class Heard(NamedTuple):
    """An event as a browser has it."""

    name: str
    id: str
    data: Any


class Listener:
    """Reads a stream, block by block."""

    def __init__(self, answer: ClientResponse) -> None:
        self.answer = answer

    async def block(self) -> list[str]:
        """The lines up to the next empty one."""
        lines: list[str] = []
        while line := (await self.answer.content.readline()).decode().rstrip("\n"):
            lines.append(line)
        return lines

    async def event(self) -> Heard:
        """The next event; comments and the like are passed over."""
        while True:
            fields = dict(line.split(": ", 1) for line in await self.block())
            if "data" in fields:
                return Heard(fields["event"], fields["id"], json.loads(fields["data"]))

    async def events(self, count: int) -> list[Heard]:
        """The next so many."""
        return [await self.event() for _ in range(count)]


@asynccontextmanager
async def listening(
    api: Api, *, role: str | None = "viewer", last: str | None = None, **params: str
) -> AsyncIterator[Listener]:
    headers = {"Authorization": f"Bearer secret-{role}"} if role else {}
    if last is not None:
        headers["Last-Event-ID"] = last
    async with api.client.get("/api/v1/events", params=params, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        listener = Listener(answer)
        assert await listener.block() == ["retry: 3000"]
        yield listener


def seen(*devices: str, at: int = TIME) -> Seen:
    zone: Callable[[str], str] = lambda device: "south" if device == "aq-02" else "north"  # noqa: E731
    return Seen(
        {d: Observation(at, d, zone(d), "AirQualityObserved", {"pm25": 12.5}, at + 100) for d in devices}
    )


async def test_an_alert_comes_in_the_contracts_shape_with_the_step_behind_it(api: Api) -> None:
    async with listening(api) as listener:
        api.bus.publish(AlertChanged("firing", alert(1), 2))

        event = await listener.event()

    assert event.name == "alert"
    assert event.data == alert(1) | {"change": "firing", "number": 2}
    assert listener.answer.content_type == "text/event-stream"
    assert listener.answer.headers["Cache-Control"] == "no-store"


async def test_statuses_and_readings_come_as_lists_have_them(api: Api) -> None:
    async with listening(api) as listener:
        api.bus.publish(StatusChanged(domain_status(Domain.ENERGY, "outage")))
        api.bus.publish(seen("aq-01"))

        status, reading = await listener.events(2)

    assert (status.name, status.data) == ("status", domain_status(Domain.ENERGY, "outage"))
    assert (reading.name, reading.data) == (
        "reading",
        {
            "time": "2026-01-04T17:00:00.000Z",
            "device": "aq-01",
            "zone": "north",
            "type": "AirQualityObserved",
            "values": {"pm25": 12.5},
        },
    )


def all_news() -> list[Any]:
    """Something of everything but readings."""
    return [
        *(AlertChanged(change, alert(1), number) for number, change in enumerate(ALERT_CHANGES)),
        IncidentChanged("opened", incident(1), 1),
        SuppressionChanged("silence", silence(1)),
        SuppressionChanged("maintenance", maintenance(1)),
        FloodChanged(flood(1)),
        StatusChanged(domain_status(Domain.ENERGY)),
        ServiceChanged(service()),
        NoteChanged(note_document(note(1))),
    ]


async def test_incidents_suppressions_and_floods_come_as_lists_have_them(api: Api) -> None:
    async with listening(api, types="incident,suppression,flood") as listener:
        for event in all_news():
            api.bus.publish(event)

        found = await listener.events(4)

    assert [(event.name, event.data) for event in found] == [
        ("incident", incident(1) | {"change": "opened", "number": 1}),
        ("suppression", silence(1) | {"kind": "silence"}),
        ("suppression", maintenance(1) | {"kind": "maintenance"}),
        ("flood", flood(1)),
    ]


async def test_an_incident_has_a_zone_and_a_domain_to_be_found_by(api: Api) -> None:
    async with listening(api, zone="south", domain="energy") as listener:
        api.bus.publish(IncidentChanged("opened", incident(1), 1))
        api.bus.publish(FloodChanged(flood(1, scope="energy")))
        api.bus.publish(IncidentChanged("opened", incident(2, zone="south", domain="energy"), 1))

        assert (await listener.event()).data["id"] == incident(2)["id"]


async def test_a_flood_of_a_domain_is_heard_by_who_listens_to_it(api: Api) -> None:
    async with listening(api, domain="energy") as listener:
        for scope in ("city", "environment", "energy"):
            api.bus.publish(FloodChanged(flood(1, scope=scope)))

        assert (await listener.event()).data["scope"] == "energy"


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document()


async def test_everything_that_is_told_is_as_described(api: Api, described: dict[str, Any]) -> None:
    shapes = described["paths"]["/api/v1/events"]["get"]["x-events"]
    async with listening(api) as listener:
        for event in all_news():
            api.bus.publish(event)
        api.bus.publish(seen("aq-01"))
        found = await listener.events(len(all_news()) + 1)
    async with listening(api, last="another-1-1") as listener:
        found.append(await listener.event())

    assert {event.name for event in found} == set(shapes)
    for event in found:
        validator = Draft202012Validator({**shapes[event.name], "components": described["components"]})
        assert [error.message for error in validator.iter_errors(event.data)] == []


def test_the_steps_of_an_alert_are_the_same_in_every_description() -> None:
    assert set(get_args(ChangeName)) == set(ALERT_CHANGES)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"types": "alert"}, ["alert 1", "alert 2"]),
        ({"types": "status"}, ["status energy", "status environment"]),
        ({"types": "reading,status", "domain": "environment"}, ["status environment", "aq-01", "aq-02"]),
        ({"zone": "south"}, ["alert 2", "aq-02"]),
        ({"device": "aq-01"}, ["alert 1", "aq-01"]),
        ({"domain": "energy"}, ["status energy", "ac-01"]),
    ],
)
async def test_only_what_was_asked_for_comes(api: Api, params: dict[str, str], expected: list[str]) -> None:
    def short(event: Heard) -> str:
        if event.name == "alert":
            return f"alert {int(event.data['id'][-4:])}"
        return f"status {event.data['domain']}" if event.name == "status" else str(event.data["device"])

    async with listening(api, **params) as listener:
        api.bus.publish(AlertChanged("firing", alert(1), 1))
        api.bus.publish(AlertChanged("firing", alert(2, device=None, zone="south"), 1))
        api.bus.publish(StatusChanged(domain_status(Domain.ENERGY)))
        api.bus.publish(StatusChanged(domain_status(Domain.ENVIRONMENT)))
        api.bus.publish(seen("aq-01", "aq-02", "ac-01"))

        found = [short(event) for event in await listener.events(len(expected))]

    assert sorted(found) == sorted(expected)


async def test_a_listener_who_comes_back_misses_nothing(api: Api) -> None:
    async with listening(api) as listener:
        api.bus.publish(AlertChanged("firing", alert(1), 1))
        api.bus.publish(seen("aq-01"))
        first, second = await listener.events(2)
    api.bus.publish(AlertChanged("resolved", alert(1), 2))
    api.bus.publish(seen("aq-02"))

    async with listening(api, last=second.id) as listener:
        rest = await listener.events(2)
    async with listening(api, last=first.id) as listener:
        more = await listener.events(3)

    assert [event.data.get("change", event.data.get("device")) for event in rest] == ["resolved", "aq-02"]
    assert [event.data.get("change", event.data.get("device")) for event in more] == [
        "resolved",
        "aq-01",
        "aq-02",
    ]


@pytest.mark.parametrize("last", ["another-1-1", "nonsense", "x-0-0", "", "a-b-c-d", "x-99-٣"])
async def test_who_comes_back_to_another_process_is_told_of_the_gap(api: Api, last: str) -> None:
    async with listening(api, last=last) as listener:
        api.bus.publish(AlertChanged("firing", alert(1), 1))
        event = await listener.event()

    assert event.name == ("gap" if last else "alert")


async def test_who_comes_back_too_late_is_told_of_the_gap_and_goes_on(api: Api) -> None:
    async with listening(api) as listener:
        api.bus.publish(AlertChanged("firing", alert(1), 1))
        first = await listener.event()
    for n in range(NEWS_KEPT + 1):
        api.bus.publish(AlertChanged("commented", alert(2), n))
    async with listening(api, types="status") as listener:  # the hub has had its turn by then
        pass

    async with listening(api, last=first.id) as listener:
        gap = await listener.event()
        api.bus.publish(AlertChanged("firing", alert(3), 1))
        news = await listener.event()

    assert gap.name == "gap"
    assert news.data["id"] == alert(3)["id"]


async def test_a_storm_leaves_behind_only_who_is_too_slow_for_it(api: Api) -> None:
    async with listening(api, types="alert") as listener:
        api.bus.publish(AlertChanged("firing", alert(1), 0))
        first = await listener.event()
        for portion in range(500):  # 50,000 alerts within a moment, in the portions in which they are told
            for n in range(100):
                api.bus.publish(AlertChanged("firing", alert(portion % 9_000), n))
            await asyncio.sleep(0)
        with pytest.raises(Exception, match=r"payload|reset|closed|Not enough data"):
            await listener.answer.content.read()
    hub = api.client.app[HUB]

    async with listening(api, last=first.id) as listener:
        gap = await listener.event()
        api.bus.publish(AlertChanged("resolved", alert(2), 1))
        news = await listener.event()

    assert (gap.name, news.data["change"]) == ("gap", "resolved")
    assert len(list(hub.after(Place(hub.now().news - NEWS_KEPT, 0)))) == NEWS_KEPT


async def test_what_the_bus_itself_dropped_is_no_silent_gap(api: Api) -> None:
    from structlog.testing import capture_logs

    async with listening(api, types="alert") as listener:
        api.bus.publish(AlertChanged("firing", alert(1), 1))
        first = await listener.event()
    with capture_logs() as logs:
        for _ in range(QUEUE + 5):  # at once: the hub has no turn in between
            api.bus.publish(StatusChanged(domain_status(Domain.ENERGY)))
        async with listening(api, last=first.id) as listener:
            gap = await listener.event()
            api.bus.publish(AlertChanged("firing", alert(3), 1))
            news = await listener.event()

    assert gap.name == "gap"
    assert news.name == "alert"
    assert [entry["event"] for entry in logs if entry["log_level"] == "warning"] == [
        "more happened than the streams can tell; they begin anew"
    ]


async def test_a_quiet_stream_is_kept_alive(api: Api) -> None:
    async with listening(api) as listener:
        await api.clock.advance(15)

        assert await listener.block() == [": keep-alive"]


async def test_a_stream_ends_with_its_token(api: Api) -> None:
    async with listening(api) as listener:
        await api.tokens.revoke("id-viewer", now=api.clock.now())
        await api.clock.advance(15)

        assert await listener.answer.content.read() == b""


async def test_a_stream_goes_on_while_the_tokens_are_out_of_reach(api: Api) -> None:
    async with listening(api) as listener:
        api.tokens.fail = StoreUnavailableError("the records are away")
        await api.clock.advance(15)

        assert await listener.block() == [": keep-alive"]


async def test_streams_end_when_the_server_does(api: Api) -> None:
    async with listening(api) as listener:
        api.client.app[HUB].close()

        assert await listener.answer.content.read() == b""


async def test_a_listener_who_takes_nothing_is_cut_off_and_nothing_piles_up(api: Api) -> None:
    wide = {f"m{n}": float(n) for n in range(200)}
    flood = Seen({f"d{n}": Observation(TIME, f"d{n}", "north", "T", wide, TIME) for n in range(4_000)})
    async with listening(api) as listener:
        for _ in range(8):  # far more than the sockets between us hold, and than the hub keeps
            api.bus.publish(flood)
            await asyncio.sleep(0)
        with pytest.raises(Exception, match=r"payload|reset|closed|Not enough data"):
            await listener.answer.content.read()


@given(st.integers(1, 8), st.lists(st.integers(0, 9), max_size=30), st.integers(0, 30))
def test_a_ring_gives_all_that_came_after_or_says_it_cannot(size: int, items: list[int], after: int) -> None:
    ring: Ring[int] = Ring(size)
    for item in items:
        ring.put(item)

    if len(items) - min(size, len(items)) <= after <= len(items):
        assert list(ring.after(after)) == list(enumerate(items, 1))[after:]
    else:
        with pytest.raises(FellBehindError):
            list(ring.after(after))


@given(st.integers(1, 4), st.lists(st.integers(0, 9) | st.none(), max_size=20))
def test_who_read_up_to_a_loss_has_fallen_behind(size: int, happened: list[int | None]) -> None:
    ring: Ring[int] = Ring(size)
    kept: list[int] = []  # since the last loss
    for item in happened:
        before = ring.last
        if item is None:
            ring.lose()
            kept = []
            assert not ring.has(before)
        else:
            ring.put(item)
            kept = [*kept, item][-size:]

    assert [item for _, item in ring.after(ring.last - len(kept))] == kept
    assert not ring.has(ring.last - len(kept) - 1) or ring.last == len(kept) == 0


async def test_a_place_is_found_by_its_id(deps: ApiDeps) -> None:
    hub = Hub(MemoryBus(), ManualClock(), deps.registry, DerivedNames(deps.catalog))

    assert hub.find(hub.id_of(hub.now())) == Place(0, 0)
    assert hub.find(hub.id_of(Place(1, 0))) is None  # it never was


async def test_an_event_that_cannot_be_told_stops_nothing(api: Api) -> None:
    from structlog.testing import capture_logs

    with capture_logs() as logs:
        async with listening(api) as listener:
            api.bus.publish(AlertChanged("firing", {"id": "x"}, 1))
            api.bus.publish(AlertChanged("firing", alert(1), 1))

            assert (await listener.event()).data["id"] == alert(1)["id"]
    assert [entry["event"] for entry in logs] == ["an event could not be told to the streams"]


def test_the_application_is_made_without_an_event_loop(deps: ApiDeps) -> None:
    assert make_app(deps)[HUB].closed is False


async def test_readings_of_the_stream_are_what_was_measured(api: Api) -> None:
    async with listening(api, types="reading") as listener:
        values = {"pm25": 12.5, "thaiAqi": 160.0, "heatIndex": 41.0}
        observation = Observation(TIME, "aq-01", "north", "AirQualityObserved", values, TIME)
        api.bus.publish(Seen({"aq-01": observation}))

        assert (await listener.event()).data["values"] == {"pm25": 12.5}
