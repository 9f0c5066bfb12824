"""A status and since when it holds, and what it was before nothing could be heard. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.status.course.speech import NO_TEXT
from services.status.model import Status, Verdict

NOTHING = Verdict(Status.UNKNOWN, "", NO_TEXT, counted=False)
"""Before anything was judged."""


class Standing:
    """How a service, part, zone or domain stands. ``since`` (ms): how long its status has been the same.

    A status that comes back after a time in which Nakhon itself could hear nothing goes on since before:
    ``before`` is what it was, until it is known what it is now.
    """

    __slots__ = ("before", "judged", "since", "verdict")

    def __init__(self, since: int) -> None:
        self.verdict = NOTHING
        self.since = since
        self.before: tuple[Status, int] | None = None
        self.judged = False

    def move(self, verdict: Verdict, at: int, *, deaf: bool) -> bool:
        """Take a verdict over. True: it differs in more than its words."""
        was, self.verdict = self.verdict, verdict
        same = self.judged and (was.status, was.rule, was.counted) == (
            verdict.status,
            verdict.rule,
            verdict.counted,
        )
        if not same and (was.status is not verdict.status or not self.judged):
            self._since(was.status, verdict, at, deaf=deaf)
        self.judged = True
        return not same

    def _since(self, was: Status, verdict: Verdict, at: int, *, deaf: bool) -> None:
        since, self.since = self.since, at
        if verdict.status is Status.UNKNOWN and not verdict.counted:
            if deaf and self.judged and self.before is None:
                self.before = was, since
            return
        if self.before is not None and self.before[0] is verdict.status:
            self.since = self.before[1]
        self.before = None

    def dump(self) -> list[Any]:
        """JSON-ready, but for the words."""
        verdict = self.verdict
        kept = [verdict.status.value, verdict.rule, verdict.counted, self.since]
        return kept if self.before is None else [*kept, [self.before[0].value, self.before[1]]]

    def load(self, kept: Sequence[Any]) -> None:
        """Take over what :meth:`dump` gave.

        Raises:
            ValueError, TypeError: it is nothing of the kind.
        """
        status, rule, counted, since, *before = kept
        self.resume(Verdict(Status(status), str(rule), NO_TEXT, bool(counted)), int(since))
        if before:
            self.before = Status(before[0][0]), int(before[0][1])

    def resume(self, verdict: Verdict, since: int) -> None:
        """It stood so."""
        self.verdict, self.since, self.judged = verdict, since, True
