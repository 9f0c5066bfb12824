"""What a replay publishes, and by how much it moves a recording."""

from __future__ import annotations

import orjson
import pytest

from devices.codecs.native import decode
from devices.model import Observation
from simulators.replay import payload_of, shift_to

NOW = 1_800_000_000_000
HOUR = 3_600_000


@pytest.mark.parametrize("speed", [None, 0.5, 1.0, 2.0, 60.0])
def test_no_reading_is_published_before_it_was_taken_and_the_nearest_is_of_now(speed: float | None) -> None:
    first, last = 1_000_000_000_000, 1_000_000_000_000 + HOUR
    shift = shift_to(NOW, first, last, speed)
    ahead = [
        time + shift - (NOW if speed is None else NOW + round((time - first) / speed))
        for time in range(first, last + 1, HOUR // 4)
    ]
    assert max(ahead) == 0


def test_at_the_pace_of_the_recording_every_reading_is_of_now() -> None:
    assert shift_to(NOW, 5_000, 9_000, 1.0) == NOW - 5_000


def test_a_reading_is_the_contracts_payload() -> None:
    reading = Observation(5_000_000_000_000, "a", "north", "B", {"x": 1.5, "s": "ok"}, 5, (100.5, 13.75))
    payload = payload_of(reading, "A", -1_000)
    assert orjson.loads(payload) == {
        "ts": 4_999_999_999_000,
        "type": "B",
        "location": [100.5, 13.75],
        "values": {"x": 1.5, "s": "ok"},
    }
    assert [one.time for one in decode(payload).readings] == [4_999_999_999_000]
    plain = payload_of(reading._replace(location=None), "B", 0)
    assert orjson.loads(plain) == {"ts": 5_000_000_000_000, "values": {"x": 1.5, "s": "ok"}}
