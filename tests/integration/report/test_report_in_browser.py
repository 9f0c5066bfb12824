"""The report's page in a real browser without a script: its languages, narrow and on paper."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from services.status.report import make_report
from tests.integration.console.conftest import CHROMIUM, missing
from tests.unit.status.report.reportcity import parts

pytestmark = pytest.mark.real


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    """The page of October, in a browser that runs no scripts and reaches nothing."""
    program = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if program is None:
        missing("Chromium", "Debian: apt install chromium")
    file = tmp_path / "report.html"
    file.write_text(await make_report(parts(), "2026-10", "en"), encoding="utf-8")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        context = await browser.new_context(java_script_enabled=False, offline=True)
        opened = await context.new_page()
        await opened.goto(file.as_uri())
        yield opened
        await browser.close()


async def test_the_language_is_switched_without_a_script(page: Page) -> None:
    english, thai = page.get_by_text("Seven domains"), page.get_by_text("เจ็ดด้าน")
    await expect(english).to_be_visible()
    await expect(thai).to_be_hidden()
    await page.get_by_text("ไทย", exact=True).click()
    await expect(thai).to_be_visible()
    await expect(english).to_be_hidden()


async def test_the_keyboard_switches_it_too(page: Page) -> None:
    await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_text("เจ็ดด้าน")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1920])
async def test_nothing_is_wider_than_the_screen(page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 844})
    for section in await page.locator("section, header").all():
        box = await section.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width


async def test_it_prints_on_a4(page: Page) -> None:
    paper = await page.pdf(prefer_css_page_size=True)
    sizes = {tuple(map(float, found)) for found in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)}
    ((width, height),) = sizes
    assert (width, height) == (pytest.approx(595, abs=1), pytest.approx(842, abs=1))


async def test_the_switch_is_not_printed(page: Page) -> None:
    await page.emulate_media(media="print")
    await expect(page.locator("nav")).to_be_hidden()
    await expect(page.get_by_text("October 2026", exact=True)).to_be_visible()
