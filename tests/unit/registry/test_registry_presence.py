"""Whether a device is there."""

from __future__ import annotations

import pytest

from devices.model import Device, Domain, Observation
from services.bus.protocol import Online, Seen
from services.registry.presence import PresenceBook
from services.store.records.presence import Presence

DEVICE = Device("aq-01", ("AirQualityObserved",), "samyan", Domain.ENVIRONMENT, 60_000)
NOW = 1_767_546_000_000


def seen(received: int, taken: int = 0) -> Seen:
    return Seen({"aq-01": Observation(taken, "aq-01", "samyan", "AirQualityObserved", {}, received)})


def test_one_that_was_never_heard_is_neither_there_nor_gone() -> None:
    book = PresenceBook()
    assert (book.online(DEVICE, NOW), book.last_seen("aq-01")) == (None, None)


@pytest.mark.parametrize(("after", "expected"), [(0, True), (180_000, True), (180_001, False)])
def test_readings_hold_for_three_intervals(after: int, expected: bool) -> None:
    book = PresenceBook()
    book.seen(seen(NOW))
    assert book.online(DEVICE, NOW + after) is expected


def test_receipt_counts_not_the_reading_s_own_time() -> None:
    book = PresenceBook()
    book.seen(seen(NOW, taken=NOW - 86_400_000))
    book.seen(seen(NOW - 5, taken=NOW))
    assert book.last_seen("aq-01") == NOW


def test_what_it_says_of_itself_holds_until_a_newer_reading() -> None:
    book = PresenceBook()
    book.seen(seen(NOW))
    book.said(Online("aq-01", False, NOW + 1))
    assert book.online(DEVICE, NOW + 2) is False
    book.seen(seen(NOW + 3))
    assert book.online(DEVICE, NOW + 4) is True
    assert book.online(DEVICE, NOW + 3 + 180_001) is False


def test_the_status_channel_alone_is_enough() -> None:
    book = PresenceBook()
    book.said(Online("aq-01", True, NOW))
    assert book.online(DEVICE, NOW + 86_400_000) is True
    assert book.last_seen("aq-01") is None


def test_an_older_word_does_not_replace_a_newer_one() -> None:
    book = PresenceBook()
    book.said(Online("aq-01", True, NOW))
    book.said(Online("aq-01", False, NOW - 1))
    assert book.online(DEVICE, NOW) is True


def test_what_is_kept_is_what_changed() -> None:
    book = PresenceBook()
    book.load([Presence("aq-01", NOW, True, NOW - 5), Presence("aq-02")])
    assert book.unsaved() == []
    book.seen(seen(NOW + 1))
    entries = book.unsaved()
    assert entries == [Presence("aq-01", NOW + 1, True, NOW - 5)]
    book.seen(seen(NOW + 2))
    book.saved(entries)
    assert book.unsaved() == [Presence("aq-01", NOW + 2, True, NOW - 5)]
    book.saved(book.unsaved())
    assert book.unsaved() == []


def test_what_was_heard_meanwhile_is_newer_than_what_was_kept() -> None:
    book = PresenceBook()
    book.seen(seen(NOW))
    book.load([Presence("aq-01", NOW - 1000)])
    assert book.last_seen("aq-01") == NOW


def test_a_device_that_is_no_more_is_forgotten() -> None:
    book = PresenceBook()
    book.seen(seen(NOW))
    book.forget("aq-01")
    assert (book.last_seen("aq-01"), book.unsaved()) == (None, [])
