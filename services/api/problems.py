"""Errors as problem details (RFC 9457): one table of what can go wrong, and the answer made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from aiohttp import web

from devices.model import Text
from services.api.language import preferred, said

REQUEST_ID = web.RequestKey("request_id", str)


class Kind(NamedTuple):
    """A kind of problem: its HTTP status and its title."""

    status: int
    title: Text


KINDS: Mapping[str, Kind] = {
    "bad_request": Kind(400, Text("The request can't be read", "อ่านคำขอไม่ได้")),
    "bad_parameter": Kind(400, Text("A parameter is not allowed", "พารามิเตอร์ไม่ถูกต้อง")),
    "malformed_json": Kind(400, Text("The body is not JSON", "เนื้อหาไม่ใช่ JSON")),
    "unauthorized": Kind(401, Text("Sign in first", "ต้องเข้าสู่ระบบก่อน")),
    "forbidden": Kind(403, Text("Your role does not allow this", "บทบาทของท่านไม่มีสิทธิ์ทำรายการนี้")),
    "cross_site": Kind(403, Text("Refused from another site", "ปฏิเสธคำขอจากเว็บไซต์อื่น")),
    "not_found": Kind(404, Text("There is no such thing", "ไม่พบสิ่งที่ขอ")),
    "method_not_allowed": Kind(405, Text("Not possible on this path", "ใช้วิธีนี้กับเส้นทางนี้ไม่ได้")),
    "conflict": Kind(409, Text("It is past that", "ขัดแย้งกับสถานะปัจจุบัน")),
    "too_large": Kind(413, Text("The body is too large", "เนื้อหาใหญ่เกินไป")),
    "unsupported_encoding": Kind(415, Text("The body's encoding is unknown", "ไม่รู้จักการเข้ารหัสของเนื้อหา")),
    "invalid_body": Kind(422, Text("The body is not allowed", "เนื้อหาไม่ถูกต้อง")),
    "invalid_rules": Kind(422, Text("The rule files have mistakes", "ไฟล์กฎมีข้อผิดพลาด")),
    "key_reused": Kind(422, Text("The idempotency key came with another payload", "คีย์นี้เคยใช้กับข้อมูลอื่นแล้ว")),
    "too_many_attempts": Kind(429, Text("Too many wrong tokens", "ใช้โทเคนผิดหลายครั้งเกินไป")),
    "internal": Kind(500, Text("Nakhon failed", "ระบบขัดข้อง")),
    "unavailable": Kind(503, Text("Not available now", "ยังไม่พร้อมให้บริการ")),
    "store_refused": Kind(503, Text("The store refuses", "คลังข้อมูลปฏิเสธคำขอ")),
}

_BY_STATUS = {
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_encoding",
}


class ProblemError(Exception):
    """Answer with this problem. ``code`` is a key of :data:`KINDS`; ``members`` go into the answer too."""

    def __init__(
        self, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members


def bad_parameter(parameter: str, message: str, allowed: str | None = None) -> ProblemError:
    """One query parameter is wrong, and what it may be."""
    error = {"parameter": parameter, "message": message, "allowed": allowed}
    return bad_parameters([error])


def bad_parameters(errors: Sequence[Mapping[str, Any]]) -> ProblemError:
    """Query parameters are wrong: ``{"parameter", "message", "allowed"}`` each."""
    told = "; ".join(
        f"{error['parameter']}: {error['message']}"
        + (f" (allowed: {error['allowed']})" if error["allowed"] else "")
        for error in errors
    )
    return ProblemError("bad_parameter", told, parameter=errors[0]["parameter"], errors=list(errors))


def plain(message: str) -> str:
    """What pydantic says of a value, in the words of our other messages."""
    return message.removeprefix("Value error, ").replace("Input should be", "must be")


def from_http(error: web.HTTPException) -> ProblemError:
    """What the server itself refused."""
    code = _BY_STATUS.get(error.status, "bad_request" if error.status < 500 else "internal")
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return ProblemError(code, _detail(error, code), headers=headers)


def _detail(error: web.HTTPException, code: str) -> str:
    if isinstance(error, web.HTTPMethodNotAllowed):
        return f"{error.method} is not possible here; possible: {', '.join(sorted(error.allowed_methods))}"
    if code == "not_found":
        return "there is nothing on this path; /openapi.json lists the paths"
    return error.text or error.reason


def response(problem: ProblemError, request: web.BaseRequest) -> web.Response:
    """The problem as an answer, its title in the language of the request."""
    kind = KINDS[problem.code]
    language = preferred(request.headers.get("Accept-Language"))
    body = {
        "type": f"urn:nakhon:problem:{problem.code}",
        "title": said(kind.title, language),
        "status": kind.status,
        "detail": problem.detail,
        "instance": request.path,
        "code": problem.code,
        "request_id": request.get(REQUEST_ID, ""),
        **problem.members,
    }
    headers = {"Cache-Control": "no-store", "Content-Language": language, **problem.headers}
    return web.Response(
        body=orjson.dumps(body, default=str),
        status=kind.status,
        content_type="application/problem+json",
        headers=headers,
    )
