"""The page of the data in a real Chromium, against a city that a test arranges."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from tests.integration.console.conftest import Complaints
from tests.integration.console.stub_city import StubCity
from tests.integration.console.stub_data import account, busy_ledger, quality

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

PHONE = {"width": 390, "height": 844}
WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
HEIGHTS = "[document.documentElement.scrollHeight, document.documentElement.clientHeight]"
OUT_OF_RANGE = "#data/cause/0000000000000001"


@pytest.fixture
def city(city: StubCity) -> StubCity:
    """A city whose devices get a lot wrong, as an integrator sees it."""
    city.role, city.ledger = "integrator", busy_ledger()
    city.data.arrange()
    return city


async def opened(page: Page, address: str, hash_: str) -> None:
    """Go there as one who was sent a link: the page begins anew."""
    await page.goto("about:blank")
    await page.goto(address + hash_)


async def look_again(page: Page) -> None:
    """As one who comes back to the page: it asks at once."""
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


async def test_the_ledger_of_each_domain_and_the_brokers_own_drops(page: Page, city: StubCity) -> None:
    await page.get_by_role("link", name="Data").click()
    await expect(page).to_have_title("(6) Data · Bangkok pilot")
    rows = page.locator("[data-account]")
    await expect(rows).to_have_count(9)
    await expect(rows.first).to_have_text("Environment1,286,2551,284,0319021,31012")
    await expect(page.locator("[data-account=economy]")).to_contain_text("nothing received yet")
    await expect(page.locator("[data-account=unknown]")).to_contain_text("402")
    await expect(page.locator(".account")).to_contain_text("The ledger adds up")
    await expect(page.locator(".waiting")).to_contain_text("dropped nothing by itself")
    city.ledger = {**account(10, 0, 0, 5_000), "domains": {}, "broker": {"connected": True, "dropped": 7}}
    await look_again(page)
    await expect(page.locator("[data-waiting]")).to_have_text("5,000")
    await expect(page.locator(".waiting")).to_contain_text("7 messages dropped by the broker itself")
    await page.go_back()
    await expect(page.locator("[data-domain]")).to_have_count(7)


async def test_a_cause_is_opened_mended_and_taken_again(page: Page, city: StubCity) -> None:
    await page.get_by_role("link", name="Data").click()
    causes = page.locator("[data-cause]")
    await expect(causes).to_have_count(6)
    await expect(causes.first).to_contain_text("Too many at once")
    await causes.nth(1).click()
    panel = page.get_by_role("region", name="Out of range")
    await expect(panel.locator("mark")).to_have_text('    "pm25": -3,')
    await expect(panel.locator(".payload-note")).to_contain_text("0 to 1000 µg/m³")
    await panel.get_by_role("button", name="Take again").first.click()
    await expect(panel.locator(".take-again")).to_contain_text("Refused again")
    await expect(panel.locator(".take-again")).to_contain_text("Out of range")
    city.data.mended = True
    await panel.get_by_role("button", name="Take again").first.click()
    await expect(panel.locator(".take-again")).to_contain_text("Accepted")
    await panel.get_by_role("button", name="Take all again").click()
    await expect(panel.locator(".panel-foot")).to_contain_text("1,000 accepted")
    await panel.get_by_role("button", name="Go on with 204").click()
    await expect(panel.locator(".panel-foot")).to_contain_text("1,204 accepted")
    assert city.data.posts[-2:] == [
        ("all", {"cause": "0000000000000001"}),
        ("all", {"cause": "0000000000000001", "cursor": "01JNEXT"}),
    ]


async def test_filters_stand_in_the_address_and_in_the_exports(
    page: Page, city: StubCity, address: str
) -> None:
    await opened(page, address, OUT_OF_RANGE)
    panel = page.get_by_role("region", name="Out of range")
    await panel.locator(".facts").get_by_role("link", name="aq-11").click()
    await expect(page.locator("[data-account]")).to_have_count(1)
    await expect(page.locator("[data-cause]")).to_have_count(1)
    assert page.url.endswith("#data?device=aq-11")
    await page.get_by_label("Cause", exact=True).select_option("out_of_range")
    await expect(page).to_have_url(f"{address}#data?device=aq-11&code=out_of_range")
    export = page.locator(".causes").get_by_role("link", name="Export as CSV")
    wanted = "/api/v1/quarantine/export?replayed=false&device=aq-11&code=out_of_range&format=csv"
    await expect(export).to_have_attribute("href", wanted)
    await page.get_by_role("button", name="Remove filter Device aq-11").click()
    await expect(page.locator("[data-account]")).to_have_count(9)


async def test_who_may_not_see_payloads_is_told_so_and_asks_for_none(
    page: Page, city: StubCity, address: str
) -> None:
    city.role = "viewer"
    city.data.asked.clear()
    await opened(page, address, OUT_OF_RANGE)
    await expect(page.locator(".causes")).to_contain_text("shown to integrators and administrators")
    await expect(page.locator(".panel")).to_contain_text("shown to integrators and administrators")
    await expect(page.locator("[data-account]")).to_have_count(9)
    await expect(page.locator("[data-quality]")).to_have_count(4)
    assert {name for name, _ in city.data.asked} == {"quality"}


async def test_what_is_wrong_with_devices_in_words(page: Page, city: StubCity, address: str) -> None:
    await opened(page, address, "#data")
    worst = page.locator("[data-quality]").first
    for words in (
        "aq-03",
        "PM2.5 has not moved since",
        "Clock 45 s ahead, moves 3 s a day",
        "201 of 276 expected readings",
        "A gap of 6 h",
        "2 readings refused",
        "72.8 % complete",
    ):
        await expect(worst).to_contain_text(words)
    await expect(page.locator(".quality")).to_contain_text(
        "Of 1 of 25 devices nothing can be told yet: aq-12"
    )
    await page.get_by_role("button", name="Gaps").click()
    await expect(page.locator("[data-quality]")).to_have_count(2)
    assert page.url.endswith("#data?problem=gaps")


async def test_nothing_wrong_is_said_only_when_something_is_known(
    page: Page, city: StubCity, address: str
) -> None:
    silent = {"completeness": None, "expected": 0, "received": 0}
    for found, words in (
        ([quality(1), quality(2)], "Nothing is wrong"),
        ([quality(1), quality(2, **silent)], "not all is known"),
        ([quality(1, **silent)], "Unknown: nothing can be told yet"),
    ):
        city.data.qualities = found
        await opened(page, address, "#data")
        await expect(page.locator(".quality .empty")).to_contain_text(words)


async def test_what_can_not_be_had_is_unknown(page: Page, city: StubCity, address: str) -> None:
    city.data.away = "The records are away."
    city.ledger = {**account(1), "broker": {"connected": False, "dropped": 3}}
    await opened(page, address, "#data")
    for part in (".causes", ".quality"):
        await expect(page.locator(part)).to_contain_text("Unknown now. The records are away.")
    await expect(page.locator(".waiting")).to_contain_text("Unknown what it drops")
    city.data.away = None
    await look_again(page)
    await expect(page.locator("[data-cause]")).to_have_count(6)
    city.data.away = "The records are away."
    await look_again(page)
    await expect(page.locator(".causes")).to_contain_text("Below: as it was at")


async def test_the_header_says_what_nakhon_itself_can_not_do(page: Page, city: StubCity) -> None:
    city.data.reasons = ["broker: connection refused", "journal: the disk is full"]
    await look_again(page)
    troubles = page.locator(".troubles")
    await expect(troubles).to_contain_text("It hears no sensors")
    await expect(troubles).to_contain_text("the disk is full")
    await page.get_by_role("link", name="Data").click()
    await expect(troubles).to_contain_text("It takes nothing in")
    city.data.reasons = []
    await look_again(page)
    await expect(troubles).to_be_empty()


async def test_the_keyboard_is_enough_for_the_data(page: Page, address: str, complaints: Complaints) -> None:
    await opened(page, address, "#data")
    await page.locator("[data-cause]").first.focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    panel = page.get_by_role("region", name="Out of range")
    await expect(panel).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(".panel")).to_have_count(0)
    await expect(page.locator("[data-cause]").nth(1)).to_be_focused()
    for sizes in (WIDTHS, HEIGHTS):
        scrolled, seen = await page.evaluate(sizes)
        assert scrolled == seen
    assert complaints == []


@pytest.mark.parametrize("lang", ["en", "th"])
async def test_no_data_overflows_a_phone(browser: Browser, address: str, lang: str) -> None:
    context = await browser.new_context(viewport=PHONE, locale=lang, reduced_motion="reduce")
    page = await context.new_page()
    await page.goto(f"{address}#data")
    await expect(page.locator("[data-quality]")).to_have_count(4)
    await expect(page.locator("[data-cause]")).to_have_count(6)
    scrolled, seen = await page.evaluate(WIDTHS)
    assert scrolled == seen == PHONE["width"]
    await page.locator("[data-cause]").nth(1).click()
    panel = page.locator(".panel")
    await expect(panel.locator("mark")).to_have_count(1)
    assert await panel.bounding_box() == {"x": 0, "y": 0, **PHONE}
    inner = await panel.locator(".panel-body").evaluate("body => [body.scrollWidth, body.clientWidth]")
    assert inner[0] == inner[1]
    await context.close()
