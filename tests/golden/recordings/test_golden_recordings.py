"""Every folder here: a recording, its map, and the observations that they come to.

The first line of ``expected.jsonl`` is what became of the rows, the others are the observations in order.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import orjson
import pytest

from devices.documents import Document
from devices.recordings.mapform import parse_map
from devices.recordings.reading import read_recording
from tests.support.smallcity import small_city

CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/map.yaml"))
CITY = small_city()


def told(case: Path) -> list[dict[str, Any]]:
    """The lines of ``expected.jsonl``."""
    file = next(case.glob("recording.*"))
    map_ = parse_map(Document("map.yaml", (case / "map.yaml").read_text(encoding="utf-8")))
    stream = io.BytesIO(file.read_bytes())
    recording = read_recording(stream, file.name, map_, CITY.catalog, CITY.city, CITY.devices)
    head = {
        "rows": recording.rows,
        "empty": recording.empty,
        "readings": recording.readings,
        "refused": dict(sorted(recording.refused.by_code().items())),
        "refused_rows": sorted([sample.row, sample.code.value] for sample in recording.refused.samples),
        "registered": {device.id: [*device.types, device.zone] for device in recording.registered},
        "interval": {device.id: device.interval for device in recording.devices},
    }
    observations = [observation for batch in recording.batches() for observation in batch]
    return [head, *({k: v for k, v in o._asdict().items() if v is not None} for o in observations)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_recording_is_read_as_before(case: Path) -> None:
    expected = [orjson.loads(line) for line in (case / "expected.jsonl").read_bytes().splitlines()]
    assert told(case) == expected
