"""The templates of messages: the built-in ones, and those that a deployment puts in their place.

A deployment's folder has the same names as the built-in one (``th/firing.txt``) and may replace single
files; ``layout`` and ``alerts`` are the parts of which the others are made. All are read once, at start.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import structlog
from jinja2 import FunctionLoader, StrictUndefined, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from devices.documents import Problem, suggestion

_log = structlog.get_logger(__name__)

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Source:
    text: str
    file: str


class Templates:
    """Renders a template by its name, ``en/firing.txt``; one's own that fails gives way to the built-in one.

    ``problems`` is what is wrong with one's own, as far as it is known without :meth:`check`.
    """

    def __init__(self, own: Path | None = None) -> None:
        builtin = _builtin()
        given, self.problems = ({}, []) if own is None else _given(own, builtin)
        self._builtin = _environment(builtin)
        self._given = given
        self._own = _environment({**builtin, **given}) if given else None
        self._complained: set[str] = set()

    def render(self, name: str, values: Values) -> str:
        """The text. Only a mistake of Nakhon's own can make it fail."""
        if self._own is not None:
            try:
                return self._own.get_template(name).render(values)
            except Exception as error:  # noqa: BLE001 - the deployment's template may fail in any way
                self._complain(name, error)
        return self._builtin.get_template(name).render(values)

    def check(self, tries: Iterable[tuple[str, Values]]) -> list[Problem]:
        """Everything that is wrong with one's own: each file by itself, and every message in ``tries``."""
        found = {str(problem): problem for problem in self.problems}
        if self._own is not None:
            for name, values in [*((name, None) for name in self._given), *tries]:
                problem = self._tried(self._own, name, values)
                if problem is not None:
                    found[str(problem)] = problem
        return list(found.values())

    def _tried(self, own: SandboxedEnvironment, name: str, values: Values | None) -> Problem | None:
        """What is wrong with the template, or, with values, with what it makes of them."""
        try:
            template = own.get_template(name)
            if values is not None:
                template.render(values)
        except Exception as error:  # noqa: BLE001 - as in render
            return self._problem(name, error)
        return None

    def _problem(self, name: str, error: Exception) -> Problem:
        if isinstance(error, TemplateSyntaxError):
            return Problem(error.filename or name, error.lineno, "", _said(error))
        files = {source.file for source in self._given.values()}
        steps = [step for step in traceback.extract_tb(error.__traceback__) if step.filename in files]
        if not steps:
            return Problem(name, 0, "", _said(error))
        return Problem(steps[-1].filename, steps[-1].lineno or 0, "", _said(error))

    def _complain(self, name: str, error: Exception) -> None:
        if name not in self._complained:
            self._complained.add(name)
            problem = self._problem(name, error)
            _log.warning("a template is broken; the built-in one is used", template=name, reason=str(problem))


def _environment(sources: Mapping[str, _Source]) -> SandboxedEnvironment:
    def load(name: str) -> tuple[str, str, Callable[[], bool]] | None:
        source = sources.get(name)
        return None if source is None else (source.text, source.file, lambda: True)

    return SandboxedEnvironment(
        loader=FunctionLoader(load),
        autoescape=lambda name: name is not None and name.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _builtin() -> dict[str, _Source]:
    root = resources.files(__package__) / "templates"
    return {
        f"{folder.name}/{file.name}": _Source(file.read_text(encoding="utf-8"), file.name)
        for folder in root.iterdir()
        if folder.is_dir() and not folder.name.startswith("_")
        for file in folder.iterdir()
        if file.name.endswith((".txt", ".html"))
    }


def _given(own: Path, builtin: Mapping[str, _Source]) -> tuple[dict[str, _Source], list[Problem]]:
    """One's own templates by name, and the files that can't be one."""
    found: dict[str, _Source] = {}
    problems = []
    if not own.is_dir():
        return found, [Problem(str(own), 0, "", "is no folder")]
    for path in sorted(path for path in own.rglob("*") if path.is_file() and not path.name.startswith(".")):
        name = path.relative_to(own).as_posix()
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(str(path), 0, "", f"can't be read: {error}"))
            continue
        if name in builtin:
            found[name] = _Source(text, str(path))
        else:
            message = f"is not the name of a template{suggestion(name, builtin)}"
            problems.append(Problem(str(path), 0, "", message))
    return found, problems


def _said(error: Exception) -> str:
    message = error.message if isinstance(error, TemplateSyntaxError) else str(error)
    return message or type(error).__name__
