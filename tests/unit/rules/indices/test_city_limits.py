"""A city's own limits of derived metrics, from its folder to what is derived."""

from __future__ import annotations

from pathlib import Path

import pytest

from devices.documents import ProblemsError
from devices.model import City, Text, Zone
from rules.context import Context
from rules.deriving import Deriving
from services.runtime.cityfolder import read_city
from tests.support.indexing import NOON, device

CITY = """
id: here
name: {en: Here, th: ที่นี่}
timezone: Asia/Bangkok
zones: [{id: samyan, name: {en: Samyan, th: สามย่าน}, center: [100.5, 13.7], radius: 600m}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "city.yaml").write_text(CITY, encoding="utf-8")
    (tmp_path / "indices").mkdir()
    return tmp_path


def kept(context: Context) -> float:
    city = City("here", Text("", ""), "Asia/Bangkok", {"samyan": Zone("samyan", Text("", ""))}, {})
    bus = device("PublicTransportVehicle", {"scheduled_headway": "600"})
    made = Deriving(city, context, None)("PublicTransportVehicle", bus)
    assert made is not None
    found = made.take(NOON, {"headway": 450.0}).values["headwayAdherence"]
    assert isinstance(found, float)
    return found


def test_a_city_says_its_own_limits(folder: Path) -> None:
    assert kept(Context.of(read_city(folder))) == 1.0
    (folder / "indices" / "mobility.yaml").write_text("headway_tolerance: 0.2\n", encoding="utf-8")
    assert kept(Context.of(read_city(folder))) == 0.0


def test_a_mistake_in_them_is_told_with_its_file_and_line(folder: Path) -> None:
    (folder / "indices" / "mobility.yaml").write_text("\nheadway_tolerance: 2\n", encoding="utf-8")
    with pytest.raises(ProblemsError, match=r"mobility\.yaml:2: headway_tolerance"):
        Context.of(read_city(folder))
