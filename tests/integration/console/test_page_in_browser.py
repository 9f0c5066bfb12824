"""The operators' page in a real Chromium, against a city that a test arranges."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.integration.console.city_data import TITLES, alert, domain_status, reading
from tests.integration.console.conftest import Complaints
from tests.integration.console.stub_city import TOKEN, StubCity
from tests.integration.console.stub_scenes import arrange

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

PHONE = {"width": 390, "height": 844}
WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
HEIGHTS = "[document.documentElement.scrollHeight, document.documentElement.clientHeight]"


async def live(page: Page) -> None:
    await expect(page.locator(".connection")).to_have_text("Live")


def row(page: Page, raised: dict[str, Any]) -> Any:
    return page.locator(f"[data-alert='{raised['id']}']")


async def test_shows_the_seven_domains_in_order_with_word_reason_and_evidence(page: Page) -> None:
    tiles = page.locator("[data-domain]")
    await expect(tiles).to_have_count(7)
    assert [await tile.get_attribute("data-domain") for tile in await tiles.all()] == list(TITLES)
    mobility = page.locator("[data-domain=mobility]")
    await expect(mobility).to_contain_text("Degraded")
    await expect(mobility).to_contain_text("4 of 12 sensors silent in Yothi")
    await expect(mobility).to_contain_text("32 of 36 reporting")
    await expect(mobility).to_contain_text("1 open alert")
    await expect(page.locator("[data-domain=economy]")).to_contain_text("Unknown")


async def test_says_nothing_in_the_browsers_console_under_a_strict_policy(
    page: Page, city: StubCity, complaints: Complaints
) -> None:
    await live(page)
    await page.locator("[data-alert]").first.click()
    await expect(page.locator(".panel .chart svg")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.locator("[data-domain=mobility]").click()
    await expect(page.locator(".panel .service")).to_have_count(3)
    city.push("reading", reading(1))
    await expect(page.locator(".ticker li")).to_have_count(1)
    assert complaints == []


async def test_an_alert_that_arrives_over_the_stream_appears_on_top(page: Page, city: StubCity) -> None:
    await live(page)
    raised = alert(106, age=0, severity="critical", title={"en": "Canal overflows", "th": "คลองล้น"})
    city.raise_alert(raised)
    await expect(row(page, raised)).to_contain_text("Canal overflows")
    assert await page.locator("[data-alert]").first.get_attribute("data-alert") == raised["id"]
    await expect(page.get_by_role("alert").filter(has_text="Critical alert: Canal overflows")).to_have_count(
        1
    )
    await expect(page).to_have_title("(7) Bangkok pilot")


async def test_an_alert_that_ends_is_shown_as_resolved(page: Page, city: StubCity) -> None:
    await live(page)
    ended = next(iter(city.alerts.values()))
    city.raise_alert({**ended, "state": "resolved", "ends_at": ended["starts_at"]})
    await expect(row(page, ended)).to_contain_text("Resolved")
    await expect(page.locator("[data-list=alerts] .count")).to_have_text("5")


async def test_a_status_that_arrives_over_the_stream_is_shown(page: Page, city: StubCity) -> None:
    await live(page)
    city.domains["living"] = domain_status("living", "outage")
    city.push("status", city.domains["living"])
    await expect(page.locator("[data-domain=living]")).to_contain_text("Outage")


async def test_shows_the_arithmetic_of_an_alert(page: Page, city: StubCity) -> None:
    raised = city.alerts[alert(1)["id"]]
    await row(page, raised).click()
    panel = page.get_by_role("region", name="PM2.5 unhealthy in Samyan")
    await expect(panel.locator(".arithmetic")).to_contain_text("81.2 µg/m³")
    await expect(panel.locator(".arithmetic")).to_contain_text("75 µg/m³")
    await expect(panel.locator(".journey li")).to_have_count(5)
    await expect(panel).to_contain_text("delivered 18 ms after it was due")
    await expect(panel.locator(".history")).to_contain_text("Condition began")
    await expect(panel).to_contain_text("Send a crew to look")


async def test_acknowledging_posts_the_note_and_shows_who_did(page: Page, city: StubCity) -> None:
    raised = city.alerts[alert(0)["id"]]
    await row(page, raised).click()
    await page.get_by_label("Note").fill("crew is on its way")
    await page.get_by_role("button", name="Acknowledge", exact=True).click()
    await expect(page.locator(".acknowledged")).to_contain_text("Acknowledged by operator-7")
    await expect(page.locator(".acknowledged")).to_contain_text("crew is on its way")
    await expect(row(page, raised)).to_contain_text("operator-7")
    assert city.posts == [(raised["id"], {"note": "crew is on its way", "number": 2})]


async def test_a_colleague_who_was_faster_is_told_of(page: Page, city: StubCity) -> None:
    city.acknowledged_by_other = "operator-3"
    await row(page, alert(0)).click()
    await page.get_by_role("button", name="Acknowledge", exact=True).click()
    refusal = page.locator(".refusal")
    await expect(refusal).to_contain_text("Somebody was faster")
    await expect(refusal).to_contain_text("operator-3 acknowledged this alert a moment ago.")
    await expect(page.locator(".acknowledged")).to_contain_text("Acknowledged by operator-3")


async def test_a_viewer_can_look_and_is_told_why_not_more(page: Page, city: StubCity) -> None:
    city.role = "viewer"
    await page.reload()
    await row(page, alert(0)).click()
    await expect(page.get_by_role("button", name="Acknowledge", exact=True)).to_be_disabled()
    await expect(page.locator(".panel-foot")).to_contain_text("takes an operator's role")


async def test_losing_the_stream_shows_as_stale_and_returning_as_live(page: Page, city: StubCity) -> None:
    await live(page)
    city.drop_streams()
    await expect(page.locator(".connection")).to_have_text("Reconnecting…")
    await expect(page.locator(".connection")).to_contain_text("Stale since")
    await expect(page.locator(".banner")).to_contain_text("what has happened since is unknown")
    assert "grayscale" in await page.locator(".domains").evaluate("tiles => getComputedStyle(tiles).filter")
    raised = alert(107, age=0)
    city.alerts[raised["id"]] = raised
    city.refuses_streams = False
    await expect(page.locator(".connection")).to_have_text("Live")
    await expect(row(page, raised)).to_be_visible()
    await expect(page.locator(".banner")).to_have_count(0)


async def test_speaks_thai_when_asked_and_remembers_it(page: Page, address: str) -> None:
    assert await page.locator("html").get_attribute("lang") == "en"
    await page.get_by_role("button", name="เปลี่ยนเป็นภาษาไทย").click()
    await expect(page.locator("html")).to_have_attribute("lang", "th")
    await expect(page.locator("h1")).to_have_text("กรุงเทพฯ นำร่อง")
    await expect(page.locator("[data-domain=mobility]")).to_contain_text("การเดินทางและขนส่งอัจฉริยะ")
    await page.goto(address)
    await expect(page.locator("html")).to_have_attribute("lang", "th")


async def test_the_theme_is_dark_until_light_is_chosen(page: Page) -> None:
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    dark = await page.evaluate(ground)
    await page.get_by_role("button", name="Theme: dark").click()
    await expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert await page.evaluate(ground) != dark
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("data-theme", "light")


async def test_filters_by_severity_domain_and_zone(page: Page) -> None:
    rows = page.locator("[data-alert]")
    await expect(rows).to_have_count(6)
    await page.locator(".chip.tone-major").click()
    await expect(rows).to_have_count(2)
    await page.get_by_label("Domain", exact=True).select_option("energy")
    await expect(rows).to_have_count(1)
    await page.locator("[data-zone=yothi]").click()
    await expect(page.locator(".empty")).to_contain_text("No open alert matches")
    await page.get_by_role("button", name="Clear filters").click()
    await expect(rows).to_have_count(6)


async def test_the_worst_come_first_when_asked(page: Page, city: StubCity) -> None:
    await live(page)
    city.raise_alert(alert(109, age=0, severity="warning"))
    severities = page.locator("[data-alert] > .mark")
    await expect(severities.first).to_have_text("Warning")
    await page.get_by_role("button", name="Worst first").click()
    await expect(severities.first).to_have_text("Critical")
    await expect(severities.last).to_have_text("Warning")


async def test_a_reading_more_shows_in_the_ledger(page: Page, city: StubCity) -> None:
    await live(page)
    stored = page.locator("[data-ledger=stored] dd")
    await expect(stored).to_have_text("1,190")
    city.ledger |= {"received": 1201, "stored": 1191}
    await expect(stored).to_have_text("1,191")
    await expect(page.locator(".pulse")).to_contain_text("The ledger adds up")
    city.ledger |= {"received": 1300}
    await expect(page.locator(".pulse")).to_contain_text("The ledger does not add up")


async def test_whoever_follows_one_device_sees_its_own_readings_count(page: Page, city: StubCity) -> None:
    await live(page)
    city.ledgers["aq-05"] = {"received": 1, "stored": 1, "duplicate": 0, "quarantined": 0, "pending": 0}
    wanted = page.get_by_label("Follow one device…")
    await wanted.fill("nobody")
    await wanted.press("Enter")
    await expect(page.locator(".follow")).to_contain_text("No such device")
    await wanted.fill("aq-05")
    await wanted.press("Enter")
    await expect(page.locator("[data-ledger=stored] dd")).to_have_text("1")
    await expect(page.locator(".ticker")).to_contain_text("Latest readings of aq-05")
    await expect(page.locator(".ticker li")).to_have_count(1)
    city.push("reading", reading(6))
    city.push("reading", reading(5))
    await expect(page.locator(".ticker li")).to_have_count(2)
    await page.get_by_role("button", name="Stop following aq-05").click()
    await expect(page.locator("[data-ledger=stored] dd")).to_have_text("1,190")


async def test_quiet_is_said_only_when_everything_is_heard(page: Page, city: StubCity) -> None:
    city.alerts.clear()
    await page.reload()
    await expect(page.locator(".empty")).to_contain_text("not all is known")
    await expect(page.locator(".empty")).to_contain_text("Economy")
    for domain in city.domains:
        city.domains[domain] = domain_status(domain)
    await page.reload()
    await expect(page.locator(".empty")).to_contain_text("all quiet")


async def test_without_a_session_it_asks_for_a_token(page: Page, city: StubCity) -> None:
    city.signed_in = False
    await page.reload()
    await expect(page.locator(".gate")).to_contain_text("nakhon demo")
    await page.get_by_label("Token").fill("guess")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("not valid")
    await page.get_by_label("Token").fill(TOKEN)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.locator("[data-domain]")).to_have_count(7)
    await live(page)
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_label("Token")).to_be_visible()


async def test_the_keyboard_is_enough(page: Page) -> None:
    await live(page)
    await page.locator("[data-alert]").first.focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    panel = page.locator(".panel")
    await expect(panel).to_contain_text("PM2.5 unhealthy in Samyan")
    await expect(panel).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(panel).to_have_count(0)
    await expect(page.locator("[data-alert]").nth(1)).to_be_focused()


async def test_two_hundred_alerts_fit_a_control_rooms_screen(page: Page, city: StubCity) -> None:
    arrange(city, "many")
    await page.reload()
    await expect(page.locator("[data-alert]")).to_have_count(200)
    for button in ("เปลี่ยนเป็นภาษาไทย", "Switch to English"):
        scrolled, seen = await page.evaluate(HEIGHTS)
        assert scrolled == seen
        scrolled, seen = await page.evaluate(WIDTHS)
        assert scrolled == seen
        await page.get_by_role("button", name=button).click()


@pytest.mark.parametrize("lang", ["en", "th"])
async def test_nothing_overflows_a_phone(browser: Browser, address: str, lang: str) -> None:
    context = await browser.new_context(viewport=PHONE, locale=lang, reduced_motion="reduce")
    page = await context.new_page()
    await page.goto(address)
    await expect(page.locator("[data-alert]")).to_have_count(6)
    assert await page.locator("html").get_attribute("lang") == lang
    for selector in ("[data-domain=mobility]", "[data-alert]"):
        scrolled, seen = await page.evaluate(WIDTHS)
        assert scrolled == seen == PHONE["width"]
        await page.locator(selector).first.click()
        panel = page.locator(".panel")
        assert await panel.bounding_box() == {"x": 0, "y": 0, **PHONE}
        inner = await panel.locator(".panel-body").evaluate("body => [body.scrollWidth, body.clientWidth]")
        assert inner[0] == inner[1]
        await page.keyboard.press("Escape")
    await context.close()
