"""Working on alerts and incidents in a real Chromium, against a city in a bad night."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.integration.console.city_data import alert, rfc3339, text
from tests.integration.console.conftest import Complaints
from tests.integration.console.stub_city import StubCity
from tests.integration.console.stub_scenes import LAMPS, arrange
from tests.integration.console.stub_work import flood, step

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

PHONE = {"width": 390, "height": 844}
FEEDER = "01JC0000000000000000000001"
CANAL = "01JC0000000000000000000002"
WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"


@pytest.fixture
def city(city: StubCity) -> StubCity:
    """A feeder is down with its lamps, a canal rises, alarms flood in."""
    arrange(city, "night")
    return city


async def live(page: Page) -> None:
    await expect(page.locator(".connection")).to_have_text("Live")


def row(page: Page, raised: dict[str, Any]) -> Locator:
    return page.locator(f"[data-alert='{raised['id']}']")


async def incidents(page: Page) -> None:
    await live(page)
    await page.locator("[data-list=incidents]").click()
    await expect(page.locator("[data-incident]")).to_have_count(2)


async def open_incident(page: Page, incident_id: str) -> Locator:
    await incidents(page)
    await page.locator(f"[data-incident='{incident_id}']").click()
    panel = page.locator(".panel")
    await expect(panel.locator(".history li")).not_to_have_count(0)
    return panel


async def act(panel: Locator, action: str, words: str | None = None) -> None:
    await panel.locator(f"[data-action={action}]").click()
    if words is not None:
        await panel.locator(".acknowledge input").fill(words)
        await panel.locator(".acknowledge button[type=submit]").click()


async def test_the_list_switches_to_incidents_and_says_so_in_the_address(page: Page) -> None:
    await incidents(page)
    assert page.url.endswith("#incidents")
    feeder = page.locator(f"[data-incident='{FEEDER}']")
    await expect(feeder).to_contain_text("Street lights in Makkasan")
    await expect(feeder).to_contain_text(f"{LAMPS + 1} alerts, all open")
    await expect(feeder).to_contain_text("Root cause known")
    await expect(feeder).to_contain_text("Unacknowledged")
    await expect(page.locator(f"[data-incident='{CANAL}']")).to_contain_text("operator-3")
    await expect(page.locator("[data-list=alerts] .count")).to_have_text(str(LAMPS + 6))
    await page.locator("[data-list=alerts]").click()
    await expect(page.locator("[data-alert]")).to_have_count(LAMPS + 6)


async def test_an_incident_shows_its_cause_its_alerts_by_rule_and_its_log(page: Page, city: StubCity) -> None:
    panel = await open_incident(page, FEEDER)
    await expect(panel.locator(".root-cause")).to_contain_text("Feeder fd-3 without voltage")
    shares = panel.locator(".share")
    await expect(shares).to_have_count(3)
    await expect(shares.first).to_contain_text("Street lamp out in Makkasan lights/lamp-out")
    await expect(shares.first).to_contain_text("24 alerts")
    await shares.first.locator("summary").click()
    await expect(shares.first.locator("[data-member]")).to_have_count(24)
    await expect(panel.locator(".history")).to_contain_text("Opened: the feeder is down")
    await panel.locator(".root-cause [data-member]").click()
    await expect(panel).to_contain_text("Part of Street lights in Makkasan")
    assert f"alert/{city.work.incidents[FEEDER]['cause']}" in page.url


async def test_acting_on_an_incident_sends_the_number_that_was_seen(page: Page, city: StubCity) -> None:
    panel = await open_incident(page, FEEDER)
    await panel.get_by_label("Note").fill("crew is on its way")
    await panel.get_by_role("button", name="Acknowledge", exact=True).click()
    await expect(panel.locator(".acknowledged")).to_contain_text("Acknowledged by operator-7")
    await act(panel, "assign")
    await panel.get_by_role("button", name="To me").click()
    await expect(panel.locator(".standing")).to_contain_text("Assigned to operator-7")
    await act(panel, "comment", "fuse is being changed")
    await expect(panel.locator(".history")).to_contain_text("fuse is being changed")
    await act(panel, "close", "voltage is back")
    await expect(panel.locator(".panel-kind")).to_contain_text("Resolved")
    await expect(page.locator(f"[data-incident='{FEEDER}']")).to_contain_text("Resolved")
    sent = [(action, body["number"]) for action, body in city.work.posts]
    assert sent == [("acknowledge", 1), ("assign", 2), ("comment", 3), ("close", 4)]


async def test_closing_takes_a_reason(page: Page) -> None:
    panel = await open_incident(page, FEEDER)
    await panel.locator("[data-action=close]").click()
    send = panel.get_by_role("button", name="Close it")
    await expect(panel.locator(".acknowledge input")).to_be_focused()
    await expect(send).to_be_disabled()
    await panel.locator(".acknowledge input").fill("over")
    await expect(send).to_be_enabled()


async def test_who_was_faster_on_an_incident_is_told_of_and_it_is_read_anew(
    page: Page, city: StubCity
) -> None:
    panel = await open_incident(page, FEEDER)
    city.work.faster = "operator-9"
    await panel.get_by_role("button", name="Acknowledge", exact=True).click()
    await expect(panel.locator(".refusal")).to_contain_text("Somebody was faster")
    await expect(panel.locator(".refusal")).to_contain_text("operator-9 took this incident at 03:12:45.")
    await expect(panel.locator(".standing")).to_contain_text("Assigned to operator-9")
    await panel.get_by_role("button", name="Acknowledge", exact=True).click()
    await expect(panel.locator(".acknowledged").first).to_contain_text("Acknowledged by operator-7")
    assert [body["number"] for _, body in city.work.posts] == [1, 2]


async def test_what_others_do_to_an_incident_arrives_over_the_stream(page: Page, city: StubCity) -> None:
    await incidents(page)
    feeder = city.work.incidents[FEEDER]
    await expect(page.locator(f"[data-incident='{FEEDER}']")).to_contain_text("Unacknowledged")
    taken = {"by": "operator-4", "at": rfc3339(0), "note": ""}
    city.work.change(feeder, "acknowledged", text("x", "x"), "operator-4", acknowledged=taken)
    await expect(page.locator(f"[data-incident='{FEEDER}']")).to_contain_text("operator-4")


async def test_incidents_are_filtered_as_alerts_are(page: Page, city: StubCity) -> None:
    city.work.incidents[CANAL]["assigned_to"] = "operator-7"
    await page.reload()
    await incidents(page)
    rows = page.locator("[data-incident]")
    await page.get_by_role("button", name="Unacknowledged", exact=True).click()
    await expect(rows).to_have_count(1)
    await page.get_by_role("button", name="Mine", exact=True).click()
    await expect(rows).to_have_count(0)
    await page.get_by_role("button", name="Clear filters").click()
    await page.get_by_role("button", name="Mine", exact=True).click()
    await expect(rows).to_have_count(1)
    await page.get_by_role("button", name="Mine", exact=True).click()
    await page.get_by_label("Domain", exact=True).select_option("energy")
    await expect(rows).to_have_count(1)
    await expect(rows.first).to_contain_text("Makkasan")


async def test_the_log_book_of_an_alert_says_who_did_what_and_who_was_told(
    page: Page, city: StubCity
) -> None:
    cause = city.alerts[city.work.incidents[FEEDER]["cause"]]
    await row(page, cause).click()
    log = page.locator(".panel .history li")
    await expect(log.locator("[data-notice]")).to_have_count(0)
    await expect(page.locator(".panel [data-notice=failed]")).to_contain_text("duty-officer by email")
    await expect(page.locator(".panel [data-notice=failed]")).to_contain_text("451 greylisted")
    await expect(page.locator(".panel [data-notice=failed]")).to_contain_text("4 attempts")
    await expect(page.locator(".panel [data-notice=delivered]")).to_contain_text("duty-officer by line")
    told = await log.all_inner_texts()
    order = ["Waiting", "crew is on its way", "In a digest", "Delivered", "Failed", "Fired", "3rd time"]
    found = [next(i for i, line in enumerate(told) if word in line) for word in order]
    assert found == sorted(found)
    await expect(page.locator(".panel .belongs")).to_contain_text("3rd time")


async def test_an_alert_is_assigned_taken_back_commented_and_closed(page: Page, city: StubCity) -> None:
    raised = city.alerts[alert(1)["id"]]
    await row(page, raised).click()
    panel = page.locator(".panel")
    await panel.get_by_role("button", name="Acknowledge", exact=True).click()
    await panel.get_by_role("button", name="Take back").click()
    await expect(panel.get_by_role("button", name="Acknowledge", exact=True)).to_be_visible()
    await act(panel, "assign", "operator-3")
    await expect(row(page, raised)).to_contain_text("operator-3")
    await act(panel, "comment", "looks like a bonfire")
    await expect(panel.locator(".history")).to_contain_text("looks like a bonfire")
    await act(panel, "close", "sensor was being cleaned")
    await expect(row(page, raised)).to_contain_text("Resolved")
    assert [body.get("number") for _, body in city.posts] == [2, 3, 4, 5, 6]


async def test_a_step_on_what_has_moved_on_meanwhile_is_refused_and_shown_anew(
    page: Page, city: StubCity
) -> None:
    raised = city.alerts[alert(1)["id"]]
    await row(page, raised).click()
    panel = page.locator(".panel")
    await expect(panel.locator(".history li")).to_have_count(2)
    raised |= {"number": 9, "assigned_to": "operator-3"}
    await panel.get_by_role("button", name="Acknowledge", exact=True).click()
    await expect(panel.locator(".refusal")).to_contain_text("operator-3 commented on this alert")
    await expect(panel.locator(".standing")).to_contain_text("Assigned to operator-3")


async def test_several_alerts_are_acknowledged_together_and_what_was_not_is_said(
    page: Page, city: StubCity
) -> None:
    await live(page)
    rows, picks = page.locator("[data-alert]"), page.locator(".pick")
    await expect(rows).to_have_count(LAMPS + 6)
    await picks.nth(1).click()
    await picks.nth(4).click(modifiers=["Shift"])
    bar = page.locator(".together")
    await expect(bar).to_contain_text("4 picked")
    ids = [await rows.nth(n).get_attribute("data-alert") for n in range(1, 5)]
    late = city.alerts[ids[3] or ""]
    late["acknowledged"] = {"by": "operator-3", "at": rfc3339(0), "note": ""}
    await bar.get_by_label("Note").fill("feeder is down")
    await bar.get_by_role("button", name="Acknowledge 4").click()
    await expect(bar.get_by_role("alert")).to_contain_text("1 was not acknowledged")
    await expect(bar.get_by_role("alert")).to_contain_text("operator-3 acknowledged it before.")
    await expect(rows.nth(1)).to_contain_text("operator-7")
    await bar.get_by_role("button", name="None").click()
    await expect(bar).to_have_count(0)
    [(_, body)] = city.work.posts
    assert body == {"ids": ids, "note": "feeder is down"}


async def test_the_keyboard_picks_too_and_all_that_are_shown(page: Page) -> None:
    await live(page)
    await page.locator("[data-alert]").first.focus()
    await page.keyboard.press("x")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("x")
    bar = page.locator(".together")
    await expect(bar).to_contain_text("2 picked")
    await bar.get_by_role("button", name=f"All {LAMPS + 6} shown").click()
    await expect(bar).to_contain_text(f"{LAMPS + 6} picked")


async def test_who_only_looks_can_pick_and_do_nothing(page: Page, city: StubCity) -> None:
    city.role = "viewer"
    await page.reload()
    await live(page)
    await expect(page.locator(".pick")).to_have_count(0)
    await page.goto(f"{page.url.split('#')[0]}#incidents/incident/{FEEDER}")
    await expect(page.locator(".panel-foot")).to_contain_text("takes an operator's role")
    for button in await page.locator(".panel-foot button").all():
        await expect(button).to_be_disabled()


async def test_suppressed_alerts_stand_apart_and_say_why(page: Page, city: StubCity) -> None:
    await live(page)
    held = next(a for a in city.alerts.values() if a["suppressed"])
    await expect(row(page, held)).to_have_count(0)
    await page.get_by_role("button", name="1 suppressed").click()
    await expect(page.locator("[data-alert]")).to_have_count(1)
    await expect(row(page, held)).to_contain_text("Silence by operator-3 until")
    await expect(row(page, held)).to_contain_text("stage is being built, noise until morning")
    await row(page, held).click()
    await expect(page.locator(".panel .suppression")).to_contain_text("Nobody outside is told.")
    await page.locator(".panel .suppression a").click()
    await expect(page.locator(".panel")).to_contain_text("holds 1 alert")


async def test_a_flood_is_announced_counted_and_leads_to_the_incidents(page: Page, city: StubCity) -> None:
    await live(page)
    banner = page.locator(".banner.flood")
    await expect(banner).to_contain_text("Alarm flood since")
    await expect(banner).to_contain_text("412 alerts in 10 min.")
    await expect(banner).to_contain_text("Most: Street lamp out (372) · Voltage low (40).")
    city.push("flood", flood(1730))
    await expect(banner).to_contain_text("1,730 alerts")
    await banner.get_by_role("link", name="Work by incident").click()
    await expect(page.locator("[data-incident]")).to_have_count(2)
    await expect(banner.get_by_role("link")).to_have_count(0)
    city.work.floods = []
    city.push("flood", flood(1730, ended=rfc3339(0)))
    await expect(banner).to_have_count(0)


async def test_who_would_hear_of_an_alert_is_drawn_step_by_step(page: Page, city: StubCity) -> None:
    cause = city.alerts[city.work.incidents[FEEDER]["cause"]]
    await row(page, cause).click()
    await page.get_by_text("Who would hear of this?").click()
    steps = page.locator(".hearings > li")
    await expect(steps).to_have_count(3)
    await expect(steps.nth(0)).to_contain_text("After 10 s")
    await expect(steps.nth(0)).to_contain_text("Street-light crew")
    await expect(steps.nth(1)).to_contain_text("After 5 min")
    await expect(steps.nth(2)).to_contain_text("cannot be reached: no channel")
    await expect(page.locator(".who-hears")).to_contain_text("Again every 4 h until somebody acknowledges.")
    [(_, asked)] = city.work.posts
    assert asked == {
        "rule": "power/feeder-down",
        "domain": "energy",
        "severity": "critical",
        "device": "fd-3",
        "zone": "makkasan",
        "service": "street-lights",
    }


async def test_says_nothing_in_the_browsers_console(page: Page, complaints: Complaints) -> None:
    panel = await open_incident(page, CANAL)
    await panel.locator("[data-member]").click()
    await expect(page.locator(".panel .chart svg")).to_be_visible()
    assert complaints == []


@pytest.mark.parametrize("lang", ["en", "th"])
async def test_incidents_fit_a_phone(browser: Browser, address: str, lang: str) -> None:
    context = await browser.new_context(viewport=PHONE, locale=lang, reduced_motion="reduce")
    page = await context.new_page()
    await page.goto(f"{address}#incidents")
    await expect(page.locator("[data-incident]")).to_have_count(2)
    assert await page.evaluate(WIDTHS) == [390, 390]
    await page.locator(f"[data-incident='{FEEDER}']").click()
    panel = page.locator(".panel")
    await expect(panel.locator(".share")).to_have_count(3)
    assert await panel.bounding_box() == {"x": 0, "y": 0, **PHONE}
    inner = await panel.locator(".panel-body").evaluate("body => [body.scrollWidth, body.clientWidth]")
    assert inner[0] == inner[1]
    for button in await panel.locator(".action-bar .chip").all():
        box = await button.bounding_box()
        assert box
        assert box["height"] >= 38
    await context.close()


async def test_the_log_of_an_incident_says_what_nakhon_did(page: Page, city: StubCity) -> None:
    feeder = city.work.incidents[FEEDER]
    city.work.logs[FEEDER] = [
        step(2, "merged", text("Took over another incident", "รับรวมเหตุการณ์อื่น"), "nakhon")
    ]
    feeder["number"] = 2
    panel = await open_incident(page, FEEDER)
    await expect(panel.locator("[data-change=merged]")).to_contain_text("Took over another incident · Nakhon")
