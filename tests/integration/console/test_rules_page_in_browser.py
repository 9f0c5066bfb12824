"""The page of the rules, and why an alert fired, in a real Chromium, against a city that a test arranges."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.integration.console.city_data import (
    alert,
    anomaly_evidence,
    quorum_evidence,
    rfc3339,
    text,
    window_evidence,
)
from tests.integration.console.conftest import Complaints
from tests.integration.console.stub_city import StubCity
from tests.integration.console.stub_rules import MISTAKES

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

PHONE = {"width": 390, "height": 844}
WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
HEIGHTS = "[document.documentElement.scrollHeight, document.documentElement.clientHeight]"


async def opened(page: Page, address: str, hash_: str) -> None:
    """Go there as one who was sent a link: the page begins anew."""
    await page.goto("about:blank")
    await page.goto(address + hash_)


def raised(city: StubCity, **changes: Any) -> str:
    """Let an alert be open; its id."""
    made = alert(1, age=1200, **changes)
    city.alerts[made["id"]] = made
    return str(made["id"])


async def test_all_rules_stand_by_domain_and_group_in_words(page: Page) -> None:
    await page.get_by_role("link", name="Rules").click()
    await expect(page).to_have_title("(6) Rules · Bangkok pilot")
    await expect(page.locator("[data-rule]")).to_have_count(6)
    groups = page.locator(".rule-group h3 b")
    assert await groups.all_text_contents() == ["air-quality", "flood", "noise", "traffic"]
    first = page.locator("[data-rule='air-quality/pm25-unhealthy']")
    for words in (
        "PM2.5 high at",
        "24 h mean of PM2.5 above 37.5 µg/m³",
        "for 5 min",
        "1 firing",
        "2 pending",
    ):
        await expect(first).to_contain_text(words)
    await expect(page.locator("[data-rule='air-quality/pm25-earlier']")).to_contain_text("Shadow")
    await page.get_by_role("button", name="เปลี่ยนเป็นภาษาไทย").click()
    await expect(first).to_contain_text("ค่าเฉลี่ย 24 ชม. ของ ฝุ่น PM2.5 สูงกว่า 37.5 µg/m³")


async def test_rules_are_searched_and_filtered_in_the_address(page: Page, address: str) -> None:
    await opened(page, address, "#rules")
    rows = page.locator("[data-rule]")
    await expect(rows).to_have_count(6)
    await page.get_by_label("Search rules…").fill("flood")
    await expect(rows).to_have_count(1)
    await expect(page).to_have_url(f"{address}#rules?q=flood")
    await page.get_by_label("Kind", exact=True).select_option("window")
    await expect(page.locator(".empty")).to_contain_text("No rule matches the filters")
    await page.get_by_role("button", name="Clear filters").click()
    await page.get_by_role("button", name="Fires now").click()
    await expect(rows).to_have_count(4)
    await page.get_by_label("Mode", exact=True).select_option("shadow")
    await expect(rows).to_have_count(1)
    await opened(page, address, "#rules?domain=mobility")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("nothing heard of any device of the zone for 15 min")


async def test_a_rule_tells_all_that_it_does(page: Page, address: str) -> None:
    await opened(page, address, "#rules")
    await page.locator("[data-rule='air-quality/pm25-unhealthy']").click()
    panel = page.locator(".panel")
    for words in (
        "24 h mean of PM2.5 above 37.5 µg/m³ (at least 75 % of its readings there)",
        "clears at 35 µg/m³ or below",
        "every device of Air quality",
        "fires once it has held for 5 min",
        "ends once it has been over for 15 min",
        "library/environment/air-quality.yaml:22",
        "library, pack environment",
        "1,260 of the group air-quality",
    ):
        await expect(panel).to_contain_text(words)
    await expect(panel.locator(".levels li")).to_have_text(
        ["Critical150 µg/m³", "Major75 µg/m³", "Minor37.5 µg/m³"]
    )
    await panel.locator(".open-alerts a").click()
    await expect(panel).to_contain_text("Why did this fire?")


async def test_a_shadow_rule_stands_beside_the_live_one(page: Page, city: StubCity, address: str) -> None:
    await opened(page, address, "#rules/rule/air-quality%2Fpm25-earlier")
    panel = page.locator(".panel")
    await expect(panel.locator("[data-compared=both]")).to_contain_text("5")
    await expect(panel.locator("[data-compared=only_shadow]")).to_contain_text("4")
    await expect(panel.locator(".compared")).to_contain_text("11 h 23 min")
    city.rules.rules[1]["against"] = None
    await opened(page, address, "#rules/rule/air-quality%2Fpm25-earlier")
    await expect(panel).to_contain_text("Names no rule to be compared with")


async def test_mistakes_in_rule_files_are_told_with_their_place(
    page: Page, city: StubCity, address: str
) -> None:
    city.rules.problems = MISTAKES
    await opened(page, address, "#rules")
    banner = page.get_by_role("alert").filter(has_text="2 mistakes in the rule files")
    await expect(banner).to_contain_text("rules/canals.yaml:14")
    await expect(banner).to_contain_text("did you mean currentLevel?")
    await expect(banner).to_contain_text("stay as they were until all are mended")
    await expect(page.locator("[data-rule]")).to_have_count(6)


async def test_who_may_reloads_and_sees_what_changed(page: Page, city: StubCity, address: str) -> None:
    await opened(page, address, "#rules")
    button = page.get_by_role("button", name="Reload now")
    await expect(button).to_be_disabled()
    await expect(page.locator(".reload")).to_contain_text("takes an integrator's")
    city.role = "integrator"
    await opened(page, address, "#rules")
    await button.click()
    await expect(page.locator(".reload")).to_contain_text("Done: 1 new, 1 changed, 0 gone.")
    await expect(page.locator("[data-fate=changed]")).to_contain_text("flood/road-deep")
    await expect(page.locator(".rule-files")).to_contain_text("by operator-7")
    city.rules.problems = MISTAKES
    await button.click()
    await expect(page.locator(".reload .refusal")).to_contain_text("rules/canals.yaml:14: no such metric")
    await expect(page.locator(".outcome")).to_contain_text("refused")
    assert city.rules.reloads == 2


async def test_a_windows_alert_tells_its_window_coverage_and_marks(page: Page, city: StubCity) -> None:
    city.alerts.clear()
    wanted = raised(city, evidence=window_evidence(time.time() - 1200), rule_version="sha256:old")
    await page.reload()
    await page.locator(f"[data-alert='{wanted}']").click()
    panel = page.locator(".panel")
    await expect(panel.locator(".explanation")).to_contain_text(
        "6 h mean of 68 readings (coverage 94%) = 81.2 > 75"
    )
    await expect(panel.locator(".chart-window")).to_contain_text("mean 81.2")
    await expect(panel.locator(".chart-limit")).to_contain_text("threshold 75")
    await expect(panel.locator("[data-mark]")).to_have_count(2)
    await expect(panel.locator(".facts").first).to_contain_text("68 readings")
    await expect(panel.locator(".coverage")).to_contain_text("94.4 % of the expected readings")
    await expect(panel.locator(".rule-of")).to_contain_text("the rule has changed since")
    await panel.locator(".rule-of a").click()
    await expect(panel).to_contain_text("Fires when")


async def test_an_anomaly_shows_what_was_expected_and_no_limit_of_another_scale(
    page: Page, city: StubCity
) -> None:
    wanted = raised(city, evidence=anomaly_evidence(time.time() - 1200))
    await page.reload()
    await page.locator(f"[data-alert='{wanted}']").click()
    panel = page.locator(".panel")
    await expect(panel.locator(".chart-expected")).to_contain_text("expected 41.2")
    await expect(panel.locator(".chart-limit")).to_have_count(0)
    await expect(panel.locator(".facts").first).to_contain_text("41.2, from 33 to 49.5")


async def test_a_quorum_names_its_members(page: Page, city: StubCity) -> None:
    wanted = raised(city, device=None, evidence=quorum_evidence(time.time()))
    await page.reload()
    await page.locator(f"[data-alert='{wanted}']").click()
    await expect(page.locator("[data-member]")).to_have_count(3)
    await expect(page.locator(".members")).to_contain_text("3 of 5")
    await expect(page.locator("[data-member=aq-04]")).to_contain_text("88.1")


async def test_what_ended_an_alert_is_told(page: Page, city: StubCity, address: str) -> None:
    ended = rfc3339(time.time() - 60)
    wanted = raised(city, state="resolved", ends_at=ended)
    evidence = {**window_evidence(time.time()), "value": 34.1}
    city.histories[wanted] = [{"at": ended, "change": "resolved", "by": None, "evidence": evidence}]
    await opened(page, address, f"#alert/{wanted}")
    panel = page.locator(".panel")
    await expect(panel).to_contain_text("The condition no longer held, it was 34.1 then")
    await expect(panel.locator("[data-mark=ended]")).to_have_count(1)
    reason = {"code": "rule_changed", **text("The rule was changed", "กฎถูกแก้ไข")}
    city.histories[wanted][0]["reason"] = reason
    await opened(page, address, f"#alert/{wanted}")
    await expect(panel.locator(".ended")).to_contain_text("The rule was changed")


async def test_the_keyboard_is_enough_for_the_rules(page: Page, address: str, complaints: Complaints) -> None:
    await opened(page, address, "#rules")
    await page.locator("[data-rule]").first.focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    panel = page.locator(".panel")
    await expect(panel).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(panel).to_have_count(0)
    await expect(page.locator("[data-rule]").nth(1)).to_be_focused()
    for sizes in (WIDTHS, HEIGHTS):
        scrolled, seen = await page.evaluate(sizes)
        assert scrolled == seen
    assert complaints == []


@pytest.mark.parametrize("lang", ["en", "th"])
async def test_no_rule_overflows_a_phone(browser: Browser, city: StubCity, address: str, lang: str) -> None:
    city.rules.problems = MISTAKES
    city.rules.reloaded("refused")
    context = await browser.new_context(viewport=PHONE, locale=lang, reduced_motion="reduce")
    page = await context.new_page()
    await page.goto(f"{address}#rules")
    await expect(page.locator("[data-rule]")).to_have_count(6)
    await expect(page.locator("[data-mistake]")).to_have_count(2)
    scrolled, seen = await page.evaluate(WIDTHS)
    assert scrolled == seen == PHONE["width"]
    await page.locator("[data-rule]").nth(1).click()
    panel = page.locator(".panel")
    await expect(panel.locator("[data-compared]")).to_have_count(3)
    assert await panel.bounding_box() == {"x": 0, "y": 0, **PHONE}
    inner = await panel.locator(".panel-body").evaluate("body => [body.scrollWidth, body.clientWidth]")
    assert inner[0] == inner[1]
    await context.close()
