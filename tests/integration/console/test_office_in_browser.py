"""Indicators and notes for the public in a real Chromium, against a city that a test arranges."""

from __future__ import annotations

import re

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.integration.console.conftest import Complaints
from tests.integration.console.stub_city import StubCity
from tests.integration.console.stub_scenes import arrange

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def kpis(page: Page, city: StubCity, address: str) -> Page:
    arrange(city, "standing")
    await page.goto(f"{address}#kpis")
    await expect(page.locator("[data-kpi]")).to_have_count(10)
    return page


@pytest_asyncio.fixture(loop_scope="module")
async def notes(page: Page, city: StubCity, address: str) -> Page:
    arrange(city, "standing")
    await page.goto(f"{address}#public")
    await expect(page.locator("[data-note]").first).to_be_visible()
    return page


async def test_indicators_tell_value_target_state_and_coverage(kpis: Page, complaints: Complaints) -> None:
    compliance = kpis.locator("[data-kpi=pm25-compliance]")
    await expect(compliance).to_contain_text("≥ 95 %")
    await expect(compliance).to_contain_text("98.1 %")
    await expect(compliance.locator(".kpi-state")).to_have_text(re.compile("Met|Missed"))
    await expect(compliance.locator("svg.spark")).to_be_visible()
    air = kpis.locator("[data-kpi=classroom-air]")
    await expect(air).to_contain_text("Not enough data")
    await expect(air).to_contain_text("Only 21.2 % of the expected data is there.")
    await expect(air.locator("svg.spark")).to_have_count(0)
    assert complaints == []


async def test_formula_and_source_stand_behind_the_i(kpis: Page) -> None:
    about = kpis.locator("[data-kpi=travel-time-index] .about")
    await expect(about.locator("dl")).to_be_hidden()
    await about.locator("summary").focus()
    await kpis.keyboard.press("Enter")
    await expect(about.locator("dl")).to_contain_text("ITU-T Y.4903")
    await kpis.locator("[data-kpi=footfall] .about summary").click()
    await expect(kpis.locator("[data-kpi=footfall] .about")).to_contain_text("not checked against")


async def test_periods_are_chosen_and_stand_in_the_address(kpis: Page, city: StubCity) -> None:
    await expect(kpis.get_by_role("button", name="Later")).to_be_disabled()
    await kpis.get_by_role("button", name="Earlier").click()
    await expect(kpis).to_have_url(re.compile(r"#kpis\?at=\d{4}-\d\d-01$"))
    await expect(kpis.locator(".period-name")).not_to_contain_text("so far")
    csv = re.compile(r"^/api/v1/kpis/export\?period=month&start=.+&format=csv$")
    await expect(kpis.get_by_role("link", name="Export as CSV")).to_have_attribute("href", csv)
    await kpis.get_by_label("Period", exact=True).select_option("quarter")
    await expect(kpis.locator(".period-name")).to_have_text(re.compile(r"^Q[1-4] \d{4}"))
    await kpis.get_by_label("Domain", exact=True).select_option("energy")
    await expect(kpis.locator("[data-kpi]")).to_have_count(2)
    assert any("period=quarter" in path for path in city.status.asked)


async def test_an_indicator_has_a_line_and_its_zones_compared(kpis: Page, complaints: Complaints) -> None:
    await kpis.get_by_role("button", name="PM2.5 compliance").click()
    panel = kpis.get_by_role("region", name="PM2.5 compliance")
    await expect(panel.locator(".kpi-chart svg circle")).to_have_count(12)
    bars = panel.locator("[data-zone-bar]")
    await expect(bars).to_have_count(10)
    await expect(bars.last).to_have_attribute("data-zone-bar", "chong-nonsi")
    await expect(bars.last).to_contain_text("Not enough data")
    assert complaints == []


async def test_the_report_of_a_month_is_linked(kpis: Page) -> None:
    link = kpis.get_by_role("link", name="Open the report")
    await kpis.get_by_label("Report of a month").select_option(index=3)
    href = re.compile(r"^/api/v1/report\?period=\d{4}-\d\d&lang=en$")
    await expect(link).to_have_attribute("href", href)


async def test_a_note_is_written_in_both_languages_with_a_preview(
    notes: Page, city: StubCity, complaints: Complaints
) -> None:
    await notes.get_by_role("button", name="New note").click()
    dialog = notes.get_by_role("dialog")
    publish = dialog.get_by_role("button", name="Publish")
    await expect(publish).to_be_disabled()
    await dialog.get_by_label("Title · English").fill("Lamps are out")
    await dialog.get_by_label("What to tell · English").fill("A crew is on its way.")
    await expect(dialog).to_contain_text("Still missing: title in Thai, text in Thai")
    await dialog.get_by_label("Title · ไทย").fill("ไฟถนนดับ")
    await dialog.get_by_label("What to tell · ไทย").fill("ทีมช่างกำลังเดินทาง")
    await dialog.get_by_text("Street lights", exact=True).click()
    preview = dialog.get_by_role("region", name="As the public reads it")
    await expect(preview.locator("[lang=en]").first).to_contain_text("A crew is on its way.")
    await expect(preview.locator("[lang=th]").first).to_contain_text("ไฟถนนดับ")
    await expect(preview.locator("[lang=th]").first).to_contain_text("กำลังตรวจสอบ")
    await publish.click()
    await expect(notes.locator("[data-note]").first).to_contain_text("Lamps are out")
    assert city.status.posts == [
        (
            "add",
            {
                "title": {"en": "Lamps are out", "th": "ไฟถนนดับ"},
                "text": {"en": "A crew is on its way.", "th": "ทีมช่างกำลังเดินทาง"},
                "state": "investigating",
                "services": ["street-lights"],
                "domain": None,
                "incident": None,
            },
        )
    ]
    assert complaints == []


async def test_a_note_is_resolved_and_moves_to_what_is_over(notes: Page, city: StubCity) -> None:
    await notes.locator("[data-note]").first.click()
    await notes.get_by_role("button", name="Resolve").click()
    dialog = notes.get_by_role("dialog")
    await dialog.get_by_label("What to tell · English").fill("The gates work again.")
    await dialog.get_by_label("What to tell · ไทย").fill("ประตูใช้งานได้แล้ว")
    await dialog.get_by_role("button", name="Update").click()
    await expect(notes.get_by_text("The public is told nothing at the moment")).to_be_visible()
    await expect(notes.get_by_text("2 notes that are over")).to_be_visible()
    told = {"en": "The gates work again.", "th": "ประตูใช้งานได้แล้ว"}
    assert city.status.posts == [("update", {"state": "resolved", "text": told, "number": 1})]


async def test_who_was_faster_is_told_of(notes: Page, city: StubCity) -> None:
    await notes.locator("[data-note]").first.click()
    await notes.get_by_role("button", name="Update").click()
    next(iter(city.status.notes.values()))["number"] = 2
    dialog = notes.get_by_role("dialog")
    await dialog.get_by_label("What to tell · English").fill("Soon.")
    await dialog.get_by_label("What to tell · ไทย").fill("เร็ว ๆ นี้")
    await dialog.get_by_role("button", name="Update").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("Somebody was faster")
    await expect(dialog.get_by_role("alert")).to_contain_text("operator-3 wrote to this note")


async def test_a_note_is_withdrawn_only_when_asked_twice(notes: Page, city: StubCity) -> None:
    await notes.locator("[data-note]").first.click()
    await notes.get_by_role("button", name="Withdraw").click()
    assert city.status.posts == []
    await notes.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    await expect(notes.get_by_text("The public is told nothing at the moment")).to_be_visible()
    assert [kind for kind, _ in city.status.posts] == ["withdraw"]


async def test_a_viewer_reads_notes_and_is_told_why_not_more(notes: Page, city: StubCity) -> None:
    city.role = "viewer"
    await notes.reload()
    await expect(notes.get_by_role("button", name="New note")).to_be_disabled()
    await notes.locator("[data-note]").first.click()
    await expect(notes.get_by_role("button", name="Resolve")).to_be_disabled()
    await expect(notes.locator(".panel-foot")).to_contain_text("operator")
    await expect(notes.get_by_role("link", name="Public page")).to_have_attribute("href", "/status")
