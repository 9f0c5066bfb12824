"""Every limit of the indices: files that Nakhon brings along, and that a city can put its own beside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import PurePath
from typing import Any, Self

from devices.documents import Document, Problem, ProblemsError, build, parse, suggestion
from devices.forms import Form
from rules.indices.airquality import AirIndex, AirIndexForm
from rules.indices.energy import EmissionFactors, EnergyForm, FactorsForm
from rules.indices.mobility import Mobility, MobilityForm
from rules.indices.scales import LevelForm, Scale
from rules.indices.water import LevelsForm, Water, WaterForm

FORMS: Mapping[str, type[Form]] = {
    "thai-aqi": AirIndexForm,
    "us-aqi": AirIndexForm,
    "heat": LevelsForm,
    "water": WaterForm,
    "mobility": MobilityForm,
    "energy": EnergyForm,
    "emission-factors": FactorsForm,
}
"""The files, by name without ``.yaml``."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The limits in force in a city."""

    thai_aqi: AirIndex
    us_aqi: AirIndex
    heat: Scale[int]
    water: Water
    mobility: Mobility
    energy: EnergyForm
    emissions: EmissionFactors

    @classmethod
    def of(cls, documents: Iterable[Document] = ()) -> Self:
        """Nakhon's own, with a city's files over them: each key that such a file has takes the place of ours.

        A file is known by its name: ``thai-aqi.yaml``. Keep the answer: it is not cached.

        Raises:
            ProblemsError: all that is wrong with the city's files.
        """
        data = {name: parse(_builtin(name)) for name in FORMS}
        problems: list[Problem] = []
        forms: dict[str, Any] = {name: build(FORMS[name], parsed) for name, parsed in data.items()}
        for document in documents:
            name = PurePath(document.name).stem
            try:
                own = parse(document)
                _check(name, own.document, own.data)
                forms[name] = build(FORMS[name], own, data={**data[name].data, **own.data})
            except ProblemsError as error:
                problems += error.problems
        if problems:
            raise ProblemsError(problems)
        return cls(
            AirIndex(forms["thai-aqi"]),
            AirIndex(forms["us-aqi"]),
            Scale(_levels(forms["heat"])),
            Water(forms["water"]),
            Mobility(forms["mobility"]),
            forms["energy"],
            EmissionFactors(forms["emission-factors"]),
        )


def _levels(form: LevelsForm) -> tuple[LevelForm[int], ...]:
    return form.levels


def _check(name: str, document: Document, data: Any) -> None:
    if name not in FORMS:
        message = f"no table of indices is called {name}{suggestion(name, list(FORMS))}"
        raise ProblemsError([Problem(document.name, 0, "", message, allowed=", ".join(FORMS))])
    if not isinstance(data, dict):
        raise ProblemsError([Problem(document.name, 1, "", "must be a mapping of keys to values")])


def _builtin(name: str) -> Document:
    file = resources.files(__name__.rpartition(".")[0]).joinpath("data", f"{name}.yaml")
    return Document(f"indices/data/{name}.yaml", file.read_text(encoding="utf-8"))
