"""Tens of thousands of alerts against the page itself: it stays quick, and shows the true totals."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.integration.console.city_data import alert
from tests.integration.console.stub_city import StubCity
from tests.integration.console.stub_work import flood

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

STORM = 20_000
HELD = 1000
DRAWN = 200


async def live(page: Page) -> None:
    await expect(page.locator(".connection")).to_have_text("Live")


def rage(city: StubCity, count: int, first: int = 1000) -> None:
    """So many new alerts, told one by one; then what the server counts is what it has."""
    for number in range(first, first + count):
        city.raise_alert(alert(number, age=0))


async def test_a_storm_shows_its_true_totals_and_no_more_rows_than_can_be_read(
    page: Page, city: StubCity
) -> None:
    await live(page)
    await expect(page.locator("[data-alert]")).to_have_count(6)
    city.work.floods = [flood(STORM)]
    city.push("flood", flood(STORM))
    rage(city, STORM)
    total = f"{STORM + 6:,}"
    await expect(page.locator("[data-list=alerts] .count")).to_have_text(f"{HELD:,} of {total}")
    await expect(page).to_have_title(f"({STORM + 6}) Bangkok pilot")
    await expect(page.locator("[data-alert]")).to_have_count(DRAWN)
    counts = [
        int((await chip.inner_text()).replace(",", "")) for chip in await page.locator(".chips b").all()
    ]
    assert sum(counts) == STORM + 6
    await expect(page.locator(".banner.flood")).to_be_visible()
    held = await page.evaluate("document.querySelectorAll('*').length")
    assert held < 8000


async def test_the_page_answers_while_the_storm_goes_on(page: Page, city: StubCity) -> None:
    await live(page)
    rage(city, STORM // 2)
    await page.get_by_role("button", name="Worst first").click()
    await page.locator("[data-list=incidents]").click()
    await expect(page.locator("#alerts")).to_contain_text("No open incidents")
    rage(city, STORM // 2, first=1000 + STORM // 2)
    await page.locator("[data-list=alerts]").click()
    await expect(page.locator("[data-list=alerts] .count")).to_contain_text(f"{STORM + 6:,}")
    await expect(page.locator("[data-alert] > .mark").first).to_have_text("Critical")


async def test_filters_of_a_storm_are_the_servers_to_apply(page: Page, city: StubCity) -> None:
    for number in range(1000, 1000 + 3 * HELD):
        raised = alert(number, age=60 + number)
        city.alerts[raised["id"]] = raised
    old = alert(1, age=900_000, zone="yothi", title={"en": "Old and alone", "th": "เก่า"})
    city.alerts[old["id"]] = old | {"domain": "living"}
    await page.reload()
    await live(page)
    row = page.locator(f"[data-alert='{old['id']}']")
    await expect(page.locator("[data-list=alerts] .count")).to_contain_text("1,000 of 3,006")
    await expect(row).to_have_count(0)
    await page.get_by_label("Domain", exact=True).select_option("living")
    await expect(row).to_contain_text("Old and alone")
    await expect(page.locator("[data-alert]")).to_have_count(1)
    await page.get_by_label("Domain", exact=True).select_option("")
    await expect(page.locator("[data-alert]")).to_have_count(DRAWN)


async def test_the_rows_go_on_as_the_reader_does_and_then_say_that_there_are_more(
    page: Page, city: StubCity
) -> None:
    for number in range(1000, 1000 + 2 * HELD):
        raised = alert(number, age=60 + number)
        city.alerts[raised["id"]] = raised
    await page.reload()
    rows = page.locator("[data-alert]")
    await expect(rows).to_have_count(DRAWN)
    for drawn in range(2 * DRAWN, HELD + 1, DRAWN):
        await page.locator(".list-more").scroll_into_view_if_needed()
        await expect(rows).to_have_count(drawn)
    await expect(page.locator(".list-more")).to_contain_text("Only the first 1,000 are listed here")


async def test_when_the_storm_is_over_all_is_counted_here_again(page: Page, city: StubCity) -> None:
    await live(page)
    rage(city, HELD + 50)
    await expect(page.locator("[data-list=alerts] .count")).to_contain_text(f"of {HELD + 56:,}")
    for raised in list(city.alerts.values())[6:]:
        raised |= {"state": "resolved", "ends_at": raised["starts_at"]}
    city.drop_streams()
    await expect(page.locator(".connection")).not_to_have_text("Live")
    city.refuses_streams = False
    await live(page)
    await expect(page.locator("[data-list=alerts] .count")).to_have_text("6")
