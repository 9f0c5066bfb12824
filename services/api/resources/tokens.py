"""``tokens``: who may come in, for administrators."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.api import shapes
from services.api.paging import page_of
from services.api.parameters import PageQuery
from services.api.routes import ADMINISTER, V1, Answer, Body, Call, NoQuery, Route
from services.runtime.clock import optional_rfc3339, rfc3339
from services.runtime.ports import NotFoundError
from services.store.records.tokens import Token


class NewTokenForm(BaseModel):
    """Whose token, and for how long."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    role: shapes.RoleName
    days: float | None = Field(None, gt=0, le=36_500, description="Left out: until it is revoked.")


async def list_tokens(call: Call[PageQuery, None]) -> Answer:
    """Every token ever made, newest first, never its secret."""
    items = [_document(token) for token in await call.deps.tokens.all()]
    return Answer(page_of(items, call.query))


async def add_token(call: Call[NoQuery, NewTokenForm]) -> Answer:
    """Make one; its secret is in this answer and nowhere else."""
    form, now = call.body, call.deps.clock.now()
    made = await call.deps.tokens.add(form.name, form.role, now=now, days=form.days)
    return Answer(_document(made.token) | {"token": made.secret}, status=201)


async def revoke_token(call: Call[NoQuery, None]) -> Answer:
    """Make it worthless at once."""
    token = call.path("id")
    if not await call.deps.tokens.revoke(token, now=call.deps.clock.now()):
        raise NotFoundError(f"no token {token!r} that is still good")
    return Answer(status=204)


def _document(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "role": token.role,
        "created": rfc3339(token.created),
        "expires": optional_rfc3339(token.expires),
        "revoked": optional_rfc3339(token.revoked),
        "last_used": optional_rfc3339(token.last_used),
    }


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/tokens",
        handler=list_tokens,
        summary="Access tokens, newest first",
        tag="access",
        roles=ADMINISTER,
        query=PageQuery,
        answer=shapes.Tokens,
    ),
    Route(
        method="POST",
        path=f"{V1}/tokens",
        handler=add_token,
        summary="Make an access token",
        tag="access",
        roles=ADMINISTER,
        body=Body(NewTokenForm),
        answer=shapes.NewToken,
        status=201,
        codes=("malformed_json", "invalid_body"),
    ),
    Route(
        method="DELETE",
        path=f"{V1}/tokens/{{id}}",
        handler=revoke_token,
        summary="Revoke an access token",
        tag="access",
        roles=ADMINISTER,
        status=204,
        codes=("not_found",),
        parameters={"id": "The token's id, not its secret."},
    ),
)
