"""The page on recordings: its maps are read, and its tables hold what a map may say."""

from __future__ import annotations

import re

import pytest

from devices.catalog import Catalog
from devices.documents import Document
from devices.recordings.binding import bind
from devices.recordings.mapform import MapForm, parse_map
from devices.refusal import Code
from services.runtime.cityfolder import read_city
from tests.unit.docs.pages import ROOT, Example, examples, rows

PAGE = "docs/recordings.md"
MAPS = [example for example in examples() if example.marks.get("file", "").endswith("map.yaml")]


@pytest.mark.parametrize("example", MAPS, ids=str)
def test_a_map_is_read_and_fits_the_catalogue(example: Example) -> None:
    pilot = read_city(ROOT / "deploy" / "cities" / "bangkok-pilot")
    bind(parse_map(Document(str(example), example.text)), Catalog.builtin(), pilot.city)


def first_cells(heading: str) -> list[str]:
    return [code for cells in rows(PAGE, heading) for code in re.findall(r"`([^`]+)`", cells[0])]


def test_every_key_of_a_map_is_told_and_no_other() -> None:
    assert sorted(first_cells("A map")) == sorted(f.alias or name for name, f in MapForm.model_fields.items())


def test_the_codes_are_the_contracts() -> None:
    assert set(first_cells("What becomes of the rows")) <= {code.value for code in Code}
