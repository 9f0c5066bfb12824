"""What was told is not told again after a restart, and what is due is told at its time."""

from __future__ import annotations

from pathlib import Path

import pytest
from blockbuster import BlockBuster

from tests.acceptance.stage import HOUR, START, stage
from tests.acceptance.test_alert_drill import FILES, paged

pytestmark = pytest.mark.real

MINUTE = 60_000


async def test_an_escalation_goes_on_where_it_was(tmp_path: Path, no_blocking_calls: BlockBuster) -> None:
    async with stage(tmp_path, no_blocking_calls, FILES, paged) as night:
        await night.send("aq-01", pm25=90)
        await night.pass_time(61)
        await night.send("aq-01", pm25=90)
        await night.pass_time(75)
        (told,) = await night.hears("duty-officer", "firing")
        (before,) = await night.alerts("state=firing")
        first = night.clock.now()

    # Four minutes of nothing: Nakhon is down, and comes back.
    async with stage(tmp_path, no_blocking_calls, FILES, paged, start=first + 4 * MINUTE) as night:
        (after,) = await night.alerts("state=firing")
        assert (after["id"], after["incident"]) == (before["id"], before["incident"])
        await night.pass_time(3 * 60)
        assert night.pager.told == [], "nobody hears the same again"
        await night.pass_time(4 * 60)
        (asked,) = await night.hears("shift-lead", "escalation")
        assert asked["incident"]["id"] == told["incident"]["id"]
        assert night.pager.reasons("duty-officer") == []

        # The end is told to both, though one of them heard of the beginning from the process before.
        await night.send("aq-01", pm25=20)
        await night.pass_time(70)
        await night.hears("duty-officer", "resolved")
        await night.hears("shift-lead", "escalation", "resolved")


async def test_what_could_not_be_told_is_told_after_the_restart(
    tmp_path: Path, no_blocking_calls: BlockBuster
) -> None:
    async with stage(tmp_path, no_blocking_calls, FILES, paged) as night:
        night.pager.refuse = 503
        await night.send("aq-01", pm25=90)
        await night.pass_time(61)
        await night.send("aq-01", pm25=90)
        await night.pass_time(80)
        await night.until(lambda: bool(night.pager.keys), "it was tried")
        assert night.pager.told == []
        (key,) = set(night.pager.keys)
        later = night.clock.now() + MINUTE

    async with stage(tmp_path, no_blocking_calls, FILES, paged, start=later) as night:
        await night.pass_time(60)
        (told,) = await night.hears("duty-officer", "firing")
        assert told["id"] == key, "under the same key"
        (alert,) = await night.alerts("state=firing")
        book = await night.get(f"alerts/{alert['id']}")
        (said,) = book["notifications"]
        assert (said["state"], said["receiver"]) == ("delivered", "duty-officer")
        assert said["attempts"] > 1


async def test_the_broker_away_is_an_alert_like_any_other(
    tmp_path: Path, no_blocking_calls: BlockBuster
) -> None:
    own = '  - {id: own, match: {rules: ["nakhon/*"]}, notify: [shift-lead], group: {wait: 0s}}\n'
    files = {**FILES, "alerting.yaml": FILES["alerting.yaml"].replace("routes:\n", f"routes:\n{own}")}
    async with stage(tmp_path, no_blocking_calls, files, paged, start=START + HOUR) as night:
        await night.pass_time(3)
        assert await night.alerts() == []
        broker = night.app.broker
        assert broker is not None
        await broker.stop()
        source = night.app.telemetry.source
        await night.until(lambda: not source.listening, "the broker is gone")
        await night.pass_time(14)
        (alert,) = await night.alerts("state=firing")
        assert (alert["rule"], alert["severity"]) == ("nakhon/broker-away", "major")
        assert (alert["domain"], alert["zone"], alert["device"]) == ("governance", None, None)
        assert alert["title"]["th"]
        (told,) = await night.hears("shift-lead", "firing")
        assert told["alerts"][0]["rule"] == "nakhon/broker-away"
        await night.call("POST", f"alerts/{alert['id']}/acknowledge", {"note": "calling the administrator"})
        await night.pass_time(120)
        (worse,) = await night.alerts("state=firing")
        assert (worse["id"], worse["severity"]) == (alert["id"], "critical")
        await night.hears("shift-lead", "firing", "severity")
