"""Nakhon's own indicators: all that the domain reference lists, sound, and told in the documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devices.documents import Document, parse
from devices.model import Domain
from services.status.kpis.forms import KpiForm
from services.status.kpis.reading import Check, read_kpis
from tests.unit.status.kpicity import BUILTIN, CATALOGUE, folder

DOCS = Path(__file__).parents[3] / "docs" / "kpis.md"
REFERENCE = {
    "environment": {
        "pm25-compliance": ("up", 95),
        "pm25-annual": ("down", 15),
        "noise-exposure": ("down", 0),
        "canal-quality": ("up", 80),
        "overfull-bins": ("down", 5),
        "flood-nuisance": ("down", "falling"),
    },
    "mobility": {
        "travel-time-index": ("down", 1.5),
        "traffic-monitoring": ("up", None),
        "parking-occupancy": ("band", (60, 85)),
        "headway-adherence": ("up", 80),
    },
    "energy": {
        "saifi": ("down", None),
        "caidi": ("down", None),
        "renewable-share": ("up", 50),
        "lamp-availability": ("up", 98),
        "co2e": ("down", None),
    },
    "living": {
        "emergency-response-p50": ("down", 8),
        "emergency-response-p90": ("down", 10),
        "cctv-availability": ("up", 95),
        "water-in-band": ("up", 99),
        "bed-occupancy": ("band", (None, 85)),
        "heat-danger-hours": ("down", None),
    },
    "people": {
        "wifi-availability": ("up", 99),
        "class-attendance": ("up", 80),
        "classroom-air": ("up", 90),
    },
    "governance": {
        "e-service-uptime": ("up", 99.5),
        "e-service-latency": ("down", 2000),
        "complaint-resolution": ("down", 72),
        "open-data-freshness": ("up", 90),
    },
    "economy": {
        "footfall": ("up", None),
        "footfall-entries": ("up", None),
        "cashless-share": ("up", None),
        "stall-occupancy": ("up", 85),
    },
}
"""Direction and target of each, by domain."""

VERIFIED = {"travel-time-index", "traffic-monitoring", "saifi", "caidi"}
"""Those that were read from a manual (U4SSC)."""


def test_all_of_the_reference_are_there() -> None:
    found: dict[str, dict[str, object]] = {domain.value: {} for domain in Domain}
    for form in CATALOGUE:
        wanted = form.band if form.direction.value == "band" else form.target
        found[form.domain.value][form.id] = (form.direction.value, wanted)
    assert found == REFERENCE


def test_what_is_unverified_says_so() -> None:
    assert {form.id for form in CATALOGUE if form.verified} == VERIFIED
    assert all("(U)" in form.source for form in CATALOGUE if not form.verified)


@pytest.mark.parametrize("form", CATALOGUE, ids=lambda form: form.id)
def test_each_fits_the_types_that_there_are(form: KpiForm) -> None:
    nothing = parse(Document("catalogue", "kpis: []"))
    assert list(Check(nothing, (), BUILTIN).problems(form)) == []


def test_each_has_a_definition_of_its_own() -> None:
    kpis = read_kpis(folder(), CATALOGUE).by_id.values()
    assert len({kpi.definition for kpi in kpis}) == len(kpis)
    assert [kpi.domain for kpi in kpis] == sorted((kpi.domain for kpi in kpis), key=list(Domain).index)


def _target(form: KpiForm) -> str:
    if form.direction.value == "band" and form.band is not None:
        low, high = form.band
        return f"≤ {high:g}" if low is None else f"{low:g}–{high:g}"
    if form.target is None:
        return form.goal.en if form.goal else "–"
    return form.target if isinstance(form.target, str) else f"{form.target:g}"


def test_the_documentation_has_them_as_they_are() -> None:
    """Every row of the table in docs/kpis.md, and no other."""
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|(.*)\|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    told = {name: [cell.strip() for cell in cells.split("|")] for name, cells in rows}
    arrows = {"up": "▲", "down": "▼", "band": "band"}
    assert told == {
        form.id: [
            form.title.en,
            form.title.th,
            form.formula.en,
            form.unit,
            arrows[form.direction.value],
            _target(form),
            form.source,
        ]
        for form in CATALOGUE
    }
