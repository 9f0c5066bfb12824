"""Incidents over HTTP, and alerts as operators handle many of them."""

from __future__ import annotations

from typing import Any

import pytest

from services.api.resources.alerts_together import MOST_AT_ONCE
from services.api.tally import MANY
from tests.unit.api.conftest import Api
from tests.unit.api.doubles import alert
from tests.unit.api.operatordoubles import incident, notification

FIRST = incident(1)["id"]
HELD = {"kind": "silence", "id": "s", "by": "nok", "reason": {"en": "x", "th": "x"}, "until": None}


def there_are(api: Api, *items: dict[str, Any]) -> None:
    api.operations.all_incidents = {item["id"]: item for item in items}


async def test_incidents_come_newest_first_whatever_their_state(api: Api) -> None:
    there_are(api, incident(1, state="resolved"), incident(3), incident(2, state="merged"))

    found = await api.get("incidents", role="viewer")

    assert [item["id"] for item in found["items"]] == [incident(n)["id"] for n in (3, 2, 1)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"state": "open"}, [1, 2]),
        ({"state": "resolved,merged"}, [3]),
        ({"severity": "critical"}, [2]),
        ({"domain": "energy"}, [3]),
        ({"zone": "south,north"}, [1, 2, 3]),
        ({"zone": "south"}, [2]),
        ({"service": "lights"}, [3]),
        ({"assigned_to": "somchai"}, [2]),
    ],
)
async def test_incidents_are_filtered(api: Api, given: dict[str, str], expected: list[int]) -> None:
    there_are(
        api,
        incident(1),
        incident(2, zone="south", severity="critical", assigned_to="somchai"),
        incident(3, state="resolved", domain="energy", service="lights"),
    )

    found = await api.get("incidents", **given)

    assert {item["id"] for item in found["items"]} == {incident(n)["id"] for n in expected}


async def test_incidents_come_page_by_page(api: Api) -> None:
    there_are(api, *(incident(n) for n in range(5)))
    found, params = [], {"limit": "2", "state": "open"}
    while True:
        page = await api.get("incidents", **params)
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]

    assert found == [incident(n)["id"] for n in (4, 3, 2, 1, 0)]
    other = {**params, "state": "merged"}
    assert (await api.problem("GET", "incidents", params=other))["parameter"] == "cursor"


async def test_an_incident_is_worked_on_step_by_step(api: Api) -> None:
    there_are(api, incident(1))

    async def act(name: str, body: Any) -> Any:
        answer = await api.call("POST", f"incidents/{FIRST}/{name}", role="operator", json=body)
        assert answer.status == 200, await answer.text()
        return await answer.json()

    seen = await act("acknowledge", {"note": " on it ", "number": 2})
    await act("assign", {"to": "somchai", "number": seen["number"]})
    await act("comment", {"note": "the fan is broken"})
    closed = await act("close", {"note": "mended"})

    assert (seen["acknowledged"]["by"], seen["acknowledged"]["note"]) == ("a operator", "on it")
    assert (closed["state"], closed["assigned_to"], closed["closed_by"]) == (
        "resolved",
        "somchai",
        "a operator",
    )
    assert [step["change"] for step in closed["history"]] == [
        *("acknowledged", "assigned", "commented", "closed"),
    ]


async def test_of_two_operators_one_wins_and_the_other_is_told(api: Api) -> None:
    there_are(api, incident(1))
    await api.call("POST", f"incidents/{FIRST}/assign", role="operator", json={"to": "nok", "number": 2})

    for name, body in (("comment", {"note": "x"}), ("close", {"note": "x"}), ("assign", {"to": "me"})):
        problem = await api.problem("POST", f"incidents/{FIRST}/{name}", json={**body, "number": 2})

        assert (problem["status"], problem["code"]) == (409, "conflict")
        assert "assigned by a operator" in problem["detail"]


async def test_a_conflict_has_its_title_in_the_language_of_who_asks(api: Api) -> None:
    there_are(api, incident(1))
    path, thai = f"incidents/{FIRST}/acknowledge", {"Accept-Language": "th"}
    await api.call("POST", path, role="operator")

    problem = await api.problem("POST", path, headers=thai)

    assert problem["title"] == "ขัดแย้งกับสถานะปัจจุบัน"


@pytest.mark.parametrize("kind", ["incidents", "alerts"])
@pytest.mark.parametrize(
    ("operation", "body", "path"),
    [
        ("close", {}, "note"),
        ("close", {"note": " "}, "note"),
        ("comment", {"note": "x" * 4001}, "note"),
        ("assign", {"to": "x" * 201}, "to"),
        ("assign", {"to": 5}, "to"),
        ("acknowledge", {"number": "2"}, "number"),
        ("acknowledge", {"number": -1}, "number"),
        ("acknowledge", {"number": 1 << 40}, "number"),
        ("comment", {"note": "x", "by": "somebody else"}, "by"),
    ],
)
async def test_a_step_that_is_none_is_told_where(
    api: Api, kind: str, operation: str, body: Any, path: str
) -> None:
    there_are(api, incident(1))
    api.alerts.put(alert(1))
    name = FIRST if kind == "incidents" else alert(1)["id"]

    problem = await api.problem("POST", f"{kind}/{name}/{operation}", json=body)

    assert (problem["status"], problem["code"]) == (422, "invalid_body")
    assert problem["errors"][0]["path"] == path


@pytest.mark.parametrize("operation", ["", "/acknowledge", "/assign", "/comment", "/close"])
async def test_an_incident_that_is_none(api: Api, operation: str) -> None:
    body = {"/assign": {"to": "x"}, "/comment": {"note": "x"}, "/close": {"note": "x"}}.get(operation)

    problem = await api.problem("POST" if operation else "GET", f"incidents/none{operation}", json=body)

    assert (problem["status"], problem["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"acknowledged": "true"}, [2]),
        ({"acknowledged": "false"}, [1, 3]),
        ({"suppressed": "true"}, [3]),
        ({"suppressed": "false", "acknowledged": "false"}, [1]),
        ({"incident": FIRST}, [1]),
        ({"assigned_to": "nok,somchai"}, [2]),
        ({"cause": "01J"}, [3]),
    ],
)
async def test_alerts_are_found_by_what_was_decided_about_them(
    api: Api, given: dict[str, str], expected: list[int]
) -> None:
    seen = {"by": "nok", "at": "2026-01-05T00:00:00.000Z", "note": ""}
    api.alerts.put(
        alert(1, incident=FIRST),
        alert(2, acknowledged=seen, assigned_to="nok"),
        alert(3, suppressed=HELD, cause="01J"),
    )

    found = await api.get("alerts", **given)

    assert {item["id"] for item in found["items"]} == {alert(n)["id"] for n in expected}


async def test_a_truth_that_is_none_is_refused(api: Api) -> None:
    problem = await api.problem("GET", "alerts", params={"acknowledged": "perhaps"})

    assert (problem["code"], problem["parameter"]) == ("bad_parameter", "acknowledged")


async def test_an_acknowledgement_is_taken_back_once(api: Api) -> None:
    api.alerts.put(alert(1))
    path = f"alerts/{alert(1)['id']}"
    await api.call("POST", f"{path}/acknowledge", role="operator")

    answer = await api.call("POST", f"{path}/unacknowledge", role="operator", json={"note": "called away"})
    again = await api.problem("POST", f"{path}/unacknowledge", role="operator")

    body = await answer.json()
    assert body["acknowledged"] is None
    assert body["history"][-1]["note"] == "called away"
    assert again["code"] == "conflict"


async def test_an_alert_that_moved_on_is_told_to_who_saw_it_before(api: Api) -> None:
    api.alerts.put(alert(1))
    path = f"alerts/{alert(1)['id']}"
    await api.call("POST", f"{path}/assign", role="operator", json={"to": "nok", "number": 2})

    for name, body in (
        ("acknowledge", {}),
        ("comment", {"note": "x"}),
        ("assign", {"to": None}),
        ("close", {"note": "x"}),
    ):
        problem = await api.problem("POST", f"{path}/{name}", json={**body, "number": 2})

        assert (problem["status"], problem["code"]) == (409, "conflict")


async def test_many_are_acknowledged_each_by_itself(api: Api) -> None:
    api.alerts.put(alert(1), alert(2), alert(3))
    ids = [alert(n)["id"] for n in (1, 2, 3)]
    await api.call("POST", f"alerts/{ids[1]}/acknowledge", role="admin")

    body = {"ids": [*ids, "none", ids[0]], "note": "all of the street"}
    answer = await api.call("POST", "alerts/acknowledge", role="operator", json=body)

    items = (await answer.json())["items"]
    assert [(item["id"], item["ok"]) for item in items] == [
        (ids[0], True),
        (ids[1], False),
        (ids[2], True),
        ("none", False),
    ]
    assert "a admin" in items[1]["detail"]
    assert (await api.get(f"alerts/{ids[2]}"))["acknowledged"]["note"] == "all of the street"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "ids"),
        ({"ids": []}, "ids"),
        ({"ids": ["x"] * (MOST_AT_ONCE + 1)}, "ids"),
        ({"ids": [""]}, "ids[0]"),
        ({"ids": ["x" * 65]}, "ids[0]"),
        ({"ids": ["x"], "note": "x" * 4001}, "note"),
        ({"ids": ["x"], "number": 1}, "number"),
    ],
)
async def test_too_many_or_none_at_once_are_refused(api: Api, body: Any, path: str) -> None:
    problem = await api.problem("POST", "alerts/acknowledge", json=body)

    assert (problem["status"], problem["errors"][0]["path"]) == (422, path)


async def test_firing_alerts_are_counted_without_those_that_are_suppressed(api: Api) -> None:
    seen = {"by": "nok", "at": "2026-01-05T00:00:00.000Z", "note": ""}
    api.alerts.put(
        alert(1),
        alert(2, zone="south", severity="minor", acknowledged=seen),
        alert(3, severity="critical", rule="air/silent"),
        alert(4, suppressed=HELD),
        alert(5, state="resolved"),
        alert(6, zone=None, severity="warning"),
    )

    assert await api.get("alerts/counts", role="viewer") == {
        "open": 4,
        "unacknowledged": 3,
        "suppressed": 1,
        "severities": {"critical": 1, "major": 1, "minor": 1, "warning": 1},
        "zones": {
            "north": {"open": 2, "severity": "critical"},
            "south": {"open": 1, "severity": "minor"},
        },
        "rules": {"air/pm25-high": 3, "air/silent": 1},
    }


async def test_in_a_storm_all_consoles_share_a_count_for_a_moment(api: Api) -> None:
    api.alerts.put(*(alert(n) for n in range(MANY + 1)))
    before = await api.get("alerts/counts")
    api.alerts.put(alert(1, state="resolved"))

    shared = await api.get("alerts/counts")
    await api.clock.advance(2)
    after = await api.get("alerts/counts")

    assert (before["open"], shared["open"], after["open"]) == (MANY + 1, MANY + 1, MANY)
    api.alerts.put(alert(2, state="resolved"))
    assert (await api.get("alerts/counts"))["open"] == MANY - 1  # few enough to be counted each time


async def test_who_was_told_of_an_alert_is_for_those_who_act_on_it(api: Api) -> None:
    api.alerts.put(alert(1))
    api.alerts.notifications[alert(1)["id"]].append(notification(1))
    path = f"alerts/{alert(1)['id']}"

    for role in ("operator", "admin"):
        assert [n["receiver"] for n in (await api.get(path, role=role))["notifications"]] == ["duty-officer"]
    for role in ("viewer", "integrator"):
        assert (await api.get(path, role=role))["notifications"] is None
