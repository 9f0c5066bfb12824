"""A drill from the sensor to the closed incident: escalation, acknowledgement, silence, end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from blockbuster import BlockBuster

from tests.acceptance.stage import stage
from tests.support.smallcity import CITY

pytestmark = pytest.mark.real

DEVICES = """id,type,zone,service,name,lon,lat,interval,domain,labels
aq-01,AirQualityObserved,north,,School gate,100.50,13.75,1m,,site=school
aq-02,AirQualityObserved,north,,Market,100.50,13.75,1m,,
aq-03,AirQualityObserved,south,,Temple,100.50,13.70,1m,,
"""

RULES = """
group: air
domain: environment
rules:
  - id: pm25-high
    on: AirQualityObserved.pm25
    when: {above: 75, clear_below: 70}
    levels: {major: 75, critical: 150}
    for: 2m
    title: {en: "PM2.5 high at {name}", th: "ฝุ่น PM2.5 สูงที่ {name}"}
    advice: {en: "Close the windows", th: "ปิดหน้าต่าง"}
"""

ALERTING = """
receivers:
  duty-officer: {en: Duty officer, th: เจ้าหน้าที่เวร}
  shift-lead: {en: Shift lead, th: หัวหน้าเวร}
incidents: {by: [zone, service], within: 30m}
routes:
  - id: air
    match: {domains: [environment]}
    steps: [{notify: [duty-officer]}, {after: 10m, notify: [shift-lead]}]
    group: {by: [incident], wait: 10s, interval: 1m}
    repeat: 0
"""

FILES = {
    "city.yaml": CITY.replace("    objective: {target: 0.99, window: 30d}\n", ""),
    "devices.csv": DEVICES,
    "rules/air.yaml": RULES,
    "alerting.yaml": ALERTING,
}


def paged(url: str) -> Mapping[str, Any]:
    names = ("duty-officer", "shift-lead")
    return {
        "language": "en",
        "receivers": {
            name: {"channels": [{"kind": "webhook", "url": f"{url}/{name}", "secret": "drill"}]}
            for name in names
        },
    }


async def test_from_the_sensor_to_the_closed_incident(tmp_path: Path, no_blocking_calls: BlockBuster) -> None:
    async with stage(tmp_path, no_blocking_calls, FILES, paged) as night:
        # 00:00: the air at the school gate goes bad. It has to be so for two minutes.
        await night.send("aq-01", pm25=90)
        await night.pass_time(60)
        (pending,) = await night.alerts()
        assert (pending["state"], pending["incident"]) == ("pending", None)
        await night.send("aq-01", pm25=95)
        await night.pass_time(61)

        # 00:02: it fires, opens an incident, and ten seconds later the duty officer is told.
        (alert,) = await night.alerts("state=firing")
        (incident,) = await night.incidents("state=open")
        assert alert["incident"] == incident["id"]
        assert (incident["severity"], incident["zone"], incident["open"]) == ("major", "north", 1)
        assert night.pager.told == []
        await night.pass_time(11)
        (told,) = await night.hears("duty-officer", "firing")
        assert told["incident"]["id"] == incident["id"]

        # The market's sensor next to it joins the same incident: one message more, a minute later.
        await night.send("aq-02", pm25=88)
        await night.pass_time(30)
        await night.send("aq-02", pm25=88)
        await night.pass_time(91)
        assert {one["incident"] for one in await night.alerts("state=firing")} == {incident["id"]}
        await night.pass_time(61)
        await night.hears("duty-officer", "firing", "firing")

        # Nobody acknowledges: ten minutes after the first message the shift lead is asked.
        await night.pass_time(5 * 60)
        assert night.pager.reasons("shift-lead") == []
        await night.pass_time(3 * 60)
        await night.hears("shift-lead", "escalation")

        # The shift lead takes it: both alerts are acknowledged with the incident, and another can't any more.
        seen = await night.get(f"incidents/{incident['id']}")
        await night.call(
            "POST",
            f"incidents/{incident['id']}/acknowledge",
            {"note": "on my way", "number": seen["number"]},
        )
        assert all(one["acknowledged"] for one in await night.alerts("state=firing"))
        late = await night.call(
            "POST", f"incidents/{incident['id']}/acknowledge", {"note": "me too"}, status=409, by="somchai"
        )
        assert "acknowledged by demo" in late["detail"]

        # It becomes critical: what was acknowledged was a major alert, so that somebody is needed anew.
        await night.send("aq-01", pm25=180)
        await night.pass_time(2)
        await night.hears("duty-officer", "firing", "firing", "severity")
        await night.hears("shift-lead", "escalation", "severity")
        await night.call("POST", f"alerts/{alert['id']}/acknowledge", {"note": "critical, I know"})

        # The temple's sensor is being repaired: the operator silences it, and what it says is told to nobody.
        silence = await night.call(
            "POST",
            "silences",
            {"matcher": {"devices": ["aq-03"]}, "duration": "1h", "reason": "being repaired"},
            status=201,
        )
        asked = await night.get("routes/explain?rule=air/pm25-high&device=aq-03&severity=major")
        assert [(one["kind"], one["id"], one["now"]) for one in asked["held"]] == [
            ("silence", silence["id"], True)
        ]
        assert [one["receiver"] for one in asked["timeline"]] == ["duty-officer", "shift-lead"]
        await night.send("aq-03", pm25=99)
        await night.pass_time(125)
        (held,) = await night.alerts("device=aq-03&state=firing")
        assert held["suppressed"]["kind"] == "silence"
        assert held["suppressed"]["reason"]["en"].endswith("being repaired")
        await night.pass_time(120)
        assert len(night.pager.told) == 5

        # The silence is ended early, and what still fires is told.
        await night.call("DELETE", f"silences/{silence['id']}")
        await night.pass_time(15)
        told = await night.hears("duty-officer", "firing", "firing", "severity", "firing")
        assert told[-1]["alerts"][0]["device"] == "aq-03"

        # The air clears everywhere: the alerts end, the incidents are resolved, and those who heard are told.
        for device in ("aq-01", "aq-02", "aq-03"):
            await night.send(device, pm25=20)
        await night.pass_time(90)
        assert await night.alerts("state=firing") == []
        assert {one["state"] for one in await night.incidents()} == {"resolved"}
        assert night.pager.reasons("duty-officer")[-1] == "resolved"
        assert night.pager.reasons("shift-lead")[-1] == "resolved"

        # Every message went out once, and the log book tells the whole night.
        assert len(night.pager.keys) == len(set(night.pager.keys)) == len(night.pager.told)
        book = await night.get(f"alerts/{alert['id']}")
        steps = " ".join(one["change"] for one in book["history"])
        assert steps == "pending firing acknowledged severity acknowledged resolved"
        assert all(one["text"]["en"] and one["text"]["th"] for one in book["history"])
        told_of = [(one["receiver"], one["state"]) for one in book["notifications"]]
        assert set(told_of) == {("duty-officer", "delivered"), ("shift-lead", "delivered")}
        closed = await night.get(f"incidents/{incident['id']}")
        assert [one["change"] for one in closed["history"]][-1] == "resolved"
        figures = await night.get("deadlines")
        assert any(one["count"] for one in figures["all"])
