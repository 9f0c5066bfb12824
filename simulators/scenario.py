"""Scenarios as they are written: which faults a run has. A few come with Nakhon, in ``scenarios/``."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from devices.documents import Document, Problem, ProblemsError, build, parse, suggestion
from devices.forms import Form, Id, TextForm
from devices.model import Domain, Text
from devices.spans import Span
from simulators.faults import Expected, Fault, FaultKind, Target

_MOVES = {FaultKind.OFFSET, FaultKind.DRIFT, FaultKind.EPISODE}
_SPAN = Annotated[Span, Field(gt=0)]


class TargetForm(Form):
    """Whom a fault may strike; all devices when nothing is said."""

    devices: tuple[str, ...] = Field((), description="Ids, with * and ? as in file names.")
    types: tuple[str, ...] = Field((), description="Observation types.")
    zones: tuple[str, ...] = ()
    domains: tuple[Domain, ...] = ()
    labels: dict[str, str] = Field({}, description="All of these.")
    pick: int | None = Field(None, ge=1, description="How many of them, drawn anew each time; all if absent.")
    pick_zones: int | None = Field(None, ge=1, description="In how many of their zones; all if absent.")

    def target(self) -> Target:
        domains = tuple(domain.value for domain in self.domains)
        return Target(
            self.devices, self.types, self.zones, domains, dict(self.labels), self.pick, self.pick_zones
        )


class RepeatForm(Form):
    """A fault that comes again."""

    every: _SPAN
    jitter: Span = Field(0, description="Up to this much later, drawn anew each time.")


class ExpectedForm(Form):
    """An alert that the fault should raise: a line of the ground truth."""

    rule: str = Field(min_length=1, description="GROUP/RULE.")
    of: Literal["device", "zone"] = "device"
    deadline: _SPAN = Field(description="How long after the start it may take.")
    labels: dict[str, str] = Field({}, description="Only for those of the devices that have all of these.")

    def expected(self) -> Expected:
        return Expected(self.rule, self.deadline / 1_000, self.of, dict(self.labels))


class FaultForm(Form):
    """One fault."""

    id: Id
    kind: FaultKind
    target: TargetForm = TargetForm()
    start: Span = Field(description="After the start of the scenario.")
    duration: _SPAN | None = Field(None, description="For good when left out.")
    repeat: RepeatForm | None = None
    values: dict[str, float | bool | str] = Field({}, description="What metrics are set to.")
    add: dict[str, float] = Field({}, description="What is added to metrics.")
    scale: dict[str, float] = Field({}, description="What metrics are multiplied by.")
    truth: tuple[ExpectedForm, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.kind is FaultKind.SET and not self.values:
            raise ValueError("kind set needs values")
        if self.kind in _MOVES and not (self.add or self.scale):
            raise ValueError(f"kind {self.kind} needs add or scale")
        if self.repeat and (self.duration is None or self.duration + self.repeat.jitter > self.repeat.every):
            raise ValueError("a fault that repeats needs a duration, with its jitter at most repeat.every")
        return self

    def fault(self) -> Fault:
        repeat = self.repeat
        return Fault(
            id=self.id,
            kind=self.kind,
            target=self.target.target(),
            start=self.start,
            duration=self.duration,
            every=repeat.every if repeat else None,
            jitter=repeat.jitter if repeat else 0,
            values={name: _value(value) for name, value in self.values.items()},
            add=dict(self.add),
            scale=dict(self.scale),
            truth=tuple(expected.expected() for expected in self.truth),
        )


def _value(value: float | bool | str) -> float | bool | str:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _distinct(faults: tuple[FaultForm, ...]) -> tuple[FaultForm, ...]:
    ids = [fault.id for fault in faults]
    if twice := sorted({name for name in ids if ids.count(name) > 1}):
        raise ValueError(f"an id stands twice: {', '.join(twice)}")
    return faults


class ScenarioForm(Form):
    """A scenario file."""

    model_config = ConfigDict(title="Nakhon scenario")

    name: Id
    title: TextForm
    faults: Annotated[tuple[FaultForm, ...], AfterValidator(_distinct)] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario, read: its name and its faults."""

    name: str
    title: Text
    faults: tuple[Fault, ...] = ()


def parse_scenario(document: Document) -> Scenario:
    """The scenario that a file describes.

    Raises:
        ProblemsError: all that is wrong with it.
    """
    form = build(ScenarioForm, parse(document))
    return Scenario(name=form.name, title=form.title.text(), faults=tuple(f.fault() for f in form.faults))


def scenario_schema() -> dict[str, Any]:
    """JSON Schema of a scenario file."""
    return ScenarioForm.model_json_schema()


def scenario_names() -> tuple[str, ...]:
    """The scenarios that come with Nakhon."""
    files = resources.files("simulators").joinpath("scenarios").iterdir()
    return tuple(sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")))


def load_scenario(name: str) -> Scenario:
    """A scenario by its name, or by the path of its file.

    Raises:
        ProblemsError: no such scenario, or mistakes in the file.
    """
    if name in scenario_names():
        text = resources.files("simulators").joinpath("scenarios", f"{name}.yaml").read_text("utf-8")
        return parse_scenario(Document(f"{name}.yaml", text))
    try:
        return parse_scenario(Document(name, Path(name).read_text("utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        known = scenario_names()
        message = f"no scenario of this name and no file to read ({error}){suggestion(name, known)}"
        raise ProblemsError([Problem(name, 0, "", message, name, ", ".join(known))]) from None
