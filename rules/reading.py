"""A part of a file held against its form, with what is allowed said for every key that is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel

from devices.documents import Loc, Parsed, Problem, ProblemsError, build, suggestion

Model = TypeVar("Model", bound=BaseModel)


def read(form: type[Model], parsed: Parsed, at: Loc, data: Any, problems: list[Problem]) -> Model | None:
    """What stands at ``at``, its unknown keys left out; None when it can't be made sense of.

    Everything that is wrong with it is noted in ``problems``.
    """
    known = _known(form, parsed, at, data, problems)
    try:
        return build(form, parsed, at=at, data=known)
    except ProblemsError as error:
        problems += error.problems
        return None


def keys(form: type[BaseModel]) -> dict[str, Any]:
    """The keys of a form as files write them, each with the annotation of its value."""
    return {field.alias or name: field.annotation for name, field in form.model_fields.items()}


def unknown_key(parsed: Parsed, loc: Loc, allowed: Iterable[str], what: str = "unknown key") -> Problem:
    """The problem of a key that is not among those allowed."""
    allowed = list(allowed)
    return parsed.problem(loc, what + suggestion(str(loc[-1]), allowed), allowed=", ".join(allowed))


def _known(form: type[BaseModel], parsed: Parsed, at: Loc, data: Any, problems: list[Problem]) -> Any:
    """The data without the keys that its forms do not have."""
    if not isinstance(data, Mapping):
        return data
    allowed = keys(form)
    problems += [unknown_key(parsed, (*at, key), allowed) for key in data if key not in allowed]
    return {
        key: _inside(allowed[key], parsed, (*at, key), value, problems)
        for key, value in data.items()
        if key in allowed
    }


def _inside(annotation: Any, parsed: Parsed, at: Loc, value: Any, problems: list[Problem]) -> Any:
    form = next(_forms(annotation), None)
    if form is None:
        return value
    if isinstance(value, list):
        return [_known(form, parsed, (*at, place), item, problems) for place, item in enumerate(value)]
    return _known(form, parsed, at, value, problems)


def _forms(annotation: Any) -> Iterator[type[BaseModel]]:
    """The forms that an annotation speaks of: itself, or inside its list or union."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _forms(argument)
