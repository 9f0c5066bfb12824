"""Alerts that come back, as each database keeps them: the same through restarts and replays."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rules.model import State, Transition
from services.alerts.deadlines import percentiles
from services.alerts.identity import id_of
from services.alerts.lifecycle import advance, settle
from services.alerts.operations import Operation, acknowledging, assigning, commenting
from services.alerts.policy.model import MINUTE, Deadlines, Recurrence
from services.alerts.recurrence import Recurrences
from services.store.records import Records
from services.store.records.alerts import SLACK, AlertRecord, Changes, Deed, Known
from tests.unit.alerts.recurring_alerts import about, episode, worse
from tests.unit.alerts.test_alert_lifecycle import NOW, START

BOTH = Recurrence(reopen=10 * MINUTE, firings=3, over=30 * MINUTE, calm=10 * MINUTE)
LIFE = [*episode(0, 5), *episode(8, 12), *episode(16, 20)]
ALERT = id_of(LIFE[0])


class Kept:
    """The alerts of a database, changed as the service changes them."""

    def __init__(self, records: Records) -> None:
        self.records = records.alerts
        self.memory = Recurrences(BOTH)

    async def restart(self) -> None:
        self.memory = Recurrences(BOTH)
        self.memory.load(await self.records.recent(self.memory.span))

    async def apply(self, transitions: Sequence[Transition]) -> Changes:
        identified = [(id_of(transition), transition) for transition in transitions]
        names = {transition.fingerprint for transition in transitions}
        ids = [alert for alert, _ in identified] + self.memory.relatives(names, NOW)
        ids += [one.id for one in await self.records.open() if one.fingerprint in names]

        def decide(known: Known) -> Changes:
            return advance(
                known,
                identified,
                now=NOW,
                service_of=lambda _subject: "air-quality",
                recurrence=BOTH,
                past=self.memory.past,
            )

        return await self._take(ids, decide)

    async def settle(self, minutes: int) -> Changes:
        now = START + minutes * MINUTE
        return await self._take(self.memory.due(now), lambda known: settle(known, now))

    async def operate(self, alert: str, operation: Operation) -> None:
        def decide(known: Known) -> Changes:
            outcome = operation(known.alerts[alert], known.people.get(alert))
            assert outcome is not None
            record, event = outcome
            return Changes({record.id: record}, {record.id: [event]})

        await self._take([alert], decide, people=True)

    async def _take(self, ids: Sequence[str], decide: object, *, people: bool = False) -> Changes:
        changes = await self.records.change(ids, decide, people=people)  # type: ignore[arg-type]
        self.memory.take(changes, NOW)
        return changes

    async def alert(self, alert: str = ALERT) -> tuple[AlertRecord, list[str]]:
        found = await self.records.get(alert)
        assert found is not None
        return found[0], [event.change for event in found[1]]


async def test_one_alert_comes_back_flaps_is_held_and_ends(records: Records) -> None:
    kept = Kept(records)
    for transition in LIFE:
        await kept.apply([transition])
        await kept.restart()
    record, steps = await kept.alert()
    assert steps == [
        *("pending", "firing", "resolved"),
        *("reopened", "resolved"),
        *("reopened", "flapping", "held"),
    ]
    assert (record.state, record.flapping, record.occurrences) == (State.FIRING, True, 3)
    assert (record.held_from, record.held_until) == (START + 20 * MINUTE, START + 30 * MINUTE)
    assert not await kept.settle(29)
    await kept.settle(30)
    record, steps = await kept.alert()
    assert (record.state, record.ends_at, record.held_until) == (State.RESOLVED, START + 20 * MINUTE, None)
    assert steps[-1] == "resolved"
    found, _ = await kept.records.page({}, limit=10)
    assert [one.id for one in found] == [ALERT]


async def test_replays_after_restarts_change_nothing(records: Records) -> None:
    kept = Kept(records)
    for count in range(1, len(LIFE) + 1):
        await kept.apply(LIFE[:count])
        await kept.restart()
    before = await kept.alert()
    for since in range(len(LIFE)):
        assert not await kept.apply(LIFE[since:])
    assert await kept.alert() == before
    unannounced = [(item.alert, item.number) for item in await kept.records.unannounced()]
    assert len(unannounced) == len(set(unannounced))


async def test_what_recurrences_are_recognised_by_is_what_happened_of_late(records: Records) -> None:
    kept = Kept(records)
    await kept.apply(about("aq-09", *episode(-100, -90)))
    await kept.apply(LIFE[:6])
    await kept.apply(about("aq-02", *episode(9)))
    recent = await kept.records.recent(BOTH.over)
    name = LIFE[0].fingerprint
    assert recent.ended == [(name, ALERT, START + 12 * MINUTE)]
    other = about("aq-02", *episode(9))[0].fingerprint
    assert sorted(recent.fired) == sorted(
        [(name, START + MINUTE), (name, START + 9 * MINUTE), (other, START + 10 * MINUTE)]
    )
    assert await kept.records.recent(0) == ([], (), ())
    assert BOTH.over + SLACK + 12 * MINUTE < 90 * MINUTE  # the old one lies before all that


async def test_what_is_held_is_known_though_nothing_is_reopened_any_more(records: Records) -> None:
    kept = Kept(records)
    await kept.apply(LIFE)
    assert (await kept.records.recent(0)).held == [(ALERT, START + 30 * MINUTE)]


async def test_of_a_very_long_history_the_newest_steps_are_known(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.store.records.alerts.STEPS_KNOWN", 4)
    monkeypatch.setattr("services.store.records.alerts.HISTORY_SHOWN", 3)
    kept = Kept(records)
    await kept.apply(LIFE)
    seen: list[int] = []

    def look(known: Known) -> Changes:
        seen.append(len(known.steps[ALERT]))
        return Changes()

    await kept.records.change([ALERT], look)
    assert seen == [3]  # of the newest four, one is Nakhon's own
    assert (await kept.alert())[1] == ["reopened", "flapping", "held"]
    assert not await kept.apply(LIFE[-2:])


async def test_what_people_did_last_is_known_to_operations_alone(records: Records) -> None:
    kept = Kept(records)
    await kept.apply(LIFE[:2])
    await kept.operate(ALERT, acknowledging("somchai", "", NOW))
    await kept.operate(ALERT, commenting("malee", "x", NOW + 1))
    await kept.apply([worse(0, 3)])
    seen: list[Known] = []

    def look(known: Known) -> Changes:
        seen.append(known)
        return Changes()

    await kept.records.change([ALERT], look)
    await kept.records.change([ALERT], look, people=True)
    assert [known.people for known in seen] == [{}, {ALERT: Deed(4, NOW + 1, "commented", "malee")}]


async def test_lists_by_what_is_decided_beside_an_alert(records: Records) -> None:
    kept = Kept(records)
    one, other, third = (id_of(about(name, *LIFE)[0]) for name in ("aq-01", "aq-02", "aq-03"))
    for name in ("aq-01", "aq-02", "aq-03"):
        await kept.apply(about(name, *LIFE[:2]))

    def beside(known: Known) -> Changes:
        changes = Changes()
        record = changes.amend(known.alerts[one], "joined", at=NOW, detail={"incident": "I1"})
        fields = {"incident": "I1", "cause": other, "suppressed": {"kind": "silence", "id": "S1"}}
        changes.alerts[one] = type(record)(**{**_fields(record), **fields})
        return changes

    await kept.records.change([one], beside)
    await kept.operate(other, acknowledging("somchai", "", NOW))
    await kept.operate(other, assigning("somchai", "crew-2", NOW))
    await kept.operate(third, acknowledging("malee", "", NOW))
    await kept.apply(about("aq-03", worse(0, 3)))  # acknowledged as less bad than it is
    for filters, expected in (
        ({"incident": ["I1", "I2"]}, {one}),
        ({"cause": [other]}, {one}),
        ({"assigned_to": ["crew-2"]}, {other}),
        ({"acknowledged": ["true"]}, {other}),
        ({"acknowledged": ["false"]}, {one, third}),
        ({"acknowledged": ["true", "false"]}, {one, other, third}),
        ({"suppressed": ["true"]}, {one}),
        ({"suppressed": ["false"]}, {other, third}),
        ({"suppressed": ["false"], "acknowledged": ["false"], "severity": ["critical"]}, {third}),
    ):
        found, _ = await kept.records.page(filters, limit=10)
        assert {record.id for record in found} == expected, filters
    with pytest.raises(ValueError, match="suppressed can't be maybe"):
        await kept.records.page({"suppressed": ["maybe"]}, limit=10)


def _fields(record: AlertRecord) -> dict[str, object]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


async def test_the_times_of_a_span_are_reckoned(records: Records) -> None:
    kept = Kept(records)
    for name in ("aq-01", "aq-02", "aq-03"):
        await kept.apply(about(name, *LIFE[:2]))
    await kept.apply(about("aq-04", *episode(30)))
    await kept.apply(about("aq-05", *episode(2, shadow=True)))
    await kept.operate(ALERT, acknowledging("somchai", "", NOW))
    rows = await kept.records.staged(start=START, end=START + 10 * MINUTE)
    assert len(rows) == 3
    assert sum(row.first_acknowledged == NOW for row in rows) == 1
    assert len(await kept.records.staged(start=START, end=NOW, limit=2)) == 2
    assert await kept.records.staged(start=NOW, end=NOW + 1) == []
    told = percentiles(rows, Deadlines())
    assert [one["count"] for one in told["all"]][:3] == [3, 3, 3]
