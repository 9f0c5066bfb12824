"""Whatever stands in the place of a value of city.yaml is told as a mistake, or taken."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from devices.catalog import Catalog
from devices.city import CityDocuments, parse_city
from devices.documents import Document, Problem, ProblemsError

BUILTIN = Catalog.builtin()
WHOLE: dict[str, Any] = {
    "id": "c",
    "timezone": "Asia/Bangkok",
    "zones": [{"id": "z", "center": [100.5, 13.7], "radius": "600m"}],
    "services": [
        {
            "id": "a",
            "domain": "energy",
            "zones": ["z"],
            "criticality": "low",
            "owner": {"en": "A", "th": "ก"},
            "needs": {"types": ["Streetlight"], "services": ["b"], "probes": ["p"]},
            "interval": "5m",
            "hours": {"days": "mon-fri", "hours": "08:00-16:00"},
            "maintenance": [
                {
                    "id": "w",
                    "start": "2026-01-05T01:00",
                    "duration": "1h",
                    "rrule": "FREQ=WEEKLY",
                    "exdates": ["2026-01-12"],
                    "timezone": "UTC",
                }
            ],
            "rules": "gentle",
            "objective": {"target": 0.9, "window": "30d", "degraded": "good", "maintenance": "counted"},
        },
        {"id": "b", "domain": "energy"},
    ],
    "probes": [
        {
            "id": "p",
            "zone": "z",
            "every": "30s",
            "timeout": "5s",
            "http": "https://a.example/",
            "expect": {"status": [200], "contains": "x", "certificate": "1d", "latency": "1s"},
        },
        {"id": "n", "zone": "z", "service": "b", "dns": "a.example", "resolver": "192.0.2.1"},
    ],
}


def places(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    keys = data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    for key in keys:
        yield from places(data[key], (*path, key))


def put(path: tuple[str | int, ...], junk: object) -> Any:
    data: Any = copy.deepcopy(WHOLE)
    at = {"": data}
    inner: Any = at
    for key, following in zip(("", *path), (*path, None), strict=True):
        if following is None:
            inner[key] = junk
        else:
            inner = inner[key]
    return at[""]


def read(data: object) -> None:
    text = yaml.safe_dump(data, allow_unicode=True)
    parse_city(CityDocuments(Document("city.yaml", text)), BUILTIN)


def problems(data: object) -> list[Problem]:
    try:
        read(data)
    except ProblemsError as error:
        return error.problems
    return []


def test_what_it_is_without_junk_is_right() -> None:
    read(WHOLE)


@pytest.mark.parametrize("junk", [None, [], -5, True, "ก\x00\n", ["x"], {"x": {"y": 1}}])
def test_junk_in_any_place_is_told_or_taken(junk: object) -> None:
    refused = [problem for path in places(WHOLE) for problem in problems(put(path, junk))]
    assert len(refused) > 40
    assert all(problem.line > 0 and problem.message for problem in refused)
