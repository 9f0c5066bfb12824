"""The public status page in a real browser: at each size, in both languages, in light, dark and on paper."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from devices.city import CityFolder
from devices.model import DOMAIN_TITLES, Domain
from services.api import ApiDeps, make_app
from services.bus.memory import MemoryBus
from services.runtime.cityfolder import read_city
from services.runtime.clock import ManualClock
from tests.unit.api.conftest import ROLES
from tests.unit.api.doubles import Alerts, Devices, Quarantine, Series, Telemetry, Tokens
from tests.unit.api.operatordoubles import Operations
from tests.unit.api.statusdoubles import KeptNotes, StatusWork, day, domains_of, note, notes_of, service

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

PILOT = Path(__file__).parents[3] / "deploy" / "cities" / "bangkok-pilot"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SIZES = ((1920, 1080), (390, 844))
STATUSES = ("operational", "degraded", "outage", "maintenance", "unknown")
LATEST = date(2026, 1, 5)
CLIPPED = "[...document.querySelectorAll('h1,h2,h3,h4,p,li')].some(e => e.scrollWidth > e.clientWidth + 1)"
BARS = (
    "[...document.querySelector('ol.days').children].map(e => [e.className, e.getBoundingClientRect().width])"
)
LONG = {"en": "A long word " + "x" * 150, "th": "ข้อความยาวมาก" * 12}


class Statuses:
    """The pilot city's services, with every status among them."""

    def __init__(self, folder: CityFolder) -> None:
        turn = cycle(STATUSES)
        self._services = [
            service(one.id, next(turn), domain=one.domain.value, name=one.name.as_dict())
            for one in folder.city.services.values()
        ]

    def domains(self) -> Sequence[Mapping[str, Any]]:
        found = domains_of(self._services)
        return [one | {"title": DOMAIN_TITLES[Domain(one["domain"])].as_dict()} for one in found]


def ninety_days() -> list[dict[str, Any]]:
    """Sixty of which nothing is known, then some of every kind."""
    kinds: list[dict[str, float]] = [
        {},
        {},
        {"degraded": 900.0},
        {},
        {"outage": 9_000.0},
        {"maintenance": 3_600.0},
    ]
    days = [(LATEST - timedelta(days=back)).isoformat() for back in reversed(range(90))]
    dark = [day(name, unknown=86_400.0) for name in days[:60]]
    return dark + [day(name, **kind) for name, kind in zip(days[60:], cycle(kinds), strict=False)]


def made_deps() -> ApiDeps:
    folder, clock, bus, work, told = read_city(PILOT), ManualClock(), MemoryBus(), StatusWork(), KeptNotes()
    work.days = ninety_days()
    planned = note(2, state="planned", starts_at=clock.now() + 86_400_000, ends_at=clock.now() + 90_000_000)
    told.kept = {one.id: one for one in (note(1, title=LONG), planned, note(3, state="resolved"))}
    devices, alerts = Devices(folder.city, folder.devices), Alerts(clock)
    return ApiDeps(
        city=folder.city,
        catalog=folder.catalog,
        registry=devices,
        alerts=alerts,
        maintenance=Operations(clock, alerts),
        status=Statuses(folder),
        history=work,
        notes=notes_of(folder.city, told, bus, clock),
        telemetry=Telemetry(devices, clock),
        store=Series(),
        tokens=Tokens(ROLES),
        quarantine=Quarantine(),
        rules=tuple,
        bus=bus,
        clock=clock,
        metrics=lambda: (b"", "text/plain"),
        ready=lambda: (True, ()),
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address() -> AsyncIterator[str]:
    server = TestServer(make_app(await asyncio.to_thread(made_deps)))
    await server.start_server()
    yield str(server.make_url("/status"))
    await server.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        text = "needs Chromium; Debian: apt install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(text)
        pytest.skip(text)
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield started
        await started.close()


async def opened(context: BrowserContext, address: str) -> tuple[Page, list[str]]:
    """The page, and what the browser complains of."""
    page, complaints = await context.new_page(), list[str]()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    await page.goto(address)
    return page, complaints


@pytest.mark.parametrize("size", SIZES, ids=["desk", "phone"])
@pytest.mark.parametrize("language", ["en", "th"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_and_nothing_is_refused(
    browser: Browser, address: str, size: tuple[int, int], language: str, scheme: Any
) -> None:
    viewport: Any = {"width": size[0], "height": size[1]}
    context = await browser.new_context(viewport=viewport, color_scheme=scheme)
    page, complaints = await opened(context, f"{address}?lang={language}")

    assert complaints == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
    ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    light = [int(part) > 127 for part in ground.removeprefix("rgb(").removesuffix(")").split(",")]
    assert light == [scheme == "light"] * 3
    clipped = (
        "[...document.querySelectorAll('h1,h2,h3,h4,p,li')].some(e => e.scrollWidth > e.clientWidth + 1)"
    )
    assert not await page.evaluate(clipped)
    await context.close()


async def test_bars_of_days_are_all_as_wide_wherever_they_stand(browser: Browser, address: str) -> None:
    context = await browser.new_context(viewport={"width": 390, "height": 844})
    page, _ = await opened(context, address)

    widths = await page.evaluate(BARS)
    first, *others = widths
    one = others[0][1]
    assert first[0] == "u r60"
    assert len(others) == 30
    assert all(abs(width - one) < 0.05 for _, width in others)
    assert abs(first[1] - (60 * one + 59)) < 0.5
    assert one > 2
    await context.close()


async def test_without_scripts_it_says_all_and_its_language_can_be_changed(
    browser: Browser, address: str
) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page, _ = await opened(context, f"{address}?lang=en")
    await page.get_by_role("link", name="ไทย").click()
    await page.wait_for_url("**lang=th")

    assert "สถานะบริการของเมือง" in (await page.locator("h1").inner_text())
    for name in ("ปกติ", "ด้อยประสิทธิภาพ", "ขัดข้อง", "บำรุงรักษา", "ไม่ทราบ"):
        assert await page.locator("main").get_by_text(name, exact=True).count() > 0
    await context.close()


async def test_who_listens_to_it_hears_headings_states_and_figures(browser: Browser, address: str) -> None:
    context = await browser.new_context()
    page, _ = await opened(context, f"{address}?lang=en")

    await page.get_by_role("heading", name="Smart Environment").wait_for()
    images = page.get_by_role("img")
    labels = [await images.nth(number).get_attribute("aria-label") for number in range(3)]
    assert all(label and "operational, known of 30 of 90 days" in label for label in labels)
    assert await page.get_by_role("navigation", name="The seven domains").get_by_role("link").count() == 7
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.getAttribute('href')") == "#services"
    await context.close()


async def test_on_paper_it_is_black_on_white(browser: Browser, address: str) -> None:
    context = await browser.new_context(color_scheme="dark", viewport={"width": 794, "height": 1123})
    page, _ = await opened(context, address)
    await page.emulate_media(media="print")

    assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert await page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert not await page.locator(".languages").is_visible()
    assert len(await page.pdf()) > 10_000
    await context.close()
