"""Rules that name other rules."""

from __future__ import annotations

from collections.abc import Iterator

from devices.documents import suggestion
from rules.linting.report import Remark
from rules.linting.surroundings import Surroundings
from rules.linting.written import Written


def unknown_rival(rule: Written, around: Surroundings) -> Iterator[Remark]:
    """A rule in shadow mode that is to be compared with one that is not there, or with no live one."""
    named = rule.rule.against
    if named is None:
        return
    rules = {**around.in_force, **{other.rule.id: other.rule for other in around.rules}}
    if named not in rules:
        yield Remark(("against",), f"there is no rule {named}{suggestion(named, rules)}", named)
    elif named == rule.rule.id:
        yield Remark(("against",), "is the rule itself; name the live rule that it is to replace", named)
    elif rules[named].heading.shadow:
        yield Remark(("against",), f"{named} is in shadow mode itself; name a live rule", named)
