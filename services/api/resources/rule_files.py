"""``rules/state`` and ``rules/reload``: the files that the rules stand in, and taking them over now."""

from __future__ import annotations

from typing import Any

from devices.documents import ProblemsError
from services.api import ruleshapes
from services.api.routes import INTEGRATE, V1, Answer, Call, NoQuery, Route
from services.api.rulemistakes import invalid_rules


async def rule_state(call: Call[NoQuery, None]) -> Answer:
    """The rule files in force, and what is wrong with those that are not."""
    return Answer(call.deps.rule_files.state())


async def reload_rules(call: Call[NoQuery, None]) -> Answer:
    """Read the rule files now and put them into force, all of them or none."""
    try:
        return Answer(await call.deps.rule_files.reload(call.principal.name))
    except ProblemsError as error:
        raise invalid_rules(error.problems, "the rules in force stay as they are; ") from None


ROUTES: tuple[Route[Any, Any], ...] = (
    Route(
        method="GET",
        path=f"{V1}/rules/state",
        handler=rule_state,
        summary="The rule files in force, and the mistakes in those that are not",
        tag="rules",
        answer=ruleshapes.RuleState,
        codes=("not_found",),
    ),
    Route(
        method="POST",
        path=f"{V1}/rules/reload",
        handler=reload_rules,
        summary="Take over the rule files now, all of them or none",
        tag="rules",
        roles=INTEGRATE,
        answer=ruleshapes.RuleChanges,
        codes=("invalid_rules", "not_found", "unavailable"),
    ),
)
