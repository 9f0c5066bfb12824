"""The recipes of one device, at work on its readings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devices.metrics import Metric
from devices.model import Device, Value, Values
from devices.types import ObservationType
from rules.indices.catalogue import RECIPES
from rules.indices.interface import NOTHING, Context, Derivation, Derived, Part, Site, Step
from rules.indices.recipes import Recipe

_new = tuple.__new__  # half the price of calling a named tuple; every reading passes here


def derived_metrics(kind: ObservationType | str) -> Mapping[str, Metric]:
    """What is derived of readings of a type, by name; empty for a type without.

    Of a name it is what Nakhon's own type of that name has. Of a type it leaves out what would be made of
    metrics that it has in another unit, and what is made together with a metric that it measures itself.
    """
    recipes = RECIPES.get(kind, ()) if isinstance(kind, str) else recipes_of(kind)
    return {output.metric.name: output.metric for recipe in recipes for output in recipe.outputs}


def derivation(
    type_name: str, device: Device, context: Context, wanted: frozenset[str] | None = None
) -> Derivation | None:
    """What derives for a device's readings of a type; None when there is nothing to derive.

    ``wanted``: at least these are derived, and what is made together with them; None: all.
    """
    kind = context.catalog.get(type_name)
    recipes = RECIPES.get(type_name, ()) if kind is None else recipes_of(kind)
    site = Site(device, context)
    steps: list[Step] = []
    parts: list[tuple[str, Part]] = []
    for recipe in recipes:
        if wanted is not None and wanted.isdisjoint(recipe.names):
            continue
        if (step := _step(recipe, site)) is not None:
            steps.append(step)
        if recipe.part is not None and (part := recipe.part(site)) is not None:
            parts.append((recipe.name, part))
    if not steps and not parts:
        return None
    return _Derivation(tuple(steps), tuple(name for name, _ in parts), tuple(part for _, part in parts))


def recipes_of(kind: ObservationType) -> tuple[Recipe, ...]:
    """The recipes whose inputs the type has as they are due, and whose outputs it does not measure itself."""
    return tuple(
        recipe
        for recipe in RECIPES.get(kind.name, ())
        if all(
            name not in kind.metrics or kind.metrics[name].unit == unit
            for name, unit in recipe.inputs.items()
        )
        and recipe.names.isdisjoint(kind.metrics)
    )


def _step(recipe: Recipe, site: Site) -> Step | None:
    """Its step, if it has one: where no label matters it is the same for all devices of a type."""
    if recipe.step is None or recipe.labels:
        return recipe.step and recipe.step(site)
    shared = site.context.shared
    key = f"{recipe.name} {' '.join(recipe.inputs)}"
    if key not in shared:
        shared[key] = recipe.step(site)
    return shared[key]


class _Derivation:
    """Steps, each for one reading by itself, and parts, which remember."""

    __slots__ = ("_held", "_names", "_parts", "_steps")

    def __init__(self, steps: tuple[Step, ...], names: tuple[str, ...], parts: tuple[Part, ...]) -> None:
        self._steps = steps
        self._names = names
        self._parts = parts
        self._held: Values = NOTHING

    def take(self, time: int, values: Values) -> Derived:
        fresh: dict[str, Value] = {}
        for step in self._steps:
            step(time, values, fresh)
        changed = False
        for part in self._parts:
            changed |= part.take(time, values, fresh)
        if changed:
            self._hold()
        held = self._held
        if not held:
            return _new(Derived, (fresh, fresh))
        return _new(Derived, ({**held, **fresh} if fresh else held, fresh))

    def fill(self, time: int, values: Values) -> None:
        for part in self._parts:
            part.fill(time, values)

    def _hold(self) -> None:
        held = [part.held for part in self._parts if part.held]
        self._held = held[0] if len(held) == 1 else {name: one for each in held for name, one in each.items()}

    def save(self) -> Any:
        """The state of each part, by name."""
        return {name: part.save() for name, part in zip(self._names, self._parts, strict=True)}

    def load(self, state: Any) -> None:
        """Take up what :meth:`save` gave; parts that it does not have stay as new."""
        for name, part in zip(self._names, self._parts, strict=True):
            if name in state:
                part.load(state[name])
        self._hold()
