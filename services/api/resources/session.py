"""``session``: signing a browser in and out, and the demo's login link."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from services.api import shapes
from services.api.access import refuse_cross_site
from services.api.answers import response
from services.api.keys import ACCESS
from services.api.problems import ProblemError
from services.api.routes import OPEN, V1, Answer, Body, Call, NoQuery, Route
from services.api.sessions import Session
from services.runtime.ports import Principal


class SignIn(BaseModel):
    """A token, to be exchanged for a cookie."""

    model_config = ConfigDict(extra="forbid")

    token: str = Field(min_length=1, max_length=500)


async def get_session(call: Call[NoQuery, None]) -> Answer:
    """Who is signed in, and to which city."""
    return Answer(_document(call, call.principal))


async def sign_in(call: Call[NoQuery, SignIn]) -> web.StreamResponse:
    """Exchange a token for a session cookie."""
    refuse_cross_site(call.request)
    access, token = call.request.app[ACCESS], call.body.token.strip()
    principal = await access.authenticate(token, call.request)
    answer = await response(Answer(_document(call, principal)), call.request)
    access.sign_in(call.request, answer, Session(principal, token, 0))
    return answer


async def sign_out(call: Call[NoQuery, None]) -> web.StreamResponse:
    """End the session; without one, nothing changes."""
    refuse_cross_site(call.request)
    answer = await response(Answer(status=204), call.request)
    call.request.app[ACCESS].sign_out(call.request, answer)
    return answer


async def follow_login_link(call: Call[NoQuery, None]) -> web.StreamResponse:
    """The demo's link: signs in as an administrator and goes on to the console."""
    answer = web.Response(status=303, headers={"Location": "/", "Cache-Control": "no-store"})
    if not call.request.app[ACCESS].sign_in_demo(call.request, call.path("code"), answer):
        raise ProblemError(
            "not_found", "this login link is none of this run; the demo prints the one that is"
        )
    return answer


def _document(call: Call[Any, Any], principal: Principal) -> dict[str, Any]:
    city = call.deps.city
    return {
        "name": principal.name,
        "role": principal.role,
        "city": {"id": city.id, "name": city.name.as_dict(), "timezone": city.timezone},
    }


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/session",
        handler=get_session,
        summary="Who is signed in",
        tag="access",
        answer=shapes.Session,
    ),
    Route(
        method="POST",
        path=f"{V1}/session",
        handler=sign_in,
        summary="Exchange a token for a session cookie",
        tag="access",
        roles=OPEN,
        body=Body(SignIn),
        answer=shapes.Session,
        codes=("malformed_json", "invalid_body", "unauthorized", "cross_site", "too_many_attempts"),
    ),
    Route(
        method="DELETE",
        path=f"{V1}/session",
        handler=sign_out,
        summary="Sign out",
        tag="access",
        roles=OPEN,
        status=204,
        codes=("cross_site",),
    ),
    Route(
        method="GET",
        path="/login/{code}",
        handler=follow_login_link,
        summary="The demo's login link",
        tag="access",
        roles=OPEN,
        status=303,
        codes=("not_found",),
        parameters={"code": "The code of this run."},
    ),
)
