"""The JSON Schema (draft 2020-12) of ``kpis.yaml``, made for editors of the forms that read it."""

from __future__ import annotations

from typing import Any

from devices.schemas import DIALECT
from rules.schemas import tidy
from services.status.kpis.forms import BOUNDS, TERMS, KpisForm

_REF = "#/$defs/{model}"
_SAID_IN_CODE: dict[str, dict[str, Any]] = {
    "ScheduleForm": {"minProperties": 1},
    "CompareForm": {"anyOf": [{"required": [name]} for name in (*BOUNDS, "not")]},
    "ChangeForm": {"minProperties": 1},
    "ComputeForm": {"minProperties": 1, "maxProperties": 1},
    "TermForm": {"oneOf": [{"required": [name]} for name in TERMS]},
    "DaysWithinForm": {"oneOf": [{"required": [name]} for name in BOUNDS]},
}
"""What the validators of forms ask for beyond their keys."""


_BAND: dict[str, Any] = {
    "type": "array",
    "prefixItems": [{"type": ["number", "null"]}] * 2,
    "minItems": 2,
    "maxItems": 2,
}
"""Here null means something: no end on this side."""


def kpis_schema() -> dict[str, Any]:
    """Of ``kpis.yaml``; what only a city knows (its types, its zones) is let pass."""
    schema = KpisForm.model_json_schema(ref_template=_REF)
    definitions: dict[str, Any] = schema.pop("$defs")
    for name, said in _SAID_IN_CODE.items():
        definitions[name] |= said
    plain: dict[str, Any] = tidy({**schema, "title": "Nakhon KPIs", "$defs": definitions})
    for form in ("KpiForm", "ChangeForm"):
        plain["$defs"][form]["properties"]["band"] |= _BAND
    plain["$defs"]["KpiForm"]["properties"]["coverage"] |= {"type": ["number", "null"]}
    return {"$schema": DIALECT, **plain}
