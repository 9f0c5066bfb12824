"""The OpenAPI 3.1 document, generated from the table of routes and the models in it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pydantic import TypeAdapter

from services.api import shapes
from services.api.access import COOKIE
from services.api.parameters import REFERENCE, Query, properties
from services.api.problems import KINDS
from services.api.routes import Route

_USUAL = ("bad_parameter", "internal")
_PROTECTED = ("unauthorized", "forbidden", "too_many_attempts")
_PATH_PART = re.compile(r"\{(\w+)\}")
_TEXT = """\
The HTTP API of Nakhon. Times are RFC 3339 in UTC. Every list answers
`{"items": [...], "next": cursor|null}` and takes `limit` (to 10,000) and `cursor`. Every error is a problem
(RFC 9457), with a `code` for programs and a `detail` for people. A parameter that may hold several values
takes them with commas, or is given several times. `x-roles` names the roles that a path takes; a path without
it needs no token. `x-events` are the shapes of the events of a stream, by their names."""
_TAGS = {
    "status": "How the seven domains are doing.",
    "alerts": "What is wrong, and what operators do about it.",
    "notifications": "Who is told.",
    "catalogue": "What can be measured, and where.",
    "registry": "Devices.",
    "telemetry": "Readings: in, out, refused, accounted for.",
    "rules": "What is being looked for.",
    "events": "What happens, as it happens.",
    "access": "Who may come in.",
    "system": "The process itself.",
}


def document() -> dict[str, Any]:
    """The description of the whole API."""
    from services.api.table import ROUTES  # the table has a route that serves this document

    return describe(ROUTES)


def describe(routes: Iterable[Route[Any, Any]]) -> dict[str, Any]:
    """The description of these routes."""
    schemas = _Schemas()
    schemas.reference(shapes.Problem, "serialization")
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for route in routes:
        paths[route.path][route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Nakhon", "version": version_of_nakhon(), "description": _TEXT},
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": dict(paths),
        "components": {
            "schemas": schemas.found,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            },
        },
    }


class _Schemas:
    """Collects the schemas of models under their names."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}

    def reference(self, model: Any, mode: Any) -> dict[str, Any]:
        """The schema of a model, its own and all named models collected.

        Raises:
            ValueError: two of them have the same name.
        """
        schema = TypeAdapter(model).json_schema(mode=mode, ref_template=REFERENCE)
        for part, found in schema.pop("$defs", {}).items():
            self._keep(part, found)
        name = schema.get("title")
        if schema.get("type") == "object" and isinstance(name, str) and "properties" in schema:
            name = re.sub(r"\W+", "_", name).strip("_")
            self._keep(name, schema)
            return {"$ref": REFERENCE.format(model=name)}
        return schema

    def _keep(self, name: str, schema: dict[str, Any]) -> None:
        if self.found.setdefault(name, schema) != schema:
            raise ValueError(f"two shapes are called {name}; give one of them another name")


def _operation(route: Route[Any, Any], schemas: _Schemas) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": getattr(route.handler, "__name__", route.path),
        "summary": route.summary,
        "tags": [route.tag],
        "parameters": [
            *_path_parameters(route),
            *_query_parameters(route.query, schemas),
            *_header_parameters(route),
        ],
        "responses": {str(route.status): _good(route, schemas), **_problems(route)},
    }
    if route.roles:
        operation["security"] = [{"bearer": []}, {"session": []}]
        operation["x-roles"] = sorted(route.roles)
    else:
        operation["security"] = []
    if route.events:
        # OpenAPI 3.1 has no words for the events of a stream.
        told = route.events.items()
        operation["x-events"] = {name: schemas.reference(event, "serialization") for name, event in told}
    if route.body is not None:
        schema = schemas.reference(route.body.model, "validation")
        content = {"application/json": {"schema": schema}}
        operation["requestBody"] = {"required": route.body.needed, "content": content}
    return operation


def _path_parameters(route: Route[Any, Any]) -> Iterable[dict[str, Any]]:
    for name in _PATH_PART.findall(route.path):
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": route.parameters[name],
            "schema": {"type": "string"},
        }


def _query_parameters(query: type[Query], schemas: _Schemas) -> Iterable[dict[str, Any]]:
    required = {name for name, field in query.model_fields.items() if field.is_required()}
    for name, schema in properties(query).items():
        plain = {key: value for key, value in schema.items() if key not in {"title", "description"}}
        parameter: dict[str, Any] = {"name": name, "in": "query", "schema": _without_null(plain)}
        if "description" in schema:
            parameter["description"] = schema["description"]
        if name in required:
            parameter["required"] = True
        if plain.get("type") == "array":
            parameter |= {"style": "form", "explode": False}
        yield parameter
    schemas.found.update(_definitions(query))


def _header_parameters(route: Route[Any, Any]) -> Iterable[dict[str, Any]]:
    for name, description in route.headers.items():
        yield {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}


def _definitions(query: type[Query]) -> Mapping[str, Any]:
    schema = query.model_json_schema(ref_template=REFERENCE)
    found: Mapping[str, Any] = schema.get("$defs", {})
    return found


def _without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter that is not given is left out, never null."""
    options = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key != "anyOf" and value is not None}
    if len(options) == 1:
        return {**options[0], **rest}
    return {**rest, "anyOf": options} if options else rest


def _good(route: Route[Any, Any], schemas: _Schemas) -> dict[str, Any]:
    described: dict[str, Any] = {"description": route.summary}
    if route.answer is not None:
        schema = schemas.reference(route.answer, "serialization")
        described["content"] = {media: {"schema": schema} for media in (route.media, *route.other_media)}
    return described


def _problems(route: Route[Any, Any]) -> dict[str, Any]:
    codes = [*_USUAL, *(_PROTECTED if route.roles else ()), *route.codes]
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in dict.fromkeys(codes):
        by_status[KINDS[code].status].append(code)
    schema = {"$ref": REFERENCE.format(model="Problem")}
    return {
        str(status): {
            "description": "; ".join(f"`{code}`: {KINDS[code].title.en}" for code in found),
            "content": {"application/problem+json": {"schema": schema}},
        }
        for status, found in sorted(by_status.items())
    }


def version_of_nakhon() -> str:
    """The version that is installed, 0 when none is."""
    try:
        return version("nakhon")
    except PackageNotFoundError:
        return "0"
