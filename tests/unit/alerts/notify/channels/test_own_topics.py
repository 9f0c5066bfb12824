"""The topics on which Nakhon tells of itself: built in one place, and never taken for a device's."""

from __future__ import annotations

import pytest

from devices import topics


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        (topics.notifications_topic("bkk", "duty-officer"), "nakhon/v1/bkk/_notifications/duty-officer"),
        (topics.heartbeat_topic("bkk"), "nakhon/v1/bkk/_heartbeat"),
    ],
)
def test_topic_is_nakhons_own(topic: str, expected: str) -> None:
    assert topic == expected
    assert topics.is_own(topic)
    assert topics.is_own(topic.encode())
    assert not topics.is_own(f"{topic}/more")


@pytest.mark.parametrize(("city", "receiver"), [("b/kk", "duty"), ("bkk", "+"), ("bkk", ""), ("#", "duty")])
def test_name_that_no_topic_can_hold(city: str, receiver: str) -> None:
    with pytest.raises(topics.BadTopicError):
        topics.notifications_topic(city, receiver)
