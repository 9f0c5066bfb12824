"""The table of derived metrics as the manual prints it."""

from __future__ import annotations

from collections.abc import Iterator

from rules.indices.catalogue import RECIPES
from rules.indices.recipes import Output, Recipe


def manual() -> str:
    """A section of Markdown for each type: every derived metric, its formula, source and labels."""
    return "\n".join(line for kind in RECIPES for line in _type(kind))


def _type(kind: str) -> Iterator[str]:
    yield f"### {kind}\n"
    yield "| metric | what it is | unit | how it comes about | from | labels | stored with |"
    yield "|---|---|---|---|---|---|---|"
    for recipe in RECIPES[kind]:
        yield from (_row(output, recipe) for output in recipe.outputs)
    labels = {label: means for recipe in RECIPES[kind] for label, means in recipe.labels.items()}
    if labels:
        yield "\n" + "; ".join(f"label `{label}`: {means}" for label, means in labels.items()) + "."
    sources = dict.fromkeys(f"{recipe.source}" for recipe in RECIPES[kind])
    yield f"\nSources: {'; '.join(sources)}.\n"


def _row(output: Output, recipe: Recipe) -> str:
    metric = output.metric
    values = ", ".join(f"`{value}`" for value in metric.values) if metric.values else ""
    unit = metric.unit or values or ("true or false" if metric.type == "boolean" else "")
    title = f"{metric.title.en} · {metric.title.th}"
    formula = output.formula.replace("|", "\\|")
    inputs = ", ".join(f"`{name}`" for name in recipe.inputs) or "the time"
    labels = ", ".join(f"`{name}`" for name in recipe.labels)
    cells = (f"`{metric.name}`", title, unit, formula, inputs, labels, recipe.stored)
    return f"| {' | '.join(cells)} |"
