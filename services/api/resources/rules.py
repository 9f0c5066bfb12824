"""``rules``: what is being looked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from devices.documents import suggestion
from services.api import ruleshapes
from services.api.deps import ApiDeps
from services.api.paging import page_of
from services.api.parameters import Many, PageQuery
from services.api.routes import V1, Answer, Call, NoQuery, Route
from services.runtime.ports import NotFoundError


class RulesQuery(PageQuery):
    """Which rules: any of each given parameter."""

    domain: Many = ()
    group: Many = ()
    mode: Many = Field((), description="live or shadow.")


async def list_rules(call: Call[RulesQuery, None]) -> Answer:
    """The rules in force, in the order of their files."""
    query = call.query
    items = [
        rule
        for rule in call.deps.rules()
        if (not query.domain or rule.get("domain") in query.domain)
        and (not query.group or rule.get("group") in query.group)
        and (not query.mode or rule.get("mode") in query.mode)
    ]
    return Answer(page_of(items, query), lasting=True)


async def get_rule(call: Call[NoQuery, None]) -> Answer:
    """One rule."""
    return Answer(rule_named(call.deps, call.path("id")), lasting=True)


def rule_named(deps: ApiDeps, name: str) -> Mapping[str, Any]:
    """The rule in force of that name.

    Raises:
        NotFoundError: there is none.
    """
    rules = {rule["id"]: rule for rule in deps.rules()}
    if name not in rules:
        near = suggestion(name, rules)
        raise NotFoundError(f"no rule {name!r} is in force{near}; a rule is named group/rule")
    return rules[name]


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/rules",
        handler=list_rules,
        summary="The rules in force",
        tag="rules",
        query=RulesQuery,
        answer=ruleshapes.Rules,
    ),
    Route(
        method="GET",
        path=f"{V1}/rules/{{id}}",
        pattern=f"{V1}/rules/{{id:.+}}",
        handler=get_rule,
        summary="One rule",
        tag="rules",
        answer=ruleshapes.Rule,
        codes=("not_found",),
        parameters={"id": "`group/rule`; the slash may stand as it is, or as %2F."},
    ),
)
