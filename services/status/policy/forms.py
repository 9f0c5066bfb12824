"""``status.yaml`` as it is written."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, FiniteFloat, PlainValidator

from devices.forms import Form, Id, TextForm
from devices.model import Criticality
from devices.spans import Span
from services.status.model import Status
from services.status.policy.rules import WELL

Raw = Annotated[Any, PlainValidator(lambda value: value, json_schema_input_type=dict[str, Any])]
"""Read further on, where it stands."""


def _not_well(name: str) -> str:
    if name == WELL:
        raise ValueError(f"{WELL} is what decides when no rule holds; choose another id")
    return name


RuleId = Annotated[Id, AfterValidator(_not_well)]


class RuleForm(Form):
    """A status, and when a service has it."""

    id: RuleId = Field(description="Its name in reasons, in the history and in --explain.")
    status: Status = Field(description="The status of a service while the rule holds.")
    when: Raw = Field(description="The condition: a measure and a comparison, or all, any, not of such.")
    unless: Raw | None = Field(None, description="While this holds the rule does not, keep or not.")
    for_: Span = Field(0, alias="for", description="How long the condition must hold first.")
    keep: Span = Field(0, description="How long the rule holds on after its condition ended.")
    counted: bool = Field(True, description="false: the time says nothing of the service's objective.")
    reason: TextForm | None = Field(None, description="What to tell people, before the numbers.")
    before: Id | None = Field(
        None, description="Beside use: the rule of the used set in front of which it stands."
    )


class UseForm(Form):
    """All rules of another set, here. A rule of this list with the id of one of them takes its place."""

    use: Id = Field(description="The name of the set; city is Nakhon's own, or this file's.")


class ComparisonForm(Form):
    """Exactly one comparison, and where it clears."""

    above: FiniteFloat | None = Field(None, description="Holds when the measure is greater.")
    at_least: FiniteFloat | None = Field(None, description="Holds when it is this or greater.")
    below: FiniteFloat | None = Field(None, description="Holds when the measure is less.")
    at_most: FiniteFloat | None = Field(None, description="Holds when it is this or less.")
    clear_below: FiniteFloat | None = Field(
        None, description="With above, at_least: once it holds, until the measure is this or less."
    )
    clear_above: FiniteFloat | None = Field(
        None, description="With below, at_most: once it holds, until the measure is this or more."
    )
    severity: Raw | None = Field(None, description="Alerts of which severity: major, major+, or a list.")
    status: Raw | None = Field(None, description="Services in which status: outage, or a list.")


class RollUpForm(Form):
    """To which status a service lowers its domain or zone at most, by how much hangs on it."""

    high: Status | None = Field(None, description="Services of high criticality.")
    normal: Status | None = Field(None, description="Services of normal criticality.")
    low: Status | None = Field(None, description="Services of low criticality.")

    def at_most(self) -> dict[Criticality, Status]:
        given = {one: getattr(self, one.value) for one in Criticality}
        return {one: status for one, status in given.items() if status is not None}


class StatusForm(Form):
    """``status.yaml``."""

    model_config = ConfigDict(title="Nakhon status rules")

    silent_after: float | None = Field(
        None,
        ge=1,
        le=1_000,
        description="So many expected intervals without a reading, and a device is silent.",
    )
    sets: Raw = Field(
        default_factory=dict,
        description="Lists of rules by name. city holds for every service that names no other (rules: NAME"
        " in city.yaml).",
    )
    domains: RollUpForm | None = Field(None, description="How services make the status of their domain.")
    zones: RollUpForm | None = Field(None, description="How services make the status of a zone.")
