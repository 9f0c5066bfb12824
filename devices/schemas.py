"""JSON Schemas (draft 2020-12) of what people and devices write: payloads, type, city and device files."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from devices.cityfile import CityForm
from devices.codecs.timestamps import EITHER
from devices.devicefile import DeviceForm
from devices.holidays import HolidaysForm
from devices.typefile import TypeForm
from devices.types import ObservationType

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_DEFINED = "#/$defs/"


def type_schema() -> dict[str, Any]:
    """Of a type file (``types/*.yaml`` and the catalogue)."""
    return _of(TypeForm)


def city_schema() -> dict[str, Any]:
    """Of ``city.yaml``."""
    return _of(CityForm)


def holidays_schema() -> dict[str, Any]:
    """Of ``holidays.yaml``."""
    return _of(HolidaysForm)


def devices_schema() -> dict[str, Any]:
    """Of ``devices.yaml``: a list of devices, at the top or under ``devices``."""
    device = _of(DeviceForm)
    shared = device.pop("$defs", {})
    device.pop("$schema")
    many = {"type": "array", "items": {"$ref": f"{_DEFINED}Device"}}
    wrapped = {
        "type": "object",
        "properties": {"devices": many},
        "required": ["devices"],
        "additionalProperties": False,
    }
    return {
        "$schema": DIALECT,
        "title": "Nakhon devices",
        "anyOf": [many, wrapped],
        "$defs": {**shared, "Device": {**device, "title": "Device"}},
    }


def values_schema(observation_type: ObservationType) -> dict[str, Any]:
    """Of the metrics of one reading. Units are ``x-unit``, Thai titles ``x-title-th``; null: not measured."""
    schema = observation_type.adapter.json_schema()
    nullable = {
        name: metric if name in schema.get("required", ()) else _or_null(metric)
        for name, metric in schema["properties"].items()
    }
    return {
        **schema,
        "properties": nullable,
        "title": observation_type.title.en,
        "x-title-th": observation_type.title.th,
        "minProperties": 1,
    }


def payload_schema(observation_type: ObservationType) -> dict[str, Any]:
    """Of a telemetry payload of this type, in all forms: bare metrics, ``values``, an array of either."""
    bare, long = {"$ref": f"{_DEFINED}values"}, {"$ref": f"{_DEFINED}reading"}
    return {
        "$schema": DIALECT,
        "$id": f"urn:nakhon:type:{observation_type.name}:{observation_type.version}",
        "title": f"{observation_type.contract}: telemetry payload",
        "anyOf": [bare, long, {"type": "array", "minItems": 1, "items": {"anyOf": [bare, long]}}],
        "$defs": {"values": values_schema(observation_type), "reading": _reading(observation_type)},
    }


def _or_null(metric: dict[str, Any]) -> dict[str, Any]:
    values = {"enum": [*metric["enum"], None]} if "enum" in metric else {}
    return {**metric, **values, "type": [metric["type"], "null"]}


def _reading(observation_type: ObservationType) -> dict[str, Any]:
    degrees = [{"type": "number", "minimum": -bound, "maximum": bound} for bound in (180, 90)]
    return {
        "title": "Reading with its metrics under values",
        "type": "object",
        "properties": {
            "ts": {
                "description": f"When it was taken: {EITHER}. Missing: when it is received.",
                "anyOf": [{"type": "integer"}, {"type": "string", "format": "date-time"}, {"type": "null"}],
            },
            "type": {"const": observation_type.name},
            "seq": {"description": "Rises from reading to reading.", "type": "integer", "minimum": 0},
            "location": {
                "description": "[longitude, latitude] in degrees (WGS 84).",
                "type": "array",
                "prefixItems": degrees,
                "items": False,
                "minItems": 2,
            },
            "ack": {"description": "Ask for a verdict even when all is well.", "type": "boolean"},
            "values": {"$ref": f"{_DEFINED}values"},
        },
        "required": ["values"],
        "additionalProperties": observation_type.extra != "refuse",
    }


def _of(model: type[BaseModel]) -> dict[str, Any]:
    return {"$schema": DIALECT, **model.model_json_schema()}
