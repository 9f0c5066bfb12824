"""Services, zones and the mayor's screen in a real Chromium, against a city that a test arranges."""

from __future__ import annotations

import re

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.integration.console.city_status import today, whole
from tests.integration.console.conftest import Complaints
from tests.integration.console.stub_city import StubCity
from tests.integration.console.stub_scenes import arrange

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

PHONE = {"width": 390, "height": 844}
WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
HEIGHTS = "[document.documentElement.scrollHeight, document.documentElement.clientHeight]"
CUT = """[...document.querySelectorAll('.wall-domain')]
  .filter(e => e.scrollHeight > e.clientHeight + 1).map(e => e.innerText)"""
SHOWN = "[data-standing], [data-fact], .zone-bars li, [data-note], [data-wall]"
FONTS = """[...document.querySelectorAll('.wall *')]
  .filter(e => !e.closest('.hidden') && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  .map(e => parseFloat(getComputedStyle(e).fontSize))"""


@pytest_asyncio.fixture(loop_scope="module")
async def standing(page: Page, city: StubCity, address: str) -> Page:
    """The page of the services of a city that tells all of them."""
    arrange(city, "standing")
    await page.goto(f"{address}#services")
    await page.reload()
    await expect(page.locator("[data-standing]")).to_have_count(7)
    return page


async def test_services_stand_by_domain_worst_first_with_owner_and_criticality(
    standing: Page, city: StubCity
) -> None:
    mobility = standing.locator("[data-standing=mobility]")
    await expect(mobility).to_contain_text("1 of 3 services not operational")
    lines = mobility.locator("[data-service]")
    await expect(lines.first).to_contain_text("Degraded")
    await expect(lines.first).to_contain_text("Traffic and Transport Department")
    await expect(standing.locator("[data-service=flood-watch]")).to_contain_text("High criticality")
    parking = next(one for one in city.domains["mobility"]["services"] if one["id"] == "parking")
    city.push("service", parking | {"status": "outage"})
    await expect(lines.first).to_contain_text("Parking")
    await expect(lines.first).to_contain_text("Outage")


async def test_ninety_days_are_asked_for_when_they_are_wanted(standing: Page, city: StubCity) -> None:
    assert not any("/uptime" in path for path in city.status.asked)
    await standing.get_by_role("button", name="90 days").click()
    bars = standing.locator("[data-ninety] svg")
    await expect(bars).to_have_count(7)
    told = await bars.first.get_attribute("aria-label") or ""
    assert told.startswith("The last 90 days:")
    assert "10 days nothing recorded" in told


async def test_services_are_found_by_owner_and_narrowed_to_what_is_in_trouble(standing: Page) -> None:
    await standing.get_by_label("Find a service or owner…").fill("markets office")
    await expect(standing.locator("[data-service]")).to_have_count(1)
    await standing.get_by_label("Find a service or owner…").fill("")
    await standing.get_by_role("button", name="Not operational", exact=True).click()
    await expect(standing.locator("[data-service]")).to_have_count(4)


async def test_a_service_shows_its_evidence(standing: Page) -> None:
    await standing.locator("[data-service=traffic-counts]").click()
    panel = standing.get_by_role("region", name="Traffic counts")
    await expect(panel).to_contain_text("Decided by the rule silence")
    await expect(panel.locator("[data-fact=devices]")).to_contain_text("8 of 12 reporting")
    await expect(panel.locator("[data-fact=devices]")).to_contain_text("4 silent")
    await expect(panel.locator("[data-fact=freshness]")).to_contain_text("expected every 1 min")
    await expect(panel.locator("[data-fact=quality]")).to_contain_text("98.2 % complete")
    await expect(panel.locator("[data-part]").first).to_have_attribute("data-part", "yothi")
    await panel.locator("[data-alerts=major]").click()
    await expect(standing.locator("[data-alert]")).to_have_count(0)
    await expect(standing.get_by_role("button", name="Remove filter Service: Traffic counts")).to_be_visible()


async def test_probes_tell_latency_certificate_and_answer(standing: Page) -> None:
    await standing.locator("[data-service=e-services]").click()
    probes = standing.locator("[data-fact=probes] [data-probe]")
    await expect(probes.nth(0)).to_contain_text("184 ms · answer 200 · certificate 61 days")
    await expect(probes.nth(1)).to_contain_text("down")
    await expect(probes.nth(1)).to_contain_text("certificate 9 days")
    await expect(probes.nth(2)).to_contain_text("not heard")


async def test_why_shows_every_rule_with_what_it_compared(standing: Page, complaints: Complaints) -> None:
    await standing.locator("[data-service=traffic-counts]").click()
    await standing.get_by_role("button", name="Why?").click()
    decided = standing.locator(".explained-rule.is-decided").first
    await expect(decided).to_contain_text("silent devices: 33.33 % (above 10 %)")
    blocked = standing.locator("[data-status-rule=alerts]").first
    await expect(blocked).to_contain_text("Held back")
    await expect(blocked).to_contain_text("open alerts (Critical, Major): 1 (at least 1)")
    await expect(blocked).to_contain_text("unless outside its hours: no")
    await expect(standing.locator("[data-status-rule=probes-outage]").first).to_contain_text(
        "must hold for 1 min"
    )
    await standing.get_by_text("2 rules that do not hold").first.click()
    await expect(standing.locator("[data-status-rule=closed]").first).to_contain_text("All of")
    assert complaints == []


async def test_the_budget_is_drawn_with_its_burn_rates(standing: Page) -> None:
    await standing.locator("[data-service=air-quality]").click()
    panel = standing.get_by_role("region", name="Air quality")
    await expect(panel.locator(".budget-sums")).to_contain_text("99.12 %")
    await expect(panel.locator(".budget-sums")).to_contain_text("spent")
    await expect(panel.locator(".budget-chart svg")).to_have_attribute(
        "aria-label", "Error budget over 30 d: -76 % left now"
    )
    await expect(panel.locator("[data-burn=fast]")).to_contain_text("Burning")
    await expect(panel.locator("[data-burn=slow]")).to_contain_text("Calm")


async def test_a_day_of_the_calendar_tells_what_changed_on_it(standing: Page) -> None:
    await standing.locator("[data-service=traffic-counts]").click()
    last = standing.locator(f"[data-day='{today()}']")
    await last.focus()
    await standing.keyboard.press("ArrowUp")
    await standing.keyboard.press("ArrowDown")
    await expect(last).to_be_focused()
    await standing.keyboard.press("Enter")
    day = standing.locator("[data-shown-day]")
    await expect(day).to_have_attribute("data-shown-day", today())
    await expect(day.locator("[data-change]").or_(day.get_by_text("Nothing changed"))).not_to_have_count(0)


async def test_history_marks_what_was_computed_again(standing: Page) -> None:
    await standing.locator("[data-service=traffic-counts]").click()
    changes = standing.locator(".panel .changes li")
    await expect(changes).to_have_count(3)
    await expect(changes.nth(0)).to_contain_text("until now")
    await expect(changes.nth(1)).to_contain_text("Revised")
    await expect(changes.nth(2)).not_to_contain_text("Revised")


async def test_zones_have_a_status_on_the_map_and_a_panel(standing: Page, address: str) -> None:
    await standing.goto(f"{address}#")
    await standing.get_by_role("button", name="Status", exact=True).click()
    yothi = standing.locator(".zone[data-zone=yothi]")
    await expect(yothi).to_have_attribute("aria-label", "Yothi: Outage")
    await expect(standing.locator(".zone-symbol")).to_have_count(10)
    await yothi.focus()
    await standing.keyboard.press("Enter")
    panel = standing.get_by_role("region", name="Yothi")
    await expect(panel.locator("[data-service]").first).to_contain_text("Outage")
    await panel.get_by_role("button", name="Traffic counts").click()
    await expect(standing.get_by_role("region", name="Traffic counts")).to_be_visible()


async def test_a_server_that_keeps_no_history_breaks_nothing(
    page: Page, city: StubCity, address: str
) -> None:
    city.status.kept = False
    await page.goto(f"{address}#domain/mobility")
    await page.reload()
    panel = page.get_by_role("region", name="Smart Mobility")
    await expect(panel.locator(".service")).to_have_count(3)
    await expect(panel.get_by_text("This server does not tell.")).to_have_count(2)
    await page.goto(f"{address}#services/service/traffic-counts")
    service = page.get_by_role("region", name="Traffic counts")
    await expect(service.locator("[data-fact=devices]")).to_contain_text("8 of 12 reporting")
    await page.goto(f"{address}#kpis")
    await expect(page.get_by_text("This server does not tell.")).to_be_visible()
    await expect(page.locator(".connection")).to_have_text("Live")


@pytest.mark.parametrize("button", ["Switch to English", "เปลี่ยนเป็นภาษาไทย"])
async def test_the_wall_is_big_fits_its_screen_and_has_no_controls(
    standing: Page, city: StubCity, button: str
) -> None:
    other = standing.get_by_role("button", name=button)
    if await other.count():
        await other.click()
    await standing.locator(".tool-wall").click()
    await expect(standing).to_have_url(re.compile(r"\?wall#services$"))
    await expect(standing.locator("[data-wall=trouble] [data-domain]")).to_have_count(7)
    await expect(standing.locator("button, a, input, select")).to_have_count(0)
    assert min(await standing.evaluate(FONTS)) >= 32
    for sizes in (WIDTHS, HEIGHTS):
        scrolled, seen = await standing.evaluate(sizes)
        assert scrolled == seen
    await expect(standing.locator(".wall-told")).to_be_visible()
    assert await standing.evaluate(CUT) == []
    living = standing.locator("[data-domain=living]")
    before = await living.inner_text()
    city.push("status", city.domains["living"] | {"status": "outage"})
    await expect(living).not_to_have_text(before)
    await expect(living.locator(".icon-outage")).to_be_visible()
    await standing.keyboard.press("Escape")
    await expect(standing.locator(".header")).to_be_visible()


async def test_the_wall_says_loudly_that_it_is_stale(page: Page, city: StubCity, address: str) -> None:
    await page.goto(f"{address}?wall")
    await expect(page.locator("[data-wall=trouble]")).to_be_visible()
    city.drop_streams()
    loud = page.locator(".wall-loud")
    await expect(loud).to_contain_text("Connection lost")
    await expect(loud).to_contain_text("This is the city of")
    await expect(page.locator(".wall-overall")).to_have_text("Unknown")
    scrolled, seen = await page.evaluate(HEIGHTS)
    assert scrolled == seen
    city.refuses_streams = False
    await expect(loud).to_have_count(0)


@pytest.mark.parametrize("lang", ["en", "th"])
@pytest.mark.parametrize(
    "place", ["#services", "#services/service/e-services", "#kpis/kpi/footfall", "#public", "?wall"]
)
async def test_nothing_overflows_a_phone(
    browser: Browser, address: str, city: StubCity, lang: str, place: str
) -> None:
    arrange(city, "standing")
    context = await browser.new_context(viewport=PHONE, locale=lang, reduced_motion="reduce")
    page = await context.new_page()
    await page.goto(f"{address}{place}")
    await expect(
        page.locator("[data-standing], [data-fact], .zone-bars li, [data-note], [data-wall]")
    ).not_to_have_count(0)
    scrolled, seen = await page.evaluate(WIDTHS)
    assert scrolled == seen == PHONE["width"]
    if await page.locator(".panel-body").count():
        inner, room = await page.locator(".panel-body").evaluate(
            "body => [body.scrollWidth, body.clientWidth]"
        )
        assert inner == room
    await context.close()


async def test_a_service_that_is_told_of_by_the_stream_keeps_what_it_had(
    standing: Page, city: StubCity
) -> None:
    service = whole(city.domains["living"]["services"][0], "living")
    city.push("service", {"service": service | {"status": "maintenance"}})
    line = standing.locator("[data-service=cameras]")
    await expect(line).to_contain_text("Maintenance")
    await expect(line).to_contain_text("Public Works Department")
