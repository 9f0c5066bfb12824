"""How a verdict came about, as a document."""

from __future__ import annotations

import json

from services.status.model import Status
from services.status.policy.measures import MEASURES
from tests.unit.status.evidences import (
    CRITICAL,
    DEFAULT,
    course,
    evidence,
    judge,
    on,
    probe,
    probed,
    rules,
)
from tests.unit.status.statuscity import MINUTE, START


def test_what_decided_what_was_measured_and_what_each_rule_found() -> None:
    found = judge()
    found.look(evidence(12, 4), START)

    document = found.explain(evidence(12, 7), START + MINUTE)

    assert {key: value for key, value in document.items() if key not in {"measures", "rules"}} == {
        "at": "2026-01-04T17:01:00.000Z",
        "status": "outage",
        "rule": "silence-outage",
        "reason": {
            "en": "Traffic counts: 5 of 12 sensors silent in Yothi",
            "th": "ปริมาณจราจร: เซ็นเซอร์ 5 จาก 12 ตัวไม่ส่งข้อมูล ที่โยธี",
        },
        "counted": True,
        "due": None,
        "set": "city",
    }
    assert [rule["id"] for rule in document["rules"]] == [rule.id for rule in DEFAULT.rules]
    outage = next(rule for rule in document["rules"] if rule["id"] == "silence-outage")
    assert outage == {
        "id": "silence-outage",
        "status": "outage",
        "decided": True,
        "state": "holds",
        "since": None,
        "until": None,
        "counted": True,
        "wait": "0s",
        "keep": "0s",
        "when": {
            "measure": "silent",
            "of": [],
            "op": "above",
            "limit": 0.5,
            "clear": 0.4,
            "value": 0.4167,
            "unit": "share",
            "title": {"en": "silent devices and probes", "th": "อุปกรณ์และการตรวจสอบที่ไม่ส่งข้อมูล"},
            "holds": True,
            "latched": True,
        },
        "unless": None,
    }
    silence = next(rule for rule in document["rules"] if rule["id"] == "silence")
    assert (silence["state"], silence["decided"]) == ("holds", False)
    measured = {part["measure"]: part["value"] for part in document["measures"]}
    assert (measured["silent"], measured["sources"], measured["probes_down"]) == (0.4167, 12, None)
    assert json.loads(json.dumps(document)) == document


def test_conditions_put_together_are_told_part_by_part() -> None:
    document = judge().explain(evidence(12, 4, closed_until=START + MINUTE), START)

    closed = next(rule for rule in document["rules"] if rule["id"] == "closed")
    assert (closed["state"], closed["decided"], closed["since"]) == (
        "holds",
        True,
        "2026-01-04T17:00:00.000Z",
    )
    when = closed["when"]
    assert "join" in when
    assert (when["join"], when["holds"], len(when["parts"])) == ("all", True, 2)
    assert closed["unless"] is not None
    assert closed["unless"]["holds"] is False


def states(given: object, at: int, found: object) -> dict[str, tuple[str, str | None]]:
    document = found.explain(given, at)  # type: ignore[attr-defined]
    return {rule["id"]: (rule["state"], rule["until"]) for rule in document["rules"]}


def test_a_rule_that_waits_is_kept_or_is_blocked_says_so() -> None:
    found = judge(
        rules(
            "{id: slow, status: outage, when: {probes_down: {above: 0}}, for: 2m}",
            "{id: sticky, status: degraded, when: {probes_down: {above: 0}}, keep: 1m}",
            "{id: barred, status: outage, when: {probes_down: {above: 0}}, unless: {deaf: false}}",
        )
    )
    down, well = probed(probe(up=False)), probed(probe(up=True))
    found.look(down, START)

    assert states(down, START + MINUTE, found) == {
        "slow": ("waiting", "2026-01-04T17:02:00.000Z"),
        "sticky": ("holds", None),
        "barred": ("blocked", None),
    }
    found.look(well, START + MINUTE)
    assert states(well, START + MINUTE, found) == {
        "slow": ("off", None),
        "sticky": ("kept", "2026-01-04T17:02:00.000Z"),
        "barred": ("off", None),
    }


def test_a_rule_kept_and_blocked_says_that_it_is_blocked() -> None:
    found = judge()
    found.look(evidence(12, 4, closed_until=START + MINUTE), START)

    document = found.explain(evidence(12, 4, 0, on(CRITICAL), closed_until=START + MINUTE), START)

    closed = next(rule for rule in document["rules"] if rule["id"] == "closed")
    assert (closed["state"], closed["decided"]) == ("blocked", False)


def test_explaining_changes_nothing_and_says_what_looking_would() -> None:
    found, other = judge(), judge()
    steps = [
        (START, evidence(12, 4)),
        (START + MINUTE, evidence(12, 7)),
        (START + 2 * MINUTE, probed(probe(False))),
    ]
    for at, given in steps:
        document = found.explain(given, at)
        assert found.dump() == other.dump()
        verdict = found.look(given, at)
        assert (document["status"], document["rule"]) == (verdict.status, verdict.rule)
        other.look(given, at)

    assert found.due() == other.due() == START + 3 * MINUTE


def test_when_no_rule_holds_it_is_well() -> None:
    document = judge().explain(evidence(12, 12), START)

    assert (document["status"], document["rule"]) == (Status.OPERATIONAL, "well")
    assert not any(rule["decided"] for rule in document["rules"])


def test_every_measure_can_be_explained() -> None:
    lines = [
        f"{{id: r-{number}, status: degraded, when: {{{name}: "
        f"{'true' if measure.unit == 'yes or no' else '{above: 0.5}'}}}}}"
        for number, (name, measure) in enumerate(MEASURES.items())
    ]
    found = judge(rules(*lines))

    for given in (evidence(12, 7), evidence(0, 0), probed(probe(up=True, latency=10, certificate=5))):
        document = found.explain(given, START)
        assert {part["measure"] for part in document["measures"]} == set(MEASURES)
        assert found.look(given, START).reason.en.startswith("Traffic counts: ")


def test_the_course_of_a_list_without_measures_of_time_has_no_moments_of_its_own() -> None:
    assert list(course(judge(), [(START, evidence(12, 12))], START + 100 * MINUTE)) == [
        (START, Status.OPERATIONAL, "well")
    ]
