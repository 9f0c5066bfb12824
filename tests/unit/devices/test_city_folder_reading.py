from __future__ import annotations

from pathlib import Path

import pytest

from devices.documents import ProblemsError
from services.runtime.cityfolder import read_city

CITY = "id: small\ntimezone: Asia/Bangkok\nzones: [{id: z, geometry: zones/z.geojson}]\n"
OUTLINE = '{"type": "Polygon", "coordinates": [[[100.52, 13.73], [100.54, 13.73], [100.54, 13.74]]]}'
SOIL = "name: Soil\ndomain: environment\ninterval: 1h\nmetrics: {moisture: {type: number}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "city.yaml": CITY,
        "devices.csv": "id,type,zone\ns-1,Soil,z\n",
        "zones/z.geojson": OUTLINE,
        "types/soil.yaml": SOIL,
        "rules/b.yaml": "group: b",
        "rules/more/a.yaml": "group: a",
        "rules/notes.txt": "no rules",
        "kpis.yaml": "[]",
    }
    for name, text in files.items():
        file = tmp_path / "small" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path / "small"


def told(folder: Path) -> str:
    with pytest.raises(ProblemsError) as refused:
        read_city(folder)
    return str(refused.value)


def test_a_folder(folder: Path) -> None:
    city = read_city(folder)
    assert city.city.zones["z"].polygons
    assert [device.id for device in city.devices] == ["s-1"]
    assert "Soil" in city.catalog
    assert [document.text for document in city.rules] == ["group: b", "group: a"]
    assert city.kpis is not None


def test_devices_as_yaml_and_nothing_else(folder: Path) -> None:
    (folder / "devices.csv").rename(folder / "devices.yaml")
    (folder / "devices.yaml").write_text("- {id: a, type: Soil, zone: z}\n")
    (folder / "kpis.yaml").unlink()
    city = read_city(folder)
    assert [device.id for device in city.devices] == ["a"]
    assert city.kpis is None


def test_files_as_an_editor_on_windows_saves_them(folder: Path) -> None:
    (folder / "city.yaml").write_bytes(b"\xef\xbb\xbf" + CITY.replace("\n", "\r\n").encode())
    assert read_city(folder).city.id == "small"


def test_mistakes_name_files_as_the_folder_was_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "devices.csv").write_text("id,type,zone\ns-1,Soil,zz\n")
    monkeypatch.chdir(folder.parent)
    assert told(Path("small")).startswith("small/devices.csv:2: zone: no zone 'zz'")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "nowhere: no such folder; a city is a folder that holds city.yaml" in told(tmp_path / "nowhere")


def test_a_file_instead_of_a_folder(folder: Path) -> None:
    assert "city.yaml: not a folder" in told(folder / "city.yaml")


def test_a_folder_without_a_city(tmp_path: Path) -> None:
    assert "city.yaml: is missing" in told(tmp_path)


def test_what_can_not_be_read_is_told_with_all_else(folder: Path) -> None:
    (folder / "types/soil.yaml").write_bytes(b"name: \xff")
    (folder / "kpis.yaml").unlink()
    (folder / "kpis.yaml").mkdir()
    (folder / "city.yaml").write_text(CITY + "pack: []\n")
    text = told(folder)
    assert "soil.yaml: not UTF-8 (byte 6); save the file as UTF-8" in text
    assert "kpis.yaml: can't be read" in text
    assert "did you mean packs?" in text


def test_one_list_of_devices_is_enough(folder: Path) -> None:
    (folder / "devices.yaml").write_text("[]")
    assert "devices.yaml: stands beside devices.csv" in told(folder)


@pytest.mark.parametrize("path", ["../outside.geojson", "zones/missing.geojson", "zones"])
def test_an_outline_lies_in_the_folder(folder: Path, path: str) -> None:
    (folder.parent / "outside.geojson").write_text(OUTLINE)
    (folder / "city.yaml").write_text(CITY.replace("zones/z.geojson", path))
    assert f"city.yaml:3: zones[0].geometry: no file '{path}' in the city's folder" in told(folder)
