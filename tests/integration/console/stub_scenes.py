"""Scenes of the made-up city: what is wrong in it when somebody looks.

``python -m tests.integration.console.stub_scenes --scene night`` serves one, to look at the page by hand.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from contextlib import suppress

from aiohttp import web

from services.console import dist
from tests.integration.console.city_data import JSON, alert, domain_status, reading, rfc3339, text
from tests.integration.console.stub_city import DEVICES, StubCity
from tests.integration.console.stub_data import busy_ledger
from tests.integration.console.stub_rules import MISTAKES
from tests.integration.console.stub_work import flood, incident, notice, step

SCENES = ("quiet", "unknown", "busy", "many", "mistakes", "night", "standing")


def arrange(city: StubCity, scene: str) -> None:
    """Set the city up as ``quiet``, ``unknown``, ``busy``, ``many`` (200 alerts), ``mistakes``, ``night`` or
    ``standing``: busy, with all that is told of services.

    The mistakes are in rule files; in the night a feeder went down and took its lamps with it.
    """
    if scene == "mistakes":
        city.rules.problems = MISTAKES
        city.rules.reloaded("refused")
    if scene in {"busy", "many", "mistakes", "standing"}:
        city.domains["environment"] = domain_status("environment", "outage")
        city.domains["mobility"] = domain_status("mobility", "degraded", silent=4)
        city.domains["people"] = domain_status("people", "maintenance")
        for number in range(200 if scene == "many" else 6):
            raised = alert(number)
            if number % 4 == 3:
                raised["acknowledged"] = {
                    "by": "operator-3",
                    "at": rfc3339(time.time() - 60),
                    "note": "crew sent",
                }
            city.alerts[raised["id"]] = raised
    if scene != "quiet":
        city.domains["economy"] = domain_status("economy", "unknown")

    if scene == "night":
        night(city)
    if scene == "standing":
        city.status.arrange()


LAMPS = 36


def night(city: StubCity) -> None:
    """A feeder is down with its lamps, a canal rises, one zone is being worked on, and alarms flood in."""
    arrange(city, "busy")
    energy = _feeder_down(city)
    canal = _canal(city)
    for made in (energy, canal):
        city.work.incidents[made["id"]] = made
    city.work.floods = [flood(412)]
    _held(city)
    _told(city, energy["cause"])


def _feeder_down(city: StubCity) -> JSON:
    title = {"en": "Feeder fd-3 without voltage", "th": "สายป้อน fd-3 ไม่มีไฟ"}
    feeder = alert(900, age=700, severity="critical", rule="power/feeder-down", title=title, zone="makkasan")
    feeder |= {"domain": "energy", "service": "street-lights", "device": "fd-3", "occurrences": 3}
    lamps = [_lamp(n) for n in range(LAMPS)]
    for made in (feeder, *lamps):
        city.alerts[made["id"]] = made
    return incident(1, [feeder, *lamps], cause=feeder["id"], open=LAMPS + 1, severity="critical")


def _lamp(number: int) -> JSON:
    lamp = alert(903 + 6 * number, age=690 - number, device=f"sl-{200 + number}")
    kinds = ("lights/lamp-out", "lights/lamp-out", "power/undervoltage")
    return lamp | {"service": "street-lights", "rule": kinds[number % 3]}


def _canal(city: StubCity) -> JSON:
    deep = city.alerts[alert(0)["id"]]
    deep |= {"flapping": True, "held_until": rfc3339(time.time() + 500), "assigned_to": "operator-3"}
    title = {"en": "Flood watch in Khlong Ong Ang", "th": "เฝ้าระวังน้ำท่วมในคลองโอ่งอ่าง"}
    taken = {"by": "operator-3", "at": rfc3339(time.time() - 200), "note": "pumps are on"}
    return incident(2, [deep], title=title, acknowledged=taken, assigned_to="operator-3")


def _held(city: StubCity) -> None:
    work = city.work
    work.silence({"devices": ["no-12"]}, "stage is being built, noise until morning", ends=4 * 3600)
    work.silence({"zones": ["rama-4"], "rules": ["power/*"]}, "feeder test by MEA", starts=7200, ends=10800)
    work.silence({"devices": ["aq-77"]}, "sensor is being cleaned", starts=-9000, ends=-3000)
    work.window(
        text("Street lamps of Samyan: new feeder", "โคมไฟถนนสามย่าน: เปลี่ยนสายป้อน"),
        {"zones": ["samyan"], "services": ["street-lights"]},
        {"start": _evening(1), "duration": "2h", "rrule": "FREQ=DAILY"},
    )
    work.window(
        text("Parking gates: weekly service", "ไม้กั้นที่จอดรถ: บำรุงรายสัปดาห์"),
        {"services": ["parking"]},
        {"start": _evening(2), "duration": "2h", "rrule": "FREQ=WEEKLY;BYDAY=MO"},
        origin="city",
    )


def _evening(days: int) -> str:
    return time.strftime("%Y-%m-%dT01:00", time.gmtime(time.time() + days * 86_400))


def _told(city: StubCity, cause: str) -> None:
    fired = time.time() - 700
    city.notifications[cause] = [
        notice(
            "duty-officer", "line", "delivered", created=rfc3339(fired + 10), delivered=rfc3339(fired + 11)
        ),
        notice(
            "duty-officer", "email", "failed", created=rfc3339(fired + 10), attempts=4, error="451 greylisted"
        ),
        notice("lights-crew", "webhook", "waiting", reason="escalation", created=rfc3339(fired + 600)),
        notice("city-office", "email", "digested", created=rfc3339(fired + 20), digest="n-9"),
    ]
    city.histories[cause] = [
        step(
            3,
            "reopened",
            text("Fired again: the 3rd time", "แจ้งเตือนอีกครั้ง เป็นครั้งที่ 3"),
            "nakhon",
            at=rfc3339(fired),
        ),
        step(
            4,
            "commented",
            text("operator-3 wrote: “crew is on its way”", "operator-3 เขียนว่า “ทีมกำลังไป”"),
            "operator-3",
            at=rfc3339(fired + 400),
        ),
    ]
    city.work.notices = [n for told in city.notifications.values() for n in told]


async def live(city: StubCity) -> None:
    """Readings for ever, as a demo would send them."""
    while True:
        count = random.randint(5, 14)
        for number in random.sample(range(DEVICES), count):
            city.push("reading", reading(number))
        city.ledger["received"] += count
        city.ledger["stored"] += count
        await asyncio.sleep(1)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scene", choices=SCENES, default="busy")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--role", default="operator")
    parser.add_argument("--signed-out", action="store_true")
    chosen = parser.parse_args()
    city = StubCity(dist())
    city.role, city.signed_in = chosen.role, not chosen.signed_out
    arrange(city, chosen.scene)
    if chosen.scene != "quiet":
        city.ledger = busy_ledger()
        city.data.arrange()
    runner = web.AppRunner(city.app())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", chosen.port).start()
    await live(city)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
