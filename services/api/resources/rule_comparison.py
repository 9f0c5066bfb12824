"""``rules/{id}/comparison``: what a rule in shadow mode would have changed."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from services.api import ruleshapes
from services.api.parameters import Moment, Query
from services.api.problems import bad_parameter
from services.api.resources.rules import rule_named
from services.api.routes import V1, Answer, Call, Route
from services.runtime.ports import ConflictError

_WEEK = 7 * 86_400_000


class ComparisonQuery(Query):
    """Over which span, and with what."""

    start: Moment | None = Field(None, description="From here; by default a week before the end.")
    end: Moment | None = Field(None, description="To before here; by default now.")
    against: str | None = Field(None, description="The live rule; by default the one that `against` names.")


async def compare_rule(call: Call[ComparisonQuery, None]) -> Answer:
    """The alerts of a rule in shadow mode beside those of the rule that it means to replace."""
    rule = rule_named(call.deps, call.path("id"))
    if rule.get("mode") != "shadow":
        raise ConflictError(f"the rule {rule['id']} is live; what is compared is a rule in shadow mode")
    against = call.query.against or rule.get("against")
    if against is None:
        raise ConflictError(
            f"the rule {rule['id']} names no rule to compare with: write against: group/rule into it, "
            "or ask with ?against=group/rule"
        )
    live = rule_named(call.deps, against)
    end = call.deps.clock.now() if call.query.end is None else call.query.end
    start = end - _WEEK if call.query.start is None else call.query.start
    if start >= end:
        raise bad_parameter("start", "must be before the end")
    compared = await call.deps.alerts.compare(rule["id"], live["id"], start=start, end=end)
    return Answer({"rule": rule["id"], "against": live["id"], **compared})


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/rules/{{id}}/comparison",
        pattern=f"{V1}/rules/{{id:[^/%]+(?:/|%2[Ff])[^/%]+}}/comparison",
        handler=compare_rule,
        summary="The alerts of a shadow rule beside those of the live rule that it means to replace",
        tag="rules",
        query=ComparisonQuery,
        answer=ruleshapes.RuleComparison,
        codes=("not_found", "conflict"),
        parameters={"id": "`group/rule`; the slash may stand as it is, or as %2F."},
    ),
)
