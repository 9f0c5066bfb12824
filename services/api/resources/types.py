"""``types``: what can be measured here, and the schema of each payload."""

from __future__ import annotations

from typing import Any

from devices.documents import suggestion
from devices.metrics import Metric
from devices.schemas import payload_schema
from devices.spans import format_span
from devices.types import ObservationType
from rules.indices import Recipe, recipes_of
from services.api import shapes
from services.api.paging import page_of
from services.api.parameters import Many, PageQuery
from services.api.routes import V1, Answer, Call, NoQuery, Route
from services.runtime.ports import NotFoundError


class TypesQuery(PageQuery):
    """Which types."""

    domain: Many = ()


async def list_types(call: Call[TypesQuery, None]) -> Answer:
    """The catalogue, by name."""
    wanted = set(call.query.domain)
    types = sorted(call.deps.catalog.values(), key=lambda kind: kind.name)
    items = [_document(kind) for kind in types if not wanted or kind.domain in wanted]
    return Answer(page_of(items, call.query), lasting=True)


async def get_type(call: Call[NoQuery, None]) -> Answer:
    """One type, with the JSON Schema of its payloads."""
    name = call.path("name")
    kind = call.deps.catalog.get(name)
    if kind is None:
        raise NotFoundError(f"no observation type {name!r}{suggestion(name, list(call.deps.catalog))}")
    return Answer(_document(kind) | {"schema": payload_schema(kind)}, lasting=True)


def _document(kind: ObservationType) -> dict[str, Any]:
    return {
        "name": kind.name,
        "version": kind.version,
        "domain": kind.domain.value,
        "interval": format_span(kind.interval),
        "title": kind.title.as_dict(),
        "extra": kind.extra.value,
        "metrics": {name: _metric(metric) for name, metric in kind.metrics.items()},
        "derived": {
            output.metric.name: _derived(output.metric, output.formula, recipe)
            for recipe in recipes_of(kind)
            for output in recipe.outputs
        },
    }


def _metric(metric: Metric) -> dict[str, Any]:
    return {
        "type": metric.type.value,
        "unit": metric.unit,
        "range": metric.range,
        "values": metric.values,
        "required": metric.required,
        "counter": metric.counter,
        "title": metric.title.as_dict(),
    }


def _derived(metric: Metric, formula: str, recipe: Recipe) -> dict[str, Any]:
    return {
        "type": metric.type.value,
        "unit": metric.unit,
        "range": metric.range,
        "values": metric.values,
        "title": metric.title.as_dict(),
        "formula": formula,
        "source": recipe.source,
        "inputs": list(recipe.inputs),
        "labels": list(recipe.labels),
    }


ROUTES = (
    Route(
        method="GET",
        path=f"{V1}/types",
        handler=list_types,
        summary="The observation types",
        tag="catalogue",
        query=TypesQuery,
        answer=shapes.Types,
    ),
    Route(
        method="GET",
        path=f"{V1}/types/{{name}}",
        handler=get_type,
        summary="One observation type, with the JSON Schema of its payloads",
        tag="catalogue",
        answer=shapes.TypeWithSchema,
        codes=("not_found",),
        parameters={"name": "Its name, such as AirQualityObserved."},
    ),
)
