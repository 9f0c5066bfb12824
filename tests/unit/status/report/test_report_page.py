"""The report's page: both languages, nothing from outside, no script, whatever stands in it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from devices.model import Text
from services.runtime.ports import InvalidError
from services.status.report import make_report
from services.status.report.gathering import gather
from services.status.report.model import KpiPoint
from services.status.report.page import write_page
from services.status.report.page.words import minutes, number, percent, period_name, span_name
from services.status.report.periods import parse_period
from tests.unit.status.report import reportcity
from tests.unit.status.report.reportcity import CALENDAR, NOW, parts

VOID = {"meta", "input", "br"}


class Reader(HTMLParser):
    """The tags of a page, balanced, and its text by language."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, str] = {"en": "", "th": "", "": ""}
        self._langs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        if tag not in VOID:
            self.open.append(tag)
            named = given.get("class") in {"en", "th"}
            self._langs.append(str(given["class"]) if named else (self._langs[-1] if self._langs else ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self._langs.pop()

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text[self._langs[-1] if self._langs else ""] += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture
async def page() -> str:
    return await make_report(parts(), "2026-10", None)


def test_the_page_is_well_formed_and_all_sections_are_linked(page: str) -> None:
    reader = read(page)
    ids = {given["id"] for _, given in reader.tags if "id" in given}
    links = {given["href"] for tag, given in reader.tags if tag == "a"}
    assert links == {f"#{name}" for name in ids - {"lang-en", "lang-th"}}
    labels = {given["for"] for tag, given in reader.tags if tag == "label"}
    assert labels == {"lang-en", "lang-th"}


def test_nothing_comes_from_outside_and_nothing_runs(page: str) -> None:
    reader = read(page)
    assert not {"script", "link", "img", "iframe", "object", "form"} & {tag for tag, _ in reader.tags}
    assert not [name for _, given in reader.tags for name in given if name.startswith("on") or name == "src"]
    assert "http" not in page
    assert "url(" not in page
    assert "@import" not in page


@pytest.mark.parametrize(("lang", "first"), [(None, "en"), ("en", "en"), ("th", "th")])
async def test_both_languages_are_in_it_and_one_shows_first(lang: str | None, first: str) -> None:
    reader = read(await make_report(parts(), "2026-10", lang))
    chosen = [given["id"] for tag, given in reader.tags if tag == "input" and "checked" in given]
    assert chosen == [f"lang-{first}"]
    assert "October 2026" in reader.text["en"]
    assert "ตุลาคม 2569" in reader.text["th"]
    assert "City portal" in reader.text["en"]
    assert "พอร์ทัลเมือง" in reader.text["th"]


def test_every_text_stands_in_both_languages(page: str) -> None:
    spans = re.findall(r'<(?:span|text) class="(en|th)"', page)
    assert spans.count("en") == spans.count("th") > 200
    assert not re.search(r"[\u0e00-\u0e7f]", read(page).text["en"])


def test_the_figures_stand_in_it(page: str) -> None:
    text = read(page).text["en"] + read(page).text[""]
    for figure in (
        "99.327 %",  # attained
        "1 h 17 min too much of 3 h 42 min",  # 4,626 s of 13,374 s
        "3 h 00 min",  # the outage
        "Nakhon itself could not hear for 30 min.",
        "1,000,000 = 990,000 stored + 8,000 duplicate + 1,990 in quarantine + 10 pending",
        "target ≥ 95 %",
        "93 % of the data there",
    ):
        assert figure in text, figure


def test_a_domain_without_a_service_says_so_and_is_not_called_unknown(page: str) -> None:
    row = re.search(r"<tr><th scope=row>[^\n]*?Smart Economy.*?</tr>", page)
    assert row is not None
    assert "no service is listed" in row[0]
    assert "<rect" not in row[0].partition("Smart Economy")[2]


def test_what_is_not_verified_is_marked(page: str) -> None:
    card = page[page.index("PM2.5 compliance") :]
    assert "(U)" in card[:600]


async def test_zones_without_enough_data_are_named() -> None:
    made = await gather(parts(), parse_period("2026-10", CALENDAR, NOW), CALENDAR)
    (kpi,) = made.kpis
    zones = [*kpi.zones, KpiPoint(Text("Rama 4", "พระราม 4"), None, "not_enough_data", 0.1)]
    zones += [KpiPoint(Text(f"Zone {number}", f"พื้นที่ {number}"), 50.0, "missed", 1.0) for number in range(12)]
    page = await asyncio.to_thread(write_page, replace(made, kpis=[replace(kpi, zones=zones)]), "en")
    text = read(page).text["en"]
    assert "not enough data: Rama 4" in text
    assert "12 of 14 zones" in text


async def test_a_name_can_not_become_markup() -> None:
    made = await gather(parts(), parse_period("2026-10", CALENDAR, NOW), CALENDAR)
    evil = '<script>alert("x")</script>&'
    first, *others = made.services
    name = Text(evil, evil)
    named = replace(made, city=name, services=[replace(first, name=name, id=evil), *others])
    page = await asyncio.to_thread(write_page, named, "en")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    read(page)


async def test_a_period_that_is_not_over_says_so() -> None:
    assert "The period is not over" in await make_report(parts(), "2026-11", "en")


async def test_of_which_nothing_is_known_for_the_most_part_says_so() -> None:
    dark = reportcity.History({("service", "portal"): reportcity.PORTAL[-1:]})
    reader = read(await make_report(parts(history=dark), "2026-10", "en"))
    assert "For most of the time nothing is known" in reader.text["en"]


async def test_a_year_is_drawn_week_by_week() -> None:
    reader = read(await make_report(parts(), "2026", "en"))
    charts = [given for tag, given in reader.tags if tag == "svg" and given.get("class") == "days"]
    assert charts
    assert "2026" in reader.text[""]


async def test_a_period_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidError):
        await make_report(parts(), "yesterday", None)


async def test_with_nothing_but_statuses_the_page_is_whole() -> None:
    less = dict.fromkeys(("kpis", "alerts", "floods", "deadlines", "refused", "ledger", "devices"))
    reader = read(await make_report(parts(**less), "2026-10", "en"))
    assert "No KPIs are computed here." in reader.text["en"]
    assert "No alert fired." in reader.text["en"]


@pytest.mark.parametrize(
    ("name", "english", "thai"),
    [
        ("2026-10", "October 2026", "ตุลาคม 2569"),
        ("2026-Q3", "Quarter 3 of 2026", "ไตรมาส 3 พ.ศ. 2569"),
        ("2026", "2026", "พ.ศ. 2569"),
    ],
)
def test_names_of_periods(name: str, english: str, thai: str) -> None:
    assert period_name(name) == Text(english, thai)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (59.6, "1 min"),
        (90, "1 min"),
        (3_600, "1 h 00 min"),
        (172_799, "47 h 59 min"),
        (90_000 * 3, "3 d 3 h"),
    ],
)
def test_spans_are_told_in_two_units(seconds: float, told: str) -> None:
    assert span_name(seconds).en == told


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (None, "–"),
        (1.0, "100.00 %"),
        (0.99999, "99.99 %"),
        (0.9951, "99.51 %"),
        (0.0, "0.00 %"),
        (0.00001, "≤ 0.01 %"),
        (-0.346, "-34.60 %"),
    ],
)
def test_a_share_is_never_rounded_up_to_a_whole_nor_down_to_nothing(share: float | None, told: str) -> None:
    assert percent(share) == told


def test_numbers_have_no_more_digits_than_help() -> None:
    assert [number(value) for value in (0, 1_234.5, 56.26, 7.251, 0.05, -3.0, 91.0)] == [
        "0",
        "1,234",
        "56.3",
        "7.25",
        "0.05",
        "-3",
        "91",
    ]
    assert [minutes(value) for value in (0, 10, 90, 86_400)] == ["0", "&lt;1", "2", "1,440"]
