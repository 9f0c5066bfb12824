"""Silences, maintenance and who is told, in a real Chromium, against a city in a bad night."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.integration.console.city_data import alert
from tests.integration.console.conftest import Complaints
from tests.integration.console.stub_city import StubCity
from tests.integration.console.stub_scenes import LAMPS, arrange

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

PHONE = {"width": 390, "height": 844}
WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"


@pytest.fixture
def city(city: StubCity) -> StubCity:
    """One silence holds an alert, one is to come, one is over; two maintenance windows are planned."""
    arrange(city, "night")
    return city


async def silences(page: Page) -> None:
    await page.get_by_role("link", name="Silences").click()
    await expect(page.locator("[data-silence]")).to_have_count(3)
    await expect(page.locator("[data-maintenance]")).to_have_count(2)


async def dialog_for(page: Page, number: int) -> Locator:
    await expect(page.locator(".connection")).to_have_text("Live")
    await page.locator(f"[data-alert='{alert(number)['id']}']").click()
    await page.locator("[data-action=silence]").click()
    dialog = page.get_by_role("dialog", name="New silence")
    await expect(dialog.locator(".preview")).to_contain_text("Would hold 1 alert now")
    return dialog


def seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()


async def test_a_silence_from_an_alert_is_prefilled_counted_and_needs_a_reason(
    page: Page, city: StubCity
) -> None:
    dialog = await dialog_for(page, 3)
    await expect(dialog.locator(".matcher-words")).to_have_text("rule lights/lamp-out · device sl-114")
    begin = dialog.get_by_role("button", name="Silence", exact=True)
    await expect(begin).to_be_disabled()
    await expect(dialog).to_contain_text("Still missing: a reason")
    await dialog.get_by_text("This rule in this zone").click()
    await expect(dialog.locator(".preview")).to_contain_text("Would hold 25 alerts now")
    await expect(dialog.locator(".preview li")).to_have_count(4)
    await dialog.get_by_text("4 hours").click()
    await dialog.get_by_label("Reason").fill("feeder is down, crew knows")
    await begin.click()
    await expect(dialog).to_have_count(0)
    await expect(page.locator(".panel .suppression")).to_contain_text("feeder is down, crew knows")
    await expect(page.locator(".chip-suppressed")).to_contain_text("26 suppressed")
    [(kind, sent)] = [post for post in city.work.posts if post[0] == "silence"]
    assert kind == "silence"
    assert sent["matcher"] == {"rules": ["lights/lamp-out"], "zones": ["makkasan"]}
    assert sent["starts_at"] is None
    assert sent["reason"] == "feeder is down, crew knows"
    assert abs(seconds(sent["ends_at"]) - time.time() - 4 * 3600) < 120


async def test_until_morning_is_eight_oclock_by_the_citys_clocks(page: Page, city: StubCity) -> None:
    dialog = await dialog_for(page, 3)
    await dialog.get_by_text("Until 08:00").click()
    await dialog.get_by_label("Reason").fill("crew comes in the morning")
    await dialog.get_by_role("button", name="Silence", exact=True).click()
    await expect(dialog).to_have_count(0)
    ends = seconds(city.work.posts[-1][1]["ends_at"])
    assert (ends + 7 * 3600) % 86_400 == 8 * 3600
    assert 0 < ends - time.time() <= 86_400


async def test_a_time_of_its_own_is_the_citys_and_said_as_the_city_writes_it(
    page: Page, city: StubCity
) -> None:
    dialog = await dialog_for(page, 3)
    await dialog.locator(".field", has_text="For how long").get_by_text("Other…").click()
    await dialog.get_by_label("From").fill("2030-01-05T01:00")
    await dialog.get_by_label("Until", exact=False).last.fill("2030-01-05T00:30")
    await dialog.get_by_label("Reason").fill("works")
    await expect(dialog).to_contain_text("Still missing: when")
    await dialog.get_by_label("Until", exact=False).last.fill("2030-01-05T05:30")
    await expect(dialog).to_contain_text("Sat, 5 Jan 2030 05:30")
    await dialog.get_by_role("button", name="Silence", exact=True).click()
    await expect(dialog).to_have_count(0)
    sent = city.work.posts[-1][1]
    assert (sent["starts_at"], sent["ends_at"]) == ("2030-01-04T18:00:00.000Z", "2030-01-04T22:30:00.000Z")


async def test_nobody_silences_the_whole_city_by_leaving_all_empty(page: Page) -> None:
    dialog = await dialog_for(page, 3)
    await dialog.locator(".field", has_text="Which alerts").get_by_text("Other…").click()
    fields = dialog.locator(".matcher-fields")
    for field in ("rule", "device"):
        await fields.get_by_label(field).fill("")
    await dialog.get_by_label("Reason").fill("all of it")
    await expect(dialog.locator(".preview")).to_have_text("Say which alerts are meant.")
    await expect(dialog).to_contain_text("Still missing: which alerts")
    await fields.get_by_label("zone").fill("makkasan")
    await expect(dialog.locator(".preview")).to_contain_text(f"Would hold {LAMPS + 2} alerts now")


async def test_escape_leaves_the_form_and_not_the_alert_below(page: Page) -> None:
    dialog = await dialog_for(page, 3)
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(page.locator(".panel")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator(".panel")).to_have_count(0)


async def test_the_page_lists_what_is_silenced_now_later_and_lately(page: Page) -> None:
    await silences(page)
    active = page.get_by_role("region", name="Active")
    await expect(active).to_contain_text("device no-12")
    await expect(active).to_contain_text("holds 1 alert")
    await expect(active).to_contain_text("ends in 3 h 59 min")
    await expect(page.get_by_role("region", name="Coming")).to_contain_text("rule power/* · zone Rama 4")
    await page.get_by_text("1 past").click()
    await expect(page.get_by_role("region", name="Over")).to_contain_text("sensor is being cleaned")
    held = page.get_by_role("region", name="Held back now")
    await expect(held).to_contain_text("Noise above the limit")
    await expect(held).to_contain_text("Silence by operator-3 until")
    await held.get_by_role("button", name="In the list").click()
    await expect(page.locator("[data-alert]")).to_have_count(1)


async def test_a_silence_is_changed_and_ended(page: Page, city: StubCity) -> None:
    await silences(page)
    await page.get_by_role("region", name="Active").locator("[data-silence]").click()
    panel = page.locator(".panel")
    await expect(panel.locator("[data-held]")).to_have_count(1)
    await panel.get_by_role("button", name="Change…").click()
    dialog = page.get_by_role("dialog", name="Change the silence")
    await expect(dialog.get_by_label("Device")).to_have_value("no-12")
    await dialog.get_by_label("Reason").fill("the stage stays until noon")
    await dialog.get_by_role("button", name="Save").click()
    await expect(panel.locator("h2")).to_have_text("the stage stays until noon")
    await panel.get_by_role("button", name="End now").click()
    await expect(panel).to_contain_text("Ended by")
    await expect(page.locator("[aria-label='Held back now']")).to_contain_text("Nothing is held back.")
    assert not any(raised["suppressed"] for raised in city.alerts.values())


async def test_a_viewer_sees_everything_and_can_change_nothing(page: Page, city: StubCity) -> None:
    city.role = "viewer"
    await page.reload()
    await silences(page)
    await expect(page.get_by_role("button", name="New silence")).to_be_disabled()
    await expect(page.get_by_role("button", name="Plan maintenance")).to_be_disabled()
    await page.locator("[data-maintenance]").first.click()
    await expect(page.get_by_role("button", name="End for good")).to_be_disabled()


async def test_maintenance_is_drawn_over_two_weeks(page: Page) -> None:
    await silences(page)
    timeline = page.locator(".timeline")
    await expect(timeline.locator(".timeline-row")).to_have_count(4)
    daily = timeline.locator(".timeline-row", has_text="Street lamps of Samyan")
    await expect(daily.locator("rect")).to_have_count(5)
    await expect(daily.locator(".timeline-on")).to_have_count(1)
    weekly = timeline.locator(".timeline-row", has_text="Parking gates")
    await expect(weekly.locator("rect")).to_have_count(2)
    await daily.locator("rect").first.click()
    await expect(page.locator(".panel h2")).to_have_text("Street lamps of Samyan: new feeder")


async def test_a_weekly_window_is_planned_and_its_next_times_are_the_servers(
    page: Page, city: StubCity
) -> None:
    await silences(page)
    await page.get_by_role("button", name="Plan maintenance").click()
    dialog = page.get_by_role("dialog", name="Plan maintenance")
    await dialog.get_by_label("What is done").fill("Charging stations: firmware")
    await dialog.get_by_label("Service").fill("ev-charging")
    await dialog.get_by_label("First time").fill("2030-01-05T01:00")
    await dialog.get_by_label("For how many minutes").fill("90")
    await dialog.get_by_text("Every week").click()
    await dialog.get_by_role("button", name="Mon").click()
    await dialog.get_by_role("button", name="Thu").click()
    await expect(dialog.locator("code")).to_have_text("FREQ=WEEKLY;BYDAY=MO,TH")
    await dialog.get_by_label("Reason").fill("order 4712")
    await dialog.get_by_role("button", name="Plan it").click()
    panel = page.locator(".panel")
    await expect(panel.locator(".next-times li")).to_have_count(5)
    await expect(panel).to_contain_text("every Mon, Thu at 01:00, for 1 h 30 min")
    await expect(panel).to_contain_text("Mon, 7 Jan 2030")
    assert city.work.posts[-1] == (
        "maintenance",
        {
            "title": {"en": "Charging stations: firmware", "th": "Charging stations: firmware"},
            "matcher": {"services": ["ev-charging"]},
            "schedule": {
                "start": "2030-01-07T01:00",
                "duration": "1h30m",
                "rrule": "FREQ=WEEKLY;BYDAY=MO,TH",
                "exdates": [],
                "timezone": "Asia/Bangkok",
            },
            "reason": "order 4712",
        },
    )


async def test_a_window_that_the_server_refuses_stays_in_the_form(page: Page) -> None:
    await silences(page)
    await page.get_by_role("button", name="Plan maintenance").click()
    dialog = page.get_by_role("dialog", name="Plan maintenance")
    await dialog.get_by_label("What is done").fill("x")
    await dialog.get_by_label("Zone").fill("samyan")
    await dialog.get_by_text("Every day").click()
    await dialog.get_by_label("Reason").fill("wrong")
    await dialog.get_by_role("button", name="Plan it").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("this comes never")
    await expect(dialog.get_by_label("What is done")).to_have_value("x")


async def test_the_citys_own_window_is_changed_in_its_file_and_others_end_here(
    page: Page, city: StubCity
) -> None:
    await silences(page)
    await page.locator("[data-maintenance]", has_text="Parking gates").click()
    await expect(page.locator(".panel-foot")).to_contain_text("It stands in the city's files")
    await page.locator("[data-maintenance]", has_text="Street lamps").click()
    await page.get_by_role("button", name="End for good").click()
    await expect(page.locator("[data-maintenance]", has_text="Street lamps")).to_contain_text("over")


async def test_receivers_show_how_their_channels_are_doing(page: Page, city: StubCity) -> None:
    await page.get_by_role("link", name="Notices").click()
    duty = page.locator("[data-receiver=duty-officer]")
    await expect(duty.locator("[data-channel=line]")).to_contain_text("Works")
    await expect(duty.locator("[data-channel=email]")).to_contain_text("Fails")
    await expect(duty.locator("[data-channel=email]")).to_contain_text("greylisted, please try again later")
    await expect(page.locator("[data-receiver=lights-crew]")).to_contain_text("Held to its rate")
    await expect(page.get_by_role("button", name="Send a test")).to_have_count(0)
    await expect(page.locator("[data-notice]")).to_have_count(4)
    await page.get_by_role("button", name="Failed", exact=True).click()
    await expect(page.locator("[data-notice]")).to_have_count(1)
    await expect(page.locator(".deadlines")).to_contain_text("Alert to acknowledged")
    city.role = "admin"
    await page.reload()
    await duty.get_by_role("button", name="Send a test").click()
    await expect(duty.locator(".receiver-test")).to_contain_text("email: 451 4.7.1")
    crew = page.locator("[data-receiver=lights-crew]")
    await crew.get_by_role("button", name="Send a test").click()
    await expect(crew.locator(".receiver-test")).to_contain_text("1 delivered")
    assert city.work.tested == ["duty-officer", "lights-crew"]


async def test_who_is_called_at_night_is_not_shown_to_viewers(page: Page, city: StubCity) -> None:
    city.role = "viewer"
    await page.reload()
    await page.get_by_role("link", name="Notices").click()
    await expect(page.locator(".receivers")).to_contain_text("shown to operators and administrators")
    await expect(page.locator("[data-receiver]")).to_have_count(0)


async def test_says_nothing_in_the_browsers_console(page: Page, complaints: Complaints) -> None:
    await silences(page)
    await page.locator("[data-maintenance]").first.click()
    await expect(page.locator(".next-times li")).to_have_count(5)
    await page.get_by_role("link", name="Notices").click()
    await expect(page.locator("[data-receiver]")).to_have_count(2)
    assert complaints == []


@pytest.mark.parametrize("lang", ["en", "th"])
async def test_the_pages_and_forms_fit_a_phone(browser: Browser, address: str, lang: str) -> None:
    context = await browser.new_context(viewport=PHONE, locale=lang, reduced_motion="reduce")
    page = await context.new_page()
    for place, waited in (("silences", "[data-maintenance]"), ("notices", "[data-receiver]")):
        await page.goto(f"{address}#{place}")
        await expect(page.locator(waited)).to_have_count(2)
        assert await page.evaluate(WIDTHS) == [390, 390]
    await page.goto(f"{address}#silences")
    await page.locator(".maintenance .card-head .button").click()
    dialog = page.get_by_role("dialog")
    assert await dialog.bounding_box() == {"x": 0, "y": 0, **PHONE}
    inner = await dialog.locator(".dialog-form").evaluate("form => [form.scrollWidth, form.clientWidth]")
    assert inner[0] == inner[1]
    await context.close()
