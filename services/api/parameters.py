"""Query parameters: a pydantic model for each path, every mistake told by its name and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, TypeVar, get_origin

from multidict import MultiMapping
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from devices.documents import suggestion
from services.api.problems import bad_parameters, plain

MOST = 10_000
"""The largest ``limit``."""

DEFAULT_LIMIT = 1_000

REFERENCE = "#/components/schemas/{model}"
"""Where a schema refers to another: among the components of the OpenAPI document."""

_LATEST = 1 << 48  # a moment in the year 10889; beyond it is no time that anybody means
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Query(BaseModel):
    """The parameters of a path: what it does not name is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PublicQuery(Query):
    """The parameters of a page for everybody: what others hang onto its address does no harm.

    Of a parameter that is given several times the first counts; all of them are text.
    """

    model_config = ConfigDict(extra="ignore")


class PageQuery(Query):
    """The parameters of every list."""

    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MOST, description="Most items to answer with.")
    cursor: str | None = Field(None, description="The `next` of the page before, with the same parameters.")


def parse_moment(value: object) -> int:
    """RFC 3339 with an offset, or epoch milliseconds, as milliseconds.

    A ``+`` that was not escaped arrives as a space; it is taken for what it was meant to be.

    Raises:
        ValueError: not a moment.
    """
    text = str(value).strip()
    if text.isdecimal() and text.isascii():
        ms = int(text)
    else:
        try:
            moment = datetime.fromisoformat(_with_plus(text))
        except ValueError:
            raise ValueError("must be RFC 3339, such as 2026-11-21T12:00:00+07:00") from None
        if moment.tzinfo is None:
            raise ValueError("needs an offset, such as 2026-11-21T12:00:00+07:00 or …Z")
        delta = moment - _EPOCH
        ms = (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000
    if not 0 <= ms < _LATEST:
        raise ValueError("must lie between 1970 and the year 9999")
    return ms


def _with_plus(text: str) -> str:
    return f"{text[:-6]}+{text[-5:]}" if len(text) > 16 and text[-6] == " " and text[-3] == ":" else text


def split_many(value: object) -> object:
    """``a,b`` as a list; a parameter that is given several times stays one list."""
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, Sequence):
        return value
    return [name for part in parts for name in str(part).split(",") if name]


Many = Annotated[tuple[str, ...], BeforeValidator(split_many)]
"""Any of these: ``a,b``, or the parameter several times."""

_WrittenMoment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Moment = Annotated[int, BeforeValidator(parse_moment, json_schema_input_type=_WrittenMoment)]
"""A moment in ms."""

Q = TypeVar("Q", bound=Query)


def parse_query(model: type[Q], given: MultiMapping[str]) -> Q:
    """The parameters of a request. One given without a value counts as not given.

    Raises:
        ProblemError: every parameter that is unknown, wrong, or given too often.
    """
    data, errors = _collect(model, given)
    try:
        query = model.model_validate(data)
    except ValidationError as error:
        raise bad_parameters([*errors, *_told(model, error)]) from None
    if errors:
        raise bad_parameters(errors)
    return query


def _collect(model: type[Query], given: MultiMapping[str]) -> tuple[dict[str, Any], list[Mapping[str, Any]]]:
    data: dict[str, Any] = {}
    errors: list[Mapping[str, Any]] = []
    if issubclass(model, PublicQuery):
        return {name: given[name] for name in model.model_fields if given.get(name)}, errors
    for name in dict.fromkeys(given):
        values = [value for value in given.getall(name) if value]
        field = model.model_fields.get(name)
        if field is None:
            known = ", ".join(model.model_fields) or "none"
            message = "no such parameter here" + suggestion(name, model.model_fields)
            errors.append({"parameter": name, "message": message, "allowed": known})
        elif get_origin(field.annotation) is tuple:
            data[name] = values
        elif len(values) > 1:
            errors.append({"parameter": name, "message": "is given more than once", "allowed": None})
        elif values:
            data[name] = values[0]
    return data, errors


def _told(model: type[Query], error: ValidationError) -> list[Mapping[str, Any]]:
    return [
        {
            "parameter": str(item["loc"][0]) if item["loc"] else "",
            "message": _message(item["msg"], item.get("input")),
            "allowed": _allowed(model, str(item["loc"][0]) if item["loc"] else "", item.get("ctx", {})),
        }
        for item in error.errors(include_url=False)
    ]


def _message(message: str, value: Any) -> str:
    text = plain(message)
    shown = f"{value:.100}" if isinstance(value, str) else ""
    return f"{text}, not {shown!r}" if shown else text


def _allowed(model: type[Query], name: str, context: Mapping[str, Any]) -> str | None:
    schema = properties(model).get(name, {})
    if "minimum" in schema and "maximum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}"
    expected = context.get("expected")
    return str(expected) if expected else None


@cache
def properties(model: type[Query]) -> Mapping[str, Mapping[str, Any]]:
    """The JSON Schema of each parameter, by name."""
    schema = model.model_json_schema(ref_template=REFERENCE)
    found: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    return found
