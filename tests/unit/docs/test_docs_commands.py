"""Every command that a page shows is one that the command line takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from services.cli import build
from tests.unit.docs import pages

ROOT = typer.main.get_command(build())
_PROGRAMS = ("nakhon", ".venv/bin/nakhon")


def lines() -> Iterator[tuple[str, str]]:
    """What stands in terminal blocks, line by line, with where it stands."""
    for example in pages.examples():
        if example.language == "sh":
            for line in whole(example.text.replace("\\\n", " ")):
                yield str(example), line.strip()


def whole(text: str) -> Iterator[str]:
    """Lines, of which those between quotes are one."""
    begun = ""
    for line in text.splitlines():
        begun = f"{begun} {line}" if begun else line
        if is_whole(begun):
            yield begun
            begun = ""
    assert not begun, f"a quote is not closed: {begun}"


def is_whole(line: str) -> bool:
    """Whether every quote is closed."""
    try:
        shlex.split(line, comments=True)
    except ValueError:
        return False
    return True


def commands() -> list[tuple[str, list[str]]]:
    """Whole command lines, which must be complete."""
    split = ((where, shlex.split(line, comments=True)) for where, line in lines())
    return [(where, words[1:]) for where, words in split if words and words[0] in _PROGRAMS]


def mentions() -> list[tuple[str, list[str]]]:
    """Commands in running text, which may leave out what they need."""
    return [
        (pages.name(page), span.split()[1:])
        for page in pages.PAGES
        for span in pages.spans(pages.name(page))
        if span.partition(" ")[0] in _PROGRAMS
    ]


def found(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words name, and the words after it."""
    command: Any = ROOT
    rest = list(words)
    while rest and hasattr(command, "commands") and not _is_own_option(command, rest[0]):
        assert rest[0] in command.commands, f"there is no command {rest[0]}: {' '.join(words)}"
        command = command.commands[rest.pop(0)]
    return command, rest


def _is_own_option(command: Any, word: str) -> bool:
    """Whether a group that does something by itself is given an option of its own."""
    return word.startswith("-") and command.invoke_without_command


@pytest.mark.parametrize(("where", "words"), commands(), ids=str)
def test_a_command_line_is_understood(where: str, words: list[str]) -> None:
    command, rest = found([word for word in words if word not in {">", "rules.schema.json"}])
    context = command.make_context(command.name, rest)  # parses, checks, runs nothing
    assert context.command is command


@pytest.mark.parametrize(("where", "words"), mentions(), ids=str)
def test_a_command_in_the_text_exists_with_its_options(where: str, words: list[str]) -> None:
    command, rest = found(words)
    options = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    assert {word for word in rest if word.startswith("--")} <= options, f"{where}: {' '.join(words)}"


def test_every_command_is_told_somewhere() -> None:
    told = {tuple(words[: len(words) - len(found(words)[1])]) for _, words in commands() + mentions()}
    there = {
        (name, *sub)
        for name, command in ROOT.commands.items()
        for sub in _below(getattr(command, "commands", None))
    }
    assert there <= told


def _below(commands: dict[str, Any] | None) -> list[tuple[str, ...]]:
    return [()] if commands is None else [(name,) for name in commands]


def test_every_target_of_make_that_is_named_exists() -> None:
    makefile = (pages.ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    told = [line for _, line in lines()]
    told += [span for page in pages.PAGES for span in pages.spans(pages.name(page))]
    named = {match[1] for text in told if (match := re.match(r"make ([a-z]+)", text))}
    assert named
    assert named <= targets
