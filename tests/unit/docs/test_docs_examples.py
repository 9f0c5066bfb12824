"""An example that is marked as a whole file is read by what reads such files in service."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from devices.calendar.holidays import Holidays
from devices.catalog import Catalog
from devices.city import CityDocuments, parse_city
from devices.codecs.native import decode
from devices.documents import Document, parse
from devices.holidays import parse_holidays
from devices.typefile import parse_type
from rules.files import Context, parse_groups
from rules.testing import run
from services.runtime.cityfolder import read_city
from services.runtime.config import read_config
from tests.unit.docs.pages import ROOT, Example, examples

CATALOG = Catalog.builtin()
MARKED = [example for example in examples() if example.marks]


def marked(mark: str, ending: str = "") -> list[Example]:
    return [e for e in MARKED if mark in e.marks and e.marks[mark].endswith(ending)]


def document(example: Example) -> Document:
    return Document(str(example), example.text)


@pytest.mark.parametrize("example", marked("file", "nakhon.yaml"), ids=str)
def test_a_configuration_is_read(example: Example, tmp_path: Path) -> None:
    data = parse(document(example)).data
    for section in data.values():
        for key, value in section.items() if isinstance(section, dict) else ():
            if key.endswith("_file"):
                (tmp_path / value).write_text("secret")
    path = tmp_path / "nakhon.yaml"
    path.write_text(example.text, encoding="utf-8")
    config = read_config(path, {})
    assert config.city == tmp_path / data["city"]
    assert config.timeseries.token == "secret"


@pytest.mark.parametrize("example", marked("file", "rules.yaml"), ids=str)
def test_a_rule_file_is_read_and_its_tests_pass(example: Example) -> None:
    pilot = read_city(ROOT / "deploy" / "cities" / "bangkok-pilot")
    ruleset = parse_groups([document(example)], Context(pilot.catalog, pilot.city))
    results = run(ruleset, pilot.catalog, pilot.city, pilot.devices)
    assert results
    assert all(result.passed for result in results), "\n".join(map(str, results))


@pytest.mark.parametrize("example", marked("file", "city.yaml"), ids=str)
def test_a_city_is_read_with_its_devices(example: Example) -> None:
    beside = next(e for e in marked("file", "devices.csv") if e.page == example.page)
    folder = parse_city(
        CityDocuments(Document("city.yaml", example.text), Document("devices.csv", beside.text)), CATALOG
    )
    assert folder.devices
    assert all(folder.city.service_of(device) for device in folder.devices)


@pytest.mark.parametrize("example", marked("file", "holidays.yaml"), ids=str)
def test_holidays_are_read(example: Example) -> None:
    listed = parse_holidays(document(example))
    days = Holidays.of(listed)
    assert all(days.is_holiday(holiday.day) for holiday in listed.holidays)
    assert not any(days.is_holiday(day) for day in listed.without)


@pytest.mark.parametrize("example", [e for e in MARKED if "types/" in e.marks.get("file", "")], ids=str)
def test_a_type_is_read(example: Example) -> None:
    assert f"types/{parse_type(document(example)).name}.yaml" == example.marks["file"]


@pytest.mark.parametrize("example", marked("payload"), ids=str)
def test_every_payload_is_accepted(example: Example) -> None:
    kind = CATALOG[example.marks["payload"]]
    for line in example.text.splitlines():
        decoded = decode(line.encode())
        assert decoded.readings, line
        assert not decoded.refusals, decoded.refusals
        for reading in decoded.readings:
            assert reading.type in {None, kind.name}
            checked = kind.check(
                reading.values, index=reading.index, prefix=reading.prefix, unknown=reading.unknown
            )
            assert checked.refusal is None, (line, checked.refusal)


@pytest.mark.parametrize("example", marked("verdict"), ids=str)
def test_a_verdict_is_what_would_be_said(example: Example) -> None:
    (told,) = json.loads(example.text)["rejected"]
    kind = CATALOG[told["contract"].partition("@")[0]]
    refusal = kind.check({told["path"]: told["value"]}, index=told["index"]).refusal
    assert refusal is not None
    assert refusal.as_dict() == told


@pytest.mark.parametrize("example", marked("file", ".py"), ids=str)
def test_a_program_compiles(example: Example) -> None:
    compile(example.text, str(example), "exec")


def test_no_mark_is_without_a_test() -> None:
    tested: tuple[Callable[[Example], bool], ...] = (
        lambda e: e.marks.get("file", "").endswith(
            (
                "nakhon.yaml",
                "rules.yaml",
                "city.yaml",
                "status.yaml",
                "map.yaml",
                "holidays.yaml",
                "devices.csv",
                ".py",
                ".ino",
            )
        ),
        lambda e: "types/" in e.marks.get("file", ""),
        lambda e: "payload" in e.marks or "verdict" in e.marks,
        lambda e: e.page == "docs/first-reading.md" and e.language == "sh",
    )
    assert [str(e) for e in MARKED if not any(is_tested(e) for is_tested in tested)] == []
