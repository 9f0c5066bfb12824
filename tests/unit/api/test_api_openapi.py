"""The description and the application are one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import create_model

from services.api import ApiDeps, document, make_app
from services.api.openapi import describe
from services.api.resources.events import KindName
from services.api.table import ROUTES

METHODS = {"GET", "POST", "PUT", "DELETE"}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document()


def test_the_document_is_openapi(described: dict[str, Any]) -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(described).iter_errors()] == []


def test_every_schema_in_it_is_a_schema(described: dict[str, Any]) -> None:
    for schema in described["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


async def test_it_has_the_paths_that_the_application_has(described: dict[str, Any], deps: ApiDeps) -> None:
    patterns = {route.aiohttp_path: route.path for route in ROUTES}
    app = make_app(deps)
    served = {
        (route.method, patterns.get(route.resource.canonical, route.resource.canonical))
        for route in app.router.routes()
        if route.resource is not None and route.method in METHODS
    }
    told = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}

    assert served == told


def test_every_operation_has_a_name_of_its_own(described: dict[str, Any]) -> None:
    names = [o["operationId"] for methods in described["paths"].values() for o in methods.values()]

    assert len(names) == len(set(names))


def test_two_shapes_of_one_name_are_found_out() -> None:
    one, other = (create_model("Same", **{name: (int, ...)}) for name in ("a", "b"))
    route = replace(ROUTES[0], answer=one)

    with pytest.raises(ValueError, match="two shapes are called Same"):
        describe([route, replace(route, path="/other", answer=other)])


def test_the_events_of_the_stream_are_described(described: dict[str, Any]) -> None:
    told = described["paths"]["/api/v1/events"]["get"]["x-events"]

    assert set(told) == {*get_args(KindName), "gap"}


def test_roles_stand_beside_each_path_that_takes_any(described: dict[str, Any]) -> None:
    for route in ROUTES:
        operation = described["paths"][route.path][route.method.lower()]
        assert operation.get("x-roles", []) == sorted(route.roles)
        assert bool(operation["security"]) is bool(route.roles)


def test_parameters_of_a_list_say_what_they_take(described: dict[str, Any]) -> None:
    parameters = described["paths"]["/api/v1/observations"]["get"]["parameters"]
    by_name = {parameter["name"]: parameter for parameter in parameters}

    assert set(by_name) == {
        *("limit", "cursor", "device", "zone", "type", "metric"),
        *("start", "end", "every", "agg", "by", "order"),
    }
    assert by_name["limit"]["schema"]["maximum"] == 10_000
    assert by_name["start"]["schema"]["format"] == "date-time"
    assert "median" in by_name["agg"]["schema"]["enum"]


async def test_it_is_served_and_kept_by_its_etag(api: Any, described: dict[str, Any]) -> None:
    first = await api.call("GET", "/openapi.json", role="viewer")
    again = await api.call(
        "GET", "/openapi.json", role="viewer", headers={"If-None-Match": first.headers["ETag"]}
    )

    assert await first.json() == described
    assert again.status == 304
