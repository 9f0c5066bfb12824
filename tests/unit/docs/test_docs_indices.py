"""The manual of derived metrics says what the code does."""

from __future__ import annotations

from pathlib import Path

from rules.indices.catalogue import RECIPES
from rules.indices.manual import manual

PAGE = Path(__file__).parents[3] / "docs" / "indices.md"
MARK = "<!-- derived metrics -->\n\n"


def test_the_tables_of_the_manual_are_those_of_the_code() -> None:
    _, _, printed = PAGE.read_text(encoding="utf-8").partition(MARK)
    assert printed == manual(), f"put what rules.indices.manual.manual() gives below {MARK.strip()} in {PAGE}"


def test_every_derived_metric_stands_in_it() -> None:
    printed = PAGE.read_text(encoding="utf-8")
    for kind, recipes in RECIPES.items():
        section = printed.partition(f"### {kind}\n")[2].partition("\n### ")[0]
        for recipe in recipes:
            for name in (*recipe.names, *recipe.labels):
                assert f"`{name}`" in section, f"{name} of {kind}"
