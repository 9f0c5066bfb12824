"""Bodies of requests: bounded, readable, and of the shape that their path takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from inspect import isclass
from typing import Any, TypeVar, get_args

import orjson
from aiohttp import web
from pydantic import BaseModel, ValidationError

from devices.documents import dotted, suggestion
from services.api.decompression import BrokenBodyError, TooLongError, decoder
from services.api.problems import ProblemError, plain

LIMIT = 1 << 20
"""The largest body of a request that is not telemetry, in bytes."""

_MOST_ERRORS = 20

M = TypeVar("M", bound=BaseModel)


async def read(request: web.Request, limit: int) -> bytes:
    """The body, decompressed, at most ``limit`` bytes of it; no more than that is ever held.

    Raises:
        ProblemError: larger, in an encoding that is not known, or broken.
    """
    encoding = request.headers.get("Content-Encoding", "").strip().lower()
    reading = decoder(encoding, limit)
    if reading is None:
        text = f"Content-Encoding {encoding:.40} is not understood; send gzip, deflate or none"
        raise ProblemError("unsupported_encoding", text, headers={"Accept-Encoding": "gzip, deflate"})
    if request.content_length is not None and request.content_length > limit:
        raise _too_large(limit)
    try:
        while data := await request.content.readany():
            reading.feed(data)
        return reading.end()
    except TooLongError:
        raise _too_large(limit) from None
    except BrokenBodyError as error:
        raise ProblemError("bad_request", str(error)) from None
    except (web.RequestPayloadError, web.PayloadAccessError):
        # The connection can't be read on from here: it ends with this answer.
        request.content.feed_eof()
        request.protocol.close()
        raise ProblemError("bad_request", "the body broke off, or is not what its headers say") from None


def _too_large(limit: int) -> ProblemError:
    return ProblemError("too_large", f"the body may have {limit} bytes", limit=limit)


async def read_model(request: web.Request, model: type[M], *, needed: bool) -> M:
    """The body as the model that its path takes.

    Raises:
        ProblemError: not JSON, or not of that shape; every mistake with its path.
    """
    raw = await read(request, LIMIT)
    if not raw.strip() and not needed:
        return checked(model, {})
    return checked(model, parse_json(raw))


def parse_json(raw: bytes) -> Any:
    """A body as JSON.

    Raises:
        ProblemError: it is none; where it stops being so.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        text = f"line {error.lineno}, column {error.colno}: {error.msg}"
    raise ProblemError("malformed_json", text)


def checked(model: type[M], data: Any) -> M:
    """Data as a model.

    Raises:
        ProblemError: all that is wrong with it.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        errors = [_told(model, item) for item in error.errors(include_url=False)[:_MOST_ERRORS]]
    raise invalid(errors)


def invalid(errors: Sequence[Mapping[str, Any]]) -> ProblemError:
    """A body is of the wrong shape: ``{"path", "message", "allowed"}`` each."""
    told = "; ".join(
        (f"{error['path']}: " if error["path"] else "")
        + error["message"]
        + (f" (allowed: {error['allowed']})" if error["allowed"] else "")
        for error in errors
    )
    return ProblemError("invalid_body", told, errors=list(errors))


def _told(model: type[BaseModel], item: Any) -> dict[str, Any]:
    message = plain(item["msg"])
    if item["type"] == "extra_forbidden":
        message = "unknown key" + suggestion(str(item["loc"][-1]), _keys_at(model, item["loc"][:-1]))
    elif item["type"] == "missing":
        message = "is missing"
    elif item["type"] in {"model_type", "dict_type"}:
        message = "must be an object"
    elif item["type"] in {"tuple_type", "list_type"}:
        message = "must be an array"
    expected = item.get("ctx", {}).get("expected")
    return {
        "path": dotted(item["loc"]),
        "message": message,
        "allowed": None if expected is None else str(expected),
    }


def _keys_at(model: type[BaseModel], loc: Sequence[int | str]) -> Iterable[str]:
    """The keys that a model knows at a place; none where no model says which."""
    for part in loc:
        field = model.model_fields.get(str(part))
        options = () if field is None else (field.annotation, *get_args(field.annotation))
        inner = next((one for one in options if isclass(one) and issubclass(one, BaseModel)), None)
        if inner is None:
            return ()
        model = inner
    return model.model_fields
