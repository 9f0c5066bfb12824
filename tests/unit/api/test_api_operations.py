"""Alerts, telemetry, quarantine, ledger and tokens over HTTP."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from services.runtime.ports import BusyError
from services.store.records.quarantine import QuarantineEntry
from tests.unit.api.conftest import Api
from tests.unit.api.doubles import alert

FIRST = alert(1)["id"]


async def test_alerts_come_newest_first_whatever_their_state(api: Api) -> None:
    api.alerts.put(alert(1, state="resolved"), alert(3), alert(2, state="pending"))

    found = await api.get("alerts", role="viewer")

    assert [item["id"] for item in found["items"]] == [alert(n)["id"] for n in (3, 2, 1)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"state": "firing"}, [1, 2]),
        ({"severity": "critical,minor"}, [2, 3]),
        ({"domain": "energy"}, [3]),
        ({"zone": "south"}, [2]),
        ({"device": "aq-01"}, [1, 3]),
        ({"rule": "power/voltage"}, [3]),
        ({"service": "air-quality", "state": "resolved"}, [3]),
    ],
)
async def test_alerts_are_filtered(api: Api, given: dict[str, str], expected: list[int]) -> None:
    api.alerts.put(
        alert(1),
        alert(2, zone="south", device="aq-02", severity="critical"),
        alert(3, domain="energy", rule="power/voltage", severity="minor", state="resolved"),
    )

    found = await api.get("alerts", **given)

    assert {item["id"] for item in found["items"]} == {alert(n)["id"] for n in expected}


async def test_an_operator_acknowledges_under_their_own_name_once(api: Api) -> None:
    api.alerts.put(alert(1))

    answer = await api.call("POST", f"alerts/{FIRST}/acknowledge", role="operator", json={"note": " seen "})
    again = await api.problem("POST", f"alerts/{FIRST}/acknowledge", role="operator")

    body = await answer.json()
    assert (body["acknowledged"]["by"], body["acknowledged"]["note"]) == ("a operator", "seen")
    assert body["history"][0]["change"] == "acknowledged"
    assert (again["status"], again["code"]) == (409, "conflict")
    assert "a operator" in again["detail"]


async def test_a_note_is_not_needed_to_acknowledge(api: Api) -> None:
    api.alerts.put(alert(1))

    assert (await api.call("POST", f"alerts/{FIRST}/acknowledge", role="operator")).status == 200


async def test_an_alert_is_commented_assigned_and_closed(api: Api) -> None:
    api.alerts.put(alert(1))

    await api.call("POST", f"alerts/{FIRST}/comment", role="operator", json={"note": "on my way"})
    await api.call("POST", f"alerts/{FIRST}/assign", role="operator", json={"to": "somchai"})
    assert (await api.get(f"alerts/{FIRST}"))["assigned_to"] == "somchai"
    await api.call("POST", f"alerts/{FIRST}/assign", role="operator", json={"to": None})
    answer = await api.call("POST", f"alerts/{FIRST}/close", role="operator", json={"note": "washed"})

    body = await answer.json()
    assert body["state"] == "resolved"
    assert body["assigned_to"] is None
    assert [step["change"] for step in body["history"]] == ["commented", "assigned", "assigned", "closed"]


@pytest.mark.parametrize(
    ("operation", "body", "path"),
    [
        ("close", {}, "note"),
        ("close", {"note": "  "}, "note"),
        ("comment", {"note": "x" * 4001}, "note"),
        ("assign", {}, "to"),
        ("assign", {"to": ""}, "to"),
        ("acknowledge", {"notes": "x"}, "notes"),
        ("acknowledge", [], ""),
    ],
)
async def test_a_wrong_body_is_told_where(api: Api, operation: str, body: Any, path: str) -> None:
    api.alerts.put(alert(1))

    problem = await api.problem("POST", f"alerts/{FIRST}/{operation}", json=body)

    assert (problem["status"], problem["code"]) == (422, "invalid_body")
    assert problem["errors"][0]["path"] == path


async def test_a_body_that_is_not_json_is_told_where_it_stops_being_so(api: Api) -> None:
    problem = await api.problem("POST", f"alerts/{FIRST}/close", data=b'{"note": oops}')

    assert (problem["status"], problem["code"]) == (400, "malformed_json")
    assert "line 1" in problem["detail"]


@pytest.mark.parametrize("operation", ["", "/acknowledge", "/assign", "/comment", "/close"])
async def test_an_alert_that_is_none(api: Api, operation: str) -> None:
    body = {"/assign": {"to": "x"}, "/comment": {"note": "x"}, "/close": {"note": "x"}}.get(operation)

    problem = await api.problem("POST" if operation else "GET", f"alerts/none{operation}", json=body)

    assert (problem["status"], problem["code"]) == (404, "not_found")


async def test_a_payload_is_handed_in_as_it_is_and_answered_with_its_verdict(api: Api) -> None:
    answer = await api.call(
        "POST", "telemetry", role="integrator", params={"device": "aq-01"}, data=b'{"pm25": 12.5}'
    )

    assert answer.status == 200
    assert await answer.json() == {
        "received": "2026-01-04T17:00:00.000Z",
        "accepted": 1,
        "rejected": [],
    }
    assert api.telemetry.taken == [("aq-01", b'{"pm25": 12.5}')]


async def test_a_body_that_can_be_read_has_a_verdict_whatever_it_holds(api: Api) -> None:
    answer = await api.call("POST", "telemetry", params={"device": "aq-01"}, data=b"\xff\x00 no json")

    assert answer.status == 200
    assert api.telemetry.taken == [("aq-01", b"\xff\x00 no json")]


async def test_nobodys_payload_has_the_verdict_unknown_device(api: Api) -> None:
    answer = await api.call("POST", "telemetry", params={"device": "aq-99"}, data=b'{"pm25": 1}')

    verdict = await answer.json()
    assert (answer.status, verdict["accepted"]) == (200, 0)
    assert verdict["rejected"][0]["code"] == "unknown_device"
    assert verdict["rejected"][0]["value"] == "aq-99"


async def test_a_compressed_payload_is_read(api: Api) -> None:
    body = gzip.compress(b'{"pm25": 1}')

    answer = await api.call(
        "POST",
        "telemetry",
        params={"device": "aq-01"},
        data=body,
        headers={"Content-Encoding": "gzip"},
    )

    assert answer.status == 200
    assert api.telemetry.taken == [("aq-01", b'{"pm25": 1}')]


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b" " * 2_001, {}, 413, "too_large"),
        (gzip.compress(b" " * 3_000_000), {"Content-Encoding": "gzip"}, 413, "too_large"),
        (b"{}", {"Content-Encoding": "zstd-of-our-own"}, 415, "unsupported_encoding"),
        (b"not gzip at all", {"Content-Encoding": "gzip"}, 400, "bad_request"),
        (gzip.compress(b"{}")[:-3], {"Content-Encoding": "gzip"}, 400, "bad_request"),
        (gzip.compress(b"{}") + b"more", {"Content-Encoding": "gzip"}, 400, "bad_request"),
        (gzip.compress(b"{}"), {"Content-Encoding": "gzip, gzip"}, 415, "unsupported_encoding"),
        (b"{}", {"Content-Encoding": "br"}, 415, "unsupported_encoding"),
        (b"{}", {"Content-Encoding": "zstd"}, 415, "unsupported_encoding"),
    ],
)
async def test_a_body_that_cannot_be_read_is_a_problem(
    api: Api, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    problem = await api.problem("POST", "telemetry", params={"device": "aq-01"}, data=body, headers=headers)

    assert (problem["status"], problem["code"]) == (status, code)
    assert api.telemetry.taken == []


async def test_the_same_key_takes_nothing_in_again(api: Api) -> None:
    for _ in range(2):
        answer = await api.call(
            "POST", "telemetry", params={"device": "aq-01"}, data=b"{}", headers={"Idempotency-Key": "k-1"}
        )
        assert answer.status == 200

    quoted = {"Idempotency-Key": '"k-1"'}
    problem = await api.problem(
        "POST", "telemetry", params={"device": "aq-01"}, data=b'{"pm25": 1}', headers=quoted
    )

    assert api.telemetry.keys == {("aq-01", "k-1"): b"{}"}
    assert (problem["status"], problem["code"]) == (422, "key_reused")


@pytest.mark.parametrize("key", ["", "a b", "ก", "x" * 256, '""'])
async def test_what_is_no_key_is_told(api: Api, key: str) -> None:
    problem = await api.problem(
        "POST", "telemetry", params={"device": "aq-01"}, data=b"{}", headers={"Idempotency-Key": key}
    )

    assert (problem["status"], problem["parameter"]) == (400, "Idempotency-Key")
    assert api.telemetry.taken == []


async def test_two_keys_are_none(api: Api) -> None:
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b"), ("Authorization", "Bearer secret-admin")]
    answer = await api.client.post("/api/v1/telemetry?device=aq-01", data=b"{}", headers=headers)

    assert answer.status == 400


async def test_while_nothing_can_be_taken_in_it_says_when_to_come_again(api: Api) -> None:
    api.telemetry.fail = BusyError("the journal is full", retry_after=12)

    answer = await api.call("POST", "telemetry", params={"device": "aq-01"}, data=b"{}")

    assert (answer.status, answer.headers["Retry-After"]) == (503, "12")
    assert (await answer.json())["code"] == "unavailable"


async def test_whose_payload_it_is_must_be_said(api: Api) -> None:
    problem = await api.problem("POST", "telemetry", data=b"{}")

    assert (problem["status"], problem["parameter"]) == (400, "device")


def refused(number: int, **fields: Any) -> QuarantineEntry:
    given: dict[str, Any] = {
        "received": 1_767_546_000_000 + number,
        "topic": "nakhon/v1/smallville/north/environment/aq-01/telemetry",
        "code": "out_of_range",
        "payload": b'{"pm25": -3}',
        "device": "aq-01",
        "path": "pm25",
        "value": -3,
        "expected": "0 to 1000",
        "contract": "AirQualityObserved@1",
    }
    return QuarantineEntry(number, 0, **given | fields)


async def test_the_quarantine_is_paged_newest_first(api: Api) -> None:
    api.quarantine.entries = [refused(n) for n in range(5)]

    first = await api.get("quarantine", role="integrator", limit=3)
    rest = await api.get("quarantine", role="integrator", cursor=first["next"])

    ids = [item["id"] for item in first["items"] + rest["items"]]
    assert ids == [entry.id for entry in reversed(api.quarantine.entries)]
    assert first["items"][0]["payload"] == '{"pm25": -3}'


async def test_the_quarantine_is_filtered(api: Api) -> None:
    api.quarantine.entries = [
        refused(1),
        refused(2, device="aq-02", code="malformed_json"),
        refused(3, device=None, code="bad_topic", topic="elsewhere/x"),
    ]

    async def positions(**given: str) -> list[str]:
        return [item["code"] for item in (await api.get("quarantine", **given))["items"]]

    assert await positions(device="aq-02") == ["malformed_json"]
    assert await positions(code="bad_topic,out_of_range") == ["bad_topic", "out_of_range"]
    assert await positions(topic="elsewhere/") == ["bad_topic"]
    assert await positions(start="2026-01-04T17:00:00.003Z") == ["bad_topic"]
    assert await positions(end="2026-01-04T17:00:00.002Z") == ["out_of_range"]


async def test_one_refused_reading(api: Api) -> None:
    api.quarantine.entries = [refused(1)]

    assert (await api.get(f"quarantine/{refused(1).id}"))["path"] == "pm25"
    assert (await api.problem("GET", "quarantine/none"))["code"] == "not_found"


async def test_the_ledger_of_the_city_and_of_a_device(api: Api) -> None:
    city = await api.get("ledger", role="viewer")
    device = await api.get("ledger", role="viewer", device="aq-01")

    for ledger in (city, device):
        ended = ledger["stored"] + ledger["duplicate"] + ledger["quarantined"] + ledger["pending"]
        assert ledger["received"] == ended
    assert "broker" in city
    assert "broker" not in device
    assert (await api.problem("GET", "ledger", params={"device": "aq-99"}))["status"] == 404


async def test_an_administrator_makes_lists_and_revokes_tokens(api: Api) -> None:
    answer = await api.call("POST", "tokens", json={"name": " van 7 ", "role": "integrator", "days": 30})
    made = await answer.json()

    assert answer.status == 201
    assert (made["name"], made["role"], made["expires"]) == (
        "van 7",
        "integrator",
        "2026-02-03T17:00:00.000Z",
    )
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert (await api.call("GET", "session", role=None, headers=headers)).status == 200

    listed = await api.get("tokens")
    assert made["id"] in {item["id"] for item in listed["items"]}
    assert made["token"] not in str(listed)

    assert (await api.call("DELETE", f"tokens/{made['id']}")).status == 204
    assert (await api.call("GET", "session", role=None, headers=headers)).status == 401
    assert (await api.problem("DELETE", f"tokens/{made['id']}"))["code"] == "not_found"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"name": "x"}, "role"),
        ({"name": "x", "role": "king"}, "role"),
        ({"name": "", "role": "viewer"}, "name"),
        ({"name": "x", "role": "viewer", "days": 0}, "days"),
    ],
)
async def test_a_wrong_token_form(api: Api, body: dict[str, Any], path: str) -> None:
    problem = await api.problem("POST", "tokens", json=body)

    assert (problem["status"], problem["errors"][0]["path"]) == (422, path)
