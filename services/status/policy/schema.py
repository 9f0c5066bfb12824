"""The JSON Schema (draft 2020-12) of ``status.yaml``, made for editors of what reads it."""

from __future__ import annotations

from typing import Any, TypeAlias

from devices.schemas import DIALECT
from devices.spans import format_span
from devices.topics import LEVEL
from rules.schemas import helped, tidy
from services.status.policy.conditions import MOST
from services.status.policy.forms import ComparisonForm, RuleForm, StatusForm, UseForm
from services.status.policy.measures import ALLOWED, MEASURES, Measure, Of, Unit
from services.status.policy.reading import MOST_RULES
from services.status.policy.rules import Join
from services.status.policy.schemawords import ENGLISH, THAI

Node: TypeAlias = dict[str, Any]

_REF = "#/$defs/{model}"
_CONDITION = "Condition"
_RISING, _FALLING = ("above", "at_least"), ("below", "at_most")


def status_schema() -> Node:
    """Of ``status.yaml``; which sets a city has is let pass."""
    schema = StatusForm.model_json_schema(ref_template=_REF)
    definitions: Node = schema.pop("$defs")
    for form in (RuleForm, UseForm):
        own = form.model_json_schema(ref_template=_REF, by_alias=True)
        definitions |= own.pop("$defs", {})
        definitions[form.__name__] = own
    rule = definitions["RuleForm"]["properties"]
    rule["when"] |= _reference(_CONDITION)
    rule["unless"] = {**_reference(_CONDITION), "description": rule["unless"]["description"]}
    schema["properties"]["sets"] |= _sets()
    definitions |= {_comparison_name(measure): _comparison(measure) for measure in _numbers()}
    for name, form_schema in (("StatusForm", schema), *definitions.items()):
        _explain(name, form_schema)
    definitions[_CONDITION] = _condition()
    plain: Node = tidy({**schema, "$defs": definitions})
    plain["title"] = "Nakhon status rules"
    plain["defaultSnippets"] = [_FILE]
    plain["$defs"]["RuleForm"]["defaultSnippets"] = [_RULE]
    return {"$schema": DIALECT, **plain}


def _sets() -> Node:
    entry = {"anyOf": [_reference("RuleForm"), _reference("UseForm")]}
    listed = {"type": "array", "minItems": 1, "maxItems": MOST_RULES, "items": entry}
    return {
        "type": "object",
        "patternProperties": {f"^{LEVEL.pattern}$": listed},
        "additionalProperties": False,
    }


def _condition() -> Node:
    several = {"type": "array", "minItems": 1, "maxItems": MOST, "items": _reference(_CONDITION)}
    properties: Node = {
        Join.ALL.value: helped(dict(several), "All of these hold.", THAI["Condition.all"]),
        Join.ANY.value: helped(dict(several), "One of these holds at least.", THAI["Condition.any"]),
        Join.NOT.value: helped(_reference(_CONDITION), "This does not hold.", THAI["Condition.not"]),
    }
    for measure in MEASURES.values():
        node = {"type": "boolean"} if measure.unit is Unit.YES_NO else _reference(_comparison_name(measure))
        what = f"{measure.title.en[0].upper()}{measure.title.en[1:]} ({measure.unit})."
        properties[measure.name] = helped(node, what, measure.title.th)
    return {
        "title": "a condition",
        "description": "A measure and a comparison, or conditions put together. Of several keys all hold.",
        "type": "object",
        "minProperties": 1,
        "properties": properties,
        "additionalProperties": False,
    }


def _numbers() -> list[Measure]:
    return [measure for measure in MEASURES.values() if measure.unit is not Unit.YES_NO]


def _comparison_name(measure: Measure) -> str:
    """Measures that are compared alike share a form."""
    kind = {Unit.SHARE: "Share", Unit.DAYS: "Days"}.get(measure.unit, "Number")
    return f"{kind}Of{measure.of.value.title()}" if measure.of else kind


def _comparison(measure: Measure) -> Node:
    schema = ComparisonForm.model_json_schema(ref_template=_REF)
    bounds: Node = {} if measure.unit is Unit.DAYS else {"minimum": 0}
    bounds |= {"maximum": 1} if measure.unit is Unit.SHARE else {}
    properties: Node = {}
    for key, node in schema["properties"].items():
        if key not in set(Of):
            properties[key] = {"type": "number", **bounds, "description": node["description"]}
        elif key == measure.of:
            properties[key] = {**_words(Of(key)), "description": node["description"]}
    one_of = [{"required": [key]} for key in (*_RISING, *_FALLING)]
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "oneOf": one_of,
        "dependentSchemas": {
            "clear_below": {"anyOf": [{"required": [key]} for key in _RISING]},
            "clear_above": {"anyOf": [{"required": [key]} for key in _FALLING]},
        },
    }


def _words(of: Of) -> Node:
    """One word or several; a severity with + is that bad or worse."""
    words = list(ALLOWED[of])
    if of is Of.SEVERITY:
        words += [f"{word}+" for word in words]
    one: Node = {"enum": words}
    return {"anyOf": [one, {"type": "array", "minItems": 1, "items": one}]}


def _reference(name: str) -> Node:
    return {"$ref": _REF.format(model=name)}


def _explain(name: str, form: Node) -> None:
    """Help in both languages for every key of a form."""
    for key, node in form.get("properties", {}).items():
        if "$ref" in node:
            node.pop("default", None)
        elif isinstance(node.get("default"), int) and node.get("type") == "string":
            node["default"] = format_span(node["default"])
        english = node.get("description") or ENGLISH.get(key, "")
        form["properties"][key] = helped(node, english, THAI.get(f"{name}.{key}", THAI.get(key)))


_RULE: Node = {
    "label": "rule",
    "description": "A status, and when a service has it",
    "body": {"id": "${1:name}", "status": "${2:degraded}", "when": {"${3:silent}": {"above": "${4:0.1}"}}},
}

_FILE: Node = {
    "label": "status file",
    "description": "The rules that come with Nakhon, and a stricter set beside them",
    "body": {
        "sets": {
            "${1:safety}": [
                {"use": "city"},
                {"id": "silence", "status": "degraded", "when": {"silent": {"above": "${2:0}"}}},
            ]
        }
    },
}
