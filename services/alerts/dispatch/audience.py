"""Those who hear of a case at one step of its route, and what they have heard. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rules.model import Severity
from services.alerts.dispatch.standing import Standing
from services.alerts.policy.model import Route


@dataclass(frozen=True, slots=True)
class Mark:
    """How far an audience is; kept in the case's row. Times are ms.

    ``reached``: its step has come. ``last``: when it was told last; ``hurried``: when it was last told
    without waiting for the group's interval. ``worst`` is the rank of the
    worst that it was told (-1: nothing yet).
    """

    reached: bool = False
    last: int | None = None
    hurried: int | None = None
    worst: int = -1

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "reached": self.reached,
            "last": self.last,
            "hurried": self.hurried,
            "worst": self.worst,
        }

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Mark:
        """The mark that :meth:`as_dict` told."""
        return cls(**data)


AWAITED, REACHED = Mark(), Mark(reached=True)
"""Of audiences that have heard nothing yet."""


class Audience:
    """One step's receivers.

    ``told`` is the severity last told of each alert that they believe to fire; ``fresh`` are the alerts that
    stand otherwise by now. ``since``: from when on (ms) there is something that they must hear; ``urgent``:
    from when on something that does not wait for the group's interval.
    """

    __slots__ = ("fresh", "mark", "since", "told", "urgent")

    def __init__(self, mark: Mark, told: dict[str, Severity] | None = None) -> None:
        self.mark = mark
        self.told: dict[str, Severity] = {} if told is None else told
        self.fresh: dict[str, None] = {}
        self.since: int | None = None
        self.urgent: int | None = None

    def look(self, alert: str, how: Standing, now: int) -> None:
        """One of the case's alerts has changed."""
        heard = self.told.get(alert)
        unheard = heard is not None if how.over else how.counts and heard is not how.severity
        if not unheard:
            self._known(alert)
            return
        self.fresh[alert] = None
        if how.over or heard is None or how.severity.rank > heard.rank:
            self.since = now if self.since is None else self.since
            if self.urgent is None and self._hurries(how):
                self.urgent = now

    def _hurries(self, how: Standing) -> bool:
        """Critical ones do, and what is worse than anything that they have heard of this case."""
        return not how.over and (how.severity is Severity.CRITICAL or how.severity.rank > self.mark.worst)

    def _known(self, alert: str) -> None:
        """There is nothing to tell of it (any more)."""
        if alert in self.fresh:
            del self.fresh[alert]
            if not self.fresh:
                self.calm()

    def forget(self, alert: str) -> None:
        """It is no longer one of the case's."""
        self.told.pop(alert, None)
        self._known(alert)

    def calm(self) -> None:
        """They have heard of all that they must."""
        self.since = self.urgent = None

    def due(self, route: Route, waiting: bool) -> int | None:
        """When (ms) they are to be told, as things stand; ``waiting``: somebody must still acknowledge."""
        last = self.mark.last
        moments = []
        if self.since is not None:
            moments.append(self._due_news(route, self.since))
        if last is not None and route.repeat and waiting:
            moments.append(last + route.repeat)
        return min(moments, default=None)

    def _due_news(self, route: Route, since: int) -> int:
        last = self.mark.last
        if last is None:
            return since + route.group_wait
        due = max(last + route.group_interval, since + min(route.group_wait, route.group_interval))
        if self.urgent is None:
            return due
        hurried = self.mark.hurried
        return min(due, self.urgent if hurried is None else max(self.urgent, hurried + route.group_wait))
