"""The table of faults and the tests that prove it are the same list."""

from __future__ import annotations

import ast
import re

import pytest

from tests.unit.docs import pages

PAGE = "docs/faults.md"
FOLDER = pages.ROOT / "tests" / "integration"
_NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")


def proofs_in(file: str) -> set[str]:
    """The names of the tests that a file holds."""
    tree = ast.parse((FOLDER / file).read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {function.name for function in functions if function.name.startswith("test_")}


def named() -> list[tuple[str, str]]:
    """Every test that the page names: its file and itself."""
    return [(file, test) for file, test in _NAMED.findall(pages.read(PAGE))]


def table_rows() -> list[str]:
    """The rows of all tables, without their headings."""
    rows = [line for line in pages.read(PAGE).splitlines() if line.startswith("| ")]
    return [row for row in rows if not row.endswith("| test |")]


@pytest.mark.parametrize(("file", "test"), named())
def test_a_test_that_is_named_exists(file: str, test: str) -> None:
    assert test in proofs_in(file)


def test_every_row_names_its_test() -> None:
    assert table_rows()
    assert [row for row in table_rows() if len(_NAMED.findall(row)) != 1] == []


def test_every_test_of_a_fault_stands_in_a_table() -> None:
    files = sorted((FOLDER / "faults").glob("test_*.py"))
    assert files
    there = {(f"faults/{file.name}", test) for file in files for test in proofs_in(f"faults/{file.name}")}
    assert {pair for pair in named() if pair[0].startswith("faults/")} == there
