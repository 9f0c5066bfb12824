"""The page of a city's file tells every key that there is, with its default, and no other."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import BaseModel

from devices.catalog import Catalog
from devices.model import ProbeKind
from devices.probefile import FITTING, ExpectForm, ProbeForm
from devices.servicefile import NeedsForm, ObjectiveForm, ServiceForm, WorkForm
from devices.spans import format_span
from tests.unit.docs import pages

PAGE = "docs/city.md"
TABLES: list[tuple[str, type[BaseModel]]] = [
    ("Services", ServiceForm),
    ("Needs", NeedsForm),
    ("Objectives", ObjectiveForm),
    ("Planned work", WorkForm),
    ("Probes", ProbeForm),
]


def codes(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def rows(heading: str) -> list[list[str]]:
    return pages.rows(PAGE, heading)[2:]


@pytest.mark.parametrize(("heading", "form"), TABLES)
def test_every_key_is_told_and_no_other(heading: str, form: type[BaseModel]) -> None:
    assert [key for row in rows(heading) for key in codes(row[0])] == list(form.model_fields)


@pytest.mark.parametrize(("heading", "form"), [table for table in TABLES if table[1] is not NeedsForm])
def test_a_default_that_is_told_is_the_one_in_force(heading: str, form: type[BaseModel]) -> None:
    told: dict[str, Any] = {codes(row[0])[0]: codes(row[1]) for row in rows(heading)}
    for name, field in form.model_fields.items():
        default = format_span(field.default) if name == "every" else field.default
        if name in told and isinstance(default, str) and default:
            assert told[name] == [default], name
    needed = {codes(row[0])[0] for row in rows(heading) if not row[1]} - set(ProbeKind)
    assert needed == {name for name, field in form.model_fields.items() if field.is_required()}


def test_what_can_be_expected_of_each_kind_of_probe() -> None:
    (said,) = [row[2] for row in rows("Probes") if "expect" in codes(row[0])]
    told = {}
    for part in said.partition(": ")[2].split("; "):
        kind, *keys = codes(part)
        told[ProbeKind(kind)] = tuple(keys)
    assert told == dict(FITTING)
    assert {key for keys in FITTING.values() for key in keys} == set(ExpectForm.model_fields)


def test_every_observation_type_is_told_with_its_interval_and_metrics() -> None:
    told = {codes(row[0])[0]: row for row in pages.rows("docs/integrator.md", "Types")[2:]}
    catalog = Catalog.builtin()
    assert list(told) == [kind.name for kind in sorted(catalog.values(), key=lambda kind: kind.name)]
    for name, row in told.items():
        kind = catalog[name]
        title = f"{kind.title.en} · {kind.title.th}"
        assert row[1:4] == [title, kind.domain, format_span(kind.interval)]
        assert codes(row[4]) == list(kind.metrics), name
