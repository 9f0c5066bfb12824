"""YAML that is small as a text and huge as data, or nested without end, is a problem and nothing worse."""

from __future__ import annotations

import pytest

from devices.documents import DEEPEST, Document, ProblemsError, parse


def problem(text: str) -> str:
    with pytest.raises(ProblemsError) as found:
        parse(Document("rules/a.yaml", text))
    assert len(found.value.problems) == 1
    return str(found.value)


def billion_laughs(levels: int = 30) -> str:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines)


def test_a_billion_laughs_end_early() -> None:
    assert "anchors (&, *) repeat more than there is room for" in problem(billion_laughs())


def test_an_anchor_that_holds_itself_is_a_problem() -> None:
    assert "nested deeper" in problem("a: &a [*a]")
    assert "nested deeper" in problem("a: &a {b: *a}")


@pytest.mark.parametrize("text", ["[" * 200_000, "{a: " * 100_000, "- " * 100_000, "[" * 5_000 + "]" * 5_000])
def test_deep_nesting_never_takes_the_process_along(text: str) -> None:
    assert "nested deeper" in problem(text)


def test_what_is_nested_within_reason_is_read() -> None:
    data = parse(Document("a.yaml", "[" * DEEPEST + "]" * DEEPEST)).data
    for _ in range(DEEPEST - 1):
        (data,) = data
    assert data == []


def test_anchors_within_reason_are_read() -> None:
    assert parse(Document("a.yaml", "a: &a {x: 1}\nb: *a\nc: [*a, *a]\n")).data == {
        "a": {"x": 1},
        "b": {"x": 1},
        "c": [{"x": 1}, {"x": 1}],
    }


def test_the_problem_names_the_line() -> None:
    assert problem("a: 1\nb: &b\n  - *b\n").startswith("rules/a.yaml:")
    assert problem("ok: 1\n" + billion_laughs()).startswith("rules/a.yaml:")
