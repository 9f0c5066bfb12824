from __future__ import annotations

from datetime import date
from pathlib import Path

import jsonschema
import pytest

from devices.documents import ProblemsError
from devices.schemas import holidays_schema
from services.runtime.cityfolder import read_city

CITY = "id: small\ntimezone: Asia/Bangkok\nzones: [{id: z, center: [100.5, 13.7], radius: 1km}]\n"
HOLIDAYS = "extends: thailand\nholidays: [{date: 2026-12-25, name: {en: Christmas, th: วันคริสต์มาส}}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "city.yaml").write_text(CITY, encoding="utf-8")
    return tmp_path


def test_a_city_has_no_days_of_its_own_without_a_file(folder: Path) -> None:
    assert read_city(folder).holidays is None


def test_a_city_brings_its_own_days(folder: Path) -> None:
    (folder / "holidays.yaml").write_text(HOLIDAYS, encoding="utf-8")
    listed = read_city(folder).holidays
    assert listed is not None
    assert listed.extends == "thailand"
    assert [holiday.day for holiday in listed.holidays] == [date(2026, 12, 25)]


def test_a_mistake_in_it_is_told_with_all_else(folder: Path) -> None:
    (folder / "holidays.yaml").write_text("holidays: [{date: 25.12.2026}]\n", encoding="utf-8")
    (folder / "city.yaml").write_text(CITY.replace("Bangkok", "Bankok"), encoding="utf-8")
    with pytest.raises(ProblemsError) as caught:
        read_city(folder)
    told = str(caught.value).splitlines()
    assert [line.split(":")[0].rpartition("/")[2] for line in told] == [
        "city.yaml",
        "holidays.yaml",
        "holidays.yaml",
    ]
    assert "written 2026-04-13" in told[1]


def test_its_schema_takes_what_it_is() -> None:
    validator = jsonschema.Draft202012Validator(holidays_schema())
    day = {"date": "2026-12-25", "name": {"en": "Christmas", "th": "วันคริสต์มาส"}}
    assert validator.is_valid({"extends": "thailand", "holidays": [day]})
    assert not validator.is_valid({"extends": "laos"})
