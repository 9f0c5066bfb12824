"""Services, indicators and notes on the application itself: its own paths, parameters and answers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, expect

from devices.city import CityFolder
from services.api import ApiDeps, make_app
from services.bus.memory import MemoryBus
from services.runtime.clock import SystemClock
from tests.integration.console.conftest import Complaints
from tests.support.smallcity import small_city
from tests.unit.api.doubles import Alerts, Devices, Quarantine, Series, Telemetry, Tokens
from tests.unit.api.operatordoubles import Operations
from tests.unit.api.statusdoubles import KeptNotes, StatusWork, change, domains_of, notes_of

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]


class Domains:
    """The seven, with the services of the double."""

    def __init__(self, work: StatusWork) -> None:
        self._work = work

    def domains(self) -> Any:
        return domains_of(list(self._work.all_services.values()))


@pytest.fixture
def work() -> StatusWork:
    made = StatusWork()
    made.all_services["power"] |= {"name": {"en": "Power", "th": "ไฟฟ้า"}}
    made.all_changes = [change(1, status="outage")]
    return made


@pytest.fixture(scope="module")
def folder() -> CityFolder:
    return small_city()


@pytest_asyncio.fixture(loop_scope="module")
async def address(page_files: Path, work: StatusWork, folder: CityFolder) -> AsyncIterator[str]:
    clock, bus = SystemClock(), MemoryBus()
    devices, alerts = Devices(folder.city, folder.devices), Alerts(clock)
    operations = Operations(clock, alerts)
    deps = ApiDeps(
        city=folder.city,
        catalog=folder.catalog,
        registry=devices,
        alerts=alerts,
        incidents=operations,
        services=work,
        history=work,
        kpis=work,
        kpi_export=lambda values, kind: f"{kind} {len(values)}".encode(),
        notes=notes_of(folder.city, KeptNotes(), bus, clock),
        report=work.report,
        status=Domains(work),
        telemetry=Telemetry(devices, clock),
        store=Series(),
        tokens=Tokens(("operator",)),
        quarantine=Quarantine(),
        rules=lambda: (),
        bus=bus,
        clock=clock,
        metrics=lambda: (b"", "text/plain"),
        ready=lambda: (True, []),
        console=page_files,
    )
    server = TestServer(make_app(deps))
    await server.start_server()
    yield str(server.make_url("/"))
    await server.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, address: str, complaints: Complaints) -> AsyncIterator[Page]:
    """The services, as an operator sees them who has signed in."""
    context = await browser.new_context(viewport={"width": 1920, "height": 1080}, locale="en-GB")
    opened = await context.new_page()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    await opened.goto(f"{address}#services")
    await opened.get_by_label("Token").fill("secret-operator")
    await opened.get_by_role("button", name="Sign in").click()
    yield opened
    await context.close()


async def test_a_service_is_told_of_in_full(page: Page, complaints: Complaints) -> None:
    await page.locator("[data-service=air-quality]").click()
    panel = page.get_by_role("region", name="Air quality")
    await expect(panel.locator("[data-probe=front-door]")).to_contain_text("certificate 61 days")
    await expect(panel.locator("[data-fact=needs]")).to_contain_text("Power")
    await panel.get_by_role("button", name="Why?").click()
    await expect(panel.locator(".explained")).to_contain_text("1 rule that does not hold")
    await expect(panel.locator(".calendar [data-day]")).to_have_count(90)
    await expect(panel.locator(".changes li")).to_have_count(1)
    await panel.locator("[data-day='2026-01-05']").click()
    await expect(panel.locator("[data-shown-day] [data-change=outage]")).to_have_count(1)
    await expect(panel.locator(".unknown-note")).to_have_count(0)
    assert complaints == []


async def test_every_question_about_indicators_is_one_that_the_api_takes(
    page: Page, work: StatusWork, address: str, complaints: Complaints
) -> None:
    await page.goto(f"{address}#kpis")
    await expect(page.locator("[data-kpi]")).to_have_count(1)
    for period in ("day", "week", "quarter", "year"):
        await page.get_by_label("Period", exact=True).select_option(period)
        await page.get_by_role("button", name="Earlier").click()
        await expect(page.locator("[data-kpi]")).to_have_count(1)
    await page.get_by_label("Period", exact=True).select_option("month")
    await page.locator("[data-kpi] .text-link").click()
    await expect(page.locator("[data-zone-bar]")).to_have_count(1)
    await expect(page.locator(".unknown-note")).to_have_count(0)
    assert {"day", "week", "month", "quarter", "year"} <= {
        asked[3] for asked in work.asked if len(asked) == 6
    }
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Export as CSV").click()
    assert (await (await download.value).path()).read_text() == "csv 1"
    async with page.context.expect_page() as opened:
        await page.get_by_role("link", name="Open the report").click()
    assert re.fullmatch(r"\d{4}-\d\d en", await (await opened.value).title())
    assert complaints == []


async def test_what_is_written_stands_on_the_public_page_until_it_is_withdrawn(
    page: Page, address: str, complaints: Complaints
) -> None:
    await page.goto(f"{address}#public")
    await page.get_by_role("button", name="New note").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Title · English").fill("Sensors in the north")
    await dialog.get_by_label("Title · ไทย").fill("เซ็นเซอร์ทางเหนือ")
    await dialog.get_by_label("What to tell · English").fill("They are being changed.")
    await dialog.get_by_label("What to tell · ไทย").fill("กำลังเปลี่ยนเซ็นเซอร์")
    await dialog.get_by_text("Planned", exact=True).click()
    await dialog.get_by_label("Begins").fill("2031-01-05T01:00")
    await dialog.get_by_label("Ends").fill("2031-01-05T03:00")
    await dialog.get_by_text("Air quality", exact=True).click()
    await dialog.get_by_role("button", name="Publish").click()
    panel = page.get_by_role("region", name="Sensors in the north")
    await expect(panel.locator("[lang=th]").first).to_contain_text("กำลังเปลี่ยนเซ็นเซอร์")
    await panel.get_by_role("button", name="Resolve").click()
    await dialog.get_by_label("What to tell · English").fill("All report again.")
    await dialog.get_by_label("What to tell · ไทย").fill("ทั้งหมดส่งข้อมูลแล้ว")
    await dialog.get_by_role("button", name="Update").click()
    await expect(page.get_by_text("1 note that is over")).to_be_visible()
    async with page.context.expect_page() as opened:
        await page.get_by_role("link", name="Public page").click()
    await expect((await opened.value).locator("body")).to_contain_text("All report again.")
    await panel.get_by_role("button", name="Withdraw").click()
    await dialog.get_by_role("button", name="Withdraw").click()
    await expect(page.get_by_text("The public is told nothing at the moment")).to_be_visible()
    assert complaints == []
