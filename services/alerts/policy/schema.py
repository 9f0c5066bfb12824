"""The JSON Schema (draft 2020-12) of ``alerting.yaml``, made for editors of the forms that read it."""

from __future__ import annotations

from typing import Any, TypeAlias

from devices.schemas import DIALECT
from devices.spans import format_span
from rules.schemas import helped, tidy
from services.alerts.policy.forms import AlertingForm
from services.alerts.policy.schemawords import ENGLISH, THAI

Node: TypeAlias = dict[str, Any]

_REF = "#/$defs/{model}"
_TITLE = "Nakhon alerting"
_SAID_IN_CODE: dict[str, Node] = {
    "ScheduleForm": {"minProperties": 1},
    "WordingForm": {"minProperties": 1},
    "RouteForm": {"oneOf": [{"required": ["steps"]}, {"required": ["notify"]}]},
    "DependsForm": {"anyOf": [{"required": ["label"]}, {"required": ["equal"]}]},
    "MatchForm": {"not": {"required": ["severities", "severity"]}},
}
"""What the validators of forms ask for beyond their keys."""


def alerting_schema() -> Node:
    """Of ``alerting.yaml``; what only a city knows (its zones, its rules) is let pass."""
    schema = AlertingForm.model_json_schema(ref_template=_REF)
    definitions: Node = schema.pop("$defs")
    for name, said in _SAID_IN_CODE.items():
        definitions[name] |= said
    whole = {**schema, "title": _TITLE, "$defs": definitions}
    for name, form in (("AlertingForm", whole), *definitions.items()):
        _explain(name, form)
    plain: Node = tidy(whole)
    plain["properties"]["routes"]["defaultSnippets"] = [_ROUTE]
    plain["defaultSnippets"] = [_FILE]
    return {"$schema": DIALECT, **plain}


def _explain(name: str, form: Node) -> None:
    """Help in both languages for every key of a form."""
    for key, node in form.get("properties", {}).items():
        _tell_default(node)
        english = node.get("description") or ENGLISH.get(key, "")
        form["properties"][key] = helped(node, english, THAI.get(f"{name}.{key}", THAI.get(key)))


def _tell_default(node: Node) -> None:
    """A default as a person would write it: spans as spans, and no whole forms."""
    default = node.get("default")
    if "$ref" in node:
        node.pop("default", None)
    elif isinstance(default, int) and node.get("type") == "string":
        node["default"] = format_span(default)


_ROUTE: Node = {
    "label": "route",
    "description": "Who hears of some alerts, with escalation",
    "body": {
        "id": "${1:name}",
        "match": {"domains": ["${2:environment}"], "severity": "${3:major+}"},
        "steps": [{"notify": ["${4:duty-officer}"]}, {"after": "${5:10m}", "notify": ["${6:shift-lead}"]}],
    },
}

_FILE: Node = {
    "label": "alerting file",
    "description": "A receiver and its first route",
    "body": {
        "receivers": {"${1:duty-officer}": {"en": "${2:Duty officer}", "th": "${3:เจ้าหน้าที่เวร}"}},
        "routes": [{"id": "${4:all}", "match": {"severity": "${5:major+}"}, "notify": ["${1:duty-officer}"]}],
    },
}
