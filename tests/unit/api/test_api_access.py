"""Who may come in, and how far."""

from __future__ import annotations

from typing import Any

import pytest

from services.api.routes import Route
from services.api.table import ROUTES
from tests.unit.api.conftest import ROLES, Api

PROTECTED = [route for route in ROUTES if route.roles]
COOKIE = "nakhon_session"


def name(route: Route[Any, Any]) -> str:
    return f"{route.method} {route.path}"


def address(route: Route[Any, Any]) -> str:
    return route.path.replace("{", "").replace("}", "")


@pytest.mark.parametrize("route", PROTECTED, ids=name)
async def test_no_path_but_the_open_ones_answers_without_a_token(api: Api, route: Route[Any, Any]) -> None:
    problem = await api.problem(route.method, address(route), role=None)

    assert (problem["status"], problem["code"]) == (401, "unauthorized")


def test_what_is_open_is_what_the_contract_names() -> None:
    assert {name(route) for route in ROUTES if not route.roles} == {
        "GET /livez",
        "GET /readyz",
        "GET /login/{code}",
        "POST /api/v1/session",
        "DELETE /api/v1/session",
        "GET /status",
        "GET /status/atom",
        "GET /status.json",
    }


@pytest.mark.parametrize("route", [r for r in PROTECTED if len(r.roles) < len(ROLES)], ids=name)
async def test_a_role_that_may_not_is_told_so(api: Api, route: Route[Any, Any]) -> None:
    for role in sorted(set(ROLES) - route.roles):
        problem = await api.problem(route.method, address(route), role=role)

        assert (problem["status"], problem["code"]) == (403, "forbidden")
        assert role in problem["detail"]


@pytest.mark.parametrize("role", ROLES)
async def test_every_role_reads_the_city(api: Api, role: str) -> None:
    for path in ("domains", "alerts", "zones", "devices", "types", "observations", "ledger", "rules"):
        await api.get(path, role=role)


@pytest.mark.parametrize("header", ["secret-admin", "Basic c2VjcmV0", "Bearer", "Bearer ", "bearer nobody"])
async def test_a_wrong_authorization_is_no_authorization(api: Api, header: str) -> None:
    answer = await api.call("GET", "domains", role=None, headers={"Authorization": header})

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="nakhon"')


async def test_the_scheme_is_read_in_any_case(api: Api) -> None:
    answer = await api.call("GET", "domains", role=None, headers={"Authorization": "BEARER secret-viewer"})

    assert answer.status == 200


async def test_a_peer_with_too_many_wrong_tokens_waits_and_right_tokens_do_not(api: Api) -> None:
    wrong = {"Authorization": "Bearer wrong"}
    answers = [await api.call("GET", "session", role=None, headers=wrong) for _ in range(101)]

    assert [answer.status for answer in answers] == [401] * 100 + [429]
    assert answers[-1].headers["Retry-After"] == "1"
    await api.get("session", role="viewer")

    await api.clock.advance(1.0)
    assert (await api.call("GET", "session", role=None, headers=wrong)).status == 401


async def test_a_token_is_exchanged_for_a_session_that_scripts_of_a_page_cannot_read(api: Api) -> None:
    answer = await api.call("POST", "session", role=None, json={"token": "secret-operator"})

    cookie = answer.cookies[COOKIE]
    assert answer.status == 200
    assert (await answer.json())["role"] == "operator"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert "secret-operator" not in cookie.value
    session = await api.get("session", role=None)
    assert session == {
        "name": "a operator",
        "role": "operator",
        "city": {
            "id": "smallville",
            "name": {"en": "Smallville", "th": "เมืองเล็ก"},
            "timezone": "Asia/Bangkok",
        },
    }


async def test_a_cookie_over_tls_is_for_tls_only(api: Api) -> None:
    answer = await api.call(
        "POST", "session", role=None, json={"token": "secret-viewer"}, headers={"X-Forwarded-Proto": "https"}
    )

    assert answer.cookies[COOKIE]["secure"]


async def test_a_wrong_token_opens_no_session(api: Api) -> None:
    problem = await api.problem("POST", "session", role=None, json={"token": "nobody"})

    assert problem["code"] == "unauthorized"
    assert (await api.call("GET", "session", role=None)).status == 401


async def test_signing_out_ends_the_session_everywhere(api: Api) -> None:
    signed_in = await api.call("POST", "session", role=None, json={"token": "secret-viewer"})
    stolen = {"Cookie": f"{COOKIE}={signed_in.cookies[COOKIE].value}"}

    answer = await api.call("DELETE", "session", role=None)

    assert answer.status == 204
    api.client.session.cookie_jar.clear()
    assert (await api.call("GET", "session", role=None, headers=stolen)).status == 401


async def test_a_session_ends_with_its_token(api: Api) -> None:
    await api.call("POST", "session", role=None, json={"token": "secret-viewer"})

    assert (await api.call("DELETE", "tokens/id-viewer")).status == 204

    assert (await api.call("GET", "session", role=None)).status == 401


async def test_a_session_ends_when_nobody_uses_it_for_a_day(api: Api) -> None:
    await api.call("POST", "session", role=None, json={"token": "secret-viewer"})
    await api.clock.advance(23 * 3600)
    await api.get("session", role=None)
    await api.clock.advance(23 * 3600)
    await api.get("session", role=None)

    await api.clock.advance(24 * 3600)

    assert (await api.call("GET", "session", role=None)).status == 401


async def test_the_login_link_signs_in_and_goes_on_to_the_console(api: Api) -> None:
    answer = await api.call("GET", "/login/the-code", role=None)

    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert (await api.get("session", role=None))["role"] == "admin"


async def test_another_runs_login_link_does_nothing(api: Api) -> None:
    problem = await api.problem("GET", "/login/another", role=None)

    assert problem["code"] == "not_found"
    assert (await api.call("GET", "session", role=None)).status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_a_session_changes_nothing_from_another_site(api: Api, headers: dict[str, str]) -> None:
    await api.call("GET", "/login/the-code", role=None)

    for method, path in (("POST", "tokens"), ("DELETE", "tokens/id-viewer"), ("DELETE", "session")):
        problem = await api.problem(method, path, role=None, headers=headers, json={})
        assert (problem["status"], problem["code"]) == (403, "cross_site")

    assert (await api.problem("POST", "session", role=None, headers=headers, json={"token": "x"}))[
        "code"
    ] == "cross_site"


async def test_a_session_works_from_our_own_pages(api: Api) -> None:
    await api.call("GET", "/login/the-code", role=None)
    own = {"Sec-Fetch-Site": "same-origin", "Origin": f"http://{api.client.host}:{api.client.port}"}

    answer = await api.call("DELETE", "tokens/id-viewer", role=None, headers=own)
    other = await api.call("DELETE", "tokens/id-operator", role=None, headers={"Origin": own["Origin"]})

    assert (answer.status, other.status) == (204, 204)


async def test_a_bearer_token_works_from_anywhere_for_no_browser_sends_it_by_itself(api: Api) -> None:
    answer = await api.call("DELETE", "tokens/id-viewer", headers={"Origin": "https://elsewhere.example"})

    assert answer.status == 204


async def test_a_stranger_learns_nothing_of_what_is_there(api: Api) -> None:
    there = await api.problem("GET", "devices/aq-01", role=None)
    not_there = await api.problem("GET", "devices/aq-99", role=None)

    assert there["code"] == not_there["code"] == "unauthorized"
