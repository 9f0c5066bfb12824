"""``rules/backtest``: what rules would have done with the stored history."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from devices.city import CityFolder
from devices.documents import Document, ProblemsError
from rules.context import Context
from rules.files import parse_groups
from services.api import backtestshapes
from services.api.backtesting import Asked
from services.api.bodies import invalid
from services.api.deps import ApiDeps
from services.api.keys import BACKTESTS
from services.api.parameters import Moment
from services.api.routes import INTEGRATE, V1, Body, Call, NoQuery, Route
from services.api.rulemistakes import invalid_rules
from services.runtime.cityrules import city_rules
from services.runtime.ports import NotFoundError


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


class BacktestForm(BaseModel):
    """What to play.

    ``rules`` is the text of a rule file, or of several; left out, the rules in force are played. They meet
    the stored readings from ``start`` until before ``end``; ``end`` is now at the latest.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: Annotated[
        tuple[str, ...] | None, BeforeValidator(_several, json_schema_input_type=str | list[str] | None)
    ] = Field(None, max_length=1_000)
    start: Moment
    end: Moment
    scores: bool = Field(False, description="Also the score of every reading that an anomaly rule saw.")


async def backtest(call: Call[NoQuery, BacktestForm]) -> web.StreamResponse:
    """Play rules on the stored history, beside everything else, one request at a time."""
    form, deps = call.body, call.deps
    end = min(form.end, deps.clock.now())
    if form.start >= end:
        error = {"path": "start", "message": "must lie before end, and before now", "allowed": None}
        raise invalid([error])
    asked = await asyncio.to_thread(_asked, form, end, _folder(deps))
    answer = await call.request.app[BACKTESTS].run(asked, deps)
    return web.Response(body=answer, content_type="application/json", headers={"Cache-Control": "no-store"})


def _folder(deps: ApiDeps) -> CityFolder:
    if deps.folder is None:
        raise NotFoundError("no rules run here")
    return deps.folder()


def _asked(form: BacktestForm, end: int, folder: CityFolder) -> Asked:
    """What the body asks for. Its rules are read here too, so that their mistakes are told at once.

    Raises:
        ProblemError: every mistake, each with its file (``rules[0]``) and line.
    """
    documents = None
    try:
        if form.rules is None:
            ruleset = city_rules(folder)
        else:
            documents = tuple(Document(f"rules[{place}]", text) for place, text in enumerate(form.rules))
            ruleset = parse_groups(documents, Context.of(folder))
    except ProblemsError as error:
        raise invalid_rules(error.problems) from None
    names = {rule.on for rule in ruleset}
    types = () if None in names else tuple(sorted(name for name in names if name is not None))
    return Asked(folder, documents, types, form.start, end, form.scores)


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="POST",
        path=f"{V1}/rules/backtest",
        handler=backtest,
        summary="Play rules on the stored history: what would have fired, when, and for how long",
        tag="rules",
        roles=INTEGRATE,
        body=Body(BacktestForm),
        answer=backtestshapes.Backtest,
        codes=(
            "malformed_json",
            "invalid_body",
            "invalid_rules",
            "too_large",
            "unavailable",
            "store_refused",
        ),
    ),
)
