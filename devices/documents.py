"""YAML text with its line numbers, and the mistakes in it, reported all at once.

Every file that a person writes (city, types, devices, rules, configuration) comes in as a
:class:`Document`; whatever is wrong in it goes out as :class:`Problem` with file, line, key, value and
what is allowed. Nothing here opens a file: the caller brings the text.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

Loc = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in one file, told so that its author can mend it."""

    file: str
    line: int
    key: str
    message: str
    value: Any = None
    allowed: str | None = None

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.line else f"{self.file}: "
        key = f"{self.key}: " if self.key else ""
        allowed = f" (allowed: {self.allowed})" if self.allowed else ""
        return f"{where}{key}{self.message}{allowed}"


class ProblemsError(Exception):
    """Everything that is wrong with the given files. ``str()`` is one line a problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda p: (p.file, p.line, p.key))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one file and the name under which its author knows it."""

    name: str
    text: str


@dataclass(slots=True)
class Parsed:
    """Plain data of a document, and the line on which every key and item of it stands."""

    document: Document
    data: Any
    lines: dict[Loc, int] = field(default_factory=dict)

    def line(self, loc: Sequence[str | int]) -> int:
        """Line of ``loc``, or of the nearest thing around it that the file does contain."""
        path = tuple(loc)
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(
        self, loc: Sequence[str | int], message: str, *, value: Any = None, allowed: str | None = None
    ) -> Problem:
        """A :class:`Problem` at ``loc`` of this document."""
        return Problem(self.document.name, self.line(loc), dotted(loc), message, value, allowed)


def dotted(loc: Sequence[str | int]) -> str:
    """``("rules", 0, "when")`` as a person writes it: ``rules[0].when``."""
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def parse(document: Document) -> Parsed:
    """The data of a YAML 1.2 document (``on``, ``off``, ``yes`` and dates stay text).

    Raises:
        ProblemsError: the text is not YAML, a key stands twice in one mapping, or it is nested or repeated
            (by anchors) beyond all reason.
    """
    loader = _Loader(document.text)
    try:
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ProblemsError([Problem(document.name, line, "", f"not YAML: {error.problem}")]) from None
    except yaml.YAMLError as error:
        raise ProblemsError([Problem(document.name, 1, "", f"not YAML: {error}")]) from None
    parsed = Parsed(document, None)
    problems: list[Problem] = []
    try:
        parsed.data = None if node is None else _plain(loader, node, (), parsed, problems)
    except _TooMuchError as error:
        raise ProblemsError([Problem(document.name, error.line, "", str(error))]) from None
    if problems:
        raise ProblemsError(problems)
    return parsed


DEEPEST = 100
"""Levels of nesting that a document may have: no file of ours needs a tenth of them."""

_SPARE = 10_000


class _TooMuchError(Exception):
    """Written out, the document is larger than a program should make of its text."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def _plain(loader: _Loader, node: yaml.Node, loc: Loc, parsed: Parsed, problems: list[Problem]) -> Any:
    # Anchors let few lines stand for millions, or contain themselves. Without them no document has more
    # values than characters.
    loader.visited += 1
    if loader.visited > _SPARE + len(parsed.document.text):
        raise _TooMuchError(
            node.start_mark.line + 1,
            "anchors (&, *) repeat more than there is room for; write out what is meant",
        )
    if len(loc) > DEEPEST:
        raise _TooMuchError(node.start_mark.line + 1, f"is nested deeper than {DEEPEST} levels")
    parsed.lines.setdefault(loc, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            here = (*loc, key)
            if key in mapping:
                first = parsed.line(here)
                problems.append(
                    Problem(
                        parsed.document.name,
                        key_node.start_mark.line + 1,
                        dotted(here),
                        f"stands here a second time; the first is on line {first}",
                    )
                )
                continue
            parsed.lines[here] = key_node.start_mark.line + 1
            mapping[key] = _plain(loader, value_node, here, parsed, problems)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [_plain(loader, item, (*loc, i), parsed, problems) for i, item in enumerate(node.value)]
    try:
        return loader.construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        line = node.start_mark.line + 1
        problems.append(Problem(parsed.document.name, line, dotted(loc), f"not a value: {error}"))
        return None


def build(model: type[Model], parsed: Parsed, *, at: Loc = (), data: Any = None) -> Model:
    """Validate a document, or the part of it at ``at``, against a pydantic model.

    Raises:
        ProblemsError: one problem for each thing that the model refuses, with its line.
    """
    try:
        return model.model_validate(parsed.data if data is None else data)
    except ValidationError as error:
        raise ProblemsError(problems_of(error, parsed, at, model)) from None


def problems_of(
    error: ValidationError, parsed: Parsed, at: Loc = (), model: type[BaseModel] | None = None
) -> list[Problem]:
    """What pydantic found, in the words and on the lines of the file."""
    found = []
    for item in error.errors(include_url=False):
        loc = (*at, *_in_file(item["loc"], model))
        kind = item["type"]
        context = item.get("ctx", {})
        allowed = context.get("expected")
        message = item["msg"].removeprefix("Value error, ")
        if kind == "extra_forbidden":
            known = [str(key) for key in _keys_at(model, item["loc"][:-1])]
            message = "unknown key" + suggestion(str(loc[-1]), known)
            allowed = ", ".join(known)
        elif kind in {"enum", "literal_error", "union_tag_invalid"}:
            word = context.get("tag", item["input"])
            allowed = allowed or context.get("expected_tags")
            near = suggestion(str(word), re.findall(r"'([^']*)'", str(allowed)))
            message = f"unknown value {word!r}{near}"
        if kind in {"union_tag_invalid", "union_tag_not_found"}:
            loc = (*loc, context["discriminator"].strip("'"))
        message = _PLAIN_WORDS.get(kind, message).replace("Input should be", "must be")
        value = None if kind == "missing" else item.get("input")
        quotable = kind != "extra_forbidden" and isinstance(value, str | int | float | bool)
        if quotable and not (isinstance(value, str) and repr(value) in message):
            message = f"{message}, not {value!r}"
        found.append(parsed.problem(loc, message, value=value, allowed=str(allowed) if allowed else None))
    return found


_PLAIN_WORDS = {
    "missing": "is missing",
    "union_tag_not_found": "is missing",
    "model_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
    "dict_type": "must be a mapping of keys to values",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
}


def _keys_at(model: object, loc: Loc) -> Iterable[str | int]:
    """The keys that a form knows at ``loc`` of its data; none where no form says which."""
    for part in loc:
        model = _beneath(model, part)
    return next((_keys(form) for form in _forms_in(model)), ())


def _beneath(model: object, part: str | int) -> object:
    """What stands under a part of pydantic's ``loc``: a key's annotation, or the form that a tag chooses."""
    fields = [keys[part] for form in _forms_in(model) if part in (keys := _keys(form))]
    return fields[0].annotation if fields else _chosen(model, part) or model


def _chosen(model: object, part: str | int) -> type[BaseModel] | None:
    """The form of a union that is told by this word; None when it is no such word."""
    forms = list(_forms_in(model))
    told = (
        form for form in forms for field in form.model_fields.values() if part in get_args(field.annotation)
    )
    return next(told, None) if len(forms) > 1 else None


def _keys(form: type[BaseModel]) -> dict[str | int, FieldInfo]:
    return {field.alias or name: field for name, field in form.model_fields.items()}


def _forms_in(annotation: object) -> Iterator[type[BaseModel]]:
    """The models that an annotation speaks of: itself, or inside its list, mapping or union."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _forms_in(argument)


def _in_file(loc: Loc, model: object) -> Iterator[str | int]:
    """The parts of pydantic's ``loc`` that stand in the file: not the names that it gives to alternatives."""
    for part in loc:
        inner = _beneath(model, part)
        told = inner is not model and inner is _chosen(model, part)
        if not told and not (isinstance(part, str) and part.startswith(_OF_PYDANTIC)):
            yield part
        model = inner


_OF_PYDANTIC = ("function-", "tagged-union", "union[", "[key]")


def suggestion(word: str, known: Iterable[str] | Mapping[str, Any]) -> str:
    """``"; did you mean pm25?"``, or nothing when no known word is near.

    Case and punctuation don't count (``PM2.5``), and the beginning of a word stands for it (``temp``).
    """
    plain = {_plain_word(name): name for name in reversed(list(known))}
    meant = _plain_word(word)
    near = difflib.get_close_matches(meant, list(plain), n=1, cutoff=0.6)
    if not near and len(meant) >= _SHORTEST_BEGINNING:
        near = [name for name in plain if name.startswith(meant)]
    return f"; did you mean {plain[near[0]]}?" if len(near) == 1 else ""


_SHORTEST_BEGINNING = 3


def _plain_word(word: str) -> str:
    return "".join(filter(str.isalnum, word)).casefold() or word


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML 1.2's core schema: only true and false are booleans, nothing is a date or base 60."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, Any]]] = {}  # noqa: RUF012 - PyYAML's own way
    visited = 0
    _depth = 0

    # PyYAML calls these two around every node. The C parser composes by recursion and would take the whole
    # process with it when its stack ends.

    def descend_resolver(self, current_node: yaml.Node | None, current_index: Any) -> None:
        self._depth += 1
        if self._depth > DEEPEST + 1:
            mark = None if current_node is None else current_node.start_mark
            raise yaml.MarkedYAMLError(problem=f"nested deeper than {DEEPEST} levels", problem_mark=mark)
        super().descend_resolver(current_node, current_index)

    def ascend_resolver(self) -> None:
        self._depth -= 1
        super().ascend_resolver()


def _resolve() -> None:
    def add(tag: str, pattern: str, first: str) -> None:
        _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))

    add("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
    add("int", r"^[-+]?[0-9]+$", "-+0123456789")
    add("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+0123456789.")
    add("null", r"^(?:~|null|Null|NULL|)$", "~nN\0")
    _Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^$"), [""])


_resolve()
