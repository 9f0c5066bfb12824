"""Payload schemas as AsyncAPI reads them: JSON Schema draft 7, all of them under ``components/schemas``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import TypeAdapter

from devices.codecs.timestamps import EITHER
from devices.refusal import MOST_ALSO, Code
from devices.schemas import payload_schema
from devices.types import ObservationType
from services.api import alertshapes, shapes
from services.api.notificationshapes import ReasonName
from services.bus.protocol import ALERT_CHANGES

PLACE = "#/components/schemas/"
_TIME = {"type": "string", "format": "date-time"}


def payload_name(kind: ObservationType) -> str:
    """The schema of a type's telemetry payloads."""
    return f"{kind.name}.payload"


def reference(name: str) -> dict[str, Any]:
    return {"$ref": f"{PLACE}{name}"}


def all_schemas(catalog: Mapping[str, ObservationType]) -> dict[str, Any]:
    """Every schema by name."""
    found: dict[str, Any] = {}
    for kind in catalog.values():
        found |= _telemetry(kind)
    found |= {"Status": _status(), "Event": _event(), "Command": _command(), "Verdict": _verdict()}
    for model in (alertshapes.Alert, shapes.DomainStatus):
        found |= _of_model(model)
    found["AlertTransition"] = _transition()
    return found | {"Notification": _notification(), "Heartbeat": _heartbeat()}


def _telemetry(kind: ObservationType) -> dict[str, Any]:
    """``Type`` for its metrics, ``Type.reading`` for one with its metrics under values, ``Type.payload``."""
    schema = payload_schema(kind)
    names = {"#/$defs/values": kind.name, "#/$defs/reading": f"{kind.name}.reading"}
    parts = {kind.name: schema["$defs"]["values"], f"{kind.name}.reading": schema["$defs"]["reading"]}
    outer = {key: value for key, value in schema.items() if key not in {"$schema", "$id", "$defs"}}
    return {name: _draft7(part, names) for name, part in {**parts, payload_name(kind): outer}.items()}


def _of_model(model: Any) -> dict[str, Any]:
    schema = TypeAdapter(model).json_schema(mode="serialization", ref_template=f"{PLACE}{{model}}")
    parts = {**schema.pop("$defs", {}), model.__name__: schema}
    return {name: _draft7(part, {}) for name, part in parts.items()}


def _draft7(schema: Any, names: Mapping[str, str]) -> Any:
    """The same in draft 7: ``prefixItems`` was ``items``, and what refers to ``names`` refers to ours."""
    if isinstance(schema, list):
        return [_draft7(part, names) for part in schema]
    if not isinstance(schema, dict):
        return schema
    target = str(schema.get("$ref", ""))
    if target in names:
        return reference(names[target])
    found = {key: _draft7(value, names) for key, value in schema.items()}
    if "prefixItems" in found:
        rest = found.pop("items", None)
        found["items"] = found.pop("prefixItems")
        if rest is False:
            found["additionalItems"] = False
    return found


def _object(title: str, required: list[str], properties: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "type": "object", "required": required, "properties": properties}


def _status() -> dict[str, Any]:
    return _object(
        "What a device says of itself",
        ["online"],
        {
            "online": {"description": "false as the last will.", "type": "boolean"},
            "fw": {"description": "Version of its firmware.", "type": "string"},
            "battery": {"description": "State of charge.", "type": "number", "minimum": 0, "maximum": 1},
        },
    )


def _event() -> dict[str, Any]:
    moment = {"description": f"When it happened: {EITHER}.", "type": ["integer", "string"]}
    properties = {"ts": moment, "name": {"type": "string"}, "data": {"type": "object"}}
    return _object("Something that happened, or the answer to a command", ["name"], properties)


def _command() -> dict[str, Any]:
    return _object(
        "Something that the device is asked to do",
        ["id", "name"],
        {
            "id": {"description": "Comes back in the event that answers.", "type": "string"},
            "name": {"type": "string"},
            "args": {"type": "object"},
            "expires": {**_TIME, "description": "After this it is not to be carried out."},
        },
    )


def _verdict() -> dict[str, Any]:
    mistake = {
        "code": {"type": "string", "enum": [code.value for code in Code]},
        "path": {"description": "Where, as the sender wrote it; empty: the whole.", "type": "string"},
        "value": {"description": "What stood there; long ones are shortened."},
        "expected": {"description": "What would have been right, for people.", "type": "string"},
        "contract": {"description": "Type and version it was held against.", "type": ["string", "null"]},
    }
    also = {
        "description": f"At most {MOST_ALSO} further mistakes of the same reading.",
        "type": "array",
        "items": _object("A further mistake", list(mistake), mistake),
    }
    index = {"description": "The reading's place in an array.", "type": "integer", "minimum": 0}
    refused = {"index": index, **mistake, "also": also}
    count = {"type": "integer", "minimum": 0}
    return _object(
        "What became of a message",
        ["received", "accepted", "rejected"],
        {
            "received": _TIME,
            "accepted": {**count, "description": "Readings taken, duplicates too."},
            "rejected": {"type": "array", "items": _object("A refused reading", list(refused), refused)},
            "unlisted": {**count, "description": "Refusals of a long array that are not listed."},
            "coalesced": {**count, "description": "Verdicts left out within the second before."},
        },
    )


def _transition() -> dict[str, Any]:
    change = {"description": "What happened to the alert.", "enum": list(ALERT_CHANGES)}
    step = {"type": "object", "required": ["change"], "properties": {"change": change}}
    return {"title": "An alert as it stands after a change", "allOf": [reference("Alert"), step]}


def _notification() -> dict[str, Any]:
    counts = {name: {"type": "integer", "minimum": 0} for name in ("firing", "resolved", "suppressed")}
    text = {"type": "string"}
    properties: dict[str, Any] = {
        "version": {"description": "1; keys are added, never changed.", "const": 1},
        "id": {"description": "The same id again is the same notification.", "type": "string"},
        "reason": {"enum": list(get_args(ReasonName))},
        "receiver": text,
        "city": text,
        "created": _TIME,
        "severity": {"description": "The worst of what fires.", "type": ["string", "null"]},
        "title": reference("Text"),
        "case": {"type": ["string", "null"]},
        "route": {"type": ["string", "null"]},
        "grouped": {"description": "What the alerts have in common.", "type": "object"},
        "counts": _object("How many alerts it is about", list(counts), counts),
        "after": {"description": "Seconds without an acknowledgement.", "type": ["number", "null"]},
        "incident": {"type": ["object", "null"]},
        "alerts": {"description": "The worst and newest.", "type": "array", "items": reference("Alert")},
        "digest": {"description": "What is told together.", "type": "array", "items": {"type": "object"}},
        "others": {"description": "Messages that are counted and not shown.", "type": "integer"},
        "link": {"type": ["string", "null"]},
        "text": _object("In words", ["subject", "body"], {"subject": text, "body": text}),
    }
    return _object("What a receiver is told", list(properties), properties)


def _heartbeat() -> dict[str, Any]:
    properties = {
        "at": _TIME,
        "ok": {"description": "Whether Nakhon does all of its work.", "type": "boolean"},
        "troubles": {"description": "What is wrong.", "type": "array", "items": {"type": "string"}},
        "every": {"description": "Seconds until the next.", "type": "number", "exclusiveMinimum": 0},
    }
    return _object("That Nakhon lives", list(properties), properties)
