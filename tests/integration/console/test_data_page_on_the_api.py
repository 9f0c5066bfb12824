"""The page of the data on the application itself: its own paths, roles, answers and records."""

from __future__ import annotations

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
from services.runtime.quality import ClockQuality, ClockState, DeviceQuality
from services.store.records import Records
from services.store.records.quarantine import QuarantineEntry
from tests.integration.console.conftest import Complaints
from tests.support.smallcity import small_city
from tests.unit.api.doubles import Alerts, Devices, Series, Statuses, Telemetry, Tokens

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

ROLES = ("viewer", "integrator")
NOW = 1_795_000_000_000
PAYLOADS = (b'{"pm25": -3, "note": "good"}', b'{"pm25": -4}', b'[{"pm25": 12}, {"pm25": -5}]')


class Qualities:
    """One device's clock is ahead; of the others nothing is known."""

    def quality(self, device: str) -> DeviceQuality | None:
        ahead = ClockQuality(ClockState.AHEAD, -45.0, None)
        return DeviceQuality(NOW, 120, 120, clock=ahead) if device == "aq-01" else None


class Intake(Telemetry):
    """The double, with accounts of domains."""

    def ledger(self, device: str | None = None) -> Any:
        counts = {"received": 5, "stored": 3, "duplicate": 1, "quarantined": 1, "pending": 0}
        return {**super().ledger(device), "domains": {"environment": counts}}


def refused(number: int, payload: bytes) -> QuarantineEntry:
    return QuarantineEntry(
        number,
        0,
        NOW + number,
        "nakhon/v1/smallville/north/environment/aq-01/telemetry",
        "out_of_range",
        payload,
        device="aq-01",
        path="pm25",
        value=-3 - number,
        expected="0 to 1000 µg/m³",
        contract="AirQualityObserved@1",
    )


@pytest_asyncio.fixture(loop_scope="module")
async def records(tmp_path: Path) -> AsyncIterator[Records]:
    opened = await Records.open(None, tmp_path)
    await opened.quarantine.add([refused(number, payload) for number, payload in enumerate(PAYLOADS)])
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
def folder() -> CityFolder:
    return small_city()


@pytest_asyncio.fixture(loop_scope="module")
async def address(page_files: Path, records: Records, folder: CityFolder) -> AsyncIterator[str]:
    clock = SystemClock()
    devices = Devices(folder.city, folder.devices)
    deps = ApiDeps(
        city=folder.city,
        catalog=folder.catalog,
        registry=devices,
        alerts=Alerts(clock),
        status=Statuses(),
        telemetry=Intake(devices, clock),
        store=Series(),
        tokens=Tokens(ROLES),
        quarantine=records.quarantine,
        rules=lambda: (),
        bus=MemoryBus(),
        clock=clock,
        metrics=lambda: (b"", "text/plain"),
        ready=lambda: (True, []),
        quality=Qualities(),
        console=page_files,
    )
    server = TestServer(make_app(deps))
    await server.start_server()
    yield str(server.make_url("/"))
    await server.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, address: str, complaints: Complaints) -> AsyncIterator[Page]:
    """The data, as one who was sent a link to it sees it before signing in."""
    context = await browser.new_context(viewport={"width": 1920, "height": 1080}, locale="en-GB")
    opened = await context.new_page()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    await opened.goto(f"{address}#data")
    yield opened
    await context.close()


async def sign_in(page: Page, role: str) -> None:
    await page.get_by_label("Token").fill(f"secret-{role}")
    await page.get_by_role("button", name="Sign in").click()


async def test_an_integrator_finds_a_cause_and_takes_it_again(page: Page, complaints: Complaints) -> None:
    await sign_in(page, "integrator")
    await expect(page.locator("[data-account=environment]")).to_have_text("Environment53110")
    await page.locator("[data-cause]").click()
    panel = page.get_by_role("region", name="Out of range")
    await expect(panel.locator(".entry")).to_have_count(3)
    await expect(panel.locator("mark")).to_have_text('    "pm25": -5')
    await panel.get_by_role("button", name="Take again").click()
    await expect(panel.locator(".take-again")).to_contain_text("Refused again")
    await panel.get_by_role("button", name="Take all again").click()
    await expect(panel.locator(".panel-foot")).to_contain_text("1 accepted, 2 refused again")
    async with page.expect_download() as download:
        await panel.get_by_role("link", name="Export as CSV").click()
    lines = (await (await download.value).path()).read_text().splitlines()
    assert len(lines) == 1 + len(PAYLOADS)
    assert complaints == []


async def test_every_filter_is_one_that_the_api_takes(page: Page, complaints: Complaints) -> None:
    await sign_in(page, "integrator")
    await expect(page.locator("[data-cause]")).to_have_count(1)
    await page.get_by_label("Search payloads…").fill("note")
    await page.get_by_label("Search payloads…").press("Enter")
    await expect(page.locator(".cause-count")).to_have_text("1")
    await page.get_by_label("Cause", exact=True).select_option("too_old")
    await expect(page.locator(".causes")).to_contain_text("No refused reading matches")
    await page.get_by_label("Refused when").select_option("hour")
    await page.get_by_label("Zone", exact=True).select_option("south")
    await expect(page.locator(".quality")).to_contain_text("Unknown: nothing can be told yet")
    await page.get_by_label("Domain", exact=True).select_option("environment")
    await page.get_by_role("button", name="Clock").click()
    await expect(page.locator(".quality")).to_contain_text("No device has this problem")
    await expect(page.locator(".unknown-note")).to_have_count(0)
    assert complaints == []


async def test_a_viewer_sees_the_quality_and_no_payload(page: Page, complaints: Complaints) -> None:
    await sign_in(page, "viewer")
    await expect(page.locator(".causes")).to_contain_text("shown to integrators and administrators")
    await expect(page.locator("[data-quality=aq-01]")).to_contain_text("Clock 45 s ahead")
    assert complaints == []
