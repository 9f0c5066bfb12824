"""The JSON Schema (draft 2020-12) of a rule file, made for editors: it completes, explains and checks.

It is made of the forms that read rule files, so it never knows another key than they do. What the forms only
say in code (one comparison, and its own clear value) is spelled out: under ``when`` each kind of condition is
an alternative with its own keys and no others, so that a wrong key is shown where it stands.

Beyond the standard it carries what the YAML language server reads: ``markdownDescription`` (help in English
and Thai) and ``defaultSnippets``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError

from devices.schemas import DIALECT
from devices.topics import LEVEL_RULE
from rules.forms import GroupForm
from rules.kinds import KINDS
from rules.schemawords import ENGLISH, SNIPPETS, TEXTS, THAI, Help
from rules.schemawords import KINDS as KIND_HELP
from rules.vocabulary import Vocabulary

Node: TypeAlias = dict[str, Any]

_COMPARISONS = ("above", "below", "outside", "equals", "in")
_CLEARS = {"above": "clear_below", "below": "clear_above", "outside": "clear_within"}
_SAID_IN_CODE: Mapping[str, Node] = {
    "ScheduleForm": {"minProperties": 1},
    "WordingForm": {"minProperties": 1},
    "QuorumOf": {"oneOf": [{"required": ["at_least"]}, {"required": ["share"]}]},
}
"""What the validators of forms ask for beyond their keys."""

_REF = "#/$defs/{model}"
_CONDITION = "Condition"


def rules_schema(vocabulary: Vocabulary | None = None) -> Node:
    """Of ``rules/*.yaml``.

    ``vocabulary`` is what a city's rules may name: its metrics, zones, devices, labels and services are then
    completed, and what the city has not is marked. Without it the built-in metrics are offered, and any other
    is let pass.
    """
    schema = GroupForm.model_json_schema(ref_template=_REF)
    definitions: Node = schema.pop("$defs")
    order = [*_COMPARISONS, *(key for key in KINDS if key not in _COMPARISONS)]
    alternatives = [_alternative(key, definitions) for key in order]
    rule = definitions["RuleForm"]["properties"]
    rule["when"] = {**_reference(_CONDITION), "description": rule["when"]["description"]}
    _open_conditions(definitions)
    for name, said_in_code in _SAID_IN_CODE.items():
        definitions[name] |= said_in_code
    definitions[_CONDITION] = {"title": "a condition", "type": "object", "anyOf": alternatives}
    whole = {**schema, "title": "Nakhon rules", "$defs": definitions}
    for name, form in (("GroupForm", whole), *definitions.items()):
        _explain(name, form)
    plain = tidy(whole)
    _add_snippets(plain)
    (vocabulary or Vocabulary.builtin()).apply(plain["$defs"])
    return {"$schema": DIALECT, **plain}


def _alternative(key: str, definitions: Node) -> Node:
    """The ``when`` that says one kind: its key, and the keys that go with it."""
    form = KINDS[key].form
    properties = _properties(form, definitions)
    compares = set(_COMPARISONS) <= properties.keys()
    if key in _COMPARISONS:
        names = [key, *(clear for owner, clear in _CLEARS.items() if owner == key)]
        rest: Node = {"required": [key]}
    elif compares:
        names = [key, *_COMPARISONS, *_CLEARS.values()]
        one: list[Node] = [{"required": [comparison]} for comparison in _COMPARISONS]
        if _compares_by_itself(form, key):
            one.append({"not": {"anyOf": list(one)}})
        needed = {clear: [owner] for owner, clear in _CLEARS.items()}
        rest = {"required": [key], "oneOf": one, "dependentRequired": needed}
    else:
        names = list(properties)
        rest = {"required": [key]}
    return {
        "title": f"{{{key}: …}}",
        "type": "object",
        "properties": {name: _of_kind(name, properties[name], key) for name in names},
        "additionalProperties": False,
        "defaultSnippets": [
            {"label": f"when: {name}", "description": what, "body": when}
            for name, (what, when) in SNIPPETS.items()
            if next(iter(when)) == key
        ],
        **rest,
    }


def _compares_by_itself(form: type[BaseModel], key: str) -> bool:
    """Whether a measure has a comparison of its own, for a file that says none."""
    try:
        form.model_validate({key: {}})
    except ValidationError:
        return False
    return True


def _properties(form: type[BaseModel], definitions: Node) -> Node:
    schema = form.model_json_schema(ref_template=_REF)
    definitions.update(schema.pop("$defs", {}))
    return dict(schema["properties"])


def _of_kind(name: str, node: Node, key: str) -> Node:
    """A key under ``when``, with the help of its kind where it is the one that says the kind."""
    if name != key and name not in _COMPARISONS:
        return helped(node, node.get("description", ""), THAI.get(name))
    help_ = KIND_HELP[name]
    return helped(node, help_.en, help_.th, help_)


def _open_conditions(definitions: Node) -> None:
    """Where a form takes a condition within a condition, it takes those of the table."""
    for form in definitions.values():
        for name, node in form.get("properties", {}).items():
            if name == "of" and node.get("type") == "object" and "properties" not in node:
                form["properties"][name] = {**_reference(_CONDITION), "description": node["description"]}


def _reference(name: str) -> Node:
    return {"$ref": _REF.format(model=name)}


def _explain(name: str, form: Node) -> None:
    """Help in both languages for every key of a form."""
    for key, node in form.get("properties", {}).items():
        thai = THAI.get(f"{name}.{key}", THAI.get(key))
        english = node.get("description") or ENGLISH.get(f"{name}.{key}", "")
        form["properties"][key] = helped(node, english, thai)


def helped(node: Node, en: str, th: str | None, help_: Help | None = None) -> Node:
    if not en and not th:
        return node
    example = f"\n\n```yaml\nwhen: {help_.example}\n```" if help_ and help_.example else ""
    told = "\n\n".join(text for text in (en, th) if text)
    return {**node, "description": en or th, "markdownDescription": f"{told}{example}"}


def tidy(node: Any, *, named: bool = False) -> Any:
    """Without what pydantic adds for programs: titles of keys, null for what may be left out.

    ``named``: the node maps names to schemas, which are no words of the standard.
    """
    if isinstance(node, list):
        return [tidy(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    if named:
        return {name: _titled(tidy(inner), name) for name, inner in node.items()}
    plain = {
        word: tidy(inner, named=word in {"properties", "$defs"})
        for word, inner in _without_null(node).items()
        if word != "default" or inner not in (None, "", [], {})
    }
    return (
        {**plain, "patternErrorMessage": _told_pattern(plain)}
        if isinstance(plain.get("pattern"), str)
        else plain
    )


def _told_pattern(node: Mapping[str, Any]) -> str:
    """What an editor says where a text does not match, in place of the pattern."""
    examples = node.get("examples")
    return f"Write it as {' or '.join(examples)}" if examples else f"Must be {LEVEL_RULE}"


def _titled(node: Node, name: str) -> Node:
    """A key is called what it is written as; a form by its own name, in small letters."""
    return {**node, "title": name.removesuffix("Form").lower()}


def _without_null(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without the alternative that is null: a key that may be left out is one that is not required."""
    choices = node.get("anyOf")
    if not choices or {"type": "null"} not in choices:
        return node
    kept = [choice for choice in choices if choice != {"type": "null"}]
    rest = {word: inner for word, inner in node.items() if word != "anyOf"}
    return {**kept[0], **rest} if len(kept) == 1 else {**rest, "anyOf": kept}


def _add_snippets(schema: Node) -> None:
    schema["properties"]["rules"]["defaultSnippets"] = list(_rule_snippets())
    schema["properties"]["tests"]["defaultSnippets"] = [_TEST]
    schema["defaultSnippets"] = [_FILE]


def _rule_snippets() -> Iterator[Node]:
    for name, (what, when) in SNIPPETS.items():
        body = {"id": "${1:name}", "on": "${2:Type.metric}", "when": when, **TEXTS}
        yield {"label": f"rule: {name}", "description": what, "body": body}


_TEST: Node = {
    "label": "test",
    "description": "Readings in, alerts out",
    "body": {
        "name": "${1:what it shows}",
        "devices": [{"id": "${2:dev-01}", "type": "${3:Type}", "zone": "${4:zone}"}],
        "observe": [
            {"device": "${2:dev-01}", "every": "${5:5m}", "values": {"${6:metric}": ["${7:1}", "${8:2}"]}}
        ],
        "expect": [{"at": "${9:10m}", "alerts": [{"rule": "${10:rule}", "device": "${2:dev-01}"}]}],
    },
}

_FILE: Node = {
    "label": "rule file",
    "description": "A group with its first rule",
    "body": {
        "group": "${1:my-rules}",
        "domain": "${2:environment}",
        "rules": [{"id": "${3:name}", "on": "${4:Type.metric}", "when": {"above": "${5:100}"}, **TEXTS}],
    },
}
