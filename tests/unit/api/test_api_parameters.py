"""Query parameters, pages and cursors."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from multidict import MultiDict

from services.api.paging import decode, encode, page_of
from services.api.parameters import PageQuery, parse_moment, parse_query
from services.api.problems import ProblemError
from services.api.resources.alerts import AlertsQuery
from services.api.resources.observations import ObservationsQuery
from services.api.table import ROUTES
from tests.unit.api.conftest import Api
from tests.unit.api.doubles import alert

PARTS = {
    "/domains/{domain}": "/domains/energy",
    "/services/{id}": "/services/power",
    "/zones/{id}": "/zones/north",
}


def _filled(path: str) -> str:
    for part, name in PARTS.items():
        path = path.replace(part, name)
    return path


LISTS = sorted(
    _filled(route.path) for route in ROUTES if route.method == "GET" and issubclass(route.query, PageQuery)
)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-21T12:00:00+07:00", 1_795_237_200_000),
        ("2026-11-21T05:00:00.120Z", 1_795_237_200_120),
        ("2026-11-21T05:00:00.1209Z", 1_795_237_200_120),
        ("2026-11-21T12:00:00 07:00", 1_795_237_200_000),
        ("1795237200000", 1_795_237_200_000),
    ],
)
def test_moments_are_rfc_3339_or_milliseconds(text: str, ms: int) -> None:
    assert parse_moment(text) == ms


@pytest.mark.parametrize(
    "text", ["2026-11-21", "2026-11-21T12:00:00", "yesterday", "-5", "1969-12-31T23:59:59Z", "9" * 20, "١٢"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"RFC 3339|offset|between"):
        parse_moment(text)


def test_several_values_come_with_commas_or_one_by_one() -> None:
    query = parse_query(AlertsQuery, MultiDict([("zone", "north,south"), ("zone", "east")]))

    assert query.zone == ("north", "south", "east")


def test_a_parameter_without_a_value_is_not_given() -> None:
    query = parse_query(ObservationsQuery, MultiDict([("device", ""), ("every", ""), ("agg", "")]))

    assert query == ObservationsQuery()


def test_all_mistakes_are_told_together() -> None:
    given = MultiDict([("limit", "0"), ("zoen", "north"), ("start", "soon"), ("every", "2"), ("every", "3")])

    with pytest.raises(ProblemError) as caught:
        parse_query(ObservationsQuery, given)

    errors = {error["parameter"]: error for error in caught.value.members["errors"]}
    assert set(errors) == {"limit", "zoen", "start", "every"}
    assert errors["limit"]["allowed"] == "1 to 10000"
    assert "did you mean zone?" in errors["zoen"]["message"]
    assert "RFC 3339" in errors["start"]["message"]
    assert "more than once" in errors["every"]["message"]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("given", "parameter", "says"),
    [
        ({"limit": "10001"}, "limit", "1 to 10000"),
        ({"limit": "0"}, "limit", "1 to 10000"),
        ({"limit": "many"}, "limit", "1 to 10000"),
        ({"cursor": "nonsense"}, "cursor", "next"),
        ({"cursor": "ä"}, "cursor", "next"),
        ({"colour": "red"}, "colour", "limit"),
    ],
)
async def test_every_list_names_the_parameter_and_what_is_allowed(
    api: Api, path: str, given: dict[str, str], parameter: str, says: str
) -> None:
    problem = await api.problem("GET", path, params=given)

    assert (problem["status"], problem["code"]) == (400, "bad_parameter")
    assert problem["parameter"] == parameter
    assert says in problem["errors"][0]["allowed"]


@pytest.mark.parametrize(
    ("path", "given", "allowed"),
    [
        ("alerts", {"severity": "bad"}, "critical"),
        ("alerts", {"state": "open"}, "firing"),
        ("alerts", {"domain": "weather"}, "environment"),
        ("observations", {"every": "5m", "agg": "p99"}, "median"),
        ("events", {"types": "alert,rumour"}, "reading"),
        ("quarantine", {"code": "ugly"}, "out_of_range"),
    ],
)
async def test_enumerations_say_what_they_have(
    api: Api, path: str, given: dict[str, str], allowed: str
) -> None:
    problem = await api.problem("GET", path, params=given)

    assert problem["status"] == 400
    assert allowed in problem["errors"][0]["allowed"]


async def test_a_cursor_belongs_to_its_parameters(api: Api) -> None:
    api.alerts.put(*(alert(n) for n in range(3)))
    first = await api.get("alerts", limit=1, state="firing")

    problem = await api.problem("GET", "alerts", params={"state": "resolved", "cursor": first["next"]})
    other = await api.problem("GET", "devices", params={"cursor": first["next"]})

    assert problem["parameter"] == other["parameter"] == "cursor"


async def test_a_cursor_takes_another_limit(api: Api) -> None:
    api.alerts.put(*(alert(n) for n in range(5)))
    first = await api.get("alerts", limit=1)

    rest = await api.get("alerts", limit=10, cursor=first["next"])

    assert len(first["items"]) + len(rest["items"]) == 5
    assert rest["next"] is None


def test_a_cursor_with_a_key_of_another_kind_is_refused() -> None:
    query = PageQuery()
    forged = PageQuery(cursor=encode(query, "text"))

    with pytest.raises(ProblemError, match="cursor"):
        decode(forged, int)


@pytest.mark.parametrize("content", [None, 5, "x", [], ["a"], {"a": 1}, [1, 2, 3]])
def test_a_cursor_of_other_json_is_refused(content: Any) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()

    with pytest.raises(ProblemError, match="cursor"):
        decode(PageQuery(cursor=cursor), int)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_join_up_to_the_whole_list(limit: int) -> None:
    items = [{"n": n} for n in range(7)]
    found, cursor, pages = [], None, 0
    while pages == 0 or cursor is not None:
        page = page_of(items, PageQuery(limit=limit, cursor=cursor))
        found += page["items"]
        cursor, pages = page["next"], pages + 1

    assert found == items
    assert pages == -(-7 // limit)


def test_a_forged_offset_reads_nothing_it_should_not() -> None:
    query = PageQuery(cursor=encode(PageQuery(), -3))

    with pytest.raises(ProblemError, match="cursor"):
        page_of([{"n": n} for n in range(7)], query)
