"""The bus of one process."""

from __future__ import annotations

import asyncio

import pytest

from services.bus.memory import MemoryBus
from services.bus.protocol import Bus, DevicesChanged, Event, Online, StatusChanged


def online(at: int) -> Online:
    return Online("aq-01", True, at)


async def take(subscription: object, count: int) -> list[Event]:
    events: list[Event] = []
    async for event in subscription:  # type: ignore[attr-defined]
        events.append(event)
        if len(events) == count:
            break
    return events


async def test_events_arrive_in_the_order_in_which_they_were_published() -> None:
    bus: Bus = MemoryBus()
    async with bus.subscribe(Online, DevicesChanged) as subscription:
        published = [online(1), DevicesChanged(("aq-01",)), online(2)]
        for event in published:
            bus.publish(event)
        assert await take(subscription, 3) == published


async def test_only_the_named_classes_arrive() -> None:
    bus = MemoryBus()
    async with bus.subscribe(Online) as subscription:
        bus.publish(StatusChanged({}))
        bus.publish(online(1))
        assert await take(subscription, 1) == [online(1)]


async def test_every_subscriber_hears_every_event() -> None:
    bus = MemoryBus()
    async with bus.subscribe(Online) as first, bus.subscribe(Online, Online) as second:
        bus.publish(online(1))
        bus.publish(online(2))
        assert await take(first, 2) == [online(1), online(2)]
        assert await take(second, 2) == [online(1), online(2)]


async def test_what_was_published_before_does_not_arrive() -> None:
    bus = MemoryBus()
    bus.publish(online(1))
    async with bus.subscribe(Online) as subscription:
        bus.publish(online(2))
        assert await take(subscription, 1) == [online(2)]


async def test_a_full_queue_loses_its_oldest_and_counts_them() -> None:
    bus = MemoryBus()
    async with bus.subscribe(Online, size=3) as slow, bus.subscribe(Online) as quick:
        for at in range(5):
            bus.publish(online(at))
        assert (slow.dropped, quick.dropped) == (2, 0)
        assert await take(slow, 3) == [online(2), online(3), online(4)]
        assert await take(quick, 5) == [online(at) for at in range(5)]


async def test_a_waiting_subscriber_is_woken() -> None:
    bus = MemoryBus()
    async with bus.subscribe(Online) as subscription:
        waiting = asyncio.create_task(take(subscription, 2))
        await asyncio.sleep(0)
        bus.publish(online(1))
        await asyncio.sleep(0)
        bus.publish(online(2))
        assert await waiting == [online(1), online(2)]


async def test_leaving_unsubscribes_and_ends_the_iteration() -> None:
    bus = MemoryBus()
    async with bus.subscribe(Online) as subscription:
        waiting = asyncio.create_task(take(subscription, 1))
        await asyncio.sleep(0)
    assert await waiting == []
    bus.publish(online(1))
    assert len(subscription) == 0


async def test_a_subscriber_that_fails_is_unsubscribed_too() -> None:
    bus = MemoryBus()
    with pytest.raises(RuntimeError):
        async with bus.subscribe(Online) as subscription:
            raise RuntimeError
    bus.publish(online(1))
    assert len(subscription) == 0


async def test_a_subscription_needs_a_class_and_room() -> None:
    bus = MemoryBus()
    with pytest.raises(ValueError, match="at least one class"):
        async with bus.subscribe():
            pass
    with pytest.raises(ValueError, match="room for at least one"):
        async with bus.subscribe(Online, size=0):
            pass
