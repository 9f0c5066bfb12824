"""The JSON Schema (draft 2020-12) of a rule file, with every kind of condition that this version has."""

from __future__ import annotations

from typing import Any

from devices.schemas import DIALECT
from rules.forms import GroupForm
from rules.kinds import KINDS


def rules_schema() -> dict[str, Any]:
    """Of ``rules/*.yaml``."""
    schema = GroupForm.model_json_schema()
    definitions = schema["$defs"]
    names = []
    for form in dict.fromkeys(kind.form for kind in KINDS.values()):
        kind = form.model_json_schema(ref_template="#/$defs/{model}")
        definitions.update(kind.pop("$defs", {}))
        definitions[form.__name__] = kind
        names.append(form.__name__)
    when = definitions["RuleForm"]["properties"]["when"]
    definitions["RuleForm"]["properties"]["when"] = {
        "title": "When",
        "description": when["description"],
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in names],
    }
    return {"$schema": DIALECT, **schema}
