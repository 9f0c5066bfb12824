"""What fired, for how long, which alert begins so, and what nobody follows any more: on each database."""

from __future__ import annotations

from dataclasses import replace

from rules.model import Severity, State, Subject
from services.alerts.identity import id_of
from services.store.records import Records
from tests.contract.records.test_alerts_on_databases import FIRING, START, house, step

PENDING = step(State.PENDING)
RULE = "air-quality/pm25-unhealthy"
MINUTE = 60_000


async def test_shadow_and_live_are_compared(records: Records) -> None:
    """The live one fires two minutes after that in shadow mode, at one device; the other sees one more."""
    shadow = replace(FIRING, rule="air-quality/soon", shadow=True)
    early = replace(shadow, at=FIRING.at - 2 * MINUTE)
    worse = replace(early, at=FIRING.at, severity=Severity.CRITICAL)
    alone = replace(shadow, subject=Subject("samyan", "aq-02"))
    pending = replace(PENDING, rule="air-quality/soon", shadow=True, subject=Subject("samyan", "aq-03"))
    over = replace(alone, state=State.RESOLVED, at=FIRING.at + MINUTE)
    async with house(records) as built:
        await built.service.apply([FIRING, early, worse, alone, pending, over])
        span = {"start": FIRING.at - 10 * MINUTE, "end": FIRING.at + 10 * MINUTE}
        found = await built.service.compare("air-quality/soon", RULE, **span)
        assert found["counts"] == {"both": 1, "only_shadow": 1, "only_live": 0}
        (pair,) = found["both"]
        assert pair["earlier_seconds"] == 120
        assert (pair["shadow"]["severity"], pair["live"]["alert"]) == ("critical", id_of(FIRING))
        assert found["only_shadow"][0]["device"] == "aq-02"
        before = {"start": FIRING.at - 10 * MINUTE, "end": FIRING.at - 5 * MINUTE}
        assert (await built.service.compare("air-quality/soon", RULE, **before))["fired"]["shadow"] == 0
        after = {"start": FIRING.at + 5 * MINUTE, "end": FIRING.at + 10 * MINUTE}
        counts = (await built.service.compare("air-quality/soon", RULE, **after))["counts"]
        assert counts == {"both": 1, "only_shadow": 0, "only_live": 0}


async def test_an_alert_is_found_by_the_beginning_of_its_id(records: Records) -> None:
    other = step(State.FIRING, starts_at=START + 1, subject=Subject("samyan", "aq-02"))
    async with house(records) as built:
        await built.service.apply([FIRING, other])
        ids = sorted([id_of(FIRING), id_of(other)], reverse=True)
        assert await records.alerts.beginning(ids[0][:3], limit=6) == ids
        assert await records.alerts.beginning(ids[0][:3], limit=1) == ids[:1]
        assert await records.alerts.beginning(ids[1], limit=6) == ids[1:]
        assert await records.alerts.beginning("7Z", limit=6) == []


async def test_what_the_rules_no_longer_follow_ends(records: Records) -> None:
    shadow = replace(FIRING, rule="air-quality/soon", shadow=True)
    waiting = replace(PENDING, subject=Subject("samyan", "aq-03"))
    followed = replace(FIRING, subject=Subject("samyan", "aq-02"))
    async with house(records) as built:
        await built.service.apply([FIRING, shadow, waiting, followed])
    async with house(records) as built:
        assert await built.service.settle({followed.fingerprint}) == 3
        assert [alert.id for alert in built.service.open_alerts()] == [id_of(followed)]
        assert (await built.service.alert(id_of(FIRING)))["evidence"]["ended"] == "lost"
        assert (await built.service.alert(id_of(shadow)))["state"] == "resolved"
        assert built.service.by_rule() == {RULE: {"firing": 1}}
        assert await built.service.settle({followed.fingerprint}) == 0
