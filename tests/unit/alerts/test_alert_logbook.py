"""The log book of an alert: every step with who took it, in a sentence of each language."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rules.model import Evidence, Severity, State
from services.alerts.document import full_document
from services.alerts.endings import Ending
from services.alerts.lifecycle import end
from services.alerts.logbook import actor, entries, sentence
from services.alerts.operations import acknowledging, assigning, closing, commenting, unacknowledging
from services.alerts.policy.model import MINUTE, Recurrence
from services.bus.protocol import ALERT_CHANGES
from services.store.records.alerts import AlertEvent, Changes
from tests.unit.alerts.recurring_alerts import Shelf, episode, worse
from tests.unit.alerts.test_alert_lifecycle import NOW, START, step

REOPENED = (
    "Reopened: fired as minor for the 2nd time; the acknowledgement of somchai no longer counts: "
    "pm25 = 60 > 37.5"
)
BOTH = Recurrence(reopen=10 * MINUTE, firings=3, over=30 * MINUTE, calm=10 * MINUTE)


def told(shelf: Shelf) -> list[str]:
    """The log of the one alert, in English."""
    return [entry["text"]["en"] for entry in entries(shelf.alert, shelf.history[shelf.alert.id])]


def event(change: str, **fields: Any) -> AlertEvent:
    return replace(AlertEvent("A", 1, START, change, State.FIRING, Severity.MAJOR), **fields)


def test_a_night_reads_like_a_log_book() -> None:
    shelf = Shelf(BOTH)
    first = episode(0, 5)
    shelf.apply(*first[:2], worse(0, 2))
    alert = shelf.alert.id
    shelf.operate(alert, acknowledging("somchai", "on my way", NOW))
    shelf.operate(alert, assigning("somchai", "crew-2", NOW))
    shelf.operate(alert, commenting("crew-2", "ฝนตก", NOW))
    shelf.apply(first[2], *episode(8, 12)[:2])
    shelf.operate(alert, closing("somchai", "a burning bin", NOW))
    assert told(shelf) == [
        "The condition began; it must last before the alert fires: pm25 = 60 > 37.5",
        "Fired as minor: pm25 = 60 > 37.5",
        "Severity rose from minor to critical: pm25 = 60 > 37.5",
        "somchai acknowledged it as critical: “on my way”",
        "somchai assigned it to crew-2",
        "crew-2 wrote: “ฝนตก”",
        "Over: the condition ended: pm25 = 60 > 37.5",
        REOPENED,
        "somchai closed it by hand: “a burning bin”",
    ]


def test_each_entry_says_who_did_it() -> None:
    shelf = Shelf(BOTH)
    shelf.apply(*episode(0, 5), *episode(8, 12), *episode(16))
    shelf.operate(shelf.alert.id, unacknowledging_after_all())
    kinds = [entry["actor"] for entry in full_document(shelf.alert, shelf.history[shelf.alert.id])["history"]]
    assert kinds[0] == {"kind": "rule", "name": "air-quality/pm25-unhealthy"}
    assert {"kind": "nakhon", "name": "Nakhon"} in kinds
    assert kinds[-1] == {"kind": "operator", "name": "somchai"}
    assert actor(shelf.alert, "nakhon")["kind"] == "nakhon"


def unacknowledging_after_all() -> Any:
    """Acknowledged and taken back in one."""

    def operate(record: Any, _last: Any = None) -> Any:
        outcome = acknowledging("somchai", "", NOW)(record)
        assert outcome is not None
        return unacknowledging("somchai", "not mine", NOW)(outcome[0])

    return operate


def test_flapping_held_and_over() -> None:
    shelf = Shelf(BOTH)
    shelf.apply(*episode(0, 5), *episode(8, 12), *episode(16, 20))
    shelf.apply(*episode(22, 24))
    shelf.settle(40)
    assert [text.partition(": pm25")[0] for text in told(shelf)[6:]] == [
        "Flapping: it fired 3 times within 30 min; from now on its end is held back",
        "The condition ended; the alert is held open until 2026-01-04T17:30:00.000Z, in case it comes back",
        "Fired as minor for the 4th time",
        "The condition ended; the alert is held open until 2026-01-04T17:34:00.000Z, in case it comes back",
        "Over: the condition has stayed false since 2026-01-04T17:24:00.000Z",
    ]


def test_a_changed_rule_is_told_as_the_reason_of_the_end() -> None:
    shelf = Shelf(Recurrence())
    shelf.apply(*episode(0))
    shelf._keep(end(shelf.known(shelf.records), now=NOW, why=lambda _record: Ending.RULE_CHANGED))
    last = entries(shelf.alert, shelf.history[shelf.alert.id])[-1]
    assert last["text"]["en"] == "Ended: The rule was changed; the alert of its former version is over"
    assert last["reason"]["code"] == "rule_changed"


@pytest.mark.parametrize(
    ("change", "detail", "en"),
    [
        ("joined", {"incident": "01J"}, "Joined incident 01J"),
        ("caused", {"cause": "01K"}, "Stands under alert 01K, its cause"),
        ("caused", {"cause": None}, "Stands under no other alert any more"),
        (
            "suppressed",
            {
                "kind": "silence",
                "id": "01S",
                "by": "somchai",
                "reason": {"en": "road works", "th": "ซ่อมถนน"},
                "until": "2026-01-05T00:00:00.000Z",
            },
            "Nobody outside is told: silence until 2026-01-05T00:00:00.000Z: road works",
        ),
        ("suppressed", {"kind": "cause", "until": None}, "Nobody outside is told: its cause is told instead"),
        ("unsuppressed", None, "Its receivers are told of it again"),
        ("left_for_later", None, "Left for later"),
        ("joined", None, "Joined"),  # what another version wrote
    ],
)
def test_what_is_decided_beside_it_reads_decently(change: str, detail: Any, en: str) -> None:
    text = sentence(event(change, by="nakhon", detail=detail))
    assert text.en == en
    assert text.th


def test_a_person_s_step_that_nobody_knows_names_the_person() -> None:
    assert sentence(event("waved", by="somchai", note="hi")).en == "somchai: waved: “hi”"


def test_times_are_counted_as_people_count() -> None:
    counts = [2, 3, 4, 11, 21, 112, 1_003]
    texts = [sentence(event("recurred", detail={"occurrence": count})).en for count in counts]
    assert [text.split()[-2] for text in texts] == ["2nd", "3rd", "4th", "11th", "21st", "112th", "1,003rd"]


def test_a_severity_that_falls_falls() -> None:
    before = event("firing", severity=Severity.CRITICAL)
    assert sentence(event("severity"), before).en == "Severity fell from critical to major"
    assert sentence(event("severity"), before).th == "ความรุนแรงลดลงจากวิกฤตเป็นรุนแรง"


def test_every_step_that_there_is_has_a_sentence_of_its_own() -> None:
    detail = {
        "occurrence": 2, "firings": 3, "over": "30m", "until": "then", "incident": "I", "cause": "C"
    }  # fmt: skip
    for change in ALERT_CHANGES:
        text = sentence(event(change, by="somchai", detail=detail))
        assert text.en != f"somchai: {change}"
        assert text.th != text.en


def test_evidence_that_says_nothing_adds_nothing() -> None:
    shelf = Shelf(Recurrence())
    shelf.apply(step(State.FIRING, 0, evidence=Evidence(None, None, None)))
    assert told(shelf) == ["Fired as minor"]


def test_amended_steps_are_entries_like_any_other() -> None:
    shelf = Shelf(Recurrence())
    shelf.apply(*episode(0))
    changes = Changes()
    changes.amend(shelf.alert, "joined", at=NOW, detail={"incident": "01J"})
    shelf._keep(changes)
    last = entries(shelf.alert, shelf.history[shelf.alert.id])[-1]
    assert (last["change"], last["number"], last["detail"]) == ("joined", 3, {"incident": "01J"})
    assert last["actor"] == {"kind": "nakhon", "name": "Nakhon"}
