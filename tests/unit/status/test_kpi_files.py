"""``kpis.yaml``: what a city may say, every mistake in it with its line, and its schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from devices.documents import Document, ProblemsError, parse
from services.runtime.cityfolder import read_city
from services.status.kpis.forms import CatalogueForm, KpisForm
from services.status.kpis.model import Days, Share
from services.status.kpis.reading import read_kpis
from services.status.kpis.schema import kpis_schema
from tests.unit.status.kpicity import CATALOGUE, folder, own

ROOT = Path(__file__).parents[3]
PILOT = ROOT / "deploy" / "cities" / "bangkok-pilot"

WRONG = """\
constants:
  costumers: 5
  customers: {value: 5, zones: {nort: 3}}
change:
  saify: {target: 1}
  pm25-compliance: {limits: {pm10: {at_most: 5}}}
  parking-occupancy: {target: 5}
  footfall: {target: 110}
off: [footfal, footfall]
kpis:
  - id: saifi
    domain: energy
    title: {en: A, th: ก}
    formula: {en: A, th: ก}
    unit: "%"
    direction: up
    source: test
    compute: {share: {of: ClasroomAir, met: {co2: 5}}}
  - id: mine
    domain: people
    title: {en: A, th: ก}
    formula: {en: A, th: ก}
    unit: "%"
    direction: up
    source: test
    compute:
      share:
        of: ClassroomAir
        given: {ocupied: true}
        met: {occupied: {at_least: 1}, co2: high}
  - id: mine
    domain: people
    title: {en: A, th: ก}
    formula: {en: A, th: ก}
    unit: kWh
    direction: up
    source: test
    compute:
      ratio:
        of: {rise: ACMeasurement.activePower, factor: grid}
        to: [{sum: ClassroomAir.occupied}, {level: Footfall}]
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(ProblemsError) as caught:
        read_kpis(folder(text), CATALOGUE)
    return [str(problem) for problem in caught.value.problems]


def test_all_mistakes_at_once() -> None:
    said = mistakes(WRONG)
    for part in (
        "kpis.yaml:2: constants.costumers: no indicator uses a constant 'costumers'; did you mean customers?",
        "kpis.yaml:3: constants.customers",
        "no zone 'nort'; did you mean north?",
        "kpis.yaml:5: change.saify: no indicator 'saify'; did you mean saifi?",
        "change.pm25-compliance.limits.pm10: pm25-compliance has no limit of 'pm10'",
        "kpis.yaml:7: change.parking-occupancy.target: this indicator has a band, no target",
        "kpis.yaml:8: change.footfall: is switched off below; leave one of the two out",
        "kpis.yaml:9: off[0]: no indicator 'footfal'; did you mean footfall?",
        "kpis.yaml:11: kpis[0].id: 'saifi' is one of Nakhon's own",
        "kpis[0].compute.share.of: no observation type 'ClasroomAir'; did you mean ClassroomAir?",
        "kpis[1].compute.share.given.ocupied: ClassroomAir has no metric 'ocupied'; did you mean occupied?",
        "kpis[1].compute.share.met.occupied.at_least: occupied is no number",
        "kpis[1].compute.share.met.co2: co2 is never 'high'",
        "kpis[2].id: 'mine' stands here a second time",
        "kpis[2].compute.ratio.of[0].rise: activePower is no counter",
        "totalActiveEnergyImport",
        "kpis[2].compute.ratio.of[0].factor: no factor 'grid'",
        "kpis[2].compute.ratio.to[0].sum: occupied is no number",
        "kpis[2].compute.ratio.to[1].level: Footfall has no metric ''",
    ):
        assert any(part in line for line in said), (part, said)
    assert len(said) == 17


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "kpi: []",
            "kpis.yaml:1: kpi: unknown key; did you mean kpis? (allowed: constants, change, off, kpis)",
        ),
        (own("{shar: {}}"), "compute.shar: unknown key; did you mean share?"),
        (own("{}"), "needs exactly one of share, time, mean, days, daily, percentile, weekday, ratio, total"),
        (
            own("{share: {of: ClassroomAir, met: {co2: {at_lest: 5}}}}"),
            "at_lest: unknown key; did you mean at_least?",
        ),
        (
            own("{share: {of: ClassroomAir, met: {co2: {optional: true}}}}"),
            "needs at least one of at_least, above",
        ),
        (own("{share: {of: ClassroomAir, met: {}}}"), "kpis[0].compute.share.met"),
        (
            own("{days: {of: AirQualityObserved.pm25}}"),
            "needs exactly one of at_least, above, at_most, below",
        ),
        (own("{percentile: {of: ServiceProbe.latency, percent: 100}}"), "must be less than 100"),
        (own("{total: {of: {sum: Footfall.entries, rise: A.b}}}"), "needs exactly one of sum, rise, level"),
        (own("{daily: {of: AirQualityObserved.pm25}}", direction="band"), "direction band needs a band"),
        (own("{daily: {of: AirQualityObserved.pm25}}", band="[5, 1]"), "its ends must rise"),
        (own("{daily: {of: AirQualityObserved.pm25}}", coverage="50"), "less than or equal to 1"),
        ("change: {footfall: {}}", "needs at least one of"),
        ("constants: {customers: [{from: 2026-13-01, value: 1}]}", "must be a day such as 2026-01-01"),
        ("off: footfall", "off: must be a list"),
    ],
)
def test_mistakes_of_form(text: str, said: str) -> None:
    found = mistakes(text)
    assert any(said in line for line in found), found


def test_what_a_city_has_otherwise() -> None:
    kpis = read_kpis(
        folder(
            "change:\n"
            "  pm25-compliance: {target: 80, limits: {pm25: {at_most: 25}}}\n"
            "  classroom-air: {limits: {co2: {at_most: 800}}, coverage: 0.9}\n"
            "  parking-occupancy: {band: [50, 90]}\n"
            "  water-in-band: {source: City water works, verified: true}\n"
            "off: [footfall]\n"
        ),
        CATALOGUE,
    ).by_id
    plain = read_kpis(folder(), CATALOGUE).by_id
    assert len(kpis) == len(plain) - 1
    compliance = kpis["pm25-compliance"].compute
    assert isinstance(compliance, Days)
    assert (kpis["pm25-compliance"].target, compliance.limit) == (80, 25)
    air = kpis["classroom-air"].compute
    assert isinstance(air, Share)
    assert [clause.values for clause in air.readings.met] == [(800.0,)]
    assert kpis["classroom-air"].coverage == 0.9
    assert kpis["parking-occupancy"].band == (50, 90)
    assert kpis["water-in-band"].verified
    changed = {name for name, kpi in kpis.items() if kpi.definition != plain[name].definition}
    assert changed == {"pm25-compliance", "classroom-air"}


def test_a_city_without_a_file_has_nakhon_s_own() -> None:
    assert list(read_kpis(folder(), CATALOGUE).by_id) == [form.id for form in CATALOGUE]


def test_an_empty_file_is_one() -> None:
    assert len(read_kpis(folder("# nothing yet\n"), CATALOGUE).by_id) == len(CATALOGUE)


def test_the_pilot_s_file_is_right_and_used() -> None:
    kpis = read_kpis(read_city(PILOT), CATALOGUE).by_id
    assert "charger-availability" in kpis
    assert kpis["saifi"].constants["customers"][-1].value == 42_500
    assert kpis["traffic-monitoring"].constants["major_street_km"][0].zones["samyan"] == 14


def test_the_schema_takes_what_the_reader_takes() -> None:
    schema = kpis_schema()
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    pilot = parse(Document("kpis.yaml", (PILOT / "kpis.yaml").read_text(encoding="utf-8"))).data
    assert list(validator.iter_errors(pilot)) == []
    for path in sorted((ROOT / "services" / "status" / "kpis" / "catalogue").glob("*.yaml")):
        data = parse(Document(path.name, path.read_text(encoding="utf-8"))).data
        CatalogueForm.model_validate(data)
        KpisForm.model_validate(data)
        assert list(validator.iter_errors(data)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"kpi": []},
        {"change": {"footfall": {}}},
        {"kpis": [{"id": "x"}]},
        {"constants": {"customers": "many"}},
        {"change": {"footfall": {"coverage": 5}}},
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(wrong: dict[str, Any]) -> None:
    assert list(jsonschema.Draft202012Validator(kpis_schema()).iter_errors(wrong))
