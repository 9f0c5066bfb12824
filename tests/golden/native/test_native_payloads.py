"""Every folder here: a payload, and what the codec makes of it as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from devices.catalog import Catalog
from devices.codecs.decoded import RawReading
from devices.codecs.native import decode

CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/payload"))
AIR = Catalog.builtin()["AirQualityObserved"]


def told(reading: RawReading) -> dict[str, Any]:
    """A reading with what the air quality type of the catalogue says to it."""
    checked = AIR.check(reading.values, index=reading.index, prefix=reading.prefix, unknown=reading.unknown)
    return {
        "index": reading.index,
        "time": reading.time,
        "type": reading.type,
        "seq": reading.seq,
        "location": reading.location,
        "values": checked.values,
        "refused": checked.refusal.as_dict() if checked.refusal else None,
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_recorded_payload_is_read_as_before(case: Path) -> None:
    decoded = decode((case / "payload").read_bytes())
    found = {
        "count": decoded.count,
        "ack": decoded.ack,
        "readings": [told(reading) for reading in decoded.readings],
        "refusals": [refusal.as_dict() for refusal in decoded.refusals],
    }
    expected = orjson.loads((case / "expected.json").read_bytes())
    assert orjson.loads(orjson.dumps(found)) == expected
