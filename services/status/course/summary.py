"""A zone or a domain: summed up of the services in it, or of their parts. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from enum import Enum, auto

from devices.model import Criticality, Text
from services.status.course.scope import Scope
from services.status.course.standing import Standing
from services.status.judging.rollup import NO_SERVICE, roll_up
from services.status.model import Status, Subject, Verdict
from services.status.policy.rules import RollUp


class Effect(Enum):
    """What the move of a member may change: words at most, how many stand so, or the status of it all."""

    WORDS = auto()
    COUNTS = auto()
    STATUS = auto()


class Summary:
    """The members of a zone or domain, and what they make of it.

    Its status depends only on which statuses there are among its members, not on how many have them. So it
    is summed up anew when one comes or goes, and put into words when somebody reads them. ``judged`` is the
    last moment (ms) at which anything in it changed.
    """

    __slots__ = (
        "_counts",
        "_members",
        "_none",
        "_rule",
        "_stale",
        "_worded",
        "judged",
        "standing",
        "subject",
    )

    def __init__(
        self,
        subject: Subject,
        rule: RollUp,
        since: int,
        worded: Callable[[Scope], Verdict],
        none: Text = NO_SERVICE,
    ) -> None:
        self.subject = subject
        self.standing = Standing(since)
        self.judged = -1
        self._rule = rule
        self._worded = worded
        self._none = none
        self._members: dict[Scope, tuple[Criticality, Status, bool]] = {}
        self._counts: Counter[tuple[Criticality, Status, bool]] = Counter()

    @property
    def members(self) -> list[Scope]:
        """The services or parts in it, as the city lists them."""
        return sorted(self._members, key=_place)

    def __contains__(self, scope: object) -> bool:
        return scope in self._members

    def put(self, scope: Scope) -> Effect:
        """A member stands so now."""
        verdict = scope.standing.verdict
        now = (scope.service.smart.criticality, verdict.status, verdict.counted)
        before, self._members[scope] = self._members.get(scope), now
        if before == now:
            return Effect.WORDS
        self._counts[now] += 1
        last = before is not None and self._last(before)
        return Effect.STATUS if last or self._counts[now] == 1 else Effect.COUNTS

    def remove(self, scope: Scope) -> Effect:
        """No member any more."""
        before = self._members.pop(scope, None)
        if before is None:
            return Effect.WORDS
        return Effect.STATUS if self._last(before) else Effect.COUNTS

    def _last(self, key: tuple[Criticality, Status, bool]) -> bool:
        """One less stands so; was it the last?"""
        self._counts[key] -= 1
        if self._counts[key]:
            return False
        del self._counts[key]
        return True

    def summed_up(self) -> Verdict:
        """What its members make of it now. Of them only one has to find words."""
        members = self.members
        worst = max((self._rank(member) for member in members), default=0)
        parts, worded = [], False
        for member in members:
            verdict = member.standing.verdict
            if not worded and self._rank(member) == worst:
                verdict, worded = self._worded(member), True
            parts.append((member.service.smart.criticality, verdict, member.service.smart.name))
        return roll_up(parts, self._rule, none=self._none)

    def _rank(self, member: Scope) -> int:
        status = member.standing.verdict.status
        return self._rule.weighed(member.service.smart.criticality, status).rank

    def worded(self) -> Verdict:
        """How it stands, in words of now."""
        return self.standing.verdict._replace(reason=self.summed_up().reason)


def _place(scope: Scope) -> tuple[int, str]:
    return scope.service.place, scope.zone or ""
